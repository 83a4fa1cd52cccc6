#include "policy/argument_paths.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/argument_words.h"
#include "policy/kinds.h"
#include "policy/scan/decode.h"
#include "policy/scan/field.h"
#include "policy/scan/name_words.h"
#include "policy/scan/path_spelling.h"
#include "policy/scan/start_places.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

constexpr std::array<std::string_view, 19> kTalkKeys = {
    "content", "contents", "text",        "body",       "message",   "markdown", "html",
    "prompt",  "summary",  "comment",     "notes",      "new_str",   "title",    "thought",
    "newText", "oldText",  "description", "old_string", "new_string"};
// Parts of keys of a path that is likely a directory, to which another text may be relative.
constexpr std::array<std::string_view, 9> kDirectoryKeys = {
    "dir", "folder", "cwd", "root", "base", "repo", "parent", "prefix", "workspace"};

bool names_directory(std::string_view key) {
  const std::string lower = scan::ascii_lower(key);
  return std::any_of(kDirectoryKeys.begin(), kDirectoryKeys.end(),
                     [&lower](std::string_view word) { return lower.find(word) < lower.size(); });
}

// A pattern that stands for one file alone.
bool is_literal_path(std::string_view text) {
  return text.find('/') < text.size() &&
         text.find_first_of("*?[]{}()|^$\\+ \t\n") == std::string_view::npos;
}

// Where containers are given theirs.
bool is_secret_mount(std::string_view path) {
  return scan::under(path, "/run/secrets") || scan::under(path, "/var/run/secrets");
}

// "/.npmrc", "/.github/x": from the top of a repository, and of nothing that a machine has there.
bool is_at_top_of_repository(std::string_view text) {
  if (!text.starts_with("/.")) return false;
  return text.find('/', 1) == std::string_view::npos || text.starts_with("/.github/");
}

// An option of such a name says where something goes.
bool says_output(std::string_view option) {
  return !option.empty() && (use_by_kind(Kind::kRead, option) == scan::Use::kChange ||
                             scan::has_word(option, std::array<std::string_view, 1>{"out"}));
}

bool begins_anywhere(std::string_view text) {
  return text.starts_with('/') || text.starts_with('~') || text.starts_with('$') ||
         is_file_url(text);
}

}  // namespace

bool is_talk_key(std::string_view key) { return scan::is_among(kTalkKeys, key); }

bool is_file_url(std::string_view text) {
  return text.size() >= 5 && scan::ascii_lower(text.substr(0, 5)) == "file:";
}

bool is_named_in(const std::vector<std::string>& list, const Walk& walk) {
  return !list.empty() &&
         (scan::is_among(list, walk.key()) || scan::is_among(list, walk.top_key()));
}

void ArgumentPaths::string(const Walk& walk, std::string_view text) {
  const bool talk = is_talk_key(walk.key());
  // What is talked about has blanks, "/* see docs/colors */"; a path seldom.
  const bool said = talk && scan::trim_path(text).find_first_of(" \t\n") < text.size();
  const bool is_path = !said && names_path(walk, text);
  if (is_path || !talk) note_part(walk, text, is_path);
  const bool written = follows_output(walk);
  output_ = is_output(walk, text) ? walk.raw() : std::string_view();
  if (is_path) return read(walk, text, written ? scan::Use::kChange : use(walk));
  if (const std::string_view socket = socket_path(text); !talk && !socket.empty())
    return path(walk, socket);
  if (const std::string_view inner = path_in_word(text); !talk && !inner.empty())
    word_path(walk, inner, option_in_word(text));
  hidden_path(walk, text, talk);
}

// ["--output", "/x"]: the option is a word of its own.
bool ArgumentPaths::is_output(const Walk& walk, std::string_view text) const {
  if (!text.starts_with('-') || text.find('=') < text.size() || walk.below("containers"))
    return false;
  return text == "-o" || text == "-O" ||
         says_output(text.substr(std::min(text.find_first_not_of('-'), text.size())));
}

// Whether the element in front, in the same list, is such a word.
bool ArgumentPaths::follows_output(const Walk& walk) const {
  if (output_.empty()) return false;
  const char* const end = output_.data() + output_.size();
  const std::string_view between(end, static_cast<size_t>(walk.raw().data() - end));
  return between.find_first_not_of(", \t\r\n") == std::string_view::npos;
}

