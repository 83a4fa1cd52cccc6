#include "policy/scan/paths.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/path_readings.h"
#include "policy/scan/path_spelling.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

template <size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return is_among(words, word);
}

enum class KeyKind { kNone, kWeak, kStrong };

KeyKind key_kind(std::string_view key) {
  constexpr std::array<std::string_view, 22> kStrong = {
      "path",     "paths",     "file", "files",    "filename",  "filenames",
      "filepath", "filepaths", "dir",  "dirs",     "directory", "directories",
      "folder",   "folders",   "cwd",  "pathname", "dirname",   "workdir",
      "dirpath",  "rootdir",   "dst",  "src"};
  constexpr std::array<std::string_view, 12> kWeak = {
      "source", "destination", "target", "dest", "from",     "to",
      "old",    "new",         "uri",    "root", "location", "output"};
  constexpr std::array<std::string_view, 20> kNever = {
      "content",   "contents",   "type",  "count",   "size", "format",   "description",
      "id",        "pattern",    "text",  "json",    "mode", "encoding", "hash",
      "extension", "extensions", "title", "summary", "data", "body"};
  // "content_path" is a path, "file_content" is none: of what says yes and what says no the last counts.
  KeyKind kind = KeyKind::kNone;
  bool never = false;
  (void)any_word(key, [&](std::string_view word) {
    if (contains(kNever, word)) {
      never = true;
    } else if (contains(kStrong, word)) {
      kind = KeyKind::kStrong;
      never = false;
    } else if (kind == KeyKind::kNone && contains(kWeak, word)) {
      kind = KeyKind::kWeak;
    }
    return false;
  });
  return never ? KeyKind::kNone : kind;
}

bool has_up_segment(std::string_view text) {
  if (text.find('.') == std::string_view::npos && text.find('%') == std::string_view::npos &&
      is_plain(text))
    return false;
  const PathSpelling path = decode_path(text);
  size_t begin = 0;
  while (begin <= path.text.size()) {
    size_t end = path.text.find('/', begin);
    if (end == std::string::npos) end = path.text.size();
    const Segment kind = segment_kind(std::string_view(path.text).substr(begin, end - begin),
                                      end == path.text.size());
    const bool alone = begin == 0 && end == path.text.size();
    if ((kind == Segment::kUp || kind == Segment::kUpInDisguise) && !alone) return true;
    begin = end + 1;
  }
  return false;
}

// As it stands: one line, and short enough to be opened.
bool has_shape_of_path(std::string_view text) {
  if (text.empty() || text.size() > kLongestPath || text.find('\n') != std::string_view::npos)
    return false;
  if (has_other_scheme(text)) return false;
  if (path_begins(text, "file:") || path_begins(text, "./") || path_begins(text, "../") ||
      path_begins(text, ".\\") || path_begins(text, "..\\") || text == ".." ||
      path_begins(text, "~/") || text == "~")
    return true;
  if (text[0] == '/') {
    if (text.size() == 1 || text[1] == ' ') return text.size() == 1;
    // "/gif cat party" and "/s" are chat commands and flags, "//" a comment: a path has no space in its first segment
    // unless it goes on.
    if (text.substr(0, 2) == "//" && text.find(' ') != std::string_view::npos) return false;
    const size_t space = text.find(' ');
    return space == std::string_view::npos || text.find('/', 1) != std::string_view::npos;
  }
  if (text.size() >= 3 && is_of(text[0], kAlphaByte) && text[1] == ':' &&
      (text[2] == '\\' || text[2] == '/'))
    return true;
  if (text.substr(0, 2) == "\\\\" && text.size() > 3) return true;
  return text.find(' ') == std::string_view::npos && has_up_segment(text);
}

// `text` of the following is not empty.

