// Skeleton: which texts a person, or a careless reader of names, would take for one another.
//
// Every code point is one of four things here: ASCII (itself), invisible (nothing to see: controls, blanks, format and
// combining characters, fillers, private use), a known look-alike of one ASCII character (U+0430 and U+1D41A look like
// "a"), or unknown. Known look-alikes are what compatibility decomposition gives (Unicode, UAX #15) and letters of other
// scripts with the shape of a Latin one (the idea of UTS #39, with a table of our own).
//
// Pure functions, any thread. Text that is not UTF-8 is read byte by byte, each bad byte unknown.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace agentmesh {

// The code point at text[at], and `at` moved behind it. A byte that begins none gives U+FFFD and moves by one.
uint32_t next_code_point(std::string_view text, size_t& at);

// Nothing to see, or nothing that would make a name another one: U+0000 … U+0020, U+007F … U+00A0, every other blank,
// format, combining and variation character, tags, fillers, private use and noncharacters.
bool is_invisible(uint32_t code_point);

// The lower-case ASCII character that a code point looks like, 0 if none is known. ASCII gives itself, lower case; what
// looks like l, I, 1 or | gives 'l' beyond ASCII.
char looks_like(uint32_t code_point);

// The text as it looks: lower case, invisible characters gone, look-alikes replaced, l 1 | for i and 0 for o made one
// ('l', 'o'), "rn" and "vv" read as m and w; unknown characters kept. Two names with one skeleton are easily confused.
std::string skeleton(std::string_view text);

// Whether `text` could be read as `ascii` (printable ASCII): the same after lower case and without what is invisible, each
// character that is not ASCII standing for the one it looks like. One that is not known to look like it may stand for it
// too (no table of look-alikes is complete) if at least half of `ascii` is there in ASCII, or all but one character of
// four or more look right. Text in printable ASCII may differ by case only. A text is read as itself.
bool could_be_read_as(std::string_view text, std::string_view ascii);

}  // namespace agentmesh