// What is written may stand under where it goes.
void ArgumentPaths::key(const Walk& walk, std::string_view text) {
  if (text.empty()) return;
  const bool begins_so = std::string_view("/.~").find(text[0]) != std::string_view::npos;
  const bool may_be = std::any_of(text.begin(), text.end(),
                                  [](char c) { return c == '/' || c == '\\' || c == '%'; });
  if (!begins_so && !may_be) return;
  seen_.add_part({walk.raw(), false, false, false, false});
  if (!begins_so && !scan::looks_like_path(text)) return hidden_path(walk, text, false);
  std::vector<scan::Hit> unused;
  hide(walk, reader_.read(text, unused), keys_name_files(walk));
  for (const std::string& other : reader_.others()) hide(walk, other, keys_name_files(walk));
  if (!reader_.certain()) lose(walk, unused);
}

void ArgumentPaths::path(const Walk& walk, std::string_view text) {
  read(walk, text, scan::is_path_key(walk.key()) ? use(walk) : worse_use([&walk](Kind kind) {
         return use_by_kind(kind, walk.key());
       }));
}

void ArgumentPaths::read(const Walk& walk, std::string_view text, scan::Use use) {
  std::vector<scan::Hit> unused;
  const bool talk = is_talk_key(walk.key());
  const size_t before = inspection_.hits().size();
  std::string place = reader_.read(text, talk ? unused : inspection_.hits(), use);
  if (inspection_.hits().size() > before) weigh(walk, text, before);
  add(walk, std::move(place));
  for (const std::string& other : reader_.others()) add(walk, other);
  if (!reader_.certain()) lose(walk, unused);
}

// What is no file of this machine is not the machine's own; nor is a file of somebody's repository what it is called like. By
// every reading, and not as it is spelled by who hides something.
void ArgumentPaths::weigh(const Walk& walk, std::string_view text, size_t before) {
  const std::vector<scan::PathReader::Sensitive>& found = reader_.sensitive();
  if (found.empty() || reader_.oddly()) return;
  const Realm realm = realms_.of(walk, text, seen_.kind);
  if (realm == Realm::kMachine) return;
  const bool calm = std::all_of(found.begin(), found.end(), [&](const auto& each) {
    if (realm == Realm::kStore) return is_in_store(text, each.place);
    // Only the machine's own: what lies with a person is called like nothing else.
    if (realm == Realm::kContainer && is_secret_mount(each.place)) return true;
    return each.as_read <= scan::Sensitivity::kSystem && !scan::is_start_place(each.place) &&
           may_be_called(realm, each.place);
  });
  if (!calm) return;
  std::vector<scan::Hit>& hits = inspection_.hits();
  const auto sensitive = [](const scan::Hit& hit) { return hit.id == "path.sensitive"; };
  const auto first = hits.begin() + static_cast<std::ptrdiff_t>(before);
  if (realm != Realm::kStore) {
    hits.erase(std::remove_if(first, hits.end(), sensitive), hits.end());
    return;
  }
  for (auto hit = first; hit != hits.end(); ++hit)
    if (sensitive(*hit)) hit->severity = Severity::kLow;
}

// True if `place`, where the text would lead here, is none that a local server has more than any other.
bool ArgumentPaths::is_in_store(std::string_view text, std::string_view place) const {
  if (!text.starts_with('/'))
    return input_.surroundings == nullptr || scan::under(place, reader_.base());
  if (place != text || !is_at_top_of_repository(text)) return false;
  const auto holds = [place](std::string_view directory) {
    return !directory.empty() && scan::under(place, directory);
  };
  return !holds(reader_.base()) && std::none_of(seen_.roots.begin(), seen_.roots.end(), holds) &&
         (input_.surroundings == nullptr || !holds(input_.surroundings->home));
}

// A server may take such a text for a path as well. Answers are not held against the roots that a client tells it of: those are
// what it answers.
void ArgumentPaths::beside(const Walk& walk) {
  const std::string_view text = walk.text();
  if (walk.what() == Walk::What::kNumber || text.empty()) return;
  const bool answer = walk.below("inputResponses") && !walk.below("roots");
  if (walk.what() == Walk::What::kKey) {
    if (answer) key(walk, text);
    return;
  }
  const bool talk = is_talk_key(walk.key());
  const bool is_path = !talk && names_path(walk, text);
  if (answer && !talk) note_part(walk, text, is_path);
  if (!is_path) return hidden_path(walk, text, talk, answer);
  std::vector<scan::Hit> unused;
  hide(walk, reader_.read(text, unused), answer);
  for (const std::string& other : reader_.others()) hide(walk, other, answer);
  if (answer && !reader_.certain()) lose(walk, unused);
}

