// Spans: parts of a text by their bytes, places as people count them, and what stands between two values of a list.
//
// Pure functions, any thread.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "integrations/client.h"

namespace agentmesh::integrations {

// Bytes [begin, end) of a text.
struct Span {
  size_t begin = 0;
  size_t end = 0;

  size_t size() const { return end - begin; }
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
  bool operator==(const Span&) const = default;
};

struct Place {
  size_t line = 1;    // LF, CR LF and a lone CR end one
  size_t column = 1;  // in code points; a byte order mark is not counted
};
Place place_of(std::string_view text, size_t offset);
// "LINE:COLUMN: what".
tl::unexpected<Error> fail_at(std::string_view text, size_t offset, const std::string& what);
// Why `text` cannot be a file of any syntax here: UTF-16, or a byte that is not UTF-8.
Result<void> check_utf8(std::string_view text);

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
inline size_t behind_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
}

// The line that holds `offset`: where it begins (behind a byte order mark), and where its end of line stands (or the text's end).
size_t line_begin(std::string_view text, size_t offset);
size_t line_end(std::string_view text, size_t offset);
// The end of line that stands at `offset`: LF, CR LF or a lone CR; "" for none.
std::string_view end_of_line_at(std::string_view text, size_t offset);

// Between two values: where its comma stands (comments skipped), if there is one; and whether it holds a comment.
struct Gap {
  std::optional<size_t> comma;
  bool comment = false;
};
Gap gap_in(std::string_view text, Syntax syntax, Span between);

}  // namespace agentmesh::integrations
