// Relaxed JSON: a text that is meant as JSON, as readers with more patience than RFC 8259 read it, in strict JSON. For look_inside.cc:
// what a server may unpack must not pass because we do not.
//
// Read as well: quotes of one stroke and what Python puts in front of them, keys and values without quotes (JSON5, YAML in braces), escapes
// of JavaScript and Python, commas before a closing bracket, comments, NaN and its like (null), blanks of every script, a byte order
// mark, JSON that was made a string once more, and what stands behind a value: another one makes a list of them, and the rest is nobody's.
// Of a text that is JSON nothing is changed.
// Readers differ: what is a comment to one is a text to another, and what is spelled by tags, anchors, lines that go on or names of
// characters is read by few. Where such a thing stands the reading is one of several, and not certain.
// Cost: two passes, and three of the strict reader. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace agentmesh::policy {

// True if it begins with a bracket, behind blanks, comments, a few quotes and what begins a document or an expression.
bool may_be_json(std::string_view text);
// True if it begins as objects and lists of objects do, which no pattern and no label in brackets does: {"a", {'a, [{
bool is_meant_as_json(std::string_view text);

struct RelaxedJson {
  std::optional<std::string>
      json;                  // without blanks around it; nothing: it is none, or empty, or too deep
  bool too_deep = false;     // than `deepest`
  bool unread_list = false;  // there is something in a list, and it is no JSON to us
  bool certain = true;       // false: a reader may find something else in it
};
RelaxedJson relaxed_json(json::Reader& reader, std::string_view text, uint32_t deepest);

}  // namespace agentmesh::policy
