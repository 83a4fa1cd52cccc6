// One verification at work: what verify.cc and verify_*.cc share. Not for others:
// verify.h is.
//
// Order: the checkpoints are read before the lines, so that what they cover is there; then keys, checkpoints, the end, the
// anchor and the payloads are judged. Thread: one, besides the readers of LineStream.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "audit/blob_check.h"
#include "audit/checkpoint.h"
#include "audit/line_stream.h"
#include "audit/tree.h"
#include "audit/verify.h"
#include "audit/writers.h"

namespace agentmesh::audit {

// A key.rotate: up to size `seq` the old key counts, at seq + 1 both, then the new one.
struct Rotation {
  uint64_t seq = 0;
  VerifierKey to;
};

class Verification {
 public:
  explicit Verification(const VerifyOptions& options) : options_(options) {}

  Verdict run();
  // A segment that was listed is gone: somebody prunes the log, and it has to be looked at again.
  bool vanished() const { return vanished_; }

 private:
  // ---- telling

  Problem& problem(ProblemClass kind, std::string code, std::string message);
  Problem& tampered(std::string code, std::string message) {
    return problem(ProblemClass::kTampered, std::move(code), std::move(message));
  }
  Remark& remark(std::string code, std::string message);
  void remark_predecessor(std::string_view genesis);
  // A remark that --strict takes for a problem.
  void remark_or_problem(ProblemClass kind, Remark what);
  void io(const Error& error) { problem(ProblemClass::kIo, "io", error.what); }

  Verdict finish();

  // ---- reading

  // Both files before the lines: whatever they cover is there when the lines are read.
  bool read_checkpoints();
  void read_history(const std::string& history);
  void read_anchor();
  bool read_segments_list();
  unsigned threads() const;
  void read_lines();

  // The leaves of the lines that were pruned, from the tiles.
  bool read_pruned(uint64_t first);

  // False if reading ends here.
  bool read_segment(LineStream& stream, const std::string& file, Writers& writers);
  bool take(const LineStream::Line& line, const std::string& file, Writers& writers);

  std::string altered_before(const Hash& link) const;
  // What the record means for the log as a whole.
  void take_facts(const LineStream::Line& line);
  void check_blobs(const LineStream::Line& line);
  void check_recovered(const LineStream::Line& line);
  void add(const Hash& leaf);
  void note_root();

  // Tiles are never evidence while the lines are there; a wrong one is worth a remark.
  void compare_tile(uint64_t index);
  void compare_tile_hash(unsigned level, uint64_t index, const Hash& root);

  std::string file_of(uint64_t seq) const;

  // ---- judging

  void judge_keys();
  void judge_newest_kept();

  // What there is of a change of keys: nothing signed by both, or only of other records than these, or all of it.
  enum class Change : uint8_t { kUnsigned, kOtherRoot, kProven };
  Change change_at(size_t rotation) const;
  const VerifierKey& key_at(uint64_t size) const;
  std::vector<const VerifierKey*> keys_at(uint64_t size) const;
  bool vouched_for(const Checkpoint& checkpoint) const;
  bool wrong_signature(const Checkpoint& checkpoint) const;
  const Rotation* out_of_force(const Checkpoint& checkpoint) const;
  bool signed_by_new(const Checkpoint& checkpoint, size_t from, size_t to) const;

  // Whether the key in force signed it; tells what is wrong otherwise. kUnread: where the lines that it covers were not read,
  // a key may have come into force that is not known. kDisputed: by a key that came with a change of other records.
  enum class Vouched : uint8_t { kYes, kNo, kUnread, kDisputed };
  Vouched judge_signature(const Checkpoint& checkpoint, const std::string& file);
  bool lines_unread(uint64_t size) const { return stopped_ && size > tree_.size(); }
  void judge_checkpoints();
  void judge_root(const TreeHead& head, std::optional<uint64_t>& beyond);
  void judge_prune();
  // Whether who wrote the record had the key: prunes and erasures are signed at once, with nothing behind them.
  bool sealed(uint64_t seq) const { return sealed_.contains(seq); }

  // `checkpoint`, against the history.
  void judge_newest();
  static std::string sign_note_bytes(const Note& note);
  void judge_rotations();

  // What stands where the lines end: nothing, a torn record (section 7's rule), or damage.
  void judge_end();
  void torn(uint64_t bytes);
  void judge_anchor();
  std::optional<uint64_t> newest_erasure(const std::string& day) const;  // of those that count
  std::set<uint64_t> unsealed_erasures() const;
  bool erased_later(const std::string& day);
  void judge_blobs();
  void remark_unread();
  void remark_all();

  const VerifyOptions& options_;
  Verdict out_;
  std::map<std::string, size_t> told_, remarked_;
  Problem overflow_;
  Remark more_remarks_;

  bool has_newest_ = false, has_history_ = false;
  std::optional<Checkpoint> newest_, anchor_;
  History history_;
  std::vector<uint64_t> sizes_;  // of which the root is needed, in order
  size_t next_size_ = 0;
  std::map<uint64_t, Hash> roots_;

  std::vector<uint64_t> segments_;
  Frontier tree_;
  Hash last_leaf_{};
  std::vector<Hash> tile_;  // leaves since the last full tile
  unsigned upper_level_ = 0;
  uint64_t upper_index_ = 0;
  std::vector<Hash> upper_;
  bool upper_told_ = false, upper_odd_ = false;
  uint64_t stored_tiles_ = 0;
  std::optional<uint64_t> tiles_differ_;  // the first record whose leaf is not the stored one
  std::array<uint64_t, kTypes> types_{};
  std::vector<std::string> sessions_, clocks_;
  std::optional<VerifierKey> first_key_;
  std::vector<Rotation> rotations_;
  std::vector<VerifierKey> log_keys_;  // log_keys_[i + 1] is what rotations_[i] changed to
  size_t changes_ = 0;     // so many of rotations_ are proven; what follows is only announced
  bool disputed_ = false;  // the first of those was signed by both keys, but of other records
  std::vector<std::pair<uint64_t, uint64_t>>
      prunes_;  // the seq of each prune record, and its `first`
  std::map<std::string, std::vector<uint64_t>> erased_;  // the day, and the seqs of its `erase`
  std::set<uint64_t> acts_,
      sealed_;  // the seqs of prunes and erasures; and of those that a checkpoint ends with
  std::optional<BlobCheck> blob_check_;
  std::vector<std::pair<BlobFinding, uint64_t>> blob_troubles_;
  std::optional<std::set<std::string>> erased_later_;  // by what came after this log

  // Where reading ended, and why.
  struct Bad {
    std::string code, message, file;
    uint64_t offset = 0;
  };
  std::optional<Bad> bad_;
  bool bad_link_ = false;
  uint64_t bad_bytes_ = 0;
  bool vanished_ = false;
  bool stopped_ = false;  // before the end of the lines
  bool unended_ = false;  // because the last line of a segment has no LF
  bool in_last_ = false, only_segment_ = false, empty_last_ = false;
  std::string end_file_;
  uint64_t end_offset_ = 0;
  uint64_t end_ = UINT64_MAX;
  uint64_t signed_size_ = 0;               // of the largest checkpoint with a good signature
  std::optional<uint64_t> mismatch_from_;  // where the newest root.mismatch begins
  size_t consequences_ = 0;                // roots that differ because an earlier one does
  size_t unread_checkpoints_ = 0;          // that nobody could judge
  size_t unknown_signers_ = 0;             // of checkpoints whose lines were pruned
  std::optional<uint64_t> beyond_;         // the largest that signs more than is here
};

}  // namespace agentmesh::audit
