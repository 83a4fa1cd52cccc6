#include "integrations/summary.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/printable.h"
#include "integrations/cautions.h"

namespace agentmesh::integrations {
namespace {

std::string_view word_of(Action action, bool dry_run) {
  switch (action) {
    case Action::kWrapped: return dry_run ? "would be wrapped" : "wrapped";
    case Action::kUpdated: return dry_run ? "would be updated" : "updated";
    case Action::kAlready: return "already";
    case Action::kSkipped: return "skipped";
    case Action::kRestored: return dry_run ? "would be restored" : "restored";
    case Action::kStuck: return "still wrapped";
  }
  return "";
}

// An entry's name as a summary calls it.
std::string shown(const Entry& entry) {
  std::string name =
      entry.name.empty() ? fmt::format("(no name, line {})", entry.line) : printable(entry.name);
  if (!entry.scope.empty()) name += fmt::format(" (project {})", printable(entry.scope));
  return name;
}

// What the change means for one server, beyond its being governed.
std::string entry_warnings(const Client& client, const Entry& entry, const std::string& state_dir) {
  constexpr std::string_view kState = "{state}";
  std::string out;
  for (const Caution* caution : cautions_of(client, entry)) {
    std::string what(caution->what);
    if (const size_t at = what.find(kState); at != std::string::npos)
      what.replace(at, kState.size(), state_dir);
    out += fmt::format("warning: '{}' {}\n", shown(entry), what);
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) { return agentmesh::printable(text, text.size()); }

std::string entry_lines(const Plan& plan, bool undo, bool dry_run) {
  std::string out;
  for (const Outcome& outcome : plan.outcomes) {
    const Standing standing = outcome.entry.standing;
    // Undo has nothing to say about what was never wrapped.
    if (undo && outcome.action == Action::kSkipped) continue;
    out += fmt::format("  {}: {}", shown(outcome.entry), word_of(outcome.action, dry_run));
    if (outcome.action == Action::kSkipped)
      out += fmt::format(" {}", outcome.why.empty() ? std::string(integrations::word_of(standing))
                                                    : printable(outcome.why));
    if (const std::string meaning = meaning_of(outcome.entry); !meaning.empty())
      out += fmt::format(" ({})", meaning);
    out += '\n';
  }
  return out;
}

std::string warnings(const Document& document, const Plan& plan, bool undo,
                     const std::string& state_dir) {
  const Client& client = *document.client;
  std::string out;
  const auto strict = [&](std::optional<size_t> at, std::string_view what) {
    if (client.strict_json && at)
      out += fmt::format("warning: {} will not load this file: {} at line {}\n", client.title, what,
                         place_of(document.text, *at).line);
  };
  strict(document.comment, "comment");
  strict(document.trailing_comma, "trailing comma");
  const auto twice = [&out](const std::string& what, const std::vector<size_t>& at_lines) {
    out += fmt::format(
        "warning: '{}' is there {} times, at lines {}: which one counts is not certain\n",
        printable(what), at_lines.size(), fmt::join(at_lines, ", "));
  };
  for (const Doubled& doubled : document.doubled) {
    std::vector<size_t> at_lines;
    for (const size_t at : doubled.at) at_lines.push_back(place_of(document.text, at).line);
    twice(doubled.key, at_lines);
  }
  std::map<std::pair<std::string, std::string>, std::vector<size_t>> lines;
  for (const Outcome& outcome : plan.outcomes) {
    lines[{outcome.entry.scope, outcome.entry.name}].push_back(outcome.entry.line);
    if (!undo && outcome.action != Action::kSkipped)
      out += entry_warnings(client, outcome.entry, state_dir);
  }
  for (const auto& [name, where] : lines)
    if (where.size() > 1 && !name.second.empty()) twice(name.second, where);
  return out;
}

std::string no_servers(const Document& document) {
  const auto as_written = [](std::string_view keys) {
    std::string path(keys);
    std::replace(path.begin(), path.end(), '/', '.');
    return "`" + path + "`";
  };
  std::vector<std::string> looked;
  for (const std::string_view keys : keys_in(*document.client, document.file))
    if (std::string written = as_written(keys);
        std::find(looked.begin(), looked.end(), written) == looked.end())
      looked.push_back(std::move(written));
  std::string said = fmt::format("no MCP servers here: looked under {}", fmt::join(looked, ", "));
  for (const Client& other : clients()) {
    if (&other == document.client || other.syntax != document.syntax()) continue;
    const auto read = read_document(document.text, other, document.file);
    if (!read || read->entries.empty()) continue;
    said += fmt::format("; {} would find some (--{})", other.title, other.flag);
    break;
  }
  return said + "\n";
}

std::optional<std::string> unknown_server(const std::vector<Entry>& entries,
                                          const std::vector<std::string>& servers) {
  for (const std::string& server : servers) {
    if (std::any_of(entries.begin(), entries.end(),
                    [&server](const Entry& entry) { return entry.name == server; }))
      continue;
    std::vector<std::string> names;
    for (const Entry& entry : entries) {
      std::string name = printable(entry.name);
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(std::move(name));
    }
    return fmt::format("no server '{}' here; there {}: {}", printable(server),
                       names.size() == 1 ? "is" : "are",
                       names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  }
  return std::nullopt;
}

// What still runs agentmesh and cannot be taken out. To say "nothing to undo" beside it would be a lie, and half an undo
// leaves a person with a server that stops when agentmesh is removed.
std::optional<std::string> stuck(const Plan& plan) {
  std::string out;
  for (const Outcome& outcome : plan.outcomes)
    if (outcome.action == Action::kStuck)
      out += fmt::format("{}'{}' is still wrapped and cannot be taken out: {}",
                         out.empty() ? "" : "; ", shown(outcome.entry),
                         printable(outcome.entry.trouble));
  if (out.empty()) return std::nullopt;
  return out +
         "; nothing was changed: take it out by hand, or name the other servers with --server";
}

}  // namespace agentmesh::integrations
