// Shell places: what a word of a command line would hit. For shell.cc alone. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// Places whose loss is the machine's or the person's: /, ~, system directories, whole drives, with or without /*.
bool is_system_place(std::string_view target);
bool is_disk(std::string_view target);

}  // namespace agentmesh::policy::scan
