// Padding: what is put before an attack, or behind it, so that the text is longer than what is looked at.
//
// A text that nobody wrote: a unit of a few bytes over and over ("xxxx", "ab ab ab ", 1000 blanks), letters and digits without an
// end. Of each such run a little stays. Not found: padding that is written like a document.
// Cost: a look at every 64th byte; of a text that has padding, a pass that stops where more than `most` bytes are left. Pure
// functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// The text without most of its padding; `room` holds it where that is another one. What is left of it may be cut behind `most`
// bytes.
std::string_view without_padding(std::string_view text, size_t most, std::string& room);

}  // namespace agentmesh::policy::scan
