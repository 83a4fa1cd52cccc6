#include "integrations/lesson.h"

#include <algorithm>

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

// What entries are called alike by, whichever of them it is.
EntryId first_of(EntryId id) {
  id.occurrence = 0;
  return id;
}

// How many are called so.
std::map<EntryId, size_t> numbers_in(const Document& document) {
  std::map<EntryId, size_t> numbers;
  for (const Entry& entry : document.entries) ++numbers[first_of(entry.id())];
  return numbers;
}

}  // namespace

bool Origins::args_added(const Entry& entry) {
  if (!asked_) ask();
  if (const auto known = known_of(file_, entry.id())) return *known;
  for (const std::string& former : former_)
    if (const auto known = known_of(former, entry.id())) return *known;
  const AddedArgs row{file_, anywhere(entry.id())};
  return own_memory_.contains(row) || memory_of_others_.contains(row);
}

std::optional<bool> Origins::known_of(const std::string& file, const EntryId& entry) {
  const auto& known = backups(file);
  const auto found = known.find(entry);
  if (found != known.end() && found->second.called_so != called_so_[first_of(entry)]) return false;
  if (own_memory_.contains({file, entry})) return true;
  if (found != known.end()) return !found->second.has_args;
  if (memory_of_others_.contains({file, entry})) return true;
  return std::nullopt;
}

void Origins::ask() {
  asked_ = true;
  called_so_ = numbers_in(document_);
  const auto ask_one = [this](const std::string& state_dir, std::set<AddedArgs>& into) {
    Memory memory = remembered(state_dir);
    into.merge(memory.args_added);
    for (const WrappedFile& wrapped : memory.files) {
      // Where it was by this name: a link led there, or it was no link.
      const std::string& where = wrapped.real.empty() ? wrapped.file : wrapped.real;
      if (wrapped.file == name_ && where != file_) former_.insert(where);
    }
  };
  ask_one(state_dir_, own_memory_);
  for (const std::string& other : others_)
    if (other != state_dir_) ask_one(other, memory_of_others_);
}

const std::map<EntryId, Origins::Before>& Origins::backups(const std::string& file) {
  const auto [at, is_new] = backups_.try_emplace(file);
  if (!is_new) return at->second;
  for (const std::string& backup : backups_of(file)) {
    const auto text = read_client_file(backup);
    if (!text) continue;
    const auto document = read_document(*text, *document_.client, name_);
    if (!document) continue;
    const auto numbers = numbers_in(*document);
    for (const Entry& entry : document->entries)
      if (entry.standing == Standing::kStdio)
        at->second.try_emplace(entry.id(),
                               Before{entry.has_args(), numbers.at(first_of(entry.id()))});
  }
  return at->second;
}

bool After::is(const WrappedFile& wrapped) const {
  return wrapped.file == named_ || wrapped.real == real_ ||
         resolve_path(wrapped.file).value_or("") == real_;
}

bool After::surely_none(const Client& client, const std::string& file) {
  const auto [at, is_new] = none_.try_emplace({&client, file}, false);
  if (is_new) at->second = !holds_ours(client, text_, file).value_or(true);
  return at->second;
}

bool After::surely_none(const Client& client, const WrappedFile& wrapped) {
  if (!surely_none(client, wrapped.file)) return false;
  const auto files = files_of(wrapped);
  return std::all_of(files.begin(), files.end(), [&](const std::string& file) {
    if (resolve_path(file).value_or("") == real_) return true;
    const auto other = read_client_file(file);
    // What is gone may come back with ours in it: only a person forgets it.
    return other && !holds_ours(client, *other, wrapped.file).value_or(true);
  });
}

Lesson lesson_of(const Change& change, const std::string& state_dir) {
  After& after = change.after;
  Lesson lesson;
  std::map<EntryId, size_t> called_so;
  for (const Entry& entry : change.document.entries) ++called_so[anywhere(entry.id())];
  for (const Outcome& outcome : change.plan.outcomes) {
    const AddedArgs row{after.real(), outcome.entry.id()};
    if (outcome.action == Action::kRestored) {
      lesson.forgotten.args_added.insert(row);
      // What an earlier version wrote is another entry's where this one had args of its own.
      if (change.origins.args_added(outcome.entry))
        lesson.forgotten.args_added.insert({row.file, anywhere(row.entry)});
    } else if (outcome.action == Action::kWrapped) {
      (outcome.args_added ? lesson.learned : lesson.outdated).args_added.insert(row);
      // What an earlier version wrote is this one's where no other is called so.
      if (EntryId bare = anywhere(row.entry); !outcome.args_added && called_so[bare] == 1)
        lesson.outdated.args_added.insert({row.file, std::move(bare)});
    }
  }
  // Other clients may have servers of theirs in the same file: each is asked for its own.
  for (const WrappedFile& wrapped : remembered(state_dir).files) {
    const Client* const client = find_client(wrapped.client);
    if (client != nullptr && after.is(wrapped) && after.surely_none(*client, wrapped))
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
    if (is_usual) lesson.learned = {};
    // A directory that only an entry names may be anybody's: where nothing is known of it nothing is to be forgotten.
    if (lesson.learned.empty() && !knows_any(remembered(other), lesson.forgotten)) continue;
    const auto kept = remember(other, lesson.learned, lesson.forgotten);
    said += told(kept, other, lesson.learned, change.after.named());
  }
  return said;
}

std::string told(const Result<std::string>& kept, const std::string& state_dir,
                 const Memory& learned, const std::string& file) {
  std::string what = kept.value_or("");
  if (!kept) {
    const std::set<WrappedFile> known = remembered(state_dir).files;
    const bool knows =
        std::includes(known.begin(), known.end(), learned.files.begin(), learned.files.end());
    what = fmt::format("{}; the servers that keep their state there {} {}", kept.error().what,
                       knows ? "still leave" : "do not know of", file) +
           (knows ? " alone" : "");
  }
  return what.empty() ? "" : "agentmesh: " + printable(what) + "\n";
}

}  // namespace agentmesh::integrations
