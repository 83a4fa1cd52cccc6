// Wrapping and back again, for tests of every syntax.

#pragma once

#include <set>
#include <string>
#include <string_view>

#include "integrations/wrap.h"
#include "tests/catch.h"

namespace agentmesh::integrations::tests {

inline const RunOptions kRun{"/opt/agentmesh", "", "", ""};

inline const Client& client(std::string_view flag) { return *find_client(flag); }

inline Plan wrapping(const Client& of, const std::string& text, const RunOptions& run = kRun,
                     const std::string& file = "f") {
  CAPTURE(text);
  const auto document = read_document(text, of, file);
  if (!document) INFO(document.error().what);
  REQUIRE(document);
  const auto plan = wrap(*document, {}, run);
  if (!plan) INFO(plan.error().what);
  REQUIRE(plan);
  return *plan;
}

inline std::string undone(const Client& of, const std::string& text, const ArgsAdded& added,
                          const std::string& file = "f") {
  CAPTURE(text);
  const auto document = read_document(text, of, file);
  REQUIRE(document);
  const auto plan = unwrap(*document, {}, added);
  if (!plan) INFO(plan.error().what);
  REQUIRE(plan);
  return edited(text, plan->edits);
}

// Wraps, wraps again (nothing to do), and undoes with what wrapping learned; returns what wrapping made.
inline std::string check_round_trip(const Client& of, const std::string& text,
                                    const RunOptions& run = kRun, const std::string& file = "f") {
  CAPTURE(text);
  const Plan plan = wrapping(of, text, run, file);
  std::set<EntryId> added;
  for (const Outcome& outcome : plan.outcomes)
    if (outcome.args_added) added.insert(outcome.entry.id());
  std::string after = edited(text, plan.edits);
  CHECK(wrapping(of, after, run, file).edits.empty());
  CHECK(undone(
            of, after, [&](const Entry& entry) { return added.contains(entry.id()); }, file) ==
        text);
  return after;
}

inline std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace agentmesh::integrations::tests
