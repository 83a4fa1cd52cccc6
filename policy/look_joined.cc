// Paths that stand in several places of a call (joined_paths.h), held against what protects itself and against roots.

#include <algorithm>
#include <unordered_set>

#include "policy/joined_paths.h"
#include "policy/look.h"
#include "policy/roots.h"
#include "policy/scan/path_readings.h"
#include "policy/scan/paths.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

// Directories behind which links are followed, and how many texts are, each behind each; what is beyond that cannot be told.
constexpr size_t kMaxDirectories = 256;
constexpr size_t kMaxFollowed = 65'536;

bool is_base(const Surroundings& here, const std::string& path) {
  return path == here.working_directory || scan::is_among(here.derived_roots, path);
}

// Appends what is not there yet; false if there is no room.
bool put(std::vector<std::string>& directories, std::string path) {
  if (scan::is_among(directories, path)) return true;
  if (directories.size() == kMaxDirectories) return false;
  directories.push_back(std::move(path));
  return true;
}

// The directories that the arguments name, as they really are, each once; false: not all of them.
bool named_directories(const Input& input, const Seen& seen, std::vector<std::string>& out) {
  for (size_t i = 0; i < seen.part_count; ++i) {
    const Seen::Part& part = seen.part(i);
    if (!part.is_path || !part.directory) continue;
    for (const Seen::PathText& at :
         seen.paths_at(static_cast<size_t>(part.raw.data() - input.args.raw().data())))
      if (!put(out, seen.paths[at.path])) return false;
  }
  return true;
}

bool begins_at_top(std::string_view text) { return text.starts_with('/') || text.starts_with('~'); }

// Where texts lead behind directories, links followed.
class Behind {
 public:
  explicit Behind(const Surroundings& here, std::span<const std::string> roots = {})
      : here_(here), reader_(&here, roots) {}

  // Calls `to` with each place that it may be; false: there is nothing left to follow with.
  template <class To>
  bool each(const std::string& directory, std::string_view text, To to) {
    if (left_ == 0 || reader_.spent()) return false;
    --left_;
    path_.assign(directory == "/" ? "" : directory).append("/").append(text);
    if (here_.resolve && is_plain(text)) {
      // What cannot be followed cannot be opened.
      if (const auto real = here_.resolve(path_)) to(*real);
      return true;
    }
    to(reader_.read(path_, unused_));
    unused_.clear();
    for (const std::string& other : reader_.others()) to(other);
    return !reader_.spent();
  }

 private:
  // Normal, and the same to every reader.
  static bool is_plain(std::string_view text) {
    const auto holds = [text](std::string_view part) { return text.find(part) < text.size(); };
    return scan::has_one_form(text) && text.front() != '.' && text.front() != '/' &&
           text.back() != '/' && !holds("/.") && !holds("//");
  }

  const Surroundings& here_;
  scan::PathReader reader_;
  std::vector<scan::Hit> unused_;
  std::string path_;
  size_t left_ = kMaxFollowed;
};

// A text under whatever key that some server may put behind a directory.
bool may_follow(const Seen::Part& part, std::string_view text) {
  return !text.empty() && !begins_at_top(text) && text.size() <= scan::kLongestPath &&
         (part.place ||
          (text.find('/') < text.size() && text.find("://") == std::string_view::npos));
}

}  // namespace

void follow_joined(Inspection& inspection) {
  const Input& input = inspection.input();
  Seen& seen = inspection.seen();
  if (input.surroundings == nullptr) return;
  // One that names a directory and one that may be relative to it, or there is nothing to join.
  bool named = false;
  bool relative = false;
  for (size_t i = 0; i < seen.part_count; ++i) {
    const Seen::Part& part = seen.part(i);
    if (part.raw.size() < 2) continue;
    named = named || (part.is_path && part.directory);
    relative = relative || may_follow(part, part.raw.substr(1, part.raw.size() - 2));
  }
  if (!named || !relative) return;
  std::vector<std::string> directories;
  bool all = named_directories(input, seen, directories);
  const JoinedPaths protection(*input.surroundings);
  std::vector<bool> above;
  for (const std::string& directory : directories) above.push_back(protection.is_above(directory));
  Behind behind(*input.surroundings, seen.roots);
  std::string scratch;
  for (size_t i = 0; i < seen.part_count && all; ++i) {
    const Seen::Part& part = seen.part(i);
    const std::string_view text = json::View(part.raw).string(scratch);
    if (!may_follow(part, text)) continue;
    for (size_t k = 0; k < directories.size() && all; ++k) {
      // Paths are relative to those anyway.
      if (part.is_path && is_base(*input.surroundings, directories[k])) continue;
      // What stays below its directory is as harmless as that, which is judged by itself.
      all = behind.each(directories[k], text, [&](const std::string& leads) {
        if (!leads.empty() && (above[k] || !scan::under(leads, directories[k])))
          seen.hidden_paths.push_back({leads, part.place, "arguments"});
      });
    }
  }
  if (all || seen.lost_path) return;
  seen.lost_path = true;
  seen.lost_place = "arguments";
  inspection.add("path.too-many", Severity::kHigh, [] { return std::string("arguments"); });
}

