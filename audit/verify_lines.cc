// Verify: the lines, read once and in order: form, links, writers, tree and tiles.

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "audit/layout.h"
#include "audit/segment.h"
#include "audit/tiles.h"
#include "audit/verification.h"
#include "base/bytes.h"
#include "base/files.h"
#include "base/json.h"

namespace agentmesh::audit {

bool Verification::read_segments_list() {
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

unsigned Verification::threads() const {
  if (options_.threads > 0) return options_.threads;
  return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

void Verification::read_lines() {
  note_root();  // of nothing
  if (segments_.empty()) {
    stopped_ = true;
    return;
  }
  Writers writers(segments_[0] > 0);
  out_.first_seq = segments_[0];
  if (segments_[0] > 0 && !read_pruned(segments_[0])) {
    out_.first_seq = 0;
    stopped_ = true;
    return;
  }
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
  out_.writers = writers.count();
  sessions_ = writers.without_session_end();
  clocks_ = writers.with_clock_set_back();
}

// The leaves of the lines that were pruned, from the tiles.
bool Verification::read_pruned(uint64_t first) {
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
bool Verification::read_segment(LineStream& stream, const std::string& file, Writers& writers) {
  uint64_t lines = 0;
  for (;;) {
    const uint64_t offset = stream.offset();
    const auto line = stream.next();
    if (!line) {
      io(line.error());
      vanished_ = line.error().errno_value == ENOENT;
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

bool Verification::take(const LineStream::Line& line, const std::string& file, Writers& writers) {
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
    return bad("chain.broken", seq == 0 ? "the first record has a prev"
                                        : fmt::format("record {} or this one was altered{}",
                                                      seq - 1, altered_before(facts.prev)));
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
  if (options_.progress && out_.records % 4096 == 0) options_.progress(out_.records);
  ++types_[static_cast<size_t>(facts.type)];
  return true;
}

// A link that does not fit: if the stored tile has the very leaf that the link names, it is the record before that changed.
std::string Verification::altered_before(const Hash& link) const {
  const uint64_t seq = tree_.size() - 1;
  const auto tile = read_tile(options_.dir, 0, seq / kTileHashes);
  const size_t place = seq % kTileHashes;
  if (!tile || place >= tile->size()) return "";
  if ((*tile)[place] != link) return "; by the stored tile it was this one";
  const std::string file = file_of(seq);
  return fmt::format("; by the stored tile it was record {}{}", seq,
                     file == file_of(seq + 1) ? "" : ", in " + file);
}

// What the record means for the log as a whole.
void Verification::take_facts(const LineStream::Line& line) {
  const LineFacts& facts = line.check.facts;
  const uint64_t seq = tree_.size();
  switch (facts.type) {
    case Type::kGenesis:
    case Type::kSegmentOpen:
      if (facts.type == Type::kGenesis) {
        out_.log = json::View("\"" + std::string(facts.origin) + "\"").string();
        remark_predecessor(line.text);
      }
      if (!first_key_ && out_.records == 0) {
        first_key_ = VerifierKey::parse(facts.vkey);
        // Of a log that was pruned: the payloads were sealed for it, too.
        if (first_key_ && out_.log.empty()) out_.log = first_key_->name;
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
      if (facts.first) prunes_.emplace_back(seq, *facts.first);
      acts_.insert(seq);
      break;
    case Type::kRecover: check_recovered(line); break;
    case Type::kErase:
      for (const json::View day : json::View(facts.days).elements()) {
        erased_[day.string()].push_back(seq);
        acts_.insert(seq);
      }
      break;
    default: break;
  }
  if (options_.blobs && (!facts.args.empty() || !facts.result.empty())) check_blobs(line);
}

// A log that began because another was set aside says nothing of that other one.
void Verification::remark_predecessor(std::string_view genesis) {
  json::Reader reader;
  if (reader.read(genesis).fault != json::Fault::kNone) return;
  const json::View after = reader.root().find("after");
  if (!after.present()) return;
  remark("log.after",
         fmt::format(
             "this log was begun when the one before it was set aside: what that one holds, {} "
             "signed records, is not judged here",
             after.find("size").integer().value_or(0)))
      .seq = 0;
}

// What a recovery cut off was kept as it was found: the record has its hash.
void Verification::check_recovered(const LineStream::Line& line) {
  json::Reader reader;
  if (reader.read(line.text).fault != json::Fault::kNone) return;
  const int64_t bytes = reader.root().find("bytes").integer().value_or(0);
  const auto names = list_directory(options_.dir + "/recovered");
  if (bytes <= 0) return;
  const uint64_t seq = tree_.size();
  std::string found;
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    // The record before it may have opened the segment.
    const std::string file = "recovered/" + name;
    const bool ours = seq > 0 && (file.starts_with(recovered_file(seq).substr(0, 30)) ||
                                  file.starts_with(recovered_file(seq - 1).substr(0, 30)));
    if (!ours) continue;
    found = file;
    const auto kept = read_regular(options_.dir + "/" + file, static_cast<size_t>(bytes));
    if (kept && to_hex(sha256(*kept)) == reader.root().find("sha256").string()) return;
  }
  if (found.empty()) {
    remark("recovered.missing", "what a recovery cut off is gone").seq = seq;
    return;
  }
  Remark wrong{
      "recovered.mismatch", "what a recovery cut off is not kept as it was", "", found, {}, {}, {}};
  wrong.seq = seq;
  remark_or_problem(ProblemClass::kTampered, wrong);
}

void Verification::check_blobs(const LineStream::Line& line) {
  if (!blob_check_) blob_check_.emplace(options_.dir, options_.blob_keys_dir);
  const LineFacts& facts = line.check.facts;
  const bool args = !facts.args.empty();
  const auto found =
      blob_check_->check(args ? facts.args : facts.result,
                         {out_.log, facts.w, facts.wseq.value_or(0), args ? "args" : "result"});
  if (found.state != BlobState::kFine && found.state != BlobState::kNone)
    blob_troubles_.emplace_back(found, tree_.size());
}

void Verification::add(const Hash& leaf) {
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

void Verification::note_root() {
  while (next_size_ < sizes_.size() && sizes_[next_size_] < tree_.size()) ++next_size_;
  if (next_size_ < sizes_.size() && sizes_[next_size_] == tree_.size())
    roots_[tree_.size()] = tree_.root();
}

// Tiles are never evidence while the lines are there; a wrong one is worth a remark.
void Verification::compare_tile(uint64_t index) {
  if (out_.first_seq >= (index + 1) * kTileHashes) return;
  const auto stored = read_tile(options_.dir, 0, index);
  if (!stored && stored.error().errno_value == ENOENT) {
    // The newest ones may be about to be written.
    if (index < stored_tiles_)
      remark("tile.missing", "a tile is gone: proofs read the lines instead").tile = index;
    return;
  }
  if (stored && *stored == tile_) return;
  if (stored && !tiles_differ_) {
    const size_t same = static_cast<size_t>(
        std::mismatch(tile_.begin(), tile_.end(), stored->begin(), stored->end()).first -
        tile_.begin());
    if (same < tile_.size() && same < stored->size()) tiles_differ_ = index * kTileHashes + same;
  }
  Remark wrong{"tile.mismatch", "a stored tile is wrong", "", "", {}, index, {}};
  remark_or_problem(ProblemClass::kTampered, wrong);
}

// The segment that has, or should have, this record.
std::string Verification::file_of(uint64_t seq) const {
  const auto after = std::upper_bound(segments_.begin(), segments_.end(), seq);
  return after == segments_.begin() ? std::string("pruned") : segment_file(*(after - 1));
}

void Verification::compare_tile_hash(unsigned level, uint64_t index, const Hash& root) {
  const uint64_t tile = index / kTileHashes;
  if (upper_level_ != level || upper_index_ != tile) {
    upper_level_ = level;
    upper_index_ = tile;
    auto stored = read_tile(options_.dir, level, tile);
    upper_odd_ = !stored && stored.error().errno_value != ENOENT;
    upper_ = stored ? std::move(*stored) : std::vector<Hash>();
    upper_told_ = false;
  }
  const uint64_t place = index % kTileHashes;
  const bool fits = !upper_odd_ && (place >= upper_.size() || upper_[place] == root);
  if (fits || upper_told_) return;
  upper_told_ = true;
  Remark wrong{"tile.mismatch", "a stored tile is wrong", "", "", {}, tile, level};
  remark_or_problem(ProblemClass::kTampered, wrong);
}

}  // namespace agentmesh::audit
