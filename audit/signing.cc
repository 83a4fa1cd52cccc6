#include "audit/signing.h"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include <fmt/format.h>

#include "audit/disk_files.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/segment.h"
#include "audit/stored_tree.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

// Whether the lowest subtree of the head is that of the lines, and ends with its last leaf: else the root could cover another
// last record than the one that was looked at. The head may come from the state file, which nobody has to believe.
bool subtree_is_of_lines(const std::string& log_dir, const Head& head) {
  const uint64_t width = uint64_t{1} << std::countr_zero(head.next_seq);
  constexpr uint64_t kAtOnce = 4096;
  Frontier subtree;
  Hash last{};
  while (subtree.size() < width) {
    const auto leaves = leaves_of_lines(log_dir, head.next_seq - width + subtree.size(),
                                        std::min(width - subtree.size(), kAtOnce));
    if (!leaves || leaves->empty()) return false;
    for (const Hash& leaf : *leaves) subtree.add(leaf);
    last = leaves->back();
  }
  return last == head.last_leaf && subtree.root() == head.tree.hashes().back();
}

Result<bool> may_be_anothers_act(const std::string& log_dir, const Head& head) {
  const auto line =
      line_before(log_dir + "/" + segment_file(head.segment_first), head.segment_bytes);
  if (!line) return tl::unexpected(line.error());
  if (hash_leaf(*line) != head.last_leaf)
    return fail(fmt::format("record {} is not the one that was found", head.next_seq - 1), EILSEQ);
  const Type type = check_line(*line).facts.type;
  return type == Type::kPrune || type == Type::kErase || !subtree_is_of_lines(log_dir, head);
}

constexpr uint64_t kTail = 16 << 10;  // of `checkpoints`

// Whoever made the checkpoint may not have lived to put it in its place.
Result<void> put_in_place(const std::string& log_dir, const std::string& note, Disk& disk) {
  const auto newest = read_regular(log_dir + "/checkpoint", 1U << 20);
  if (newest && *newest == note) return {};
  return put_file(disk, log_dir + "/checkpoint", note);
}

}  // namespace

Result<bool> sign_end(const std::string& log_dir, const Head& head, LastRecord by,
                      const Signer& in_force, const std::vector<const Signer*>& signers,
                      Disk& disk) {
  if (by == LastRecord::kAnybodys) {
    const auto anothers = may_be_anothers_act(log_dir, head);
    if (!anothers) return anothers;
    if (*anothers) return false;
  }
  const auto made = append_checkpoint(
      log_dir, {in_force.verifier.name, head.next_seq, head.tree.root()}, signers, disk);
  if (!made) return made;
  return true;
}

Result<bool> append_checkpoint(const std::string& log_dir, const TreeHead& head,
                               const std::vector<const Signer*>& signers, Disk& disk) {
  const std::string path = log_dir + "/checkpoints";
  const auto size = file_size(path);
  if (!size) return tl::unexpected(size.error());
  // Only the end matters: the last size, and where a whole note ends.
  const uint64_t from = *size > kTail ? *size - kTail : 0;
  const auto tail = read_file_end(path, kTail);
  if (!tail) return tl::unexpected(tail.error());
  const History history = split_history(*tail, head.origin);
  const uint64_t end = history.torn_at ? from + *history.torn_at : *size;
  const auto fd = disk.open(path, O_WRONLY | O_APPEND, 0);
  if (!fd) return tl::unexpected(fd.error());
  if (end < *size) {
    if (auto ok = disk.truncate(fd->get(), end); !ok) return tl::unexpected(ok.error());
  }
  if (const HistoryEntry* last = history.entries.empty() ? nullptr : &history.entries.back();
      last != nullptr && last->checkpoint && last->checkpoint->head.size >= head.size) {
    if (auto ok = put_in_place(log_dir, tail->substr(last->offset, last->bytes), disk); !ok)
      return tl::unexpected(ok.error());
    return false;
  }
  const std::string note = sign_note(head.text(), signers);
  if (auto ok = write_all(disk, fd->get(), note); !ok) {
    (void)disk.truncate(fd->get(),
                        end);  // an unfinished note that stays is cut off by the next who appends
    return tl::unexpected(ok.error());
  }
  if (auto ok = disk.sync_data(fd->get()); !ok) return tl::unexpected(ok.error());
  if (auto ok = put_file(disk, log_dir + "/checkpoint", note); !ok)
    return tl::unexpected(ok.error());
  return true;
}

Result<void> put_newest(const std::string& log_dir, const TreeHead& head, Disk& disk) {
  const auto tail = read_file_end(log_dir + "/checkpoints", kTail);
  if (!tail) return tl::unexpected(tail.error());
  const History history = split_history(*tail, head.origin);
  if (history.entries.empty()) return {};
  const HistoryEntry& last = history.entries.back();
  if (!last.checkpoint || last.checkpoint->head.text() != head.text()) return {};
  return put_in_place(log_dir, tail->substr(last.offset, last.bytes), disk);
}

}  // namespace agentmesh::audit
