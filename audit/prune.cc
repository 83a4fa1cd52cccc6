#include "audit/prune.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "audit/clerk.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/segment.h"
#include "audit/stored_tree.h"
#include "audit/tail_end.h"
#include "audit/tiles.h"
#include "audit/verify.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kFilesNamed = 256;

Result<int64_t> first_ts(const std::string& path) {
  auto cursor = LineCursor::open(path);
  if (!cursor) return tl::unexpected(cursor.error());
  const auto more = cursor->next();
  if (!more) return tl::unexpected(more.error());
  if (!*more) return fail(path + ": no record in it", EINVAL);
  const LineCheck check = check_line(cursor->line());
  if (check.fault != LineFault::kNone) return fail(path + ": " + check.why, kDamaged);
  return check.facts.ts;
}

Result<void> check_whole(const Options& options, const std::string& dir) {
  const auto keys = own_keys(options.state_dir, options.log);
  if (!keys) return tl::unexpected(keys.error());
  VerifyOptions what;
  what.dir = dir;
  what.trusted = *keys;
  what.threads = 1;
  const Verdict verdict = verify(what);
  for (const Problem& problem : verdict.problems)
    if (problem.kind != ProblemClass::kTorn)
      return fail(fmt::format("{}: {}: a log that does not verify is not pruned, for what is wrong "
                              "with it is evidence ({})",
                              problem.code, problem.message, audit_command(options, "verify")),
                  kDamaged);
  return {};
}

// Makes the tiles of the first `first` records say what their lines say. Returns their tree.
Result<Frontier> secure_tiles(const std::string& dir, uint64_t begin, uint64_t first, Disk& disk) {
  auto tree = StoredTree(dir).frontier(begin);
  if (!tree) return tree;
  // The tile that an earlier prune cut through has half of its lines.
  for (uint64_t tile = begin / kTileHashes; tile * kTileHashes < first; ++tile) {
    const uint64_t from = std::max(begin, tile * kTileHashes);
    const auto leaves = leaves_of_lines(dir, from, (tile + 1) * kTileHashes - from);
    if (!leaves) return tl::unexpected(leaves.error());
    if (from + leaves->size() != (tile + 1) * kTileHashes)
      return fail(fmt::format("tile {} is not full", tile), kDamaged);
    const auto stored = read_tile(dir, 0, tile);
    const bool same = stored && stored->size() == kTileHashes &&
                      std::equal(leaves->begin(), leaves->end(),
                                 stored->end() - static_cast<ptrdiff_t>(leaves->size()));
    if (!same || !has_tile(dir, tile)) {
      if (from % kTileHashes != 0)
        return fail(fmt::format("{}: does not say what its lines say", tile_file(0, tile)),
                    kDamaged);
      if (auto written = write_tile(dir, tile, *leaves, disk); !written)
        return tl::unexpected(written.error());
    }
    for (const Hash& leaf : *leaves) {
      if (tree->size() == first) break;
      tree->add(leaf);
    }
  }
  // What stands in the tiles above is what the next reader goes by.
  const auto stored = StoredTree(dir).root(first);
  if (!stored) return tl::unexpected(stored.error());
  if (*stored != tree->root())
    return fail("the stored tiles do not lead to the lines' root", kDamaged);
  return tree;
}

}  // namespace

Result<std::optional<uint64_t>> prune_point(const std::string& log_dir, const PruneBefore& before) {
  const auto segments = list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  std::optional<uint64_t> best;
  for (size_t i = 1; i < segments->size(); ++i) {
    const uint64_t first = (*segments)[i];
    if (before.seq && first > *before.seq) break;
    if (before.ts) {
      const auto ts = first_ts(log_dir + "/" + segment_file(first));
      if (!ts && ts.error().errno_value == EINVAL) break;  // it was opened this moment
      if (!ts) return tl::unexpected(ts.error());
      if (*ts > *before.ts) break;
    }
    best = first;
  }
  return best;
}

Result<Pruned> prune(const Options& options, const PruneBefore& before, const std::string& by,
                     std::span<const TrustSnapshot> snapshots, Disk& disk, const Clock& clock,
                     Random& random) {
  const std::string dir = log_directory(options.state_dir, options.log);
  if (!file_exists(dir)) return fail(dir + ": there is no such log", ENOENT);
  const auto wanted = prune_point(dir, before);
  if (!wanted) return tl::unexpected(wanted.error());
  if (!*wanted) return Pruned{};
  if (auto ok = check_whole(options, dir); !ok) return tl::unexpected(ok.error());

  const auto clerk = Clerk::open(options, disk, clock, random);
  if (!clerk) return tl::unexpected(clerk.error());
  if (auto ok = (*clerk)->sign(); !ok) return tl::unexpected(ok.error());
  const uint64_t covered = (*clerk)->head().next_seq / kTileHashes * kTileHashes;
  const auto segments = list_segments(dir);
  if (!segments) return tl::unexpected(segments.error());
  // The last segment's start that is wanted and lies under full tiles.
  auto keep = std::upper_bound(segments->begin(), segments->end(), std::min(**wanted, covered));
  if (keep == segments->begin() || --keep == segments->begin()) return Pruned{};
  Pruned out;
  out.first = *keep;
  (*clerk)->rest();  // what is looked at now does not change any more
  const auto tree = secure_tiles(dir, segments->front(), out.first, disk);
  if (!tree) return tl::unexpected(tree.error());
  // The tiles have to outlast the lines: what they need to be found is on the disk, too.
  if (auto synced = sync_tiles(dir, out.first, disk); !synced)
    return tl::unexpected(synced.error());
  for (auto each = segments->begin(); each != keep; ++each) {
    out.files.push_back(segment_file(*each));
    out.bytes += file_size(dir + "/" + out.files.back()).value_or(0);
  }
  if (auto ok = (*clerk)->work(); !ok) return tl::unexpected(ok.error());
  for (const TrustSnapshot& snapshot : snapshots)
    if (auto ok = (*clerk)->append(snapshot); !ok) return tl::unexpected(ok.error());
  Prune record;
  record.first = out.first;
  record.root = tree->root();
  record.files.assign(out.files.begin(), out.files.begin() + static_cast<ptrdiff_t>(std::min(
                                                                 out.files.size(), kFilesNamed)));
  record.by = by;
  if (auto ok = (*clerk)->append(record); !ok) return tl::unexpected(ok.error());
  if (auto ok = (*clerk)->sign(); !ok) return tl::unexpected(ok.error());
  (*clerk)->rest();
  for (const std::string& file : out.files)
    if (auto ok = disk.remove(dir + "/" + file); !ok) return tl::unexpected(ok.error());
  if (auto ok = disk.sync_directory(dir + "/seg"); !ok) return tl::unexpected(ok.error());
  return out;
}

}  // namespace agentmesh::audit
