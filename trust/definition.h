// Definition: what a server says about a tool, brought into one form, hashed, compared, and shown to a person.
//
// Texts come from servers: everything shown goes through printable() first.
// Thread: pure functions. Cost: linear in the text (sorting aside), whatever its nesting; nothing recursive on it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace agentmesh::trust {

// A value in one form: keys sorted and strings escaped as RFC 8785, no white space, numbers as spelled. `value` is part
// of a text that json::Reader accepted. Of a repeated key every occurrence stays, in the order of the text.
std::string canonical(json::View value);

// What can be pinned.
enum class PinKind : uint8_t { kTool, kPrompt, kResource, kInstructions, kCommand };
std::string_view to_string(
    PinKind kind);  // "tool", "prompt", "resource", "instructions", "command"
std::optional<PinKind> pin_kind_of(std::string_view name);

// The part of a definition that a pin covers, in canonical form: one object with those present of name, title,
// description, inputSchema, outputSchema, annotations, execution (a prompt: name, title, description, arguments; a resource
// or template: name, title, description, uri, uriTemplate, mimeType, annotations); not `_meta`, not icons (trust.md, Pins).
// What is no object: itself. A member given twice is in it twice.
std::string pinned_form(PinKind kind, json::View definition);

// SHA-256 of a form, 64 hex digits.
std::string definition_hash(std::string_view form);

struct Difference {
  std::vector<std::string> parts;  // names of the members that differ, sorted
  // The input schema accepts something it did not accept before (policy.md, Exact points), or it changed in a way that
  // this comparison does not understand.
  bool wider = false;
};
// Both in the form above.
Difference compare(std::string_view old_form, std::string_view new_form);

// The difference for a person, a line each, "- " what was and "+ " what is:
//     - inputSchema.properties.path.type: "string"
//     + description: "Reads a file."
// All of it: whoever has read it knows the new form, but for what is as it was. (No two places are spelled alike, and texts are
// spelled as JSON; of a text that begins as before only the rest is shown.)
std::string readable_difference(std::string_view old_form, std::string_view new_form);

// True if `new_schema` may accept what `old_schema` did not.
bool schema_is_wider(json::View old_schema, json::View new_schema);

// A text as it may be shown on a terminal: controls, invisible and reordering characters become \u{XX}; at most
// `max_bytes` of the text, then "…".
std::string printable(std::string_view text, size_t max_bytes = 4096);

}  // namespace agentmesh::trust
