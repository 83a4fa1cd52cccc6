#include "integrations/lesson.h"

#include <fmt/format.h>

#include "base/files.h"
#include "integrations/client_file.h"
#include "integrations/edit_file.h"
#include "integrations/summary.h"

namespace agentmesh::integrations {
namespace {

// An entry as an earlier version remembers it: not by the place where it stands.
EntryId anywhere(EntryId id) {
  id.under.clear();
  return id;
}

}  // namespace

bool Origins::args_added(const Entry& entry) {
  if (!asked_state_dirs_) ask_state_dirs();
  if (memory_.contains({file_, entry.id()})) return true;
  if (!asked_backups_) ask_backups();
  const auto found = backups_.find(entry.id());
  if (found != backups_.end()) return found->second;
  return memory_.contains({file_, anywhere(entry.id())});
}

void Origins::ask_state_dirs() {
  asked_state_dirs_ = true;
  for (const std::string& state_dir : state_dirs_) memory_.merge(remembered(state_dir).args_added);
}

void Origins::ask_backups() {
  asked_backups_ = true;
  for (const std::string& backup : backups_of(file_)) {
    const auto text = read_client_file(backup);
    if (!text) continue;
    const auto document = read_document(*text, client_, file_);
    if (!document) continue;
    for (const Entry& entry : document->entries)
      if (entry.standing == Standing::kStdio) backups_.try_emplace(entry.id(), !entry.has_args());
  }
}

bool After::is(const WrappedFile& wrapped) const {
  const std::string file = where_now(wrapped);
  return file == named_ || resolve_path(file).value_or("") == real_;
}

bool After::surely_none(const Client& client, const std::string& file) {
  const auto [at, is_new] = none_.try_emplace({&client, file}, false);
  if (is_new) at->second = !holds_ours(client, text_, file).value_or(true);
  return at->second;
}

Lesson lesson_of(const Change& change, const std::string& state_dir) {
  After& after = change.after;
  Lesson lesson;
  for (const Outcome& outcome : change.plan.outcomes) {
    const AddedArgs row{after.real(), outcome.entry.id()};
    if (outcome.action == Action::kRestored) {
      lesson.forgotten.args_added.insert(row);
      // What an earlier version wrote is another entry's where this one had args of its own.
      if (change.origins.args_added(outcome.entry))
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
  if (!change.undo && !after.surely_none(change.client, after.named()))
    lesson.learned.files.insert({after.named(), std::string(change.client.flag),
                                 after.real() == after.named() ? "" : after.real()});
  return lesson;
}

std::string tell_others(const Change& change, const std::vector<std::string>& state_dirs,
                        bool is_usual) {
  std::string said;
  for (const std::string& other : state_dirs) {
    Lesson lesson = lesson_of(change, other);
    lesson.forgotten.args_added.merge(lesson.outdated.args_added);
    const auto kept = remember(other, is_usual ? Memory() : lesson.learned, lesson.forgotten);
    said += told(kept, change.undo, change.after.named());
  }
  return said;
}

std::string told(const Result<std::string>& kept, bool undo, const std::string& file) {
  const std::string what =
      kept ? *kept
           : fmt::format("{}; the servers that keep their state there {}", kept.error().what,
                         undo ? "still leave " + file + " alone" : "do not know of " + file);
  return what.empty() ? "" : "agentmesh: " + printable(what) + "\n";
}

}  // namespace agentmesh::integrations
