#include "policy/scan/paths.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "policy/scan/decode.h"
#include "policy/scan/path_spelling.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_word_char(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

// The words of "sourceFilePath" or "source-file_path", lower case, handed to `see`.
template <class See>
void for_words(std::string_view key, See see) {
  std::string word;
  for (size_t i = 0; i <= key.size(); ++i) {
    const char c = i < key.size() ? key[i] : '_';
    const bool upper = c >= 'A' && c <= 'Z';
    const bool starts = upper && i > 0 && !(key[i - 1] >= 'A' && key[i - 1] <= 'Z');
    if ((!is_word_char(c) || starts) && !word.empty()) {
      see(std::string_view(word));
      word.clear();
    }
    if (is_word_char(c)) word.push_back(lower(c));
  }
}

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
  KeyKind kind = KeyKind::kNone;
  bool never = false;
  for_words(key, [&](std::string_view word) {
    if (contains(kNever, word)) never = true;
    if (contains(kStrong, word)) kind = KeyKind::kStrong;
    if (kind == KeyKind::kNone && contains(kWeak, word)) kind = KeyKind::kWeak;
  });
  return never ? KeyKind::kNone : kind;
}

bool has_scheme(std::string_view text) {
  size_t i = 0;
  while (i < text.size() &&
         (is_word_char(text[i]) || text[i] == '+' || text[i] == '-' || text[i] == '.'))
    ++i;
  return i >= 2 && text.substr(i, 3) == "://" && !path_begins(text, "file:");
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

}  // namespace

bool under(std::string_view path, std::string_view dir) {
  while (dir.size() > 1 && dir.back() == '/') dir.remove_suffix(1);
  if (dir == "/") return !path.empty() && path.front() == '/';
  return !dir.empty() && path.substr(0, dir.size()) == dir &&
         (path.size() == dir.size() || path[dir.size()] == '/');
}

bool looks_like_path(std::string_view text) {
  text = trim_path(text);
  if (text.empty() || text.size() > 4096 || text.find('\n') != std::string_view::npos) return false;
  if (has_scheme(text)) return false;
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
  if (text.size() >= 3 && is_letter(text[0]) && text[1] == ':' &&
      (text[2] == '\\' || text[2] == '/'))
    return true;
  if (text.substr(0, 2) == "\\\\" && text.size() > 3) return true;
  return text.find(' ') == std::string_view::npos && has_up_segment(text);
}

bool is_path_key(std::string_view key) { return key_kind(key) == KeyKind::kStrong; }

bool is_path(std::string_view key, std::string_view text) {
  if (looks_like_path(text)) return true;
  const KeyKind kind = key_kind(key);
  if (kind == KeyKind::kNone) return false;
  text = trim_path(text);
  if (text.empty() || text.size() > 4096 || text.find('\n') != std::string_view::npos ||
      has_scheme(text))
    return false;
  if (kind == KeyKind::kStrong) return true;
  return text.find(' ') == std::string_view::npos && text.find('/') != std::string_view::npos &&
         text.find(':') == std::string_view::npos;
}

PathReader::PathReader(const Surroundings* surroundings, std::span<const std::string> roots)
    : surroundings_(surroundings), roots_(roots) {}

