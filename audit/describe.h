// Records for people: one line in a list, or one fact per line. Nothing in a record can move the cursor or hide text.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::audit {

// The whole of `text` as base/printable.h spells it.
std::string visible(std::string_view text);

// "   17  2026-11-18 09:30:00.123  decision       deny   filesystem/read_file · paths.private …", without LF.
std::string describe_line(std::string_view line);

// One member per line, nested ones indented; ts also as a date.
std::string explain_record(std::string_view line);

}  // namespace agentmesh::audit
