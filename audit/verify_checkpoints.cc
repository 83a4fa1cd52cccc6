// Verify: who signed what: keys and their changes, the history of checkpoints, and the roots in it.

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
    if (auto again = read_file(options_.dir + "/checkpoints", kHistoryBytes)) read_history(*again);
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

void Verification::judge_keys() {
  out_.size = tree_.size();
  out_.root = tree_.root();
  for (size_t i = 0; i < types_.size(); ++i)
    if (types_[i] > 0) out_.types[std::string(type_name(static_cast<Type>(i)))] = types_[i];
  if (first_key_) log_keys_.push_back(*first_key_);
  for (const Rotation& rotation : rotations_) log_keys_.push_back(rotation.to);
  if (log_keys_.empty()) log_keys_ = options_.trusted;  // the first record is unreadable
  if (out_.log.empty()) {
    if (!log_keys_.empty())
      out_.log = log_keys_[0].name;
    else if (newest_)
      out_.log = newest_->head.origin;
  }
  if (options_.chain_only) return;
  // A key that is only announced vouches for nothing: anybody can name it in a record.
  const auto trusted = [&](const VerifierKey& key) {
    return std::find(options_.trusted.begin(), options_.trusted.end(), key) !=
           options_.trusted.end();
  };
  bool known = !log_keys_.empty() && trusted(log_keys_[0]);
  for (size_t i = 0; i < rotations_.size(); ++i)
    known = known || (trusted(rotations_[i].to) && signed_by_both(i));
  const auto signs_unread = [&](const VerifierKey& key) {
    return std::any_of(history_.entries.begin(), history_.entries.end(),
                       [&](const HistoryEntry& entry) {
                         return entry.checkpoint && lines_unread(entry.checkpoint->head.size) &&
                                signed_by(entry.checkpoint->note, key) == Signed::kYes;
                       });
  };
  if (options_.trusted.empty()) {
    problem(ProblemClass::kUnverifiable, "key.untrusted",
            "no trusted public key: give one with --vkey");
  } else if (known) {
    out_.level = Level::kSigned;
  } else if (stopped_ &&
             std::any_of(options_.trusted.begin(), options_.trusted.end(), signs_unread)) {
    problem(ProblemClass::kUnverifiable, "key.untrusted",
            fmt::format("the trusted key signs what comes after record {}, and that was not read",
                        tree_.size()));
  } else {
    tampered("key.mismatch", "none of the trusted keys is a key of this log");
  }
}

// The key that counts for a checkpoint of that size (at a rotation the new one, too).
const VerifierKey* Verification::key_at(uint64_t size) const {
  if (log_keys_.empty()) return nullptr;
  const VerifierKey* key = &log_keys_[0];
  for (const Rotation& rotation : rotations_)
    if (size >= rotation.seq + 2) key = &rotation.to;
  return key;
}

// Whether the checkpoint of the change is there, signed by the key that went and the one that came.
bool Verification::signed_by_both(size_t rotation) const {
  const Rotation& change = rotations_[rotation];
  return std::any_of(
      history_.entries.begin(), history_.entries.end(), [&](const HistoryEntry& entry) {
        return entry.checkpoint && entry.checkpoint->head.size == change.seq + 1 &&
               signed_by(entry.checkpoint->note, log_keys_[rotation]) == Signed::kYes &&
               signed_by(entry.checkpoint->note, change.to) == Signed::kYes;
      });
}

// Before a prune other keys may have been in force, and the records that say so are gone: any known key will do.
bool Verification::judge_pruned_signature(const Checkpoint& checkpoint, const std::string& file) {
  const auto yes = [&](const VerifierKey& key) {
    return signed_by(checkpoint.note, key) == Signed::kYes;
  };
  if (wrong_signature(checkpoint)) {
    Problem& p = tampered(
        "checkpoint.signature",
        fmt::format("the checkpoint of {} records has a wrong signature", checkpoint.head.size));
    p.size = checkpoint.head.size;
    p.file = file;
    return false;
  }
  return std::any_of(log_keys_.begin(), log_keys_.end(), yes) ||
         std::any_of(options_.trusted.begin(), options_.trusted.end(), yes);
}

bool Verification::wrong_signature(const Checkpoint& checkpoint) const {
  const auto wrong = [&](const VerifierKey& key) {
    return signed_by(checkpoint.note, key) == Signed::kWrong;
  };
  return std::any_of(log_keys_.begin(), log_keys_.end(), wrong) ||
         std::any_of(options_.trusted.begin(), options_.trusted.end(), wrong);
}