bool words_touch_behind(const Input& input, const Seen& seen, std::vector<std::string> entered,
                        bool& lost) {
  if (seen.shell.words.empty()) return false;
  const Surroundings& here = *input.surroundings;
  std::vector<std::string> directories;
  bool all = named_directories(input, seen, directories);
  for (std::string& path : entered) all = put(directories, std::move(path)) && all;
  std::erase_if(directories, [&here](const std::string& path) { return is_base(here, path); });
  if (directories.empty()) return false;
  Behind behind(here);
  bool reaches = false;
  std::unordered_set<std::string_view> known;
  for (const std::string& word : seen.shell.words) {
    const std::string_view name = std::string_view(word).substr(word.find('=') + 1);
    if (name.empty() || begins_at_top(name) || !known.insert(name).second) continue;
    if (name.front() == '-' && name.find('/') == std::string_view::npos) continue;
    for (size_t k = 0; k < directories.size() && all && !reaches; ++k)
      all = behind.each(directories[k], name, [&](const std::string& place) {
        reaches = reaches || is_protected(place, Kind::kExecute, false, here);
      });
  }
  lost = lost || !all;
  return reaches;
}

bool joined_touch(const Input& input, const Seen& seen, std::vector<std::string> begins,
                  bool taking, bool& lost) {
  using Role = JoinedPaths::Role;
  const Surroundings& here = *input.surroundings;
  const scan::Shell& shell = seen.shell;
  if (seen.part_count + shell.words.size() < 2) return false;
  // Perhaps in disguise, of JSON's own too.
  const auto climbs = [](std::string_view text) {
    return text.find("..") < text.size() || std::any_of(text.begin(), text.end(), [](char c) {
             return c == '%' || c == '\\' || static_cast<uint8_t>(c) >= 0x80;
           });
  };
  JoinedPaths joined(here);
  const auto above = [&joined](const std::string& path) { return joined.is_above(path); };
  std::vector<std::string> named;
  lost = !named_directories(input, seen, named) || lost;
  begins.insert(begins.end(), named.begin(), named.end());
  bool worth = !shell.entered.empty() || std::any_of(begins.begin(), begins.end(), above);
  if (!worth && !begins.empty()) {
    worth = std::any_of(shell.words.begin(), shell.words.end(), climbs);
    for (size_t i = 0; i < seen.part_count && !worth; ++i) worth = climbs(seen.part(i).raw);
  }
  if (!worth) return false;
  for (std::string& path : begins) joined.begin_at(std::move(path));
  std::string scratch;
  for (size_t i = 0; i < seen.part_count; ++i) {
    const Seen::Part& part = seen.part(i);
    const std::string_view text = json::View(part.raw).string(scratch);
    joined.name(text, part.directory && !begins_at_top(text) ? Role::kEnter : Role::kName);
  }
  const auto name = [&joined](const std::string& word, Role role) {
    joined.name(word, role);
    if (const size_t sign = word.find('='); sign < word.size())
      joined.name(std::string_view(word).substr(sign + 1), role);
  };
  for (const std::string& word : shell.words) name(word, Role::kWord);
  for (const std::string& word : shell.taken) name(word, Role::kTaken);
  for (const std::string& word : shell.entered)
    if (!begins_at_top(word)) joined.name(word, Role::kEnter);
  const std::vector<std::string> places = joined.run();
  lost = lost || joined.lost();
  const Kind kind = shell.words.empty() ? std::max(seen.kind, seen.worst) : Kind::kExecute;
  return std::any_of(places.begin(), places.end(), [&](const std::string& place) {
    return is_protected(place, kind, taking || !shell.taken.empty(), here);
  });
}

}  // namespace agentmesh::policy
