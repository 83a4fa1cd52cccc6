#include "policy/hidden_paths.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/path_readings.h"
#include "policy/scan/path_spelling.h"

namespace agentmesh::policy {
namespace {

constexpr std::string_view kNotInNames = "\n\"'`";

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_plain_name(std::string_view name) {
  return name.size() > 1 && std::all_of(name.begin(), name.end(), [](char c) {
           return scan::is_of(c, scan::kNameByte) || c == '.';
         });
}

bool climbs(std::string_view text) {
  return holds(text, "..") || holds(text, "%2e") || holds(text, "%2E") || holds(text, "%25");
}

// Dots may be spelled otherwise.
bool is_disguised(std::string_view text) {
  return text.size() <= scan::kLongestPath && holds(text, "/") &&
         (holds(text, "%") || scan::find_wide(text, 0) < text.size());
}

// What a reader that normalises is left with; "" if that is no path either.
std::string left_of(std::string_view text) {
  std::string decoded;
  if (text.size() <= scan::kLongestSpelling && text.find_first_of("%\\") < text.size())
    decoded = scan::decode_path(text).text;
  std::string left =
      scan::collapsed(decoded.empty() ? text : std::string_view(decoded), scan::kLongestPath);
  // However far it climbs, above the top it does not get.
  if (left.size() > scan::kLongestPath && left.starts_with("../../"))
    left.erase(0, left.rfind("../../") + 3);
  return left.size() > scan::kLongestPath ? std::string() : left;
}

// True if what is left of a text leads to no file: to a name that is too long, or, of code that climbs by what it imports, to
// or through one with a line end inside, or to one with a quote inside.
bool leads_nowhere(std::string_view text, std::string_view left) {
  if (holds(text, std::string_view("\0", 1))) return false;
  if (scan::has_endless_name(left)) return true;
  if (!climbs(text)) return false;
  if (holds(scan::trim_path(left), "\n")) return true;
  const std::string_view last = scan::trim_path(left.substr(left.rfind('/') + 1));
  return last.size() > 2 &&
         last.substr(1, last.size() - 2).find_first_of(kNotInNames) < last.size();
}

// A text that begins at the top without climbing: a comment, a pattern and a chat command do so as well ("/* x */", "\bx\b").
bool begins_at_top(std::string_view text) {
  const char separator = text.front();
  size_t names = 0;
  for (size_t begin = 1; begin <= text.size(); ++names) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    if (!is_plain_name(text.substr(begin, end - begin))) break;
    begin = end + 1;
  }
  return names > (separator == '\\' ? 2 : 0);
}

// True if roots hold for where a text under a key like "source" leads. Code leads to what no file is called.
bool counts_for_roots(std::string_view text, std::string_view place, bool is_main) {
  const bool odd = place.find_first_of(kNotInNames) < place.size();
  if (climbs(text)) return !odd && (is_main || !holds(text, "\n"));
  if (text.front() == '/' || text.front() == '\\') return begins_at_top(text);
  return is_main || holds(place, "\n") || !holds(text, "\n");
}

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The directory of a path, "" of one at the top.
std::string_view directory_of(std::string_view path) {
  return path.substr(0, std::min(path.rfind('/'), path.size()));
}

// A text with its separators turned and without what leads nowhere: "a\\b", "a//b", "a/./b" and "a/x/../b" are "a/b".
std::string without_detours(std::string_view text) {
  constexpr size_t kLongestName =
      256;  // that is looked for behind a "..": file systems have no longer ones
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c != '/' && c != '\\') {
      out += c;
      continue;
    }
    if (out.ends_with("/.")) {
      out.pop_back();
    } else if (out.ends_with("/..")) {
      const std::string_view before = std::string_view(out).substr(0, out.size() - 3);
      const size_t from = before.size() - std::min(before.size(), kLongestName);
      const size_t slash = before.substr(from).rfind('/');
      if (slash < before.size()) out.resize(from + slash + 1);
    }
    if (!out.ends_with('/')) out += '/';
  }
  return out;
}

bool may_be_in_name(char c) { return scan::is_of(c, scan::kNameByte) || c == '.'; }

