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
#include "base/printable.h"
#include "integrations/client_file.h"
#include "integrations/diff.h"
#include "integrations/memory.h"

namespace agentmesh::integrations {

std::string printable(std::string_view text) { return agentmesh::printable(text, text.size()); }

Result<ClientFile> find_file(const Client& client, const std::string& config_path,
                             const config::Environment& environment) {
  const auto none_found = [&client](std::vector<std::string> files, std::string_view more) {
    for (std::string& file : files) file = printable(file);
    return fail(fmt::format(
        "no configuration of {} found; looked at:\n    {}\n  {}name another with --config-path",
        client.title, fmt::join(files, "\n    "), more));
  };
  if (!config_path.empty()) {
    // Absolute, but not normalised: the disk knows where /a/link/../b leads.
    const std::string file =
        config_path.starts_with('/') ? config_path : current_directory() + "/" + config_path;
    struct stat link {};  // a link to nothing is told apart later
    if (::lstat(file.c_str(), &link) != 0 && (errno == ENOENT || errno == ENOTDIR))
      return none_found({file}, "");
    return ClientFile{file, {}};
  }
  ClientFile found;
  std::vector<std::string> looked_at;
  for (const DefaultFile& file : default_files(client, environment, current_directory())) {
    if (!file.only_if_named) looked_at.push_back(file.path);
    struct stat link {};
    if (::lstat(file.path.c_str(), &link) != 0) continue;
    if (found.path.empty() && !file.only_if_named) {
      found.path = file.path;
    } else {
      found.others.push_back(file.path);
    }
  }
  if (!found.path.empty()) return found;
  return none_found(looked_at,
                    found.others.empty()
                        ? ""
                        : printable(fmt::format("there is {}; ", fmt::join(found.others, ", "))));
}

std::vector<std::string> files_here(const Client& client, const config::Environment& environment) {
  std::vector<std::string> files;
  for (const DefaultFile& file : default_files(client, environment, current_directory())) {
    struct stat link {};
    if (::lstat(file.path.c_str(), &link) == 0) files.push_back(file.path);
  }
  return files;
}

bool is_ours(const Entry& entry) {
  return entry.standing == Standing::kOurs || entry.standing == Standing::kStuck;
}

Result<bool> holds_ours(const Client& client, std::string_view text, const std::string& file) {
  const auto document = read_document(text, client, file);
  if (!document) return tl::unexpected(document.error());
  return std::any_of(document->entries.begin(), document->entries.end(), is_ours);
}

namespace {

// An entry as an earlier version remembers it: not by the place where it stands.
EntryId anywhere(EntryId id) {
  id.under.clear();
  return id;
}

// Whether an entry's args key was added by us: what any of the state directories remembers of it, else the newest backup in which it is
// not wrapped, else what they remember of any entry that is called so.
class Origins {
 public:
  Origins(const InitRequest& request, std::string file)
      : client_(*request.client), file_(std::move(file)) {
    if (!request.undo) return;  // it is not asked
    memory_ = remembered(request.state_dir).args_added;
    for (const std::string& other : request.other_state_dirs)
      memory_.merge(remembered(other).args_added);
  }

  bool args_added(const Entry& entry) {
    if (memory_.contains({file_, entry.id()})) return true;
    if (!asked_) ask_backups();
    const auto found = backups_.find(entry.id());
    if (found != backups_.end()) return found->second;
    return memory_.contains({file_, anywhere(entry.id())});
  }

 private:
  void ask_backups() {
    asked_ = true;
    for (const std::string& backup : backups_of(file_)) {
      const auto text = read_client_file(backup);
      if (!text) continue;
      const auto document = read_document(*text, client_, file_);
      if (!document) continue;
      for (const Entry& entry : document->entries)
        if (entry.standing == Standing::kStdio) backups_.try_emplace(entry.id(), !entry.has_args());
    }
  }

