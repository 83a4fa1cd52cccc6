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
  if (first_key_) {
    log_keys_.push_back(*first_key_);
    for (const Rotation& rotation : rotations_) log_keys_.push_back(rotation.to);
  } else {
    // The first record is unreadable: what came after it is anybody's word.
    log_keys_ = options_.trusted;
    rotations_.clear();
  }
  if (out_.log.empty()) {
    if (!log_keys_.empty())
      out_.log = log_keys_[0].name;
    else if (newest_)
      out_.log = newest_->head.origin;
  }
  while (changes_ < rotations_.size() && change_at(changes_) == Change::kProven) ++changes_;
  disputed_ = changes_ < rotations_.size() && change_at(changes_) == Change::kOtherRoot;
  if (options_.chain_only) return;
  const auto trusted = [&](const VerifierKey& key) {
    return std::find(options_.trusted.begin(), options_.trusted.end(), key) !=
           options_.trusted.end();
  };
  bool known = !log_keys_.empty() && trusted(log_keys_[0]);
  for (size_t i = 0; i < changes_; ++i) known = known || trusted(rotations_[i].to);
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
    if (options_.kept && first_key_ && !stopped_) judge_newest_kept();
  } else if (stopped_ &&
             std::any_of(options_.trusted.begin(), options_.trusted.end(), signs_unread)) {
    problem(ProblemClass::kUnverifiable, "key.untrusted",
            fmt::format("the trusted key signs what comes after record {}, and that was not read",
                        tree_.size()));
  } else {
    tampered("key.mismatch", "none of the trusted keys is a key of this log");
  }
}

// A key comes to the kept ones once the checkpoint that brings it into force is on the disk, and the log forgets neither.
void Verification::judge_newest_kept() {
  const VerifierKey& newest = options_.trusted.back();
  const auto proven = log_keys_.begin() + static_cast<std::ptrdiff_t>(changes_) + 1;
  if (std::find(log_keys_.begin(), proven, newest) != proven) return;
  const bool announced = std::find(proven, log_keys_.end(), newest) != log_keys_.end();
  tampered("key.ahead",
           fmt::format("the newest key that is kept for this log ({}) is {}: the log was cut back, "
                       "or an older copy was put in its place",
                       newest.text(),
                       announced ? "announced in it, and not the checkpoint that both keys signed"
                                 : "none of its keys"));
}

// Whether the checkpoint of the change is there, of these very records, signed by the key that went and the one that came.
Verification::Change Verification::change_at(size_t rotation) const {
  const Rotation& change = rotations_[rotation];
  Change found = Change::kUnsigned;
  for (const HistoryEntry& entry : history_.entries) {
    if (!entry.checkpoint || entry.checkpoint->head.size != change.seq + 1) continue;
    const Note& note = entry.checkpoint->note;
    if (signed_by(note, log_keys_[rotation]) != Signed::kYes ||
        signed_by(note, change.to) != Signed::kYes)
      continue;
    // Anybody can put a signature of his own under a checkpoint of ours: it has to be of the records that announce his key.
    if (entry.checkpoint->head.root == roots_.at(change.seq + 1)) return Change::kProven;
    found = Change::kOtherRoot;
  }
  return found;
}

// The key in force for a checkpoint of that size (at a change the one that goes).
const VerifierKey& Verification::key_at(uint64_t size) const {
  size_t changes = 0;
  while (changes < changes_ && size >= rotations_[changes].seq + 2) ++changes;
  return log_keys_[changes];
}

// The keys whose signature counts for a checkpoint of that size. Where the lines that it covers are not here, a key may have
// been in force that no line speaks of: there the trusted ones count, but for those whose time was another.
std::vector<const VerifierKey*> Verification::keys_at(uint64_t size) const {
  std::vector<const VerifierKey*> keys;
  if (!log_keys_.empty()) keys.push_back(&key_at(size));
  const bool pruned = size <= out_.first_seq;
  if (!pruned && size <= tree_.size()) return keys;
  for (const VerifierKey& key : options_.trusted) {
    bool elsewhere = false;
    for (size_t i = 0; i < changes_; ++i)
      elsewhere = elsewhere || key == (pruned ? rotations_[i].to : log_keys_[i]);
    if (!elsewhere) keys.push_back(&key);
  }
  return keys;
}

