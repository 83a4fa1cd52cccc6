#include "policy/scan/paths.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "policy/scan/decode.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word_char(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_prefix(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (size_t i = 0; i < prefix.size(); ++i)
    if (lower(text[i]) != prefix[i]) return false;
  return true;
}

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// ASCII that dots and slashes of other blocks stand for; "" for anything else.
std::string_view look_alike(uint32_t code_point) {
  switch (code_point) {
    case 0x2024:
    case 0xFF0E:
    case 0xFE52:
    case 0xFF61:
    case 0x3002:
    case 0xA4F8:
    case 0x0701:
    case 0x0702: return ".";
    case 0x2025: return "..";
    case 0x2026: return "...";
    case 0x2044:
    case 0x2215:
    case 0x29F8:
    case 0xFF0F:
    case 0x2571:
    case 0x27CB: return "/";
    case 0x2216:
    case 0x29F5:
    case 0x29F9:
    case 0xFE68:
    case 0xFF3C:
    case 0x20E5: return "\\";
    default: return {};
  }
}

// A path with its disguises taken off; '\\' has become '/'.
struct Decoded {
  std::string text;
  bool encoded = false;    // percent, overlong or look-alike forms, changed the text
  bool backslash = false;  // '\\' as separator
  bool nul = false;
};