  const Client& client_;
  std::string file_;
  std::set<AddedArgs> memory_;
  bool asked_ = false;
  std::map<EntryId, bool> backups_;
};

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

}  // namespace

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

namespace {

bool holds(const Entry& entry, const Caution& caution) {
  const Field* const field = entry.find(caution.key);
  if (field == nullptr) return false;
  const std::string_view value =
      field->kind == Kind::kTrue ? std::string_view("true") : field->text;
  if (!caution.value.empty() && value != caution.value) return false;
  return caution.member.empty() ||
         std::any_of(field->members.begin(), field->members.end(),
                     [&](const Field& member) { return member.key == caution.member; });
}

// What the change means for one server, beyond its being governed.
std::string entry_warnings(const Client& client, const Entry& entry, const std::string& state_dir) {
  constexpr std::string_view kState = "{state}";
  std::string out;
  for (const Caution& caution : client.cautions) {
    if (!holds(entry, caution)) continue;
    std::string what(caution.what);
    if (const size_t at = what.find(kState); at != std::string::npos)
      what.replace(at, kState.size(), state_dir);
    out += fmt::format("warning: '{}' {}\n", shown(entry), what);
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
  std::map<std::pair<std::string, std::string>, std::vector<size_t>> lines;
  for (const Outcome& outcome : plan.outcomes) {
    lines[{outcome.entry.scope, outcome.entry.name}].push_back(outcome.entry.line);
    if (!undo && outcome.action != Action::kSkipped)
      out += entry_warnings(client, outcome.entry, state_dir);
  }
  for (const auto& [name, where] : lines)
    if (where.size() > 1 && !name.second.empty())
      out += fmt::format(
          "warning: '{}' is there {} times, at lines {}: which one counts is not certain\n",
          printable(name.second), where.size(), fmt::join(where, ", "));
  return out;
}

// Why there is nothing to do in a file without servers: where was looked, and which client has them where they stand.
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

InitReport refused(const std::string& why) { return {2, false, "", "agentmesh: " + why + "\n"}; }

}  // namespace

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

namespace {

// What must be remembered before the file changes, and what may be forgotten once it has.
struct Lesson {
  Memory learned;
  Memory outdated;   // wrapped with an args key of their own: an older memory would be wrong
  Memory forgotten;  // restored
};

// A file as it is going to be: which clients would find an entry of ours in it.
class After {
 public:
  // `named`: as the file was named; `real`: links followed.
  After(std::string text, std::string named, std::string real)
      : text_(std::move(text)), named_(std::move(named)), real_(std::move(real)) {}

  const std::string& text() const { return text_; }
  const std::string& named() const { return named_; }
  const std::string& real() const { return real_; }

  bool is(const WrappedFile& wrapped) const {
    const std::string file = where_now(wrapped);
    return file == named_ || resolve_path(file).value_or("") == real_;
  }
  // Only on a sure no may it be forgotten that there are such.
  bool surely_none(const Client& client, const std::string& file) {
    const auto [at, is_new] = none_.try_emplace({&client, file}, false);
    if (is_new) at->second = !holds_ours(client, text_, file).value_or(true);
    return at->second;
  }

