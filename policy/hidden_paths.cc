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

}  // namespace

bool names_guarded(const Surroundings& here, std::string_view text, int names) {
  const auto end_of = [names](std::string_view path) {
    size_t slash = path.rfind('/');
    for (int i = 1; i < names && slash > 0 && slash < path.size(); ++i)
      slash = path.rfind('/', slash - 1);
    return path.substr(slash + 1);
  };
  const auto named_in = [&](std::string_view where) {
    const auto named = [&](const std::string& path) { return holds(where, end_of(path)); };
    return std::any_of(here.unreadable_paths.begin(), here.unreadable_paths.end(), named) ||
           std::any_of(here.protected_paths.begin(), here.protected_paths.end(), named);
  };
  return named_in(text) || named_in(scan::fold(scan::decode_path(text).text).text) ||
         (holds(text, "\\") && named_in(scan::backslash_decode(text)));
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
