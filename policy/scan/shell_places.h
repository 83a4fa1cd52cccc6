// Shell places: what a word of a command line would hit. For shell.cc alone. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// Places whose loss is the machine's or the person's: /, ~, system directories, whole drives, with or without /*.
bool is_system_place(std::string_view target);
bool is_disk(std::string_view target);
// What a build makes and makes again, below where one is: build/, ./target/debug, packages/a/node_modules, dist/*.
bool is_made_by_build(std::string_view target);
// The file of the accounts' passwords, of this machine or of one that is mounted.
bool is_password_file(std::string_view path);

}  // namespace agentmesh::policy::scan
