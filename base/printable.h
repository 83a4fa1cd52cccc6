// Text that somebody else wrote, as a person may be shown it: what moves a cursor, cannot be seen or turns the direction of
// reading is spelled out, and so is what is no UTF-8.
//
// Pure functions, any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace agentmesh {

// Controls (line ends too), format and variation characters, fillers, private use and noncharacters.
bool is_hidden_point(uint32_t code_point);

// "a\u{1B}[2J", "a\u{202E}b", "\x9B" for a byte that is none of UTF-8; "…" where it was cut.
std::string printable(std::string_view text, size_t max_bytes = 4096);
// The same of a text of several lines, uncut: line ends and tabs stay.
std::string printable_lines(std::string_view text);
// The same of a JSON text, uncut, in the spelling of JSON ("a\u202eb"): it means what it meant, but that a byte that is none of
// UTF-8 becomes "\ufffd".
std::string printable_json(std::string_view json);

}  // namespace agentmesh
