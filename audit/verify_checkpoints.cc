// Verify: the history of checkpoints, and the roots in it (verify_keys.cc has who signed them).

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "audit/disk_files.h"
#include "audit/segment.h"
#include "audit/verification.h"
#include "base/bytes.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kHistoryBytes = size_t{1} << 30;
constexpr std::chrono::seconds kSignerPatience{5};

}  // namespace

// Both files before the lines: whatever they cover is there when the lines are read.
bool Verification::read_checkpoints() {
  const auto names = list_directory(options_.dir);
  if (!names) {
    io(names.error());
    return false;
  }
  static const std::set<std::string> kKnown = {"seg",       "checkpoint",    "checkpoints", "tile",
                                               "lock",      "lock.cp",       "state",       "blob",
                                               "recovered", "checkpoint.tmp"};
  for (const std::string& name : *names)
    if (!kKnown.contains(name)) remark("file.unknown", name + " is not part of a log").file = name;
  const auto read = [&](const std::string& name, std::string& into) {
    auto bytes = read_regular(options_.dir + "/" + name, kHistoryBytes);
    if (bytes) {
      into = std::move(*bytes);
      return true;
    }
    if (bytes.error().errno_value == ENOENT) {
      tampered("checkpoint.missing", name + " is gone").file = name;
    } else {
      io(bytes.error());
    }
    return false;
  };
  std::string newest;
  has_newest_ = read("checkpoint", newest);
  if (has_newest_) newest_ = Checkpoint::parse(newest);
  std::string history;
  has_history_ = read("checkpoints", history);
  read_history(history);
  // Beside a process that signs, what looks unfinished is about to be whole.
  const auto deadline = std::chrono::steady_clock::now() + kSignerPatience;
  for (bool busy = true; history_.torn_at && busy && std::chrono::steady_clock::now() < deadline;) {
    busy = is_locked(options_.dir + "/lock.cp");
    if (busy) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (auto again = read_regular(options_.dir + "/checkpoints", kHistoryBytes))
      read_history(*again);
  }
  if (!options_.anchor.empty()) read_anchor();
  for (const HistoryEntry& entry : history_.entries)
    if (entry.checkpoint) sizes_.push_back(entry.checkpoint->head.size);
  if (newest_) sizes_.push_back(newest_->head.size);
  if (anchor_) sizes_.push_back(anchor_->head.size);
  std::sort(sizes_.begin(), sizes_.end());
  sizes_.erase(std::unique(sizes_.begin(), sizes_.end()), sizes_.end());
  return true;
}

void Verification::read_history(const std::string& history) {
  const std::string origin = !options_.trusted.empty() ? options_.trusted[0].name
                             : newest_                 ? newest_->head.origin
                                                       : "";
  history_ = split_history(history, origin);
}

void Verification::read_anchor() {
  out_.anchor = SizeAndRoot{};
  const auto bytes = read_file(options_.anchor, 1U << 20);
  if (!bytes) {
    io(bytes.error());
    return;
  }
  anchor_ = Checkpoint::parse(*bytes);
  if (anchor_) {
    out_.anchor = SizeAndRoot{anchor_->head.size, anchor_->head.root};
  } else {
    problem(ProblemClass::kUnverifiable, "anchor.form", options_.anchor + " is not a checkpoint");
  }
}

void Verification::judge_checkpoints() {
  std::optional<TreeHead> before;  // the largest that somebody vouches for
  std::optional<uint64_t> beyond;
  bool any = false;
  for (const HistoryEntry& entry : history_.entries) {
    if (!entry.checkpoint || entry.checkpoint->head.origin != out_.log) {
      Problem& p = tampered("checkpoint.form", entry.checkpoint ? "a checkpoint of another origin"
                                                                : "not a checkpoint");
      p.file = "checkpoints";
      p.offset = entry.offset;
      continue;
    }
    any = true;
    ++out_.checkpoints;
    const TreeHead& head = entry.checkpoint->head;
    const bool grows = !before || head.size > before->size;
    if (!grows && head.size == before->size && head.root != before->root) {
      tampered("checkpoint.fork",
               fmt::format("two roots were signed for {} records (checkpoints)", head.size))
          .size = head.size;
    } else if (!grows) {
      tampered("checkpoint.order",
               fmt::format("a checkpoint of {} records after one of {} (checkpoints, offset {})",
                           head.size, before->size, entry.offset))
          .size = head.size;
    }
    const Vouched vouched = judge_signature(*entry.checkpoint, "checkpoints");
    if (lines_unread(head.size)) ++unread_checkpoints_;
    if (vouched == Vouched::kYes) signed_size_ = std::max(signed_size_, head.size);
    if (vouched == Vouched::kYes && grows) judge_root(head, beyond);
    // That the key of a change of other records signed other records, too, follows from the change.
    if (vouched == Vouched::kDisputed && grows && head.size <= tree_.size() &&
        roots_.at(head.size) != head.root)
      judge_root(head, beyond);
    if (vouched != Vouched::kNo && grows) before = head;
  }
  if (has_history_ && history_.entries.empty() && !history_.torn_at) {
    tampered("checkpoint.form", "there is no checkpoint in it").file = "checkpoints";
  }
  if (history_.torn_at) {
    // A log is born with a whole checkpoint: where not even one is left, this is no torn end.
    const ProblemClass kind = any ? ProblemClass::kTorn : ProblemClass::kTampered;
    Problem& p = problem(kind, any ? "checkpoints.torn" : "checkpoint.form",
                         "the last checkpoint is unfinished");
    p.file = "checkpoints";
    p.offset = *history_.torn_at;
  }
  beyond_ = beyond;
  judge_newest();
  judge_rotations();
}