 private:
  std::string text_;
  std::string named_;
  std::string real_;
  std::map<std::pair<const Client*, std::string>, bool> none_;
};

// What one state directory has to learn and to forget.
Lesson lesson_of(const InitRequest& request, const Plan& plan, After& after, Origins& origins,
                 const std::string& state_dir) {
  Lesson lesson;
  for (const Outcome& outcome : plan.outcomes) {
    const AddedArgs row{after.real(), outcome.entry.id()};
    if (outcome.action == Action::kRestored) {
      lesson.forgotten.args_added.insert(row);
      // What an earlier version wrote is another entry's where this one had args of its own.
      if (origins.args_added(outcome.entry))
        lesson.forgotten.args_added.insert({row.file, anywhere(row.entry)});
    } else if (outcome.action == Action::kWrapped) {
      (outcome.args_added ? lesson.learned : lesson.outdated).args_added.insert(row);
    }
  }
  // Other clients may have servers of theirs in the same file: each is asked for its own.
  for (const WrappedFile& wrapped : remembered(state_dir).files) {
    const Client* const client = find_client(wrapped.client);
    if (client != nullptr && after.is(wrapped) && after.surely_none(*client, wrapped.file))
      lesson.forgotten.files.insert(wrapped);
  }
  if (!request.undo && !after.surely_none(*request.client, after.named()))
    lesson.learned.files.insert({after.named(), std::string(request.client->flag),
                                 after.real() == after.named() ? "" : after.real()});
  return lesson;
}

std::string told(const std::string& what) {
  return what.empty() ? "" : "agentmesh: " + printable(what) + "\n";
}

// What came of telling a state directory about a file: what it does not take hides the file there, and no more.
std::string told(const Result<std::string>& kept, bool undo, const std::string& file) {
  if (kept) return told(*kept);
  return told(fmt::format("{}; the servers that keep their state there {}", kept.error().what,
                          undo ? "still leave " + file + " alone" : "do not know of " + file));
}

// Whether a client that is started with a home and nothing else finds the file in its usual place: then everybody looks there.
bool in_usual_place(const Client& client, const config::Environment& environment,
                    const std::string& path) {
  const config::Environment bare = [&environment](const char* name) {
    return std::string_view(name) == "HOME" ? environment(name) : std::nullopt;
  };
  const auto usual = default_files(client, bare, "");
  return std::any_of(usual.begin(), usual.end(),
                     [&path](const DefaultFile& file) { return file.path == path; });
}

// The same lesson for the other state directories.
std::string tell_others(const InitRequest& request, const Plan& plan, After& after,
                        Origins& origins, bool is_usual) {
  std::string said;
  for (const std::string& other : request.other_state_dirs) {
    if (other == request.state_dir) continue;
    Lesson lesson = lesson_of(request, plan, after, origins, other);
    lesson.forgotten.args_added.merge(lesson.outdated.args_added);
    const auto kept = remember(other, is_usual ? Memory() : lesson.learned, lesson.forgotten);
    said += told(kept, request.undo, after.named());
  }
  return said;
}

}  // namespace

InitReport init_integration(const InitRequest& request, const config::Environment& environment,
                            const Clock& clock, const StepHook& hook) {
  const Client& client = *request.client;
  const auto choice = find_file(client, request.config_path, environment);
  if (!choice) return refused(choice.error().what);
  auto file = EditFile::open(choice->path);
  if (!file) return refused(printable(file.error().what));
  const std::string named = printable(choice->path);
  if (hook) hook(Step::kOpened);

  const auto document = read_document(file->bytes(), client, choice->path);
  if (!document) return refused(named + ":" + document.error().what);
  if (const auto unknown = unknown_server(document->entries, request.servers))
    return refused(named + ": " + *unknown);

  const Names names(request.servers.begin(), request.servers.end());
  Origins origins(request, file->path());
  const auto plan =
      request.undo
          ? unwrap(*document, names, [&](const Entry& entry) { return origins.args_added(entry); })
          : wrap(*document, names, request.run);
  if (!plan) return refused(named + ": " + plan.error().what);
  if (const auto held = stuck(*plan)) return refused(named + ": " + *held);

  if (!plan->edits.empty() && file->names() > 1)
    return refused(fmt::format(
        "{}: it has {} names (hard links), and a new file would take only this one; nothing was changed: make it a file "
        "of its own, or a symbolic link to the other",
        named, file->names()));

  std::string summary = fmt::format("{}: {}\n", client.title, named);
  if (file->path() != choice->path)
    summary += fmt::format("  a link to {}\n", printable(file->path()));
  const auto still_wrapped = [&client](const std::string& path) {
    const auto text = read_client_file(path);
    return text && holds_ours(client, *text, path).value_or(false);
  };
  for (const std::string& other : choice->others)
    summary += fmt::format("  also there, not touched{}: {} (name it with --config-path)\n",
                           request.undo && still_wrapped(other) ? " and still wrapped" : "",
                           printable(other));
  summary += entry_lines(*plan, request.undo, request.dry_run);
  if (document->entries.empty()) {
    summary += no_servers(*document);
  } else if (request.undo && plan->edits.empty()) {
    summary += "nothing to undo\n";
  } else if (plan->edits.empty()) {
    summary += "nothing to change\n";
  }
  const std::string warned = warnings(*document, *plan, request.undo, request.state_dir);

  if (request.dry_run) {
    summary += warned + std::string(kDryRunLine);
    return {0, !plan->edits.empty(),
            unified_diff(printable(file->path()), file->bytes(), plan->edits), summary};
  }
  const bool is_usual = in_usual_place(client, environment, choice->path);
  After after(edited(file->bytes(), plan->edits), choice->path, file->path());
  const Lesson lesson = lesson_of(request, *plan, after, origins, request.state_dir);
  if (plan->edits.empty()) {
    // It is as it shall be; that the file is not remembered hides it at most.
    const auto kept = remember(request.state_dir, lesson.learned, lesson.forgotten);
    return {0, false, summary + warned,
            told(kept, request.undo, choice->path) +
                tell_others(request, *plan, after, origins, is_usual)};
  }
  const auto kept = remember(request.state_dir, lesson.learned, lesson.outdated);
  if (!kept) return refused(printable(kept.error().what) + "; nothing was changed");
  const auto backup = file->replace(after.text(), clock.wall_us(), hook);
  if (!backup) {
    InitReport refusal = refused(printable(backup.error().what));
    refusal.err = told(*kept) + refusal.err;
    return refusal;
  }
  InitReport report;
  report.changes = true;
  report.err = told(*kept);
  // What is remembered of an entry that is restored does no harm: it is looked at again only when it is wrapped again.
  const auto forgotten = remember(request.state_dir, {}, lesson.forgotten);
  report.err += told(forgotten, request.undo, choice->path);
  report.err += tell_others(request, *plan, after, origins, is_usual);
  report.out = summary + fmt::format("backup: {}\n", printable(*backup)) + warned +
               fmt::format("next: {}\n", client.next_steps);
  return report;
}

}  // namespace agentmesh::integrations
