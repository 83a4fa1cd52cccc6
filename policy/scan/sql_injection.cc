// find_sql_injection: a short text, decoded, as if it stood inside a statement; sql_shapes.h knows what data does not look like.

#include <algorithm>

#include "policy/scan/decode.h"
#include "policy/scan/injected_text.h"
#include "policy/scan/padding.h"
#include "policy/scan/sql.h"
#include "policy/scan/sql_hints.h"
#include "policy/scan/sql_shapes.h"

namespace agentmesh::policy::scan {
namespace {

// Longer strings are documents and code, where SQL is quoted, not injected; shapes that need no context are looked for up to
// kMaxText.
constexpr size_t kMaxText = 4096;
constexpr size_t kMaxShort = 600;

// Quotes that readers and converters turn into ' and ".
std::string plain_quotes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    switch (point.value) {
      case 0x2018:
      case 0x2019:
      case 0x2032:
      case 0xB4:
      case 0x2BC:
      case 0xFF07: out += '\''; break;
      case 0x201C:
      case 0x201D:
      case 0x2033:
      case 0xFF02: out += '"'; break;
      default: out.append(text, i, point.bytes);
    }
    i += point.bytes;
  }
  return out;
}

// The text without what escapes and look-alikes hide; `room` holds it where that is another one.
std::string_view uncovered(std::string_view text, std::string& room) {
  const std::string_view decoded = without_escapes(text, room);
  if (is_plain(decoded)) return decoded;
  return room = fold(plain_quotes(decoded)).text;
}

// 0 nothing, 1 likely, 2 sure.
int judge(std::string_view text, Field field) {
  std::string room;
  const std::string_view decoded = uncovered(text, room);
  const bool short_text =
      decoded.size() <= kMaxShort && (is_short(field) || !has_more_lines(decoded, 4));
  if (!short_text && !hints_at_sql(decoded)) return 0;
  const std::string lower = ascii_lower(decoded);
  const std::vector<Fragment> tokens = sql_fragments(lower);
  if (tokens.size() < 2) {
    // A name by itself is a word that somebody looks for, unless nobody but the database should.
    const std::string_view name = tokens.empty() ? std::string_view() : tokens[0].text;
    const bool inner = name.starts_with("xp_") || name.starts_with("sp_") ||
                       name.starts_with("pg_") || name == "information_schema";
    return inner && is_strong_sql_name(name) ? 1 : 0;
  }
  const int shapes = sql_shapes(tokens, short_text);
  return short_text ? std::max(shapes, sql_of_one_piece(tokens)) : shapes;
}

}  // namespace

void find_sql_injection(std::string_view text, std::vector<Hit>& hits, Field field) {
  std::string room;
  if (text.size() > kMaxShort) text = without_padding(text, kMaxText, room);
  if (text.size() < 3) return;
  int verdict = text.size() <= kMaxText ? judge(text, field) : 0;
  if (is_short(field) && text.size() > kMaxShort)
    verdict = std::max({verdict, judge(text.substr(0, kMaxShort), field),
                        judge(text.substr(text.size() - kMaxShort), field)});
  if (verdict > 0)
    add_hit(hits, {"sql.injection", verdict > 1 ? Severity::kHigh : Severity::kMedium});
}

}  // namespace agentmesh::policy::scan