Verification::Vouched Verification::judge_signature(const Checkpoint& checkpoint,
                                                    const std::string& file) {
  const uint64_t size = checkpoint.head.size;
  if (size <= out_.first_seq)
    return judge_pruned_signature(checkpoint, file) ? Vouched::kYes : Vouched::kNo;
  if (lines_unread(size)) return judge_unread_signature(checkpoint, file);
  const VerifierKey* key = key_at(size);
  const bool fine = key != nullptr && signed_by(checkpoint.note, *key) == Signed::kYes;
  // After a rotation the old keys are out of force.
  for (size_t i = 0; i < rotations_.size(); ++i) {
    if (size < rotations_[i].seq + 2 || signed_by(checkpoint.note, log_keys_[i]) != Signed::kYes)
      continue;
    Problem& p = tampered(
        "key.unsigned",
        fmt::format("the checkpoint of {} records is signed by a key that record {} replaced", size,
                    rotations_[i].seq));
    p.seq = rotations_[i].seq;
    p.size = size;
    return fine ? Vouched::kYes : Vouched::kNo;
  }
  if (fine && !wrong_signature(checkpoint)) return Vouched::kYes;
  Problem& p =
      tampered("checkpoint.signature",
               fmt::format("the checkpoint of {} records {}", size,
                           fine ? "has a wrong signature" : "is not signed by the log's key"));
  p.size = size;
  p.file = file;
  return Vouched::kNo;
}

Verification::Vouched Verification::judge_unread_signature(const Checkpoint& checkpoint,
                                                           const std::string& file) {
  if (wrong_signature(checkpoint)) {
    Problem& p = tampered(
        "checkpoint.signature",
        fmt::format("the checkpoint of {} records has a wrong signature", checkpoint.head.size));
    p.size = checkpoint.head.size;
    p.file = file;
    return Vouched::kNo;
  }
  const auto yes = [&](const VerifierKey& key) {
    return signed_by(checkpoint.note, key) == Signed::kYes;
  };
  if (std::any_of(log_keys_.begin(), log_keys_.end(), yes) ||
      std::any_of(options_.trusted.begin(), options_.trusted.end(), yes))
    return Vouched::kYes;
  return Vouched::kUnread;
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
  judge_newest();
  judge_rotations();
  beyond_ = beyond;
}

void Verification::judge_root(const TreeHead& head, std::optional<uint64_t>& beyond) {
  if (head.size > tree_.size()) {
    beyond = std::max(beyond.value_or(0), head.size);
    return;
  }
  const auto root = roots_.find(head.size);
  if (root != roots_.end() && root->second == head.root) {
    out_.checkpoint = SizeAndRoot{head.size, head.root};
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

// A prune is recorded and signed before the first line goes: a record that no checkpoint covers excuses nothing.
void Verification::judge_prune() {
  if (stopped_ || prunes_.empty()) {
    if (out_.first_seq > 0 && !stopped_)
      tampered("prune.unrecorded",
               fmt::format("the log begins at {}, and no prune record says so", out_.first_seq))
          .seq = out_.first_seq;
    return;
  }
  const uint64_t first = segments_[0];
  // One that was cut short has left segments that it was to take: more is there than the log promises.
  const auto pending = [&](uint64_t to) {
    return to > first && std::binary_search(segments_.begin(), segments_.end(), to);
  };
  const auto newest = std::find_if(prunes_.rbegin(), prunes_.rend(),
                                   [&](const auto& prune) { return prune.first < signed_size_; });
  const bool excused = first == 0 || (newest != prunes_.rend() &&
                                      (newest->second == first || pending(newest->second)));
  if (!excused) {
    tampered(
        "prune.unrecorded",
        fmt::format("the log begins at {}, and no prune record that was signed says so", first))
        .seq = first;
  } else if (pending(prunes_.back().second)) {
    remark("prune.pending",
           fmt::format("records before {} were to be pruned", prunes_.back().second));
  }
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

void Verification::judge_rotations() {
  for (size_t i = 0; i < rotations_.size(); ++i) {
    const Rotation& rotation = rotations_[i];
    const VerifierKey& old = log_keys_[i];
    bool later = false;
    bool both = false;
    for (const HistoryEntry& entry : history_.entries) {
      if (!entry.checkpoint) continue;
      const uint64_t size = entry.checkpoint->head.size;
      later = later || size > rotation.seq;
      both = both ||
             (size == rotation.seq + 1 && signed_by(entry.checkpoint->note, old) == Signed::kYes &&
              signed_by(entry.checkpoint->note, rotation.to) == Signed::kYes);
    }
    if (!later) {
      remark("key.pending", "a new key is announced and no checkpoint says so yet").seq =
          rotation.seq;
    } else if (!signed_by_both(i)) {
      tampered("key.unsigned",
               fmt::format("no checkpoint of {} records is signed by both the old and the new key",
                           rotation.seq + 1))
          .seq = rotation.seq;
    }
  }
}

}  // namespace agentmesh::audit
