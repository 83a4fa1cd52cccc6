#include "audit/rotation.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "audit/clerk.h"
#include "audit/disk_files.h"
#include "audit/in_force.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/segment.h"
#include "audit/signing.h"
#include "audit/stored_tree.h"
#include "audit/tail_end.h"
#include "base/files.h"
#include "base/json.h"

namespace agentmesh::audit {

namespace {

// The seq of the record that announces `key`, from the last one that was signed on.
Result<std::optional<uint64_t>> find_announcement(const std::string& dir,
                                                  const std::optional<TreeHead>& last,
                                                  const VerifierKey& key) {
  const uint64_t from = last && last->size > 0 ? last->size - 1 : 0;
  const std::string vkey = key.text();
  const auto segments = list_segments(dir);
  if (!segments) return tl::unexpected(segments.error());
  auto segment = std::upper_bound(segments->begin(), segments->end(), from);
  if (segment != segments->begin()) --segment;
  for (; segment != segments->end(); ++segment) {
    const std::string path = dir + "/" + segment_file(*segment);
    uint64_t offset = 0;
    if (*segment < from) {
      const auto found = find_line(path, from);
      if (!found) return tl::unexpected(found.error());
      offset = found->value_or(0);
    }
    auto cursor = LineCursor::open(path, offset);
    if (!cursor) return tl::unexpected(cursor.error());
    for (;;) {
      const auto more = cursor->next();
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
      const LineCheck check = check_line(cursor->line());
      if (check.fault == LineFault::kNone && check.facts.type == Type::kKeyRotate &&
          check.facts.vkey == vkey)
        return std::optional<uint64_t>(check.facts.seq);
    }
  }
  return std::optional<uint64_t>();
}

// The root of `size` records, of which `good` were signed: nothing is signed on the word of a tile alone.
Result<Hash> root_beyond(const std::string& dir, const TreeHead& good, uint64_t size) {
  auto tree = StoredTree(dir).frontier(good.size);
  if (tree && tree->root() != good.root)
    tree = StoredTree(dir, StoredTree::From::kLinesAlone).frontier(good.size);
  if (!tree) return tl::unexpected(tree.error());
  if (tree->root() != good.root)
    return fail("the audit log is damaged: the last checkpoint is not of these records", kDamaged);
  while (tree->size() < size) {
    const auto leaves =
        leaves_of_lines(dir, tree->size(), std::min<uint64_t>(size - tree->size(), 4096));
    if (!leaves) return tl::unexpected(leaves.error());
    for (const Hash& leaf : *leaves) tree->add(leaf);
  }
  return tree->root();
}

// What a checkpoint of `size` records covers is on the disk.
Result<void> sync_lines(const std::string& dir, uint64_t size, Disk& disk) {
  const auto segments = list_segments(dir);
  if (!segments) return tl::unexpected(segments.error());
  // A segment is synced before the next one begins: only the one that holds the last record may not be.
  auto segment = std::lower_bound(segments->begin(), segments->end(), size);
  if (segment == segments->begin()) return fail(dir + ": no segment", ENOENT);
  const auto fd = disk.open(dir + "/" + segment_file(*(segment - 1)), O_WRONLY, 0);
  if (!fd) return tl::unexpected(fd.error());
  return disk.sync_data(fd->get());
}

// The new key comes into force.
Result<void> put_in_force(const Options& options, const Signer& next, Disk& disk) {
  const std::string vkeys = vkeys_path(options.state_dir, options.log);
  auto text = read_regular(vkeys, 1U << 20);
  if (!text && text.error().errno_value == ENOENT) {  // what is gone stops nobody; it begins anew
    const auto old = load_signer(options.state_dir, options.log);
    if (!old) return tl::unexpected(old.error());
    text = old->verifier.text() + "\n";
  }
  if (!text) return tl::unexpected(text.error());
  const std::string line = next.verifier.text() + "\n";
  if (text->find(line) == std::string::npos) {
    if (!text->empty() && !text->ends_with('\n')) *text += '\n';
    if (auto put = put_file(disk, vkeys, *text + line); !put) return put;
  }
  if (auto renamed = disk.rename(next_key_path(options.state_dir, options.log),
                                 key_path(options.state_dir, options.log));
      !renamed)
    return renamed;
  return disk.sync_directory(keys_directory(options.state_dir));
}

Result<void> take_back(const Options& options, Disk& disk) {
  if (auto removed = disk.remove(next_key_path(options.state_dir, options.log)); !removed)
    return removed;
  return disk.sync_directory(keys_directory(options.state_dir));
}

}  // namespace

std::string next_key_path(const std::string& state_dir, const std::string& log) {
  return key_path(state_dir, log) + ".next";
}

Result<std::optional<Signer>> load_next_key(const std::string& state_dir, const std::string& log) {
  auto text = read_regular(next_key_path(state_dir, log), 4096);
  if (!text) return tl::unexpected(text.error());
  while (text->ends_with('\n')) text->pop_back();
  return Signer::parse(*text);
}

Result<void> settle_rotation(const Options& options, Disk& disk) {
  if (!file_exists(next_key_path(options.state_dir, options.log))) return {};
  const std::string dir = log_directory(options.state_dir, options.log);
  const auto ready = load_next_key(options.state_dir, options.log);
  if (!ready) return tl::unexpected(ready.error());
  if (!*ready) return take_back(options, disk);
  const Signer& next = **ready;
  const auto keys = known_keys(options.state_dir, options.log);
  if (!keys) return tl::unexpected(keys.error());
  const auto last = last_checkpoint(dir, *keys);
  const auto seq = find_announcement(dir, last, next.verifier);
  if (!seq) return tl::unexpected(seq.error());
  if (!*seq) return take_back(options, disk);
  const uint64_t size = **seq + 1;
  if (!last || last->size < size) {
    const auto old = signer_in_force(options);
    if (!old) return tl::unexpected(old.error());
    if (auto synced = sync_lines(dir, size, disk); !synced) return synced;
    const auto root = root_beyond(dir, last.value_or(TreeHead{"", 0, Frontier().root()}), size);
    if (!root) return tl::unexpected(root.error());
    const auto made =
        append_checkpoint(dir, {old->verifier.name, size, *root}, {&*old, &next}, disk);
    if (!made) return tl::unexpected(made.error());
  } else if (auto put = put_newest(dir, *last, disk); !put) {
    return put;
  }
  return put_in_force(options, next, disk);
}

Result<VerifierKey> key_in_force(const Options& options) {
  const auto signing = [&]() -> Result<VerifierKey> {
    const auto signer = load_signer(options.state_dir, options.log);
    if (!signer) return tl::unexpected(signer.error());
    // (What else is wrong stops signatures, and no line.)
    if (const auto fits = check_key(options); !fits && fits.error().errno_value == kOtherKey)
      return tl::unexpected(fits.error());
    return signer->verifier;
  };
  // The next key first: who finishes its change holds another lock than we do, and puts it in the place of the other.
  if (!file_exists(next_key_path(options.state_dir, options.log))) return signing();
  const auto ready = load_next_key(options.state_dir, options.log);
  if (!ready && ready.error().errno_value == ENOENT) return signing();
  if (!ready) return tl::unexpected(ready.error());
  if (!*ready) return signing();
  const auto keys = own_keys(options.state_dir, options.log);
  if (!keys) return tl::unexpected(keys.error());
  const std::string dir = log_directory(options.state_dir, options.log);
  const VerifierKey& next = (*ready)->verifier;
  const auto announced = find_announcement(dir, last_checkpoint(dir, *keys), next);
  if (!announced) return tl::unexpected(announced.error());
  if (*announced) return next;
  return signing();
}

Result<Rotated> rotate_key(const Options& options, Disk& disk, const Clock& clock, Random& random) {
  const auto clerk = Clerk::open(options, disk, clock, random);
  if (!clerk) return tl::unexpected(clerk.error());
  const auto old = signer_in_force(options);
  if (!old) return tl::unexpected(old.error());
  std::array<uint8_t, 32> seed{};
  random.fill(seed);
  const Signer next = Signer::make(old->verifier.name, seed);
  if (auto put =
          put_new_file(disk, next_key_path(options.state_dir, options.log), next.text() + "\n");
      !put)
    return tl::unexpected(put.error());
  if (auto synced = disk.sync_directory(keys_directory(options.state_dir)); !synced)
    return tl::unexpected(synced.error());
  const auto seq = (*clerk)->append(KeyRotate{next.verifier.text(), old->verifier.text()});
  if (!seq) {
    (void)take_back(options, disk);  // else whoever holds lock.cp next does it
    return tl::unexpected(seq.error());
  }
  // From here on the record stands: what fails is finished by whoever holds lock.cp next.
  if (auto ok = (*clerk)->sign({&*old, &next}); !ok) return tl::unexpected(ok.error());
  if (auto ok = put_in_force(options, next, disk); !ok) return tl::unexpected(ok.error());
  return Rotated{*seq, old->verifier, next.verifier};
}

}  // namespace agentmesh::audit
