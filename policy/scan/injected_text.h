// Injected text: a short argument as a program would see it that puts it into a statement or a command line. For sql_injection.cc and
// shell_injection.cc.
//
// Cost: a look for what may be escaped; a copy only where something is. Pure functions, any thread.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// The text with percent escapes, as of a form, and character references decoded once; `room` holds it where that is another one.
std::string_view without_escapes(std::string_view text, std::string& room);

// True if more lines than that have something in them: a document, or code.
bool has_more_lines(std::string_view text, size_t than);

}  // namespace agentmesh::policy::scan
