#include "policy/scan/path_readings.h"

#include <algorithm>

#include "base/bytes.h"
#include "policy/scan/decode.h"
#include "policy/scan/path_spelling.h"

namespace agentmesh::policy::scan {
namespace {

bool is_blank(uint32_t c) {
  return c <= ' ' || c == 0x7F || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000 || c == 0xFEFF;
}

// Where the code point begins that ends at `end`.
size_t last_begin(std::string_view text, size_t end) {
  size_t at = end - 1;
  while (at > 0 && end - at < 4 && (static_cast<uint8_t>(text[at]) & 0xC0U) == 0x80U) --at;
  return at;
}

// Steps. Each changes the text as one kind of reader does, or leaves it.

void trim(std::string& text) { text = std::string(without_blanks(text)); }

void unquote(std::string& text) {
  const auto quote = [](char c) { return c == '"' || c == '\'' || c == '`'; };
  const bool first = !text.empty() && quote(text.front());
  if (first) text.erase(0, 1);
  if (!text.empty() && quote(text.back())) text.pop_back();
}

// A URL parser takes tabs and line ends out, and control characters at the ends.
void join(std::string& text) {
  std::string joined = text;
  std::erase_if(joined, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  trim(joined);
  if (path_begins(joined, "file:")) text = std::move(joined);
}

void cut_query(std::string& text) {
  if (path_begins(text, "file:")) text.resize(std::min(text.find_first_of("?#"), text.size()));
}

void take_path_of_url(std::string& text) { (void)strip_file_scheme(text); }

// urlparse(…).path: whatever host it is.
void drop_host(std::string& text) {
  if (!path_begins(text, "file://")) return;
  text.erase(0, std::min(text.find('/', 7), text.size()));
}

void decode_once(std::string& text) {
  Percent next = percent_decode(text);
  if (next.changed || next.overlong) text = std::move(next.text);
}

void decode_again(std::string& text) {
  for (int round = 0; round < 8; ++round) {
    Percent next = percent_decode(text);
    if (!next.changed && !next.overlong) return;
    text = std::move(next.text);
  }
}

void fold_look_alikes(std::string& text) {
  Folded folded = fold(text);
  if (folded.changed) text = std::move(folded.text);
}

void turn_backslashes(std::string& text) { std::replace(text.begin(), text.end(), '\\', '/'); }

void cut_at_nul(std::string& text) { text.resize(std::min(text.find('\0'), text.size())); }

// What variables usually say of where files lie, in lower case.
struct Variable {
  std::string_view name;
  std::string_view place;
};
constexpr Variable kVariables[] = {
    {"home", "~"},
    {"userprofile", "~"},
    {"userhome", "~"},
    {"homedrive%%homepath", "~"},
    {"appdata", "~/AppData/Roaming"},
    {"localappdata", "~/AppData/Local"},
    {"xdg_config_home", "~/.config"},
    {"xdg_data_home", "~/.local/share"},
    {"xdg_state_home", "~/.local/state"},
    {"programdata", "/ProgramData"},
    {"systemroot", "/Windows"},
    {"windir", "/Windows"},
};

// The name in "$HOME", "${HOME}", "%HOME%", "$env:HOME", "${env:HOME}"; "" if it is none.
std::string_view variable_in(std::string_view text) {
  if (text.size() > 2 && text.front() == '%' && text.back() == '%')
    return text.substr(1, text.size() - 2);
  if (!text.starts_with('$')) return {};
  text.remove_prefix(1);
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  if (path_begins(text, "env:")) text.remove_prefix(4);
  return text;
}

void expand_variable(std::string& text) {
  const size_t end = std::min(text.find('/'), text.size());
  const std::string name = ascii_lower(variable_in(std::string_view(text).substr(0, end)));
  if (name.empty()) return;
  for (const Variable& variable : kVariables)
    if (name == variable.name) return void(text.replace(0, end, variable.place));
}

using Step = void (*)(std::string&);

}  // namespace

size_t blank_bytes(std::string_view text, size_t at) {
  if (static_cast<unsigned char>(text[at]) < 0x80)
    return is_blank(static_cast<unsigned char>(text[at])) ? 1 : 0;
  const CodePoint point = code_point_at(text, at);
  return is_blank(point.value) ? point.bytes : 0;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty()) {
    const CodePoint point = code_point_at(text, 0);
    if (!is_blank(point.value)) break;
    text.remove_prefix(point.bytes);
  }
  while (!text.empty()) {
    const size_t at = last_begin(text, text.size());
    if (!is_blank(code_point_at(text, at).value)) break;
    text = text.substr(0, at);
  }
  return text;
}

bool has_one_form(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.front() == '~' || text.back() == ' ')
    return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c < ' ' || c >= 0x7F) return false;
    switch (c) {
      case '"':
      case '\'':
      case '`':
      case '%':
      case '$':
      case '\\':
      case ':':
      case ';': return false;
      case '.':
        if (i >= 2 && text[i - 1] == '.' && text[i - 2] == '.') return false;
        break;
      case ' ':
        if (text[i - 1] == '.' || text[i + 1] == '.') return false;
        break;
      default: break;
    }
  }
  return true;
}

