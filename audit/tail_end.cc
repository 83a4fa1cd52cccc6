#include "audit/tail_end.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/read.h"
#include "audit/segment.h"
#include "audit/stored_tree.h"
#include "audit/tiles.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr uint64_t kHistoryTail = 64 << 10;

// Walks lines from a known place to the end of the log.
class Walk {
 public:
  Walk(const std::string& log_dir, const std::vector<uint64_t>& segments, std::string_view writer,
       TailEnd& out)
      : log_dir_(log_dir), segments_(segments), writer_(writer), out_(out) {}

  // True if the root at the checkpoint's size is the signed one (or the lines end before it).
  Result<bool> run(uint64_t start, Frontier tree) {
    Head& head = out_.head;
    head = Head{};
    head.next_seq = start;
    head.tree = tree;
    out_.read_from = start;
    out_.torn = false;
    out_.damage.clear();
    out_.bytes = 0;
    after_gap_ = start > 0;
    prune_is_unsigned_ = false;
    auto at = std::upper_bound(segments_.begin(), segments_.end(), start);
    if (at == segments_.begin()) {
      out_.damage = "the first segment is missing";
      return true;
    }
    size_t index = static_cast<size_t>(at - segments_.begin()) - 1;
    uint64_t offset = 0;
    if (segments_[index] != start) {
      const auto found = find_line(path(index), start);
      if (!found) return tl::unexpected(found.error());
      if (!*found) return false;
      offset = **found;
    }
    for (;; ++index, offset = 0) {
      if (segments_[index] != start && offset == 0 && segments_[index] != head.next_seq) {
        out_.damage = fmt::format("{} does not begin where the one before ends",
                                  segment_file(segments_[index]));
        return true;
      }
      const bool last = index + 1 == segments_.size();
      const auto good = segment(index, offset, last);
      if (!good) return tl::unexpected(good.error());
      if (root_differs_) return false;
      if (!*good || last) break;
    }
    if (out_.damage.empty() && head.next_seq < out_.checkpoint.size) {
      out_.torn = false;
      out_.damage =
          fmt::format("{} records were signed, {} are here", out_.checkpoint.size, head.next_seq);
    }
    return true;
  }

  // Whether a record that no checkpoint covers tells of a prune.
  bool prune_is_unsigned() const { return prune_is_unsigned_; }

 private:
  std::string path(size_t index) const { return log_dir_ + "/" + segment_file(segments_[index]); }

  // Reads one segment; false if something in it is bad, and then out_ says what.
  Result<bool> segment(size_t index, uint64_t offset, bool last) {
    Head& head = out_.head;
    head.segment_first = segments_[index];
    auto cursor = LineCursor::open(path(index), offset);
    if (!cursor) return tl::unexpected(cursor.error());
    if (last && offset > 0) {
      if (auto ts = first_ts(path(index)); !ts) return tl::unexpected(ts.error());
    }
    uint64_t records = 0;
    for (;;) {
      const auto more = cursor->next();
      if (!more) return tl::unexpected(more.error());
      head.segment_bytes = cursor->offset();
      if (!*more) break;
      const LineCheck check = check_line(cursor->line());
      const char* why = fault(check);
      if (why != nullptr) return bad(index, last, why);
      if (cursor->offset() == 0) head.segment_ts = check.facts.ts;
      take(check.facts, hash_leaf(cursor->line()));
      ++records;
      if (head.next_seq == out_.checkpoint.size && head.tree.root() != out_.checkpoint.root) {
        root_differs_ = true;
        return false;
      }
      head.segment_bytes = cursor->end_offset();
    }
    if (cursor->rest() > 0) return bad(index, last, "the last line has no end");
    if (last && records == 0 && offset == 0) return bad(index, last, "an empty segment");
    return true;
  }

  const char* fault(const LineCheck& check) const {
    if (check.fault != LineFault::kNone) return check.why;
    if (check.facts.seq != out_.head.next_seq) return "not the seq that is due";
    if (!after_gap_ && check.facts.prev != out_.head.last_leaf)
      return "prev is not the leaf of the line before";
    if ((check.facts.type == Type::kGenesis) != (check.facts.seq == 0))
      return "genesis is not record 0";
    return nullptr;
  }

  void take(const LineFacts& facts, const Hash& leaf) {
    Head& head = out_.head;
    after_gap_ = false;
    if (facts.type == Type::kPrune && facts.seq >= out_.checkpoint.size) prune_is_unsigned_ = true;
    head.last_leaf = leaf;
    head.tree.add(leaf);
    ++head.next_seq;
    if (facts.w == writer_ && facts.wseq) out_.wseq = *facts.wseq;
  }

  Result<bool> bad(size_t index, bool last, const char* why) {
    const auto rest = look_at_rest(path(index), out_.head.segment_bytes);
    if (!rest) return tl::unexpected(rest.error());
    out_.bytes = rest->bytes;
    const bool only = index == 0 && out_.head.segment_bytes == 0;
    if (last && !only && out_.head.next_seq >= out_.checkpoint.size &&
        (!rest->has_lf || rest->has_nul)) {
      out_.torn = true;
    } else {
      out_.damage = fmt::format("record {}: {} ({}, offset {})", out_.head.next_seq, why,
                                segment_file(segments_[index]), out_.head.segment_bytes);
    }
    return false;
  }