void Verification::judge_root(const TreeHead& head, std::optional<uint64_t>& beyond) {
  if (head.size > tree_.size()) {
    beyond = std::max(beyond.value_or(0), head.size);
    return;
  }
  const auto root = roots_.find(head.size);
  if (root != roots_.end() && root->second == head.root) {
    out_.checkpoint = SizeAndRoot{head.size, head.root};
    if (head.size > 0 && acts_.contains(head.size - 1)) sealed_.insert(head.size - 1);
    return;
  }
  const uint64_t from = out_.checkpoint ? out_.checkpoint->size : 0;
  // Every later root differs because this one does: it covers the same records.
  const bool follows = mismatch_from_ == from;
  mismatch_from_ = from;
  if (follows) ++consequences_;
  std::string where;
  if (!follows && tiles_differ_ && *tiles_differ_ >= from && *tiles_differ_ < head.size)
    where = fmt::format("; the first that a stored tile knows otherwise is {} ({})", *tiles_differ_,
                        file_of(*tiles_differ_));
  Problem& p =
      tampered("root.mismatch", fmt::format("records {} to {} are not those that were signed{}",
                                            from, head.size > 0 ? head.size - 1 : 0, where));
  p.seq = from;
  p.size = head.size;
}

// `checkpoint`, against the history.
void Verification::judge_newest() {
  if (!has_newest_) return;
  if (!newest_ || newest_->head.origin != out_.log) {
    tampered("checkpoint.form", newest_ ? "a checkpoint of another origin" : "not a checkpoint")
        .file = "checkpoint";
    return;
  }
  const HistoryEntry* same = nullptr;
  const HistoryEntry* last = nullptr;
  for (const HistoryEntry& entry : history_.entries) {
    if (!entry.checkpoint) continue;
    last = &entry;
    if (entry.checkpoint->note.text == newest_->note.text) same = &entry;
  }
  if (same == nullptr) {
    const bool fine = judge_signature(*newest_, "checkpoint") == Vouched::kYes;
    if (!has_history_) {
      // All that is left to go by.
      if (fine) {
        signed_size_ = std::max(signed_size_, newest_->head.size);
        judge_root(newest_->head, beyond_);
      }
      return;
    }
    tampered("checkpoint.history", "`checkpoint` is not one of `checkpoints`").size =
        newest_->head.size;
    const bool other_root = std::any_of(
        history_.entries.begin(), history_.entries.end(), [&](const HistoryEntry& entry) {
          return entry.checkpoint && entry.checkpoint->head.size == newest_->head.size;
        });
    if (fine && other_root)
      tampered("checkpoint.fork",
               fmt::format("two roots were signed for {} records", newest_->head.size))
          .size = newest_->head.size;
    return;
  }
  if (sign_note_bytes(newest_->note) != sign_note_bytes(same->checkpoint->note))
    (void)judge_signature(*newest_, "checkpoint");
  if (same != last)
    remark_or_problem(ProblemClass::kTampered,
                      {"checkpoint.behind",
                       "`checkpoint` is older than the last of `checkpoints`",
                       "",
                       "",
                       {},
                       {},
                       {}});
}

std::string Verification::sign_note_bytes(const Note& note) {
  std::string all;
  for (const Note::Signature& signature : note.signatures)
    all.append(signature.name)
        .append(" ")
        .append(to_hex(signature.id))
        .append(signature.bytes)
        .append("\n");
  return all;
}

}  // namespace agentmesh::audit
