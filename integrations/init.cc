#include "integrations/init.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "integrations/diff.h"
#include "integrations/memory.h"

namespace agentmesh::integrations {
namespace {

// For a terminal: control characters and marks that turn the direction of text are spelled out.
std::string printable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    const size_t size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    const std::string_view character = text.substr(at, size);
    const bool control = c < 0x20 || c == 0x7F ||
                         (character >= "\xC2\x80" && character <= "\xC2\x9F") ||
                         (character >= "\xE2\x80\x8B" && character <= "\xE2\x80\x8F") ||
                         (character >= "\xE2\x80\xA8" && character <= "\xE2\x80\xAE") ||
                         (character >= "\xE2\x81\xA0" && character <= "\xE2\x81\xAF");
    if (control) {
      for (const char byte : character)
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    } else {
      out += character;
    }
    at += size;
  }
  return out;
}

// The file to edit, and the candidates it was chosen from.
struct Choice {
  std::string file;
  std::vector<std::string> existing;
};

Result<Choice> choose(const InitRequest& request, const config::Environment& environment) {
  const auto none_found = [&request](const std::vector<std::string>& files) {
    return fail(fmt::format(
        "no configuration of {} found; looked at:\n    {}\n  name another with --config-path",
        request.client->title, fmt::join(files, "\n    ")));
  };
  if (!request.config_path.empty()) {
    // Absolute, but not normalised: the disk knows where /a/link/../b leads.
    const std::string file = request.config_path.starts_with('/')
                                 ? request.config_path
                                 : current_directory() + "/" + request.config_path;
    struct stat link {};  // a link to nothing is told apart later
    if (::lstat(file.c_str(), &link) != 0 && (errno == ENOENT || errno == ENOTDIR))
      return none_found({file});
    return Choice{file, {file}};
  }
  const auto files = default_files(*request.client, environment);
  Choice choice;
  std::copy_if(files.begin(), files.end(), std::back_inserter(choice.existing), file_exists);
  if (choice.existing.empty()) return none_found(files);
  choice.file = choice.existing.front();
  return choice;
}

// Whether an entry's args key was added by us: what was remembered, else the newest backup in which it is not wrapped.
class Origins {
 public:
  Origins(const InitRequest& request, std::string file)
      : client_(*request.client), file_(std::move(file)), memory_(remembered(request.state_dir)) {}

  bool args_added(const Entry& entry) {
    if (memory_.contains({file_, entry.name, entry.occurrence})) return true;
    if (!asked_) ask_backups();
    const auto found = backups_.find({entry.name, entry.occurrence});
    return found != backups_.end() && found->second;
  }

 private:
  void ask_backups() {
    asked_ = true;
    for (const std::string& backup : backups_of(file_)) {
      const auto text = read_file(backup);
      if (!text) continue;
      const auto json = JsonSpans::read(*text);
      if (!json) continue;
      const auto entries = find_entries(*json, client_);
      if (!entries) continue;
      for (const Entry& entry : *entries)
        if (entry.standing == Standing::kStdio)
          backups_.try_emplace({entry.name, entry.occurrence}, !entry.has_args());
    }
  }

  const Client& client_;
  std::string file_;
  std::set<AddedArgs> memory_;
  bool asked_ = false;
  std::map<std::pair<std::string, size_t>, bool> backups_;
};

std::string_view word_of(Action action) {
  switch (action) {
    case Action::kWrapped: return "wrapped";
    case Action::kUpdated: return "updated";
    case Action::kAlready: return "already";
    case Action::kSkipped: return "skipped";
    case Action::kRestored: return "restored";
  }
  return "";
}

std::string entry_lines(const Plan& plan, bool undo) {
  std::string out;
  for (const Outcome& outcome : plan.outcomes) {
    const Standing standing = outcome.entry.standing;
    // Undo has nothing to say about what was never wrapped.
    if (undo && outcome.action == Action::kSkipped) continue;
    out += fmt::format("  {}: {}", printable(outcome.entry.name), word_of(outcome.action));
    if (outcome.action == Action::kSkipped)
      out += fmt::format(" {}", integrations::word_of(standing));
    if (const auto meaning = meaning_of(standing); !meaning.empty())
      out += fmt::format(" ({})", meaning);
    out += '\n';
  }
  return out;
}

std::string warnings(const JsonSpans& json, const Client& client, const Plan& plan) {
  std::string out;
  const auto strict = [&](std::optional<size_t> at, std::string_view what) {
    if (client.strict_json && at)
      out += fmt::format("warning: {} will not load this file: {} at line {}\n", client.title, what,
                         place_of(json.text(), *at).line);
  };
  strict(json.first_comment(), "comment");
  strict(json.first_trailing_comma(), "trailing comma");
  std::map<std::string, std::vector<size_t>> lines;
  for (const Outcome& outcome : plan.outcomes)
    lines[outcome.entry.name].push_back(outcome.entry.line);
  for (const auto& [name, where] : lines)
    if (where.size() > 1)
      out += fmt::format(
          "warning: '{}' is there {} times, at lines {}: which one counts is not certain\n",
          printable(name), where.size(), fmt::join(where, ", "));
  return out;
}

