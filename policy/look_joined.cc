// Paths that stand in several places of a call (joined_paths.h), held against what protects itself and against roots.

#include <algorithm>

#include "policy/joined_paths.h"
#include "policy/look.h"
#include "policy/roots.h"
#include "policy/scan/paths.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

// Directories whose links are followed for what stands behind them, and how many texts are followed behind them.
constexpr size_t kMaxDirectories = 16;
constexpr size_t kMaxFollowed = 4096;
constexpr size_t kMaxWords = 1024;  // of commands

bool is_base(const Surroundings& here, const std::string& path) {
  return path == here.working_directory || scan::is_among(here.derived_roots, path);
}

// The directories that the arguments name, as they really are.
std::vector<std::string> all_directories(const Input& input, const Seen& seen) {
  std::vector<std::string> out;
  for (size_t i = 0; i < seen.part_count; ++i) {
    const Seen::Part& part = seen.part(i);
    if (!part.is_path || !part.directory) continue;
    for (const Seen::PathText& at :
         seen.paths_at(static_cast<size_t>(part.raw.data() - input.args.raw().data())))
      out.push_back(seen.paths[at.path]);
  }
  return out;
}

// The first of them, without those that relative paths are relative to anyway.
std::vector<std::string> named_directories(const Input& input, const Seen& seen) {
  std::vector<std::string> out;
  for (std::string& path : all_directories(input, seen))
    if (out.size() < kMaxDirectories && !is_base(*input.surroundings, path) &&
        !scan::is_among(out, path))
      out.push_back(std::move(path));
  return out;
}

bool begins_at_top(std::string_view text) { return text.starts_with('/') || text.starts_with('~'); }

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
    named = named || (part.is_path && part.directory);
    relative =
        relative || (part.is_path && part.raw.size() > 1 && !begins_at_top(part.raw.substr(1)));
  }
  if (!named || !relative) return;
  const std::vector<std::string> directories = named_directories(input, seen);
  if (directories.empty()) return;
  std::vector<scan::Hit> unused;
  std::string scratch;
  std::string path;
  size_t followed = 0;
  scan::PathReader reader(input.surroundings, seen.roots);
  const JoinedPaths protection(*input.surroundings);
  std::vector<bool> above;
  for (const std::string& directory : directories) above.push_back(protection.is_above(directory));
  // What stays below its directory is as harmless as that, which is judged by itself.
  const auto hide = [&](const std::string& leads, size_t below) {
    if (!leads.empty() && (above[below] || !scan::under(leads, directories[below])))
      seen.hidden_paths.push_back({leads, true, "arguments"});
  };
  for (size_t i = 0; i < seen.part_count; ++i) {
    const Seen::Part& part = seen.part(i);
    if (!part.is_path) continue;
    const std::string_view text = json::View(part.raw).string(scratch);
    if (begins_at_top(text) || text.size() > scan::kLongestPath) continue;
    for (size_t k = 0; k < directories.size(); ++k) {
      if (++followed > kMaxFollowed || reader.spent()) {
        // What is not followed leads out only by a link, unless it climbs.
        if (text.find("..") < text.size() && !seen.lost_path) {
          seen.lost_path = true;
          seen.lost_place = "arguments";
          inspection.add("path.too-many", Severity::kHigh, [] { return std::string("arguments"); });
        }
        continue;
      }
      path.assign(directories[k]).append("/").append(text);
      hide(reader.read(path, unused), k);
      for (const std::string& other : reader.others()) hide(other, k);
      unused.clear();
    }
  }
}

bool words_touch_behind(const Input& input, const Seen& seen, std::vector<std::string> entered) {
  if (seen.shell.words.empty()) return false;
  const Surroundings& here = *input.surroundings;
  std::erase_if(entered, [&here](const std::string& path) { return is_base(here, path); });
  for (std::string& directory : named_directories(input, seen))
    entered.push_back(std::move(directory));
  if (entered.empty()) return false;
  entered.resize(std::min(entered.size(), kMaxDirectories));
  std::vector<scan::Hit> unused;
  std::string path;
  scan::PathReader reader(&here);
  size_t followed = 0;
  const auto reaches = [&here](const std::string& place) {
    return is_protected(place, Kind::kExecute, false, here);
  };
  for (const std::string& word : seen.shell.words) {
    const std::string_view name = std::string_view(word).substr(word.find('=') + 1);
    if (name.find('/') == std::string_view::npos || begins_at_top(name)) continue;
    for (const std::string& directory : entered) {
      if (++followed > kMaxWords) return false;
      path.assign(directory).append("/").append(name);
      if (reaches(reader.read(path, unused))) return true;
      if (std::any_of(reader.others().begin(), reader.others().end(), reaches)) return true;
    }
  }
  return false;
}

bool joined_touch(const Input& input, const Seen& seen, std::vector<std::string> begins,
                  bool taking, bool& lost) {
  using Role = JoinedPaths::Role;
  const Surroundings& here = *input.surroundings;
  const scan::Shell& shell = seen.shell;
  if (seen.part_count + shell.words.size() < 2) return false;
  const auto climbs = [](std::string_view text) {
    return text.find("..") < text.size() || text.find('%') < text.size();
  };
  JoinedPaths joined(here);
  const auto above = [&joined](const std::string& path) { return joined.is_above(path); };
  for (std::string& directory : all_directories(input, seen))
    begins.push_back(std::move(directory));
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
  const Kind kind = shell.words.empty() ? seen.kind : Kind::kExecute;
  return std::any_of(places.begin(), places.end(), [&](const std::string& place) {
    return is_protected(place, kind, taking || !shell.taken.empty(), here);
  });
}

}  // namespace agentmesh::policy
