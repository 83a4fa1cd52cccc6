// Only looks: whether the words that a tool hands to its program do nothing but look: kubectl_get {"args": ["pods", "-n", "x"]},
// terraform_show {"args": ["show", "-json"]}. For look_commands.cc: the name of such a tool says that it looks, and its program may do
// anything else as well.
//
// By lists: the first word is something that looks, or is looked at; of the options those that say how. What is on no list may name a
// file, a program or who asks, and looks at nothing. Pure function, any thread.

#pragma once

#include <string_view>
#include <vector>

namespace agentmesh::policy {

// Which of these the tool's name says its program is.
struct ProgramTool {
  explicit ProgramTool(std::string_view tool);

  bool shell;  // its first word is a command, or a place where one is run, whatever it is
  bool cluster;
  bool services;
};

// True also of no words, and of one number beside whatever tool. Never of a shell's words, beyond that.
bool only_looks(const ProgramTool& tool, const std::vector<std::string_view>& words);

}  // namespace agentmesh::policy
