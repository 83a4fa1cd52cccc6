// Names of commands, for the shell scanners alone. `word` is lower case, without directory.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// "/usr/bin/Rm.EXE" → "rm".
std::string command_name(std::string_view word);

bool is_plain_command(std::string_view word);  // no English word: "wget"
bool is_word_command(std::string_view word);   // also an English word: "sort"

}  // namespace agentmesh::policy::scan
