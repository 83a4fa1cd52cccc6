// find_sql_injection: a short text, decoded, as if it stood inside a statement; sql_shapes.h knows what data does not look like.

#include <algorithm>

#include "policy/scan/decode.h"
#include "policy/scan/injected_text.h"
#include "policy/scan/sql.h"
#include "policy/scan/sql_hints.h"
#include "policy/scan/sql_shapes.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxText =
    4096;  // longer strings are documents and code, where SQL is quoted, not injected
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

}  // namespace

void find_sql_injection(std::string_view text, std::vector<Hit>& hits) {
  if (text.size() > kMaxText || text.size() < 3) return;
  std::string room;
  std::string_view decoded = without_escapes(text, room);
  if (!is_plain(decoded)) decoded = room = fold(plain_quotes(decoded)).text;
  const bool short_text = decoded.size() <= kMaxShort && !has_more_lines(decoded, 3);
  if (!short_text && !hints_at_sql(decoded)) return;
  const std::string lower = ascii_lower(decoded);
  const std::vector<Fragment> tokens = sql_fragments(lower);
  if (tokens.size() < 2) {
    if (tokens.size() == 1 && is_strong_sql_name(tokens[0].text) &&
        tokens[0].text.find('_') != std::string_view::npos)
      add_hit(hits, {"sql.injection", Severity::kMedium});
    return;
  }
  int verdict = sql_shapes(tokens, short_text);
  if (short_text) verdict = std::max(verdict, sql_of_one_piece(tokens));
  if (verdict > 0)
    add_hit(hits, {"sql.injection", verdict > 1 ? Severity::kHigh : Severity::kMedium});
}

}  // namespace agentmesh::policy::scan