bool Verification::vouched_for(const Checkpoint& checkpoint) const {
  const auto keys = keys_at(checkpoint.head.size);
  return std::any_of(keys.begin(), keys.end(), [&](const VerifierKey* key) {
    return signed_by(checkpoint.note, *key) == Signed::kYes;
  });
}

bool Verification::wrong_signature(const Checkpoint& checkpoint) const {
  const auto wrong = [&](const VerifierKey& key) {
    return signed_by(checkpoint.note, key) == Signed::kWrong;
  };
  return std::any_of(log_keys_.begin(), log_keys_.end(), wrong) ||
         std::any_of(options_.trusted.begin(), options_.trusted.end(), wrong);
}

// The change of keys after which a key signed that had gone with it.
const Rotation* Verification::out_of_force(const Checkpoint& checkpoint) const {
  for (size_t i = 0; i < changes_; ++i)
    if (checkpoint.head.size >= rotations_[i].seq + 2 &&
        signed_by(checkpoint.note, log_keys_[i]) == Signed::kYes)
      return &rotations_[i];
  return nullptr;
}

// Whether a key signed that a change brings, or is said to bring: one in force (by then, or later), or announced alone.
bool Verification::signed_by_new(const Checkpoint& checkpoint, size_t from, size_t to) const {
  for (size_t i = from; i < to; ++i)
    if (signed_by(checkpoint.note, rotations_[i].to) == Signed::kYes) return true;
  return false;
}

Verification::Vouched Verification::judge_signature(const Checkpoint& checkpoint,
                                                    const std::string& file) {
  const uint64_t size = checkpoint.head.size;
  const bool fine = vouched_for(checkpoint);
  const bool wrong = wrong_signature(checkpoint);
  if (const Rotation* change = out_of_force(checkpoint)) {
    Problem& p = tampered(
        "key.unsigned",
        fmt::format("the checkpoint of {} records is signed by a key that record {} replaced", size,
                    change->seq));
    p.seq = change->seq;
    p.size = size;
    return fine ? Vouched::kYes : Vouched::kNo;
  }
  if (!wrong) {
    if (fine) return Vouched::kYes;
    // A key that is only announced vouches for nothing, and that is told of the announcement (judge_rotations).
    if (changes_ < rotations_.size() && size >= rotations_[changes_].seq + 2 &&
        signed_by_new(checkpoint, changes_, rotations_.size()))
      return disputed_ ? Vouched::kDisputed : Vouched::kNo;
    // Of a key whose records were pruned nobody knows; one that came later is not it.
    if (size <= out_.first_seq && !signed_by_new(checkpoint, 0, changes_)) {
      ++unknown_signers_;
      return Vouched::kNo;
    }
    if (lines_unread(size)) return Vouched::kUnread;
  }
  Problem& p =
      tampered("checkpoint.signature",
               fmt::format("the checkpoint of {} records {}", size,
                           wrong ? "has a wrong signature" : "is not signed by the log's key"));
  p.size = size;
  p.file = file;
  return Vouched::kNo;
}

void Verification::judge_rotations() {
  for (size_t i = 0; i < rotations_.size(); ++i) {
    const uint64_t seq = rotations_[i].seq;
    const bool later = std::any_of(history_.entries.begin(), history_.entries.end(),
                                   [&](const HistoryEntry& entry) {
                                     return entry.checkpoint && entry.checkpoint->head.size > seq;
                                   });
    if (!later) {
      remark("key.pending", "a new key is announced and no checkpoint says so yet").seq = seq;
    } else if (change_at(i) == Change::kUnsigned) {
      tampered("key.unsigned",
               fmt::format("no checkpoint of {} records is signed by both the old and the new key",
                           seq + 1))
          .seq = seq;
    }
  }
}

}  // namespace agentmesh::audit