// True if the text begins as a path may, or with a word and a slash.
bool begins_as_path(std::string_view text) {
  if (std::string_view("/.~").find(text.front()) != std::string_view::npos) return true;
  if (has_other_scheme(text)) return true;
  const std::string_view first = text.substr(0, text.find('/'));
  return first.size() < text.size() && std::all_of(first.begin(), first.end(), [](char c) {
           return is_of(c, kAlphaByte | kDigitByte) ||
                  std::string_view("-_.\r\n").find(c) != std::string_view::npos;
         });
}

bool climbs(std::string_view text) {
  const auto has = [text](std::string_view part) { return text.find(part) < text.size(); };
  return has("..") || (has("%") && (has("%2e") || has("%2E") || has("%25")));
}

// What a reader that normalises is left with, of a text that as it stands is too long for a path, has more lines, blanks or a
// scheme: "/x\n/../etc/shadow", a thousand slashes. "" if nothing would be left out. Code, which quotes its paths, is none.
std::string normalised(std::string_view text) {
  if (!begins_as_path(text)) return {};
  const bool climbing = climbs(text);
  if (!climbing && text.size() <= kLongestPath) return {};
  if (text.size() > kLongestPath && text.find('/') == std::string_view::npos) return {};
  std::string decoded;
  if (climbing && text.size() <= kLongestSpelling &&
      text.find_first_of("%\\") != std::string_view::npos) {
    decoded = decode_path(text).text;
    text = decoded;
  }
  const size_t line = text.rfind('\n');
  // A name with a line end goes only by a ".." behind it.
  if (line != std::string_view::npos && text.find("/..", line) == std::string_view::npos) return {};
  const size_t last = text.rfind("/..");
  if (last != std::string_view::npos &&
      text.substr(0, last).find_first_of("\"'`") != std::string_view::npos)
    return {};
  std::string left = collapsed(text, kLongestPath);
  // However far it climbs, above the top it does not get.
  if (left.size() > kLongestPath && left.starts_with("../../"))
    left.erase(0, left.rfind("../../") + 3);
  return left.size() < text.size() ? left : std::string();
}

// Without what is put around a path: quotes that are the only ones, blanks of other scripts, and escapes of all of it.
std::string bare(std::string_view text) {
  std::string out;
  if (text.front() == '%' && text.size() <= kLongestSpelling) out = decode_path(text).text;
  if (text.front() == '"' || text.front() == '\'')
    if (text.size() > 2 && text.back() == text.front() &&
        text.find(text.front(), 1) == text.size() - 1)
      out = text.substr(1, text.size() - 2);
  if (const std::string_view inside = without_blanks(text); inside.size() < text.size())
    out = inside;
  return std::string(trim_path(out));
}

}  // namespace

bool under(std::string_view path, std::string_view dir) {
  while (dir.size() > 1 && dir.back() == '/') dir.remove_suffix(1);
  if (dir == "/") return !path.empty() && path.front() == '/';
  return !dir.empty() && path.substr(0, dir.size()) == dir &&
         (path.size() == dir.size() || path[dir.size()] == '/');
}

bool looks_like_path(std::string_view text) {
  text = trim_path(text);
  if (text.empty()) return false;
  if (has_shape_of_path(text) || has_shape_of_path(normalised(text))) return true;
  const std::string inside = bare(text);
  return !inside.empty() && (has_shape_of_path(inside) || has_shape_of_path(normalised(inside)));
}

bool is_path_key(std::string_view key) { return key_kind(key) == KeyKind::kStrong; }

bool is_place_key(std::string_view key) { return key_kind(key) == KeyKind::kWeak; }

bool is_path(std::string_view key, std::string_view text) {
  if (has_shape_of_path(trim_path(text))) return true;
  const KeyKind kind = key_kind(key);
  if (kind == KeyKind::kStrong) return !trim_path(text).empty();
  if (looks_like_path(text)) return true;
  if (kind == KeyKind::kNone) return false;
  text = trim_path(text);
  return !text.empty() && text.size() <= kLongestPath && !has_other_scheme(text) &&
         text.find_first_of("\n :") == std::string_view::npos &&
         text.find('/') != std::string_view::npos;
}

}  // namespace agentmesh::policy::scan
