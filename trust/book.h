// Book: the scores this process works with, in memory, and what it still owes to the store.
//
// Several proxies add evidence about the same subjects. So a Book never writes a total: it hands out what *it* added
// since the last time (take_deltas), the store adds that to what others added, and the new totals come back (settled).
// In between, score() counts both. Nobody overwrites anybody.
// Order: load() at start; apply() as records are made; take_deltas → Store::add on the keeper → settled (or give_back
// when the store failed). One flight at a time: take_deltas gives nothing while one is under way.
// Thread: one (the io thread); rows are values and cross threads by moving.
// Cost: apply() about 100 ns per event once a subject is known.

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trust/score.h"
#include "trust/trust.h"

namespace agentmesh::trust {

// A subject and its sums: a total when it comes from the store, a difference when it goes there.
struct SubjectSums {
  std::string subject;
  Sums sums;
};

// What apply() did to one subject.
struct Change {
  std::string subject;
  int from = 0;  // scores, both at the moment of the events
  int to = 0;
  bool tier_changed = false;  // write a trust.change record and say it on stderr
  bool swing =
      false;  // more than 100 points within ten minutes: a finding; told once per ten minutes
  int delta() const { return to - from; }
};

class Book {
 public:
  explicit Book(Options options) : options_(options) {}

  // Totals of the store: at start, and whenever the keeper read changes (a reset, another process's evidence).
  void load(std::span<const SubjectSums> totals);

  // Evidence of this process at `wall_us`. One Change per subject named, in the order of their first event.
  std::vector<Change> apply(std::span<const Event> events, int64_t wall_us);

  // The record of these could not be written: a score follows from what is recorded. What was handed out stays.
  void retract(std::span<const Event> events, int64_t wall_us);

  // 800 for a subject nobody has heard of.
  Score score(std::string_view subject, int64_t wall_us) const;

  // Another number whenever a score may be another one for a reason that is not the time.
  uint64_t version() const { return version_; }

  bool dirty() const { return !owing_.empty() && !flying_; }
  std::vector<SubjectSums> take_deltas();
  // At the end, when nothing will be settled any more: what is still owed, whatever is in the air.
  std::vector<SubjectSums> take_rest();
  // The deltas arrived; `totals` are the store's new ones, ours included. What is not among them is still in the air.
  void settled(std::span<const SubjectSums> totals);
  // The store could not take them: they are owed again.
  void give_back();

  const Options& options() const { return options_; }

 private:
  struct Page {
    Sums total;   // the store's, as last read
    Sums owed;    // ours, not handed out yet
    Sums flying;  // ours, handed out, not settled yet
    // Scores of the last ten minutes, oldest first, for `swing`.
    struct Mark {
      int64_t at_us;
      int score;
    };
    std::vector<Mark> recent;
    int64_t swing_told_us = INT64_MIN;
  };
  Score score_of_page(const Page& page, int64_t wall_us) const;
  bool swings(Page& page, int from, int to, int64_t wall_us) const;

  Options options_;
  std::map<std::string, Page, std::less<>> pages_;
  std::vector<std::string> owing_;   // subjects with something in `owed`, each once
  std::vector<std::string> in_air_;  // subjects with something in `flying`
  bool flying_ = false;
  uint64_t version_ = 1;
};

// Cut where the log cuts names (audit.md), so that what is read from it is about the same subjects.
inline constexpr size_t kLongestSubject = 256;
std::string agent_subject(std::string_view agent);                         // "agent:NAME"
std::string server_subject(std::string_view server);                       // "server:NAME"
std::string tool_subject(std::string_view server, std::string_view tool);  // "tool:SERVER/NAME"

}  // namespace agentmesh::trust
