#include "policy/scan/path_spelling.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

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

void replace_look_alikes(PathSpelling& path) {
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
  size_t at = text.find(from);
  if (at == std::string::npos) return;
  std::string out;
  size_t copied = 0;
  for (; at != std::string::npos; at = text.find(from, copied)) {
    out.append(text, copied, at - copied).append(to);
    copied = at + from.size();
  }
  text = std::move(out.append(text, copied));
}

// What old decoders made of bytes that UTF-8 does not allow: C0 or C1 and a byte whose low bits are a dot or a slash.
void replace_loose_bytes(PathSpelling& path) {
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
void replace_bare_escapes(PathSpelling& path) {
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
void replace_odd_separators(PathSpelling& path) {
  const std::string& text = path.text;
  std::string out;
  size_t copied = 0;
  for (size_t at = text.find(".."); at != std::string::npos; at = text.find("..", at + 2)) {
    const char before = at == 0 ? '/' : at == copied ? out.back() : text[at - 1];
    const bool starts =
        before == '/' || static_cast<uint8_t>(before) >= 0x80 || before == '%' || at >= 3;
    if (!starts || text.compare(at, 3, "...") == 0 || !is_odd_at(text, at + 2)) continue;
    if (at > 0 && is_of(before, kAlphaByte | kDigitByte) && !path.encoded &&
        text.find("..", at + 3) == std::string::npos)
      continue;
    out.append(text, copied, at - copied);
    if (before != '/') out += '/';
    out += "../";
    copied = at + 2;
    path.encoded = true;
  }
  if (copied > 0) path.text = out.append(text, copied);
}

}  // namespace

bool path_begins(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (size_t i = 0; i < prefix.size(); ++i)
    if (lower(text[i]) != prefix[i]) return false;
  return true;
}

std::string_view trim_path(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

PathSpelling decode_path(std::string_view text) {
  PathSpelling path;
  path.text = trim_path(text);
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

Segment segment_kind(std::string_view segment, bool last) {
  if (segment.empty() || segment == ".") return Segment::kHere;
  if (segment == "..") return Segment::kUp;
  size_t dots = 0;
  for (const char c : segment) {
    if (c == ';') break;  // "..;": path parameters
    if (static_cast<uint8_t>(c) <= ' ' || c == '"' || c == '\'') continue;
    if (c != '.') return Segment::kName;
    ++dots;
  }
  // "....//": what is left after a naive filter took ".." and "/"
  if (dots == 2 || dots > 3 || (dots == 3 && !last)) return Segment::kUpInDisguise;
  return Segment::kName;
}

std::string_view path_drive(std::string_view text) {
  return text.size() >= 2 && is_of(text[0], kAlphaByte) && text[1] == ':' &&
                 (text.size() == 2 || text[2] == '/')
             ? text.substr(0, 2)
             : std::string_view();
}

bool has_other_scheme(std::string_view text) {
  size_t i = 0;
  while (i < text.size() && (is_of(text[i], kAlphaByte | kDigitByte) || text[i] == '+' ||
                             text[i] == '-' || text[i] == '.'))
    ++i;
  return i >= 2 && text.substr(i, 3) == "://" && !path_begins(text, "file:");
}

bool strip_file_scheme(std::string& text) {
  for (const std::string_view scheme : {"file:", "local_file:", "url:file:"}) {
    if (!path_begins(text, scheme)) continue;
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
    if (text.size() > 3 && text[0] == '/' && !path_drive(std::string_view(text).substr(1)).empty())
      text.erase(0, 1);
    return true;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
