// Which word of a server's command is the script that its interpreter runs.
//
// The first word that is no option, as a rule. Which words belong to options is known of the common ones only, so one at which
// nothing lies is passed over. What lies there may be the server's to change: a file planted under the name of a later word
// ("serve") must not pass for the script where anything depends on it.
// Thread: any. Cost: a look at the disk for each word up to it.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace agentmesh::proxy {

struct ScriptWord {
  size_t at = 0;      // its place in the command; 0: there is none
  bool sure = false;  // right behind the interpreter; else it is one because something lies there
};
// node, python3.11, bash …: a command whose script decides what it does.
bool is_interpreter(std::string_view command);
// What lies there is a file, or a directory with a main file. None as well where the command is no interpreter's, or is given a
// module or a text to run (-m, -c, -e). `working_directory`: what the words are relative to.
ScriptWord script_word(std::span<const std::string> command, const std::string& working_directory);

}  // namespace agentmesh::proxy
