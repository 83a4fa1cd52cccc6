#include "integrations/spans.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"

namespace agentmesh::integrations {
namespace {

bool is_break(char c) { return c == '\n' || c == '\r'; }

// The end of the comment that begins at `at`, its end of line not included; `at` if none begins there.
size_t skip_comment(std::string_view text, Syntax syntax, size_t at) {
  const std::string_view rest = text.substr(at);
  const bool to_the_end_of_line =
      syntax == Syntax::kJson ? rest.starts_with("//") : rest.starts_with('#');
  if (to_the_end_of_line) return std::min(text.find_first_of("\r\n", at), text.size());
  if (syntax != Syntax::kJson || !rest.starts_with("/*")) return at;
  const size_t end = text.find("*/", at + 2);
  return end == std::string_view::npos ? text.size() : end + 2;
}

}  // namespace

Place place_of(std::string_view text, size_t offset) {
  Place place;
  for (size_t i = behind_mark(text); i < offset && i < text.size(); ++i) {
    const bool breaks =
        text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
    if (breaks) {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {  // not inside a character
      ++place.column;
    }
  }
  return place;
}

tl::unexpected<Error> fail_at(std::string_view text, size_t offset, const std::string& what) {
  const Place place = place_of(text, offset);
  return fail(fmt::format("{}:{}: {}", place.line, place.column, what));
}

Result<void> check_utf8(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return fail_at(text, 0, "this file is UTF-16; it must be UTF-8");
  if (const size_t valid = valid_utf8_prefix(text); valid != text.size())
    return fail_at(text, valid, "this byte is not UTF-8");
  return {};
}

size_t line_begin(std::string_view text, size_t offset) {
  while (offset > 0 && !is_break(text[offset - 1])) --offset;
  return offset == 0 ? behind_mark(text) : offset;
}

size_t line_end(std::string_view text, size_t offset) {
  return std::min(text.find_first_of("\r\n", offset), text.size());
}

std::string_view end_of_line_at(std::string_view text, size_t offset) {
  const std::string_view rest = text.substr(std::min(offset, text.size()));
  if (rest.starts_with("\r\n")) return rest.substr(0, 2);
  return rest.substr(0, !rest.empty() && is_break(rest[0]) ? 1 : 0);
}

Gap gap_in(std::string_view text, Syntax syntax, Span between) {
  Gap gap;
  for (size_t at = between.begin; at < between.end;) {
    const size_t behind = skip_comment(text, syntax, at);
    if (behind != at) {
      gap.comment = true;
      at = behind;
      continue;
    }
    if (text[at] == ',' && !gap.comma) gap.comma = at;
    ++at;
  }
  return gap;
}

}  // namespace agentmesh::integrations
