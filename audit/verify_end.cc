// Verify: where the lines begin and end, and why; what was kept elsewhere: the anchor, and the payloads.

#include <algorithm>

#include <fmt/format.h>

#include "audit/segment.h"
#include "audit/verification.h"

namespace agentmesh::audit {

// What stands where the lines end: nothing, a torn record (section 7's rule), or damage.
void Verification::judge_end() {
  if (empty_last_ && !stopped_ && !only_segment_ && tree_.size() >= signed_size_) torn(0);
  if (bad_) {
    if (in_last_ && tree_.size() >= signed_size_ && !(only_segment_ && end_offset_ == 0)) {
      const auto rest = look_at_rest(options_.dir + "/" + end_file_, end_offset_, end_);
      if (!rest) {
        io(rest.error());
      } else if (!rest->has_lf || rest->has_nul) {
        torn(rest->bytes);
        bad_.reset();
      }
    }
  }
  const bool ended = !stopped_ || (unended_ && in_last_);
  if (ended && beyond_) {
    tampered("log.truncated",
             fmt::format("{} records were signed, {} are here", *beyond_, tree_.size()))
        .seq = tree_.size();
  }
  if (bad_) {
    Problem& p = tampered(bad_->code, bad_->message);
    p.seq = tree_.size();
    p.file = bad_->file;
    p.offset = bad_->offset;
    std::rotate(out_.problems.begin(), out_.problems.end() - 1, out_.problems.end());
  }
  if (tree_.size() > signed_size_) out_.unsigned_records = tree_.size() - signed_size_;
}

void Verification::torn(uint64_t bytes) {
  out_.torn = Verdict::Torn{end_file_, end_offset_, bytes};
  Problem& p = problem(ProblemClass::kTorn, "tail.torn",
                       fmt::format("{} bytes after the last whole record", bytes));
  p.file = end_file_;
  p.offset = end_offset_;
  p.bytes = bytes;
}

// A prune is recorded and signed before the first line goes, with nothing behind the record: one that anybody wrote, and that a
// later checkpoint covers with all the others, excuses nothing.
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
                                   [&](const auto& prune) { return sealed(prune.first); });
  const bool excused = first == 0 || (newest != prunes_.rend() &&
                                      (newest->second == first || pending(newest->second)));
  if (!excused) {
    tampered(
        "prune.unrecorded",
        fmt::format("the log begins at {}, and no prune record that was signed at once says so",
                    first))
        .seq = first;
  } else if (pending(prunes_.back().second)) {
    remark("prune.pending",
           fmt::format("records before {} were to be pruned", prunes_.back().second));
  }
}

void Verification::judge_anchor() {
  if (!anchor_) return;
  if (anchor_->head.origin != out_.log || !vouched_for(*anchor_)) {
    problem(ProblemClass::kUnverifiable, "anchor.key",
            "the anchor is not signed by the key of this log that counts at its size");
    return;
  }
  const TreeHead& head = anchor_->head;
  if (head.size > tree_.size()) {
    const bool ended = !stopped_ || (unended_ && in_last_) || out_.torn;
    if (ended)
      tampered("anchor.ahead",
               fmt::format("the log had {} records, {} are here", head.size, tree_.size()));
    return;
  }
  if (roots_.at(head.size) != head.root) {
    tampered("anchor.root",
             fmt::format("the first {} records are not those that the anchor saw", head.size))
        .size = head.size;
    return;
  }
  // Whatever was signed stays in the history: an anchor that is not there was taken out of it.
  if (has_history_ && std::none_of(history_.entries.begin(), history_.entries.end(),
                                   [&](const HistoryEntry& entry) {
                                     return entry.checkpoint &&
                                            entry.checkpoint->note.text == anchor_->note.text;
                                   }))
    remark("anchor.unlisted",
           "the anchor is not among `checkpoints`: the history was cut or thinned");
  out_.anchor_ok = true;
  if (out_.level == Level::kSigned) out_.level = Level::kAnchored;
}

std::optional<uint64_t> Verification::newest_erasure(const std::string& day) const {
  const auto erased = erased_.find(day);
  if (erased == erased_.end()) return std::nullopt;
  const auto newest = std::find_if(erased->second.rbegin(), erased->second.rend(),
                                   [this](uint64_t seq) { return sealed(seq); });
  return newest == erased->second.rend() ? std::nullopt : std::optional<uint64_t>(*newest);
}

std::set<uint64_t> Verification::unsealed_erasures() const {
  std::set<uint64_t> out;
  for (const auto& [day, seqs] : erased_)
    for (const uint64_t seq : seqs)
      if (!sealed(seq)) out.insert(seq);
  return out;
}

bool Verification::erased_later(const std::string& day) {
  if (!options_.erased_later) return false;
  if (!erased_later_) erased_later_ = options_.erased_later();
  return erased_later_->contains(day);
}

void Verification::judge_blobs() {
  for (const auto& [found, seq] : blob_troubles_) {
    // An erasure is signed before anything goes, too.
    if (const auto erased = newest_erasure(found.day)) {
      // What was sealed before is gone, and another payload may lie where it was.
      if (seq < *erased || found.state != BlobState::kMismatch) continue;
    }
    const bool no_key = found.state == BlobState::kNoKey;
    if ((no_key || found.state == BlobState::kMissing) && erased_later(found.day)) continue;
    Problem& p = problem(no_key ? ProblemClass::kUnverifiable : ProblemClass::kTampered,
                         no_key                               ? "blob.key"
                         : found.state == BlobState::kMissing ? "blob.missing"
                                                              : "blob.mismatch",
                         found.why);
    p.seq = seq;
    p.file = found.file;
  }
}

}  // namespace agentmesh::audit