bool ArgumentPaths::names_path(const Walk& walk, std::string_view text) const {
  return entry_ != nullptr && is_named_in(entry_->path, walk) ? !text.empty()
                                                              : scan::is_path(walk.key(), text);
}

// True if the keys at this place may be names of files: not {"paths": {"/pets": …}} of an interface's description.
bool ArgumentPaths::keys_name_files(const Walk& walk) const {
  const auto files = [](std::string_view key) { return key != "paths" && scan::is_path_key(key); };
  return (uses_.names_path && input_.tool != "paths") || files(walk.key()) ||
         files(walk.top_key()) || (entry_ != nullptr && is_named_in(entry_->path, walk));
}

scan::Use ArgumentPaths::use(const Walk& walk) const {
  const bool names_path = scan::is_path_key(walk.key()) || scan::is_place_key(walk.key()) ||
                          (entry_ != nullptr && is_named_in(entry_->path, walk));
  return worse_use([&](Kind kind) {
    return use_of(kind, uses_, walk.key(), names_path, led_to_.contains(walk.raw().data()));
  });
}

// What may stand behind a directory that another argument names, or be one. What is looked for is neither, unless it is a name.
void ArgumentPaths::note_part(const Walk& walk, std::string_view text, bool is_path) {
  if (text.size() > scan::kLongestPath) return;
  const scan::Field field = is_path ? scan::Field::kAny : scan::field_of(walk.key());
  if ((field == scan::Field::kPattern || field == scan::Field::kSearch) && !is_literal_path(text))
    return;
  const bool by_key = is_path && names_directory(walk.key());
  seen_.add_part({walk.raw(), is_path, by_key || (is_path && begins_anywhere(text)), by_key,
                  is_path || scan::is_place_key(walk.key())});
}

// What a program would be told to open is no path argument; what it must not touch, it must not touch; nor does it write where
// the option says so, whatever the tool is called (git log --output=…).
void ArgumentPaths::word_path(const Walk& walk, std::string_view text, std::string_view option) {
  std::vector<scan::Hit> hits;
  const bool written = !walk.below("containers") && says_output(option);
  hide(walk, reader_.read(text, hits, written ? scan::Use::kChange : use(walk)), false);
  for (const std::string& other : reader_.others()) hide(walk, other, false);
  for (const scan::Hit& hit : hits)
    if (hit.id == "path.sensitive" &&
        hit.severity >= (written ? Severity::kMedium : Severity::kHigh))
      inspection_.add(hit.id, hit.severity, [&walk] { return walk.where(); });
}

void ArgumentPaths::hidden_path(const Walk& walk, std::string_view text, bool talk,
                                bool for_roots) {
  for (Seen::HiddenPath& hidden : hidden_.read(walk.key(), text, talk))
    hide(walk, std::move(hidden.path), hidden.for_roots && for_roots);
  if (!hidden_.spent() || seen_.lost_path) return;
  lose(walk, {});
  inspection_.add("path.too-many", Severity::kHigh, [&walk] { return walk.where(); });
}

void ArgumentPaths::hide(const Walk& walk, std::string path, bool for_roots) {
  if (path.empty()) return;
  const bool told = seen_.hidden_paths.size() < Inspection::kMaxAlike;
  seen_.hidden_paths.push_back(
      {std::move(path), for_roots, told ? walk.where() : std::string("arguments")});
}

void ArgumentPaths::add(const Walk& walk, std::string path) {
  if (path.empty()) return;
  const auto [known, fresh] = numbers_.try_emplace(path, seen_.paths.size());
  seen_.path_texts.push_back({walk.offset(), known->second});
  if (!fresh) return;
  seen_.paths.push_back(std::move(path));
  if (seen_.path_places.size() < Inspection::kMaxAlike) seen_.path_places.push_back(walk.where());
}

// `unused`: what the reader said and is no finding as such; why the call may be refused is one.
void ArgumentPaths::lose(const Walk& walk, const std::vector<scan::Hit>& unused) {
  for (const scan::Hit& hit : unused)
    if (scan::is_limit(hit))
      inspection_.add(hit.id, hit.severity, [&walk] { return walk.where(); });
  if (!seen_.lost_path) seen_.lost_place = walk.where();
  seen_.lost_path = true;
}

}  // namespace agentmesh::policy
