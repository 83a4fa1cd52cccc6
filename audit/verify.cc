#include "audit/verify.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include <fmt/format.h>

#include "audit/blob_check.h"
#include "audit/checkpoint.h"
#include "audit/layout.h"
#include "audit/line_stream.h"
#include "audit/segment.h"
#include "audit/tiles.h"
#include "audit/tree.h"
#include "audit/writers.h"
#include "base/bytes.h"
#include "base/files.h"
#include "base/json.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kMostOfOneCode = 100;  // problems and remarks of one code that are told one by one
constexpr size_t kHistoryBytes = size_t{1} << 30;

// A key.rotate: up to size `seq` the old key counts, at seq + 1 both, then the new one.
struct Rotation {
  uint64_t seq = 0;
  VerifierKey to;
};

class Verification {
 public:
  explicit Verification(const VerifyOptions& options) : options_(options) {}

  Verdict run() {
    if (!read_checkpoints()) return finish();
    if (!read_segments_list()) return finish();
    read_lines();
    judge_keys();
    judge_checkpoints();
    judge_end();
    judge_anchor();
    judge_blobs();
    remark_all();
    return finish();
  }

 private:
  // ---- telling

  Problem& problem(ProblemClass kind, std::string code, std::string message) {
    if (++told_[code] > kMostOfOneCode) return overflow_ = Problem{};
    out_.problems.push_back({kind, std::move(code), std::move(message), {}, {}, "", {}, {}});
    return out_.problems.back();
  }
  Problem& tampered(std::string code, std::string message) {
    return problem(ProblemClass::kTampered, std::move(code), std::move(message));
  }
  Remark& remark(std::string code, std::string message) {
    if (++remarked_[code] > kMostOfOneCode) return more_remarks_ = Remark{};
    out_.notes.push_back({std::move(code), std::move(message), "", "", {}, {}, {}});
    return out_.notes.back();
  }
  // A remark that --strict takes for a problem.
  void remark_or_problem(ProblemClass kind, Remark what) {
    if (!options_.strict) {
      remark(what.code, what.message) = what;
      return;
    }
    Problem& p = problem(kind, what.code, what.message);
    p.file = what.file;
  }
  void io(const Error& error) { problem(ProblemClass::kIo, "io", error.what); }

  Verdict finish() {
    const auto has = [&](ProblemClass kind) {
      return std::any_of(out_.problems.begin(), out_.problems.end(),
                         [&](const Problem& p) { return p.kind == kind; });
    };
    for (const auto& [code, count] : told_)
      if (count > kMostOfOneCode)
        remark("problems.more", fmt::format("{} more {}", count - kMostOfOneCode, code));
    for (const auto& [code, count] : remarked_)
      if (count > kMostOfOneCode)
        out_.notes.push_back({"notes.more",
                              fmt::format("{} more {}", count - kMostOfOneCode, code),
                              "",
                              "",
                              {},
                              {},
                              {}});
    out_.exit = has(ProblemClass::kTampered)       ? 1
                : has(ProblemClass::kIo)           ? 4
                : has(ProblemClass::kUnverifiable) ? 3
                : has(ProblemClass::kTorn)         ? 2
                                                   : 0;
    return std::move(out_);
  }

  // ---- reading