PathForms path_forms(std::string_view text) {
  PathForms out;
  out.forms.emplace_back(text);
  if (has_one_form(text)) return out;
  constexpr Step kSteps[] = {trim,
                             unquote,
                             trim,
                             join,
                             cut_query,
                             take_path_of_url,
                             drop_host,
                             decode_once,
                             decode_again,
                             fold_look_alikes,
                             turn_backslashes,
                             expand_variable,
                             cut_at_nul};
  for (const Step step : kSteps) {
    const size_t before = out.forms.size();
    for (size_t i = 0; i < before; ++i) {
      std::string changed = out.forms[i];
      step(changed);
      if (changed == out.forms[i] ||
          std::find(out.forms.begin(), out.forms.end(), changed) != out.forms.end())
        continue;
      if (out.forms.size() == kMaxForms) {
        out.all = false;
        return out;
      }
      out.forms.push_back(std::move(changed));
    }
  }
  return out;
}

std::vector<std::string> absolute_forms(std::string_view form, const PathStarts& starts) {
  std::vector<std::string> out;
  if (form.starts_with('/')) {
    out.emplace_back(form);
    return out;
  }
  const bool names_user = form.size() > 1 && form.find('/') < form.size();
  if (form.starts_with('~') && (form.size() == 1 || names_user)) {
    const size_t end = std::min(form.find('/'), form.size());
    const std::string_view user = form.substr(1, end - 1);
    std::string start = user.empty()     ? std::string(starts.home)
                        : user == "root" ? "/root"
                                         : "/home/" + std::string(user);
    out.push_back(start.append(form.substr(end)));
  }
  for (const std::string& base : starts.bases) {
    std::string& absolute = out.emplace_back(base);
    absolute += '/';
    absolute += form;
  }
  return out;
}

std::string_view mounted(std::string_view text) {
  const auto begins = [text](std::string_view with) { return text.starts_with(with); };
  if (!begins("/") && !begins("./") && !begins("../") && !begins("~/")) return {};
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  std::string_view inner = text.substr(colon + 1);
  if (!inner.starts_with('/') || inner.find_first_of("%\\\n ") != std::string_view::npos ||
      inner.find("..") != std::string_view::npos)
    return {};
  if (const size_t options = inner.find(':'); options != std::string_view::npos) {
    const std::string_view words = inner.substr(options + 1);
    if (words.empty() || words.find_first_not_of("abcdefghijklmnopqrstuvwxyz,Z") < words.size())
      return {};
  }
  return text.substr(0, colon);
}

NormalForm normal_form(std::string_view absolute, bool disguised) {
  NormalForm out;
  out.path.reserve(absolute.size());
  for (size_t begin = 0; begin <= absolute.size();) {
    size_t end = begin;
    while (end < absolute.size() && absolute[end] != '/') ++end;
    const std::string_view segment = absolute.substr(begin, end - begin);
    const Segment kind = segment_kind(segment, end == absolute.size());
    begin = end + 1;
    out.disguise = out.disguise || kind == Segment::kUpInDisguise;
    if (kind == Segment::kHere) continue;
    if (kind == Segment::kUp || (disguised && kind == Segment::kUpInDisguise)) {
      const size_t slash = out.path.rfind('/');
      out.path.resize(slash == std::string::npos ? 0 : slash);
    } else {
      out.path += '/';
      out.path += segment;
    }
  }
  if (out.path.empty()) out.path.assign(1, '/');
  return out;
}

bool goes_back(std::string_view form) {
  if (form.find("..") == std::string_view::npos) return false;
  bool named = false;
  for (size_t begin = 0; begin <= form.size();) {
    const size_t end = std::min(form.find('/', begin), form.size());
    const std::string_view segment = form.substr(begin, end - begin);
    begin = end + 1;
    if (segment == "..") {
      if (named) return true;
    } else if (!segment.empty() && segment != ".") {
      named = true;
    }
  }
  return false;
}

std::string collapsed(std::string_view text, size_t enough) {
  const bool absolute = text.starts_with('/');
  const bool climbs = text.find("..") != std::string_view::npos;
  std::string out;
  size_t names = 0;  // of `out`, behind what climbs
  for (size_t begin = 0; begin < text.size() && (climbs || out.size() <= enough);) {
    begin = text.find_first_not_of('/', begin);
    if (begin == std::string_view::npos) break;
    const size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view segment = text.substr(begin, end - begin);
    begin = end;
    if (segment == ".") continue;
    if (segment == "..") {
      if (names > 0) {
        const size_t slash = out.rfind('/');
        out.resize(slash == std::string::npos ? 0 : slash);
        --names;
        continue;
      }
      if (absolute) continue;
    } else {
      ++names;
    }
    if (absolute || !out.empty()) out += '/';
    out += segment;
  }
  return out.empty() && absolute ? "/" : out;
}

}  // namespace agentmesh::policy::scan
