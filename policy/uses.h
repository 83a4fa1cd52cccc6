// Uses: what a call does with the path of an argument, by the kind of the call, the tool's name and the argument's key. For
// argument_paths.cc and realms.cc.
//
// Pure functions, any thread.

#pragma once

#include <string_view>

#include "policy/rules.h"
#include "policy/scan/paths.h"

namespace agentmesh::policy {

// True if the tool's name says that it reads or writes files.
bool is_file_tool(std::string_view tool);

// By the kind of the call, and under keys that say where something goes.
scan::Use use_by_kind(Kind kind, std::string_view key);
// The same, where what no key calls a path is written to nowhere (the value of a setting), and what is a program by its key is run
// ("shell", "entrypoint", "pythonPath") and a certificate read, unless the tool is one for files, or puts something in the place of
// another, or has the word in its own name (generate_ssl and "ssl_path"). What a link leads to is only read.
// `names_path`: the key of the argument, or the policy, says that it is one. `has_source`: another says what a link leads to.
scan::Use use_of(Kind kind, std::string_view tool, std::string_view key, bool names_path,
                 bool has_source);

}  // namespace agentmesh::policy