  // Both files before the lines: whatever they cover is there when the lines are read.
  bool read_checkpoints() {
    const auto names = list_directory(options_.dir);
    if (!names) {
      io(names.error());
      return false;
    }
    static const std::set<std::string> kKnown = {
        "seg",     "checkpoint", "checkpoints", "tile",      "lock",
        "lock.cp", "state",      "blob",        "recovered", "checkpoint.tmp"};
    for (const std::string& name : *names)
      if (!kKnown.contains(name))
        remark("file.unknown", name + " is not part of a log").file = name;
    const auto read = [&](const std::string& name, std::string& into) {
      auto bytes = read_file(options_.dir + "/" + name, kHistoryBytes);
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
    const std::string origin = newest_                     ? newest_->head.origin
                               : !options_.trusted.empty() ? options_.trusted[0].name
                                                           : "";
    history_ = split_history(history, origin);
    if (!options_.anchor.empty()) read_anchor();
    for (const HistoryEntry& entry : history_.entries)
      if (entry.checkpoint) sizes_.push_back(entry.checkpoint->head.size);
    if (newest_) sizes_.push_back(newest_->head.size);
    if (anchor_) sizes_.push_back(anchor_->head.size);
    std::sort(sizes_.begin(), sizes_.end());
    sizes_.erase(std::unique(sizes_.begin(), sizes_.end()), sizes_.end());
    return true;
  }

  void read_anchor() {
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

  bool read_segments_list() {
    const auto names = list_directory(options_.dir + "/seg");
    if (!names && names.error().errno_value == ENOENT) {
      tampered("segment.missing", "there is no segment at all").seq = 0;
      return true;
    }
    if (!names) {
      io(names.error());
      return false;
    }
    for (const std::string& name : *names) {
      if (const auto first = segment_first_seq(name)) {
        segments_.push_back(*first);
      } else {
        remark("file.unknown", "seg/" + name + " is not part of a log").file = "seg/" + name;
      }
    }
    out_.segments = segments_.size();
    if (segments_.empty()) tampered("segment.missing", "there is no segment at all").seq = 0;
    return true;
  }

  unsigned threads() const {
    if (options_.threads > 0) return options_.threads;
    return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
  }

  void read_lines() {
    note_root();  // of nothing
    if (segments_.empty()) {
      stopped_ = true;
      return;
    }
    Writers writers(segments_[0] > 0);
    if (segments_[0] > 0 && !read_pruned(segments_[0])) {
      stopped_ = true;
      return;
    }
    out_.first_seq = segments_[0];
    const bool pruned = segments_[0] > 0;
    LineStream stream(options_.dir, segments_, threads());
    for (;;) {
      const std::string file = segment_file(stream.segment_first());
      if (stream.segment_first() != tree_.size()) {
        Problem& p = tampered("segment.missing",
                              fmt::format("{} is here where record {} is due", file, tree_.size()));
        p.seq = tree_.size();
        p.file = file;
        stopped_ = true;
        break;
      }
      if (!read_segment(stream, file, writers) || !stream.next_segment()) break;
    }
    end_file_ = segment_file(stream.segment_first());
    in_last_ = stream.last_segment();
    only_segment_ = segments_.size() == 1;
    if (pruned && !stopped_ && pruned_to_ != segments_[0])
      tampered("prune.unrecorded",
               fmt::format("the log begins at {}, and no prune record says so", segments_[0]))
          .seq = segments_[0];
    out_.writers = writers.count();
    sessions_ = writers.without_session_end();
    clocks_ = writers.with_clock_set_back();
  }

  // The leaves of the lines that were pruned, from the tiles.
  bool read_pruned(uint64_t first) {
    for (uint64_t tile = 0; tree_.size() < first; ++tile) {
      const auto hashes = read_tile(options_.dir, 0, tile);
      if (!hashes || hashes->size() != kTileHashes) {
        Problem& p = tampered("segment.missing",
                              "the first segment is not 0, and no tiles stand for what is gone");
        p.seq = tree_.size();
        p.file = segment_file(first);
        return false;
      }
      for (const Hash& hash : *hashes) {
        if (tree_.size() == first) break;
        add(hash);
      }
    }
    return true;
  }

  // False if reading ends here.
  bool read_segment(LineStream& stream, const std::string& file, Writers& writers) {
    uint64_t lines = 0;
    for (;;) {
      const uint64_t offset = stream.offset();
      const auto line = stream.next();
      if (!line) {
        io(line.error());
        stopped_ = true;
        return false;
      }
      if (*line == nullptr) {
        end_offset_ = offset;
        end_ = stream.end();
        if (stream.rest() > 0) {
          stopped_ = true;
          unended_ = true;
          bad_ = {"record.form", "the last line has no end", file, offset};
          bad_bytes_ = stream.rest();
          return false;
        }
        if (lines == 0 && stream.last_segment()) empty_last_ = true;
        return true;
      }
      if (!take(**line, file, writers)) {
        stopped_ = true;
        end_offset_ = offset;
        end_ = stream.last_segment() ? stream.end() : UINT64_MAX;
        return false;
      }
      ++lines;
    }
  }

  bool take(const LineStream::Line& line, const std::string& file, Writers& writers) {
    const LineFacts& facts = line.check.facts;
    const uint64_t seq = tree_.size();
    const auto bad = [&](const char* code, std::string why) {
      bad_ = {code, std::move(why), file, line.offset};
      return false;
    };
    switch (line.check.fault) {
      case LineFault::kNone: break;
      case LineFault::kSize: return bad("record.size", line.check.why);
      case LineFault::kForm: return bad("record.form", line.check.why);
      case LineFault::kVersion: return bad("record.version", line.check.why);
      case LineFault::kField: return bad("record.field", line.check.why);
    }
    if (facts.seq != seq)
      return bad("record.seq", fmt::format("record {} where {} is due", facts.seq, seq));
    if (facts.type == Type::kGenesis && seq != 0)
      return bad("record.field", "a genesis that is not record 0");
    if (facts.type != Type::kGenesis && seq == 0)
      return bad("record.field", "record 0 is not genesis");
    if (facts.prev != last_leaf_) {
      bad_link_ = true;
      return bad("chain.broken", seq == 0
                                     ? "the first record has a prev"
                                     : fmt::format("record {} or this one was altered", seq - 1));
    }
    writers.see(facts, [&](const char* code, std::string message) {
      Problem& p = tampered(code, std::move(message));
      p.seq = seq;
      p.file = file;
      p.offset = line.offset;
    });
    take_facts(line);
    add(line.leaf);
    ++out_.records;
    ++types_[static_cast<size_t>(facts.type)];
    return true;
  }

  // What the record means for the log as a whole.
  void take_facts(const LineStream::Line& line) {
    const LineFacts& facts = line.check.facts;
    const uint64_t seq = tree_.size();
    switch (facts.type) {
      case Type::kGenesis:
      case Type::kSegmentOpen:
        if (facts.type == Type::kGenesis)
          out_.log = json::View("\"" + std::string(facts.origin) + "\"").string();
        if (!first_key_ && out_.records == 0) {
          first_key_ = VerifierKey::parse(facts.vkey);
          if (!first_key_) tampered("record.field", "no public key in the first record").seq = seq;
        }
        break;
      case Type::kKeyRotate:
        if (const auto key = VerifierKey::parse(facts.vkey)) {
          rotations_.push_back({seq, *key});
        } else {
          tampered("record.field", "a key.rotate without a public key").seq = seq;
        }
        break;
      case Type::kPrune:
        if (facts.first) pruned_to_ = *facts.first;
        break;
      case Type::kErase:
        for (const json::View day : json::View(facts.days).elements()) erased_.insert(day.string());
        break;
      default: break;
    }
    if (options_.blobs && (!facts.args.empty() || !facts.result.empty())) check_blobs(line);
  }

  void check_blobs(const LineStream::Line& line) {
    if (!blob_check_) blob_check_.emplace(options_.dir, options_.blob_keys_dir);
    const LineFacts& facts = line.check.facts;
    const bool args = !facts.args.empty();
    const auto found =
        blob_check_->check(args ? facts.args : facts.result,
                           {out_.log, facts.w, facts.wseq.value_or(0), args ? "args" : "result"});
    if (found.state != BlobState::kFine && found.state != BlobState::kNone)
      blob_troubles_.push_back({found, tree_.size()});
  }

  void add(const Hash& leaf) {
    const uint64_t seq = tree_.size();
    tile_.push_back(leaf);
    tree_.add_subtree(0, leaf, [&](unsigned height, const Hash& root) {
      if (height > 0 && height % 8 == 0) compare_tile_hash(height / 8, seq >> height, root);
    });
    last_leaf_ = leaf;
    if (tile_.size() == kTileHashes) {
      compare_tile(seq / kTileHashes);
      tile_.clear();
    }
    note_root();
  }

  void note_root() {
    while (next_size_ < sizes_.size() && sizes_[next_size_] < tree_.size()) ++next_size_;
    if (next_size_ < sizes_.size() && sizes_[next_size_] == tree_.size())
      roots_[tree_.size()] = tree_.root();
  }

  // Tiles are never evidence while the lines are there; a wrong one is worth a remark.
  void compare_tile(uint64_t index) {
    if (out_.first_seq > index * kTileHashes) return;
    const auto stored = read_tile(options_.dir, 0, index);
    if (!stored && stored.error().errno_value == ENOENT) return;
    if (stored && *stored == tile_) return;
    Remark wrong{"tile.mismatch", "a stored tile is wrong", "", "", {}, index, {}};
    remark_or_problem(ProblemClass::kTampered, wrong);
  }

  void compare_tile_hash(unsigned level, uint64_t index, const Hash& root) {
    const uint64_t tile = index / kTileHashes;
    if (upper_level_ != level || upper_index_ != tile) {
      upper_level_ = level;
      upper_index_ = tile;
      auto stored = read_tile(options_.dir, level, tile);
      upper_ = stored ? std::move(*stored) : std::vector<Hash>();
      upper_told_ = false;
    }
    const uint64_t place = index % kTileHashes;
    if (place >= upper_.size() || upper_[place] == root || upper_told_) return;
    upper_told_ = true;
    Remark wrong{"tile.mismatch", "a stored tile is wrong", "", "", {}, tile, level};
    remark_or_problem(ProblemClass::kTampered, wrong);
  }

  // ---- judging

  void judge_keys() {
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
    const bool known =
        std::any_of(options_.trusted.begin(), options_.trusted.end(), [&](const VerifierKey& key) {
          return std::find(log_keys_.begin(), log_keys_.end(), key) != log_keys_.end();
        });
    if (options_.trusted.empty()) {
      problem(ProblemClass::kUnverifiable, "key.untrusted",
              "no trusted public key: give one with --vkey");
    } else if (!known) {
      tampered("key.mismatch", "none of the trusted keys is a key of this log");
    } else {
      out_.level = Level::kSigned;
    }
  }

  // The key that counts for a checkpoint of that size (at a rotation the new one, too).
  const VerifierKey* key_at(uint64_t size) const {
    if (log_keys_.empty()) return nullptr;
    const VerifierKey* key = &log_keys_[0];
    for (const Rotation& rotation : rotations_)
      if (size >= rotation.seq + 2) key = &rotation.to;
    return key;
  }

  bool wrong_signature(const Checkpoint& checkpoint) const {
    const auto wrong = [&](const VerifierKey& key) {
      return signed_by(checkpoint.note, key) == Signed::kWrong;
    };
    return std::any_of(log_keys_.begin(), log_keys_.end(), wrong) ||
           std::any_of(options_.trusted.begin(), options_.trusted.end(), wrong);
  }

  // True if the key in force signed it; tells what is wrong otherwise.
  bool judge_signature(const Checkpoint& checkpoint, const std::string& file) {
    const uint64_t size = checkpoint.head.size;
    const VerifierKey* key = key_at(size);
    const bool fine = key != nullptr && signed_by(checkpoint.note, *key) == Signed::kYes;
    // After a rotation the old keys are out of force.
    for (size_t i = 0; i < rotations_.size(); ++i) {
      if (size < rotations_[i].seq + 2 || signed_by(checkpoint.note, log_keys_[i]) != Signed::kYes)
        continue;
      Problem& p = tampered(
          "key.unsigned",
          fmt::format("the checkpoint of {} records is signed by a key that record {} replaced",
                      size, rotations_[i].seq));
      p.seq = rotations_[i].seq;
      p.size = size;
      return fine;
    }
    if (fine && !wrong_signature(checkpoint)) return true;
    Problem& p =
        tampered("checkpoint.signature",
                 fmt::format("the checkpoint of {} records {}", size,
                             fine ? "has a wrong signature" : "is not signed by the log's key"));
    p.size = size;
    p.file = file;
    return false;
  }

  void judge_checkpoints() {
    uint64_t before = 0;
    Hash root_before{};
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
      ++out_.checkpoints;
      const TreeHead& head = entry.checkpoint->head;
      const bool grows = !any || head.size > before;
      if (!grows && head.size == before && head.root != root_before) {
        tampered("checkpoint.fork", fmt::format("two roots were signed for {} records", head.size))
            .size = head.size;
      } else if (!grows) {
        tampered("checkpoint.order",
                 fmt::format("a checkpoint of {} records after one of {}", head.size, before))
            .size = head.size;
      }
      const bool fine = judge_signature(*entry.checkpoint, "checkpoints");
      if (fine) signed_size_ = std::max(signed_size_, head.size);
      if (fine && grows) judge_root(head, beyond);
      if (grows) {
        before = head.size;
        root_before = head.root;
      }
      any = true;
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

  void judge_root(const TreeHead& head, std::optional<uint64_t>& beyond) {
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
    Problem& p =
        tampered("root.mismatch", fmt::format("records {} to {} are not those that were signed",
                                              from, head.size > 0 ? head.size - 1 : 0));
    p.seq = from;
    p.size = head.size;
  }

  // `checkpoint`, against the history.
  void judge_newest() {
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
      const bool fine = judge_signature(*newest_, "checkpoint");
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

  static std::string sign_note_bytes(const Note& note) {
    std::string all;
    for (const Note::Signature& signature : note.signatures)
      all.append(signature.name)
          .append(" ")
          .append(to_hex(signature.id))
          .append(signature.bytes)
          .append("\n");
    return all;
  }

  void judge_rotations() {
    for (size_t i = 0; i < rotations_.size(); ++i) {
      const Rotation& rotation = rotations_[i];
      const VerifierKey& old = log_keys_[i];
      bool later = false;
      bool both = false;
      for (const HistoryEntry& entry : history_.entries) {
        if (!entry.checkpoint) continue;
        const uint64_t size = entry.checkpoint->head.size;
        later = later || size > rotation.seq;
        both = both || (size == rotation.seq + 1 &&
                        signed_by(entry.checkpoint->note, old) == Signed::kYes &&
                        signed_by(entry.checkpoint->note, rotation.to) == Signed::kYes);
      }
      if (!later) {
        remark("key.pending", "a new key is announced and no checkpoint says so yet").seq =
            rotation.seq;
      } else if (!both) {
        tampered(
            "key.unsigned",
            fmt::format("no checkpoint of {} records is signed by both the old and the new key",
                        rotation.seq + 1))
            .seq = rotation.seq;
      }
    }
  }

  // What stands where the lines end: nothing, a torn record (section 7's rule), or damage.
  void judge_end() {
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

  void torn(uint64_t bytes) {
    out_.torn = Verdict::Torn{end_file_, end_offset_, bytes};
    Problem& p = problem(ProblemClass::kTorn, "tail.torn",
                         fmt::format("{} bytes after the last whole record", bytes));
    p.file = end_file_;
    p.offset = end_offset_;
    p.bytes = bytes;
  }

  void judge_anchor() {
    if (!anchor_) return;
    std::vector<VerifierKey> keys = log_keys_;
    keys.insert(keys.end(), options_.trusted.begin(), options_.trusted.end());
    const bool ours = anchor_->head.origin == out_.log &&
                      std::any_of(keys.begin(), keys.end(), [&](const VerifierKey& key) {
                        return signed_by(anchor_->note, key) == Signed::kYes;
                      });
    if (!ours) {
      problem(ProblemClass::kUnverifiable, "anchor.key",
              "the anchor is not signed by a key of this log");
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
    out_.anchor_ok = true;
    if (out_.level == Level::kSigned) out_.level = Level::kAnchored;
  }

  void judge_blobs() {
    for (const auto& [found, seq] : blob_troubles_) {
      const bool erased = erased_.contains(found.day);
      if (erased && found.state != BlobState::kMismatch) continue;
      const bool no_key = found.state == BlobState::kNoKey;
      Problem& p = problem(no_key ? ProblemClass::kUnverifiable : ProblemClass::kTampered,
                           no_key                               ? "blob.key"
                           : found.state == BlobState::kMissing ? "blob.missing"
                                                                : "blob.mismatch",
                           found.why);
      p.seq = seq;
      p.file = found.file;
    }
  }

  void remark_all() {
    if (out_.unsigned_records > 0) {
      remark_or_problem(ProblemClass::kUnverifiable,
                        {"tail.unsigned",
                         fmt::format("{} records after the last checkpoint", out_.unsigned_records),
                         "",
                         "",
                         {},
                         {},
                         {}});
    }
    for (const std::string& w : sessions_) remark("session.open", "no session.end").w = w;
    for (const std::string& w : clocks_)
      remark("clock.back", "the clock of this writer was set back").w = w;
  }

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
  bool upper_told_ = false;
  std::array<uint64_t, kTypes> types_{};
  std::vector<std::string> sessions_, clocks_;
  std::optional<VerifierKey> first_key_;
  std::vector<Rotation> rotations_;
  std::vector<VerifierKey> log_keys_;  // log_keys_[i + 1] is what rotations_[i] changed to
  std::optional<uint64_t> pruned_to_;
  std::set<std::string> erased_;
  std::optional<BlobCheck> blob_check_;
  std::vector<std::pair<BlobFinding, uint64_t>> blob_troubles_;

  // Where reading ended, and why.
  struct Bad {
    std::string code, message, file;
    uint64_t offset = 0;
  };
  std::optional<Bad> bad_;
  bool bad_link_ = false;
  uint64_t bad_bytes_ = 0;
  bool stopped_ = false;  // before the end of the lines
  bool unended_ = false;  // because the last line of a segment has no LF
  bool in_last_ = false, only_segment_ = false, empty_last_ = false;
  std::string end_file_;
  uint64_t end_offset_ = 0;
  uint64_t end_ = UINT64_MAX;
  uint64_t signed_size_ = 0;        // of the largest checkpoint with a good signature
  std::optional<uint64_t> beyond_;  // the largest that signs more than is here
};

}  // namespace

std::string_view class_name(ProblemClass kind) {
  static constexpr std::string_view kNames[] = {"tampered", "unverifiable", "torn", "io"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view level_name(Level level) {
  static constexpr std::string_view kNames[] = {"chain", "signed", "anchored"};
  return kNames[static_cast<size_t>(level)];
}

std::string_view result_name(int exit) {
  static constexpr std::string_view kNames[] = {"ok", "tampered", "torn", "not_verifiable",
                                                "io_error"};
  return kNames[static_cast<size_t>(exit)];
}

Verdict verify(const VerifyOptions& options) { return Verification(options).run(); }

}  // namespace agentmesh::audit
