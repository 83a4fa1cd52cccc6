// Summary: what a person is told of a plan: a line for each entry, warnings, and why nothing is done.
//
// Pure functions: a plan in, whole lines out, as a terminal may show them. Never an argument or the value of a variable.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "integrations/entries.h"
#include "integrations/wrap.h"

namespace agentmesh::integrations {

// `text` as a terminal may show it: control characters and marks that turn the direction of text are spelled out.
std::string printable(std::string_view text);

// How the summary of a dry run ends.
inline constexpr std::string_view kDryRunLine = "dry run: nothing was written\n";

// What a summary says of each entry, a line each. An undo is silent about what was never wrapped; a dry run says what would be.
std::string entry_lines(const Plan& plan, bool undo, bool dry_run = false);
// What the change means beyond its being made: what the client will not load, which of two entries counts, what a server loses.
// `state_dir` is where its proxy keeps its state.
std::string warnings(const Document& document, const Plan& plan, bool undo,
                     const std::string& state_dir);
// Of a file without servers: where was looked, and which client has them where they stand.
std::string no_servers(const Document& document);

// Why nothing can be done about these servers: one of them is not there.
std::optional<std::string> unknown_server(const std::vector<Entry>& entries,
                                          const std::vector<std::string>& servers);
// Why nothing is undone: an entry runs agentmesh and cannot be edited.
std::optional<std::string> stuck(const Plan& plan);

}  // namespace agentmesh::integrations