std::string PathReader::read(std::string_view text, std::vector<Hit>& hits) {
  PathSpelling path = decode_path(text);
  if (path.nul) add_hit(hits, {"path.nul", Severity::kHigh});
  strip_file_scheme(path.text);

  const auto in_roots = [&](std::string_view p) {
    return std::any_of(roots_.begin(), roots_.end(),
                       [&](const std::string& root) { return under(p, root); });
  };
  std::string_view home = surroundings_ != nullptr ? std::string_view(surroundings_->home) : "";
  if (home.empty()) home = "/home";
  std::string base = surroundings_ != nullptr ? surroundings_->working_directory : "";
  if (!roots_.empty() && (base.empty() || !in_roots(base))) base = roots_[0];
  if (base.empty()) base = "/";

  std::string out;  // without a trailing slash; "" stands for "/"
  std::string_view rest = path.text;
  bool relative = false;
  if (const std::string_view letter = path_drive(rest); !letter.empty()) {
    out = ascii_lower(letter);
    rest.remove_prefix(2);
  } else if (!rest.empty() && rest[0] == '~' &&
             (rest.size() == 1 || rest[1] == '/' ||
              (is_letter(rest[1]) && rest.find('/') != std::string_view::npos))) {
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view user = rest.substr(1, end - 1);
    out = user.empty()     ? std::string(home)
          : user == "root" ? "/root"
                           : "/home/" + std::string(user);
    rest.remove_prefix(end);
  } else if (rest.empty() || rest[0] != '/') {
    relative = true;
    out = base == "/" ? "" : base;
  }
  while (!out.empty() && out.back() == '/') out.pop_back();
  const std::string start = out;  // what a relative path must not leave

  bool left = false;       // was above where it began
  bool above_top = false;  // climbed over the top
  bool disguised = false;
  bool was_inside = relative;
  for (size_t begin = 0; begin <= rest.size();) {
    size_t end = rest.find('/', begin);
    if (end == std::string_view::npos) end = rest.size();
    const std::string_view segment = rest.substr(begin, end - begin);
    const Segment kind = segment_kind(segment, end == rest.size());
    begin = end + 1;
    if (kind == Segment::kHere) continue;
    if (kind == Segment::kName) {
      out += '/';
      out += segment.substr(0, segment.find('\0'));
      if (!roots_.empty() && in_roots(out)) was_inside = true;
      continue;
    }
    disguised = disguised || kind == Segment::kUpInDisguise || path.encoded;
    const size_t slash = out.rfind('/');
    if (slash == std::string::npos) {
      above_top = true;
    } else {
      out.erase(slash);
    }
    if (relative && (out.size() < start.size() || above_top)) left = true;
  }
  if (out.empty()) out = "/";
  if (relative && !under(out, start.empty() ? "/" : start)) left = true;
  const bool lands_inside = in_roots(out);
  const bool leaves = !roots_.empty()
                          ? (was_inside && !lands_inside && out.size() != 0 &&
                             (left || !relative) && rest.find("..") != std::string_view::npos)
                          : left;
  if (disguised || above_top || leaves) {
    add_hit(hits, {"path.traversal", Severity::kHigh});
  } else if (path.encoded) {
    add_hit(hits, {"path.encoded", Severity::kLow});
  }

  pieces(path.text, hits);
  const bool named = sensitivity_of(out, relative, base, hits);
  if (out[0] == '/' && surroundings_ != nullptr && surroundings_->resolve) {
    if (resolved_ >= kMaxResolved) {
      if (resolved_ == kMaxResolved) add_hit(hits, {"path.too-many", Severity::kMedium});
    } else if (Result<std::string> real = surroundings_->resolve(out); real) {
      if (*real != out && !named) (void)sensitivity_of(*real, false, base, hits);
      out = std::move(*real);
    } else {
      add_hit(hits, {"path.unresolved", Severity::kMedium});
    }
    ++resolved_;
  }
  return out;
}

// A path argument that is more than a path: a command line, an attribute, a form. What it names counts.
void PathReader::pieces(std::string_view text, std::vector<Hit>& hits) const {
  constexpr std::string_view kEnds = " \t\r\n\"'<>=;|&`()";
  if (text.size() > 4096 || text.find_first_of(kEnds) == std::string_view::npos) return;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of(kEnds, begin), text.size());
    const std::string_view piece = text.substr(begin, end - begin);
    begin = end + 1;
    if (end - piece.size() == 0 || piece.size() < 4) continue;
    if (piece.substr(0, 3) == "../") {
      add_hit(hits, {"path.traversal", Severity::kHigh});
    } else if (piece[0] == '/' && piece.find('/', 1) != std::string_view::npos) {
      const Sensitivity how = sensitivity(piece);
      if (how != Sensitivity::kNone)
        add_hit(hits, {"path.sensitive",
                       how == Sensitivity::kCredential ? Severity::kHigh : Severity::kMedium});
    }
  }
}

// True if `path` is sensitive; appends the hit.
bool PathReader::sensitivity_of(std::string_view path, bool relative, std::string_view base,
                                std::vector<Hit>& hits) const {
  const Sensitivity how = sensitivity(path);
  if (how == Sensitivity::kNone) return false;
  const bool at_home = under(path, base) && base != "/";
  const bool inside = std::any_of(roots_.begin(), roots_.end(),
                                  [&](const std::string& root) { return under(path, root); });
  if (how == Sensitivity::kSystem && ((relative && at_home) || at_home || inside)) return false;
  add_hit(hits, {"path.sensitive",
                 how == Sensitivity::kCredential ? Severity::kHigh : Severity::kMedium});
  return true;
}

}  // namespace agentmesh::policy::scan