void replace_look_alikes(Decoded& path) {
  if (std::none_of(path.text.begin(), path.text.end(),
                   [](char c) { return static_cast<uint8_t>(c) >= 0x80; }))
    return;
  std::string out;
  for (size_t i = 0; i < path.text.size();) {
    const CodePoint point = code_point_at(path.text, i);
    const std::string_view ascii =
        point.value >= 0x80 ? look_alike(point.value) : std::string_view();
    if (!ascii.empty() && ascii != "...") {
      out += ascii;
      path.encoded = true;
    } else {
      out.append(path.text, i, point.bytes);
    }
    i += point.bytes;
  }
  path.text = std::move(out);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// What old decoders made of bytes that UTF-8 does not allow: C0 or C1 and a byte whose low bits are a dot or a slash.
void replace_loose_bytes(Decoded& path) {
  std::string out;
  for (size_t i = 0; i < path.text.size(); ++i) {
    const auto lead = static_cast<uint8_t>(path.text[i]);
    char found = 0;
    if ((lead == 0xC0 || lead == 0xC1) && i + 1 < path.text.size()) {
      const auto next = static_cast<uint8_t>(path.text[i + 1]);
      for (const unsigned value :
           {unsigned{next}, next & 0x7FU, next & 0x3FU, ((lead & 1U) << 6U) | (next & 0x3FU)})
        if (value == '.' || value == '/' || value == '\\') found = static_cast<char>(value);
    }
    if (found == 0) {
      out.push_back(path.text[i]);
      continue;
    }
    out.push_back(found);
    path.encoded = true;
    ++i;
  }
  path.text = std::move(out);
}

// "..0x2f..0x2f", "0x2e0x2e0x5c", "..2f..2f": escapes without their mark.
void replace_bare_escapes(Decoded& path) {
  const std::string lower = ascii_lower(path.text);
  const auto has = [&](std::string_view part) { return lower.find(part) != std::string::npos; };
  if (has("..0x2f") || has("..0x5c") || has("0x2e0x2e") || has(".0x2e") || has("0x2e.")) {
    path.text = lower;
    replace_all(path.text, "0x2e", ".");
    replace_all(path.text, "0x2f", "/");
    replace_all(path.text, "0x5c", "/");
    path.encoded = true;
  } else if (has("..2f..2f") || has("..5c..5c") || lower.substr(0, 4) == "..2f" ||
             lower.substr(0, 5) == "/..2f") {
    path.text = lower;
    replace_all(path.text, "2f", "/");
    replace_all(path.text, "5c", "/");
    path.encoded = true;
  }
}

// A byte that no name holds next to "..": control, '%', a private-use character, what is no UTF-8.
bool is_odd_at(std::string_view text, size_t at) {
  if (at >= text.size()) return false;
  const CodePoint point = code_point_at(text, at);
  return point.value < 0x20 || point.value == '%' || point.value == 0xFFFD ||
         (point.value >= 0xE000 && point.value < 0xF900);
}

// ".." with such a character on one side and an end of a segment, or another such, on the other stands for "../".
void replace_odd_separators(Decoded& path) {
  for (size_t at = path.text.find(".."); at != std::string::npos;
       at = path.text.find("..", at + 2)) {
    const bool starts = at == 0 || path.text[at - 1] == '/' ||
                        static_cast<uint8_t>(path.text[at - 1]) >= 0x80 ||
                        path.text[at - 1] == '%' || at >= 3;
    if (!starts || path.text.substr(at, 3) == "..." || !is_odd_at(path.text, at + 2)) continue;
    if (at > 0 && is_word_char(path.text[at - 1]) && !path.encoded &&
        path.text.find("..", at + 3) == std::string::npos)
      continue;
    path.text.insert(at + 2, "/");
    if (at > 0 && path.text[at - 1] != '/') path.text.insert(at++, "/");
    path.encoded = true;
  }
}

Decoded decode(std::string_view text) {
  Decoded path;
  path.text = trim(text);
  for (const std::string_view loose :
       {"%c1%af", "%C1%AF", "%c1%AF"}) {  // by the letter an 'o'; meant as a slash
    if (path.text.find(loose) == std::string::npos) continue;
    replace_all(path.text, loose, "/");
    path.encoded = true;
  }
  for (int round = 0; round < 8; ++round) {
    Percent next = percent_decode(path.text);
    if (!next.changed && !next.overlong) break;
    path.text = std::move(next.text);
    path.encoded = true;
  }
  replace_look_alikes(path);
  if (!is_utf8(path.text)) replace_loose_bytes(path);
  replace_bare_escapes(path);
  for (char& c : path.text) {
    if (c == '\\') {
      c = '/';
      path.backslash = true;
    }
  }
  replace_odd_separators(path);
  path.nul = path.text.find('\0') != std::string::npos;
  return path;
}

enum class Segment { kName, kHere, kUp, kUpInDisguise };

// What one segment means to some reader: "..", and what readers that trim, cut or strip make into "..".
Segment kind_of(std::string_view segment, bool last) {
  if (segment.empty() || segment == ".") return Segment::kHere;
  if (segment == "..") return Segment::kUp;
  const size_t parameter = segment.find(';');  // "..;": path parameters
  if (parameter != std::string_view::npos) segment = segment.substr(0, parameter);
  std::string bare;
  for (const char c : segment)
    if (static_cast<uint8_t>(c) > ' ' && c != '"' && c != '\'') bare.push_back(c);
  if (bare == "..") return Segment::kUpInDisguise;
  if (bare.size() >= 3 && bare.find_first_not_of('.') == std::string::npos &&
      (!last || bare.size() > 3))
    return Segment::kUpInDisguise;  // "....//": what is left after a naive filter took ".." and "/"
  return Segment::kName;
}

// "c:" of "c:/windows"; "" if the text has no drive.
std::string_view drive(std::string_view text) {
  return text.size() >= 2 && is_letter(text[0]) && text[1] == ':' &&
                 (text.size() == 2 || text[2] == '/')
             ? text.substr(0, 2)
             : std::string_view();
}

// Takes "file:" and an authority away; the rest begins with '/' or is relative.
bool strip_file_scheme(std::string& text) {
  for (const std::string_view scheme : {"file:", "local_file:", "url:file:"}) {
    if (!has_prefix(text, scheme)) continue;
    text.erase(0, scheme.size());
    if (text.compare(0, 2, "//") == 0) {
      const size_t slash = text.find('/', 2);
      const std::string_view host =
          std::string_view(text).substr(2, slash == std::string::npos ? slash : slash - 2);
      if (host.empty() || host == "localhost" || host == "127.0.0.1")
        text.erase(0, slash == std::string::npos ? text.size() : slash);
      else
        text.erase(0, 1);
    }
    if (text.size() > 3 && text[0] == '/' && !drive(std::string_view(text).substr(1)).empty())
      text.erase(0, 1);
    return true;
  }
  return false;
}

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
  return i >= 2 && text.substr(i, 3) == "://" && !has_prefix(text, "file:");
}

bool has_up_segment(std::string_view text) {
  if (text.find('.') == std::string_view::npos && text.find('%') == std::string_view::npos &&
      is_plain(text))
    return false;
  const Decoded path = decode(text);
  size_t begin = 0;
  while (begin <= path.text.size()) {
    size_t end = path.text.find('/', begin);
    if (end == std::string::npos) end = path.text.size();
    const Segment kind =
        kind_of(std::string_view(path.text).substr(begin, end - begin), end == path.text.size());
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
  text = trim(text);
  if (text.empty() || text.size() > 4096 || text.find('\n') != std::string_view::npos) return false;
  if (has_scheme(text)) return false;
  if (has_prefix(text, "file:") || has_prefix(text, "./") || has_prefix(text, "../") ||
      has_prefix(text, ".\\") || has_prefix(text, "..\\") || text == ".." ||
      has_prefix(text, "~/") || text == "~")
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
  text = trim(text);
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
  Decoded path = decode(text);
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
  if (const std::string_view letter = drive(rest); !letter.empty()) {
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
    const Segment kind = kind_of(segment, end == rest.size());
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