  Result<void> first_ts(const std::string& file) {
    auto cursor = LineCursor::open(file);
    if (!cursor) return tl::unexpected(cursor.error());
    const auto more = cursor->next();
    if (!more) return tl::unexpected(more.error());
    if (*more) out_.head.segment_ts = check_line(cursor->line()).facts.ts;
    return {};
  }

  const std::string& log_dir_;
  const std::vector<uint64_t>& segments_;
  const std::string_view writer_;
  TailEnd& out_;
  bool after_gap_ =
      false;  // the first line read after tiles: its prev is covered by the root alone
  bool root_differs_ = false;
  bool prune_is_unsigned_ = false;
};

// A prune is signed before the first line goes. Whoever deletes lines by hand and writes the record himself must not get it
// signed by the next one who opens the log.
Result<TailEnd> with_prunes_judged(const std::string& log_dir, uint64_t first, const Walk& walk,
                                   TailEnd out) {
  if (first == 0 || !walk.prune_is_unsigned()) return out;
  bool excused = false;
  const auto read = each_line(log_dir, first, [&](std::string_view line, uint64_t seq) {
    if (seq >= out.checkpoint.size) return false;
    const LineCheck check = check_line(line);
    if (check.facts.type == Type::kPrune && check.facts.first)
      excused = *check.facts.first >= first;
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  if (!excused)
    out.damage = fmt::format(
        "the records before {} are gone, and the prune record that says so was never signed",
        first);
  return out;
}

}  // namespace

std::optional<TreeHead> last_checkpoint(const std::string& log_dir,
                                        std::span<const VerifierKey> keys) {
  std::optional<TreeHead> best;
  const auto consider = [&](const Checkpoint& checkpoint) {
    if ((best && best->size >= checkpoint.head.size) || signer_of(checkpoint, keys) == nullptr)
      return;
    best = checkpoint.head;
  };
  if (const auto newest = read_regular(log_dir + "/checkpoint", kHistoryTail))
    if (const auto checkpoint = Checkpoint::parse(*newest)) consider(*checkpoint);
  if (const auto history = read_file_end(log_dir + "/checkpoints", kHistoryTail);
      history && !keys.empty()) {
    // Newest first: the first good one is the last of the log.
    const History notes = split_history(*history, keys.back().name);
    for (auto entry = notes.entries.rbegin(); entry != notes.entries.rend(); ++entry) {
      if (!entry->checkpoint) continue;
      const bool had = best.has_value() && best->size >= entry->checkpoint->head.size;
      consider(*entry->checkpoint);
      if (had || (best && best->size == entry->checkpoint->head.size)) break;
    }
  }
  return best;
}

Result<TailEnd> read_tail_end(const std::string& log_dir, std::span<const VerifierKey> keys,
                              std::string_view writer) {
  TailEnd out;
  // First the checkpoint: the lines that it covers are there then, even beside a writer.
  const auto checkpoint = last_checkpoint(log_dir, keys);
  if (checkpoint) out.checkpoint = *checkpoint;
  const auto segments = list_segments(log_dir);
  // (An emptied directory is no log that could be set aside.)
  const bool gone = !segments && segments.error().errno_value == ENOENT &&
                    (file_exists(log_dir + "/checkpoint") || file_exists(log_dir + "/checkpoints"));
  if (!segments && !gone) return tl::unexpected(segments.error());
  if (gone || segments->empty()) {
    out.damage = "there is no segment";
    return out;
  }
  if (!checkpoint || checkpoint->size == 0) {
    out.damage = "no checkpoint that the log's key signed";
    return out;
  }
  const uint64_t tiles = (checkpoint->size - 1) / kTileHashes;
  if (tiles > 0) {
    if (const auto tree =
            StoredTree(log_dir, StoredTree::From::kTilesAlone).frontier(tiles * kTileHashes)) {
      Walk walk(log_dir, *segments, writer, out);
      const auto fits = walk.run(tiles * kTileHashes, *tree);
      if (!fits) return tl::unexpected(fits.error());
      if (*fits && out.damage.empty())
        return with_prunes_judged(log_dir, segments->front(), walk, out);
    }
  }
  // Without tiles to go by (or where they lead nowhere) all lines tell.
  // Of a pruned log, all that are left: the tiles of level 0 stand for the others.
  const auto before = StoredTree(log_dir).frontier(segments->front());
  if (!before) {
    out.damage = "the first segment is missing, and no tiles stand for it";
    return out;
  }
  Walk walk(log_dir, *segments, writer, out);
  const auto fits = walk.run(segments->front(), *before);
  if (!fits) return tl::unexpected(fits.error());
  if (*fits && out.damage.empty()) return with_prunes_judged(log_dir, segments->front(), walk, out);
  if (!*fits)
    out.damage =
        fmt::format("the root of the first {} records is not the signed one", checkpoint->size);
  return out;
}

}  // namespace agentmesh::audit