// True if `part` stands in the text and is no part of a longer name.
bool holds_name(std::string_view text, std::string_view part) {
  for (size_t at = text.find(part); at < text.size(); at = text.find(part, at + 1)) {
    const size_t end = at + part.size();
    if ((at == 0 || !may_be_in_name(text[at - 1])) &&
        (end == text.size() || !may_be_in_name(text[end])))
      return true;
  }
  return false;
}

// True if a text without detours has the last two names of a path in it, or the last one as it is spelled from where it lies. A bare
// name says enough if it is no word: ".mcp.json", and not "agentmesh".
bool names_place(const Surroundings& here, std::string_view text, std::string_view path) {
  const std::string_view directory = directory_of(path);
  const std::string_view name = last_name(path);
  if (name.empty()) return false;
  if (holds(text, path.substr(directory.substr(0, directory.rfind('/') + 1).size()))) return true;
  const auto spelled = [&](std::string_view from) {
    return holds(text, std::string(from).append(name));
  };
  if (directory == here.home && (spelled("~/") || spelled("$HOME/") || spelled("${HOME}/")))
    return true;
  if (directory == here.working_directory && spelled("./")) return true;
  return name.size() > 1 && name[0] == '.' && name.find('.', 1) < name.size() &&
         holds_name(text, name);
}

// Whether `named` holds for one of the paths that are guarded here.
template <class Named>
bool any_guarded(const Surroundings& here, Named named) {
  return std::any_of(here.unreadable_paths.begin(), here.unreadable_paths.end(), named) ||
         std::any_of(here.protected_paths.begin(), here.protected_paths.end(), named);
}

// Whether `named` holds for a text as it stands or decoded.
template <class Named>
bool any_reading(std::string_view text, Named named) {
  return named(text) || named(scan::fold(scan::decode_path(text).text).text) ||
         (holds(text, "\\") && named(scan::backslash_decode(text)));
}

}  // namespace

bool names_guarded(const Surroundings& here, std::string_view text) {
  return any_reading(text, [&here](std::string_view read) {
    return any_guarded(here,
                       [read](const std::string& path) { return holds(read, last_name(path)); });
  });
}

bool names_guarded_place(const Surroundings& here, std::string_view text) {
  return any_reading(text, [&here](std::string_view read) {
    const std::string plain = without_detours(read);
    return any_guarded(here,
                       [&](const std::string& path) { return names_place(here, plain, path); });
  });
}

bool HiddenPaths::is_guarded(std::string_view path, bool talk) const {
  const auto below = [path](const std::string& directory) { return scan::under(path, directory); };
  const auto& never_read = surroundings_->unreadable_paths;
  const auto& never_written = surroundings_->protected_paths;
  return std::any_of(never_read.begin(), never_read.end(), below) ||
         (!talk && std::any_of(never_written.begin(), never_written.end(), below));
}

std::vector<Seen::HiddenPath> HiddenPaths::read(std::string_view key, std::string_view text,
                                                bool talk) {
  std::vector<Seen::HiddenPath> out;
  spent_ = false;
  text = scan::trim_path(text);
  if (surroundings_ == nullptr || text.empty()) return out;
  const bool place = !talk && scan::is_place_key(key);
  const bool may_be = place || climbs(text) || text.front() == '/' || text.front() == '~' ||
                      holds(text, "\\") || is_disguised(text) ||
                      (text.size() > scan::kLongestPath && holds(text, "/"));
  if (!may_be) return out;
  const std::string left = left_of(text);
  if (left.empty() || leads_nowhere(text, left)) return out;
  const std::string_view read = text.size() <= scan::kLongestPath ? text : left;
  if (!place && !names_guarded(*surroundings_, read)) return out;
  std::vector<scan::Hit> unused;
  const auto add = [&](std::string path, bool is_main) {
    if (path.empty()) return;
    const bool for_roots = place && counts_for_roots(text, path, is_main);
    if (for_roots || is_guarded(path, talk)) out.push_back({std::move(path), for_roots, {}});
  };
  add(reader_.read(read, unused), true);
  for (const std::string& other : reader_.others()) add(other, false);
  spent_ = reader_.spent();
  return out;
}

}  // namespace agentmesh::policy
