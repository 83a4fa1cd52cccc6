// Relaxed JSON: a text that is meant as JSON, as readers with more patience than RFC 8259 read it, in strict JSON. For look_inside.cc:
// what a server may unpack must not pass because we do not.
//
// Read as well: quotes of one stroke, keys without quotes, commas before a closing bracket, comments, NaN and other bare words (null),
// a byte order mark, controls behind the text, and JSON that was made a string once more. Of a text that is JSON nothing is changed.
// Cost: one pass, and one of the strict reader. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace agentmesh::policy {

// True if it begins with a bracket, behind blanks, a byte order mark and quotes, few of them.
bool may_be_json(std::string_view text);
// True if it begins as objects and lists of objects do, which no pattern and no label in brackets does: {"a", {'a, [{
bool is_meant_as_json(std::string_view text);
// Without blanks around it; nullopt: it is none, or deeper than `deepest`.
std::optional<std::string> relaxed_json(json::Reader& reader, std::string_view text,
                                        uint32_t deepest);

}  // namespace agentmesh::policy
