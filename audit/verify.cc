#include "audit/verify.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "audit/layout.h"
#include "audit/tiles.h"
#include "audit/verification.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kMostOfOneCode = 100;  // problems and remarks of one code that are told one by one

}  // namespace

Verdict Verification::run() {
  if (!options_.expected) {
    if (const auto holds = holds_log(options_.dir); holds && !*holds) {
      io({"there is no log in " + options_.dir, ENOENT});
      return finish();
    }
  }
  // Before anything else: a tile that is written meanwhile is no evidence of a longer log.
  stored_tiles_ = stored_tiles(options_.dir);
  if (!read_checkpoints()) return finish();
  if (!read_segments_list()) return finish();
  read_lines();
  judge_keys();
  judge_checkpoints();
  judge_prune();
  judge_end();
  judge_anchor();
  judge_blobs();
  remark_all();
  return finish();
}

Problem& Verification::problem(ProblemClass kind, std::string code, std::string message) {
  if (++told_[code] > kMostOfOneCode) return overflow_ = Problem{};
  out_.problems.push_back({kind, std::move(code), std::move(message), {}, {}, "", {}, {}});
  return out_.problems.back();
}

Remark& Verification::remark(std::string code, std::string message) {
  if (++remarked_[code] > kMostOfOneCode) return more_remarks_ = Remark{};
  out_.notes.push_back({std::move(code), std::move(message), "", "", {}, {}, {}});
  return out_.notes.back();
}

// A remark that --strict takes for a problem.
void Verification::remark_or_problem(ProblemClass kind, Remark what) {
  if (!options_.strict) {
    remark(what.code, what.message) = what;
    return;
  }
  Problem& p = problem(kind, what.code, what.message);
  p.file =
      what.tile ? tile_file(static_cast<unsigned>(what.level.value_or(0)), *what.tile) : what.file;
  p.seq = what.seq;
}

Verdict Verification::finish() {
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
  for (const auto& [day, seqs] : erased_)
    if (newest_erasure(day)) out_.erased.insert(day);
  out_.exit = has(ProblemClass::kTampered)       ? 1
              : has(ProblemClass::kIo)           ? 4
              : has(ProblemClass::kUnverifiable) ? 3
              : has(ProblemClass::kTorn)         ? 2
                                                 : 0;
  return std::move(out_);
}

// What follows from another problem, and what nobody looked at because of one.
void Verification::remark_unread() {
  if (consequences_ > 0)
    remark("consequence", fmt::format("{} more root.mismatch follow from the first: every later "
                                      "checkpoint covers the same records",
                                      consequences_))
        .seq = mismatch_from_;
  if (!stopped_ || out_.torn || segments_.empty()) return;
  remark("unread",
         fmt::format("reading ended where record {} is due: nothing is said of what "
                     "follows, nor of {} checkpoint{} that cover{} it",
                     tree_.size(), unread_checkpoints_, unread_checkpoints_ == 1 ? "" : "s",
                     unread_checkpoints_ == 1 ? "s" : ""))
      .seq = tree_.size();
}

void Verification::remark_all() {
  remark_unread();
  if (unknown_signers_ > 0)
    remark("checkpoint.unknown",
           fmt::format(
               "{} checkpoint{} of records that were pruned {} signed by no key that is known here",
               unknown_signers_, unknown_signers_ == 1 ? "" : "s",
               unknown_signers_ == 1 ? "is" : "are"));
  if (!stopped_ && stored_tiles_ * kTileHashes > tree_.size())
    remark_or_problem(
        ProblemClass::kTampered,
        {"tile.mismatch",
         fmt::format("a tile is kept of records that are not here: the log once had {}",
                     stored_tiles_ * kTileHashes),
         "",
         "",
         {},
         stored_tiles_ - 1,
         {}});
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
  for (const uint64_t seq : unsealed_erasures())
    remark("erase.unsealed",
           fmt::format("record {} says that payloads were erased, and was not signed at once: it "
                       "excuses nothing",
                       seq))
        .seq = seq;
  for (const std::string& w : sessions_) remark("session.open", "no session.end").w = w;
  for (const std::string& w : clocks_)
    remark("clock.back", "the clock of this writer was set back").w = w;
}

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

Verdict verify(const VerifyOptions& options) {
  constexpr int kTries = 5;
  for (int i = 1;; ++i) {
    Verification verification(options);
    Verdict verdict = verification.run();
    if (!verification.vanished() || i == kTries) return verdict;
  }
}

}  // namespace agentmesh::audit
