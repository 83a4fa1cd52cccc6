// Verify: who signed what: the keys that are trusted, those of the log and how they changed, and every signature.

#include <algorithm>

#include <fmt/format.h>

#include "audit/verification.h"

namespace agentmesh::audit {

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
  // A key that is only announced vouches for nothing, and neither do those that it announces.
  const VerifierKey* key = &log_keys_[0];
  for (size_t i = 0; i < rotations_.size(); ++i) {
    if (size < rotations_[i].seq + 2 || !signed_by_both(i)) break;
    key = &rotations_[i].to;
  }
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
  // Signed by a key that was only announced: that is told of the announcement (judge_rotations), and nothing is vouched for.
  const bool announced =
      !fine && std::any_of(rotations_.begin(), rotations_.end(), [&](const Rotation& rotation) {
        return size >= rotation.seq + 2 && signed_by(checkpoint.note, rotation.to) == Signed::kYes;
      });
  if (announced && !wrong_signature(checkpoint)) return Vouched::kNo;
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
