#include "base/yaml_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace agentmesh::yaml {

namespace {

constexpr size_t kNone = std::string_view::npos;

bool is_break(char c) { return c == '\n' || c == '\r'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Where the text's first line begins: behind a byte order mark, which takes no column.
size_t first_line(std::string_view text) { return text.starts_with("\xEF\xBB\xBF") ? 3 : 0; }

size_t line_begin(std::string_view text, size_t at) {
  const size_t first = first_line(text);
  while (at > first && !is_break(text[at - 1])) --at;
  return at;
}

size_t line_end(std::string_view text, size_t at) {
  while (at < text.size() && !is_break(text[at])) ++at;
  return at;
}

// Past blanks, ends of line and comments.
size_t skip_space(std::string_view text, size_t at) {
  for (; at < text.size(); ++at) {
    if (text[at] == '#') at = line_end(text, at);
    if (at < text.size() && !is_blank(text[at]) && !is_break(text[at])) break;
  }
  return std::min(at, text.size());
}

// The first byte of a line that is not a space; nothing if the line is blank.
std::optional<size_t> first_word(std::string_view text, size_t line) {
  const size_t end = line_end(text, line);
  if (std::all_of(text.begin() + static_cast<std::ptrdiff_t>(line),
                  text.begin() + static_cast<std::ptrdiff_t>(end), is_blank))
    return std::nullopt;
  return text.find_first_not_of(' ', line);
}

// "key: …", "key:" or "- …".
bool looks_like_an_entry(std::string_view line) {
  return line.starts_with("- ") || line == "-" || line.ends_with(':') || line.find(": ") != kNone;
}

// Whether a line, `column` bytes in, can belong to a key or dash `indent` bytes in.
bool belongs(std::string_view line, size_t column, size_t indent, Folds folds) {
  if (column == indent && folds == Folds::kAtKeyToo) return !looks_like_an_entry(line);
  return column > indent;
}

// A line within the quotes that does not belong to them.
std::optional<size_t> line_too_far_out(std::string_view text, size_t begin, size_t end,
                                       size_t indent, Folds folds) {
  for (size_t at = begin; at < end; ++at) {
    if (!is_break(text[at])) continue;
    const auto word = first_word(text, at + 1);
    if (!word || *word >= end) continue;
    const size_t line = std::min(line_end(text, *word), end);
    if (!belongs(text.substr(*word, line - *word), *word - (at + 1), indent, folds)) return *word;
  }
  return std::nullopt;
}

// How many spaces stand in front of `at` if nothing else does on its line.
std::optional<size_t> blanks_in_front(std::string_view text, size_t at) {
  const size_t first = first_line(text);
  size_t begin = at;
  while (begin > first && text[begin - 1] == ' ') --begin;
  if (begin > first && !is_break(text[begin - 1])) return std::nullopt;
  return at - begin;
}

size_t line_number(std::string_view text, size_t at) {
  return static_cast<size_t>(
             std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
         1;
}

// Where the document's own lines begin: behind "%YAML 1.2", "---" and comments, if that is how the text starts.
size_t behind_head(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const std::string_view line = text.substr(at, line_end(text, at) - at);
    const size_t next = std::min(at + line.size() + 1, text.size());
    if (line.starts_with("---")) return next;
    const bool passes = line.find_first_not_of(" \t") == kNone || line.starts_with('#') ||
                        line.starts_with("%YAML 1.");
    if (!passes) break;
    at = next;
  }
  return 0;
}

std::optional<Fault> character_fault(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with('\r') && !rest.starts_with("\r\n"))
    return Fault{at, "a carriage return that ends no line does not belong here"};
  for (const auto& [bytes, name] :
       {std::pair<std::string_view, std::string_view>{"\xC2\x85", "0085"},
        {"\xE2\x80\xA8", "2028"},
        {"\xE2\x80\xA9", "2029"},
        {"\xEF\xBB\xBF", "feff"}})
    if (rest.starts_with(bytes))
      return Fault{at, fmt::format("an invisible character (U+{}) does not belong here: in double "
                                   "quotes it is written \\u{}",
                                   name, name)};
  return std::nullopt;
}

}  // namespace

size_t behind_properties(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    while (at < text.size() && !is_blank(text[at]) && !is_break(text[at])) ++at;
    at = skip_space(text, at);
  }
  return std::min(at, text.size());
}

size_t end_of_quoted(std::string_view text, size_t at) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != '\'') return i + 1;
      ++i;
    }
  }
  return kNone;
}

size_t indent_of(std::string_view text, size_t at) { return at - line_begin(text, at); }

std::optional<size_t> indent_of_item(std::string_view text, size_t at) {
  while (at > 0 && (is_blank(text[at - 1]) || is_break(text[at - 1]))) --at;
  if (at == 0 || text[at - 1] != '-') return std::nullopt;
  return indent_of(text, at - 1);
}

std::optional<Fault> scalar_fault(std::string_view text, size_t at, std::optional<size_t> indent,
                                  Folds folds) {
  at = behind_properties(text, at);
  if (at >= text.size()) return std::nullopt;
  const auto in_front = blanks_in_front(text, at);
  if (indent && in_front &&
      !belongs(text.substr(at, line_end(text, at) - at), *in_front, *indent, folds))
    return Fault{at, "this stands no further in than the key or dash it belongs to"};
  if (text[at] != '"' && text[at] != '\'') return std::nullopt;
  const size_t end = end_of_quoted(text, at);
  if (end == kNone) return Fault{at, "this quote is never closed"};
  if (indent) {
    if (const auto word = line_too_far_out(text, at, end, *indent, folds))
      return Fault{at, fmt::format("this quote is not closed before line {}, which does not stand "
                                   "further in: is a quote missing?",
                                   line_number(text, *word))};
  }
  if (end < text.size() && text[end] == '#')
    return Fault{end, "a comment needs a blank in front of its #"};
  return std::nullopt;
}

std::optional<Fault> key_fault(std::string_view text, size_t at, std::string_view word) {
  const size_t begin = behind_properties(text, at);
  const bool is_quoted = begin < text.size() && (text[begin] == '"' || text[begin] == '\'');
  const size_t end = is_quoted ? end_of_quoted(text, begin) : begin + word.size();
  if (end > line_end(text, begin)) return Fault{at, "a key must stand whole on one line"};
  size_t colon = end;
  while (colon < text.size() && is_blank(text[colon])) ++colon;
  if (colon < text.size() && text[colon] == ':') return std::nullopt;
  return Fault{at, fmt::format("'{}' has no ': ' behind it", word)};
}

std::optional<Fault> line_fault(std::string_view text) {
  const size_t head = behind_head(text);
  for (size_t at = 0; at < text.size(); ++at) {
    if (auto fault = character_fault(text, at)) return fault;
    if (text[at] == '%' && at >= head && (at == 0 || is_break(text[at - 1])))
      return Fault{at, "a line that begins with % is a YAML directive: it would be skipped"};
  }
  return std::nullopt;
}

}  // namespace agentmesh::yaml