InitReport refused(const std::string& why) { return {2, "", "agentmesh: " + why + "\n"}; }

std::optional<std::string> unknown_server(const std::vector<Entry>& entries,
                                          const std::vector<std::string>& servers) {
  for (const std::string& server : servers) {
    if (std::any_of(entries.begin(), entries.end(),
                    [&server](const Entry& entry) { return entry.name == server; }))
      continue;
    std::vector<std::string> names;
    for (const Entry& entry : entries) names.push_back(printable(entry.name));
    return fmt::format("no server '{}' here; there {}: {}", printable(server),
                       names.size() == 1 ? "is" : "are",
                       names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  }
  return std::nullopt;
}

// What must be remembered before the file changes, and what may be forgotten once it has.
struct Lesson {
  std::set<AddedArgs> learned;
  std::set<AddedArgs>
      outdated;  // wrapped with an args key of their own: an older memory would be wrong
  std::set<AddedArgs> forgotten;  // restored
};

Lesson lesson_of(const Plan& plan, const std::string& file) {
  Lesson lesson;
  for (const Outcome& outcome : plan.outcomes) {
    const AddedArgs row{file, outcome.entry.name, outcome.entry.occurrence};
    if (outcome.action == Action::kRestored) lesson.forgotten.insert(row);
    if (outcome.action == Action::kWrapped)
      (outcome.args_added ? lesson.learned : lesson.outdated).insert(row);
  }
  return lesson;
}

}  // namespace

InitReport init_integration(const InitRequest& request, const config::Environment& environment,
                            const Clock& clock, const StepHook& hook) {
  const Client& client = *request.client;
  const auto choice = choose(request, environment);
  if (!choice) return refused(choice.error().what);
  auto file = EditFile::open(choice->file);
  if (!file) return refused(file.error().what);
  if (hook) hook(Step::kOpened);

  const auto json = JsonSpans::read(file->bytes());
  if (!json) return refused(choice->file + ":" + json.error().what);
  const auto entries = find_entries(*json, client);
  if (!entries) return refused(choice->file + ":" + entries.error().what);
  if (const auto unknown = unknown_server(*entries, request.servers))
    return refused(choice->file + ": " + *unknown);

  const Names names(request.servers.begin(), request.servers.end());
  Origins origins(request, file->path());
  const auto plan = request.undo
                        ? unwrap(*json, client, names,
                                 [&](const Entry& entry) { return origins.args_added(entry); })
                        : wrap(*json, client, names, request.run);
  if (!plan) return refused(choice->file + ": " + plan.error().what);

  std::string summary = fmt::format("{}: {}\n", client.title, choice->file);
  if (file->path() != choice->file) summary += fmt::format("  a link to {}\n", file->path());
  for (const std::string& other : choice->existing)
    if (choice->existing.size() > 1 && other != choice->file)
      summary += fmt::format("  also there, not touched: {} (name it with --config-path)\n", other);
  summary += entry_lines(*plan, request.undo);
  if (entries->empty()) {
    summary += "no MCP servers here\n";
  } else if (request.undo && plan->edits.empty()) {
    summary += "nothing to undo\n";
  } else if (plan->edits.empty()) {
    summary += "nothing to change\n";
  }
  const std::string warned = warnings(*json, client, *plan);

  if (request.dry_run) {
    summary += warned + "dry run: nothing was written\n";
    return {0, unified_diff(file->path(), file->bytes(), plan->edits), summary};
  }
  if (plan->edits.empty()) return {0, summary + warned, ""};

  const Lesson lesson = lesson_of(*plan, file->path());
  if (auto kept = remember(request.state_dir, lesson.learned, lesson.outdated); !kept)
    return refused(kept.error().what + "; nothing was changed");
  const auto backup = file->replace(edited(file->bytes(), plan->edits), clock.wall_us(), hook);
  if (!backup) return refused(backup.error().what);
  InitReport report;
  // What is remembered of an entry that is restored does no harm: it is looked at again only when it is wrapped again.
  if (auto forgotten = remember(request.state_dir, {}, lesson.forgotten); !forgotten)
    report.err = "agentmesh: " + forgotten.error().what + "\n";
  report.out = summary + fmt::format("backup: {}\n", *backup) + warned +
               fmt::format("next: {}\n", client.next_steps);
  return report;
}

}  // namespace agentmesh::integrations
