// Relaxed tokens: what JSON's patient readers take for a comment, for a constant, for the front of a text. For relaxed_json.cc.
//
// Pure functions, any thread; linear in what they pass over.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy {

bool begins_comment(std::string_view text, size_t at);
// Where the comment at `at` ends; `at`: there is none.
size_t comment_end(std::string_view text, size_t at);
// A comment is content to some readers: "a /*, path: x, b */". Without a comma it holds nothing of its own, unless
// it ends before that to some.
bool hides_something(std::string_view comment);

// U+2028 and U+2029, which end a line to readers of JavaScript alone.
bool begins_odd_line(std::string_view text);

// What Python puts in front of a text: r"", b'', Rb"".
bool is_text_prefix(std::string_view word);

// What a bare word is in JSON; "": a text.
std::string_view json_constant(std::string_view word);

// What stands in front of the first bracket or quote.
struct JsonFront {
  size_t begin = 0;        // of that
  bool to_bracket = true;  // a bracket comes, or a text in which there may be one
  bool odd = false;        // some readers find nothing in it, or something else
};
JsonFront json_front(std::string_view text);

}  // namespace agentmesh::policy
