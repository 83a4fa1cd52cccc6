// JSON as people keep it in configuration files: where each value stands in the text, and nothing about what it means.
//
// Tolerated, because clients and people do: // and /* */ comments, trailing commas, a byte order mark, repeated keys (all
// are kept, in order). Not tolerated: single quotes, bare keys, NaN, anything else RFC 8259 does not allow. Depth at most
// 128. No tree is built: members() and elements() scan one level again when asked.
//
// Order: read() first; the text must outlive what it returns. Thread: a value, any. Cost: one pass for each call.
// Failure: a sentence with "LINE:COLUMN: " in front (from 1; columns in code points, the byte order mark not counted).

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "integrations/spans.h"

namespace agentmesh::integrations {

struct Member {
  Span key;  // a string, quotes included
  Span value;
};

class JsonSpans {
 public:
  static Result<JsonSpans> read(std::string_view text);

  std::string_view text() const { return text_; }
  // Nothing: the text is empty but for blanks and comments.
  std::optional<Span> root() const { return root_; }
  // What a strict reader would trip over first: the offset of a comment or of a trailing comma.
  std::optional<size_t> first_comment() const { return comment_; }
  std::optional<size_t> first_trailing_comma() const { return trailing_comma_; }

  // The first character tells: { [ " or something else.
  bool is_object(Span value) const { return text_[value.begin] == '{'; }
  bool is_array(Span value) const { return text_[value.begin] == '['; }
  bool is_string(Span value) const { return text_[value.begin] == '"'; }
  // A string's content, unescaped.
  std::string string(Span value) const;

  std::vector<Member> members(Span object) const;  // of an object of this text, in order
  std::vector<Span> elements(Span array) const;    // of an array of this text, in order

 private:
  explicit JsonSpans(std::string_view text) : text_(text) {}

  std::string_view text_;
  std::optional<Span> root_;
  std::optional<size_t> comment_;
  std::optional<size_t> trailing_comma_;
};

}  // namespace agentmesh::integrations
