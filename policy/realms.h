// Realms: where the path of an argument leads if not to a file of this machine, by what its key, those above it and the tool are
// called. For argument_paths.cc.
//
// Only what calms is decided here: which findings of a path count. Where a path leads is held against roots and self-protection
// whatever its realm. Nothing that the caller may add to a call at will lets a file of this machine through: a tool that is called like
// one for files takes none of these keys for something else, and an owner and a repository count for the tools that are known to mean
// them, with a relative path.
// Pure functions, any thread; asked only where a path has a finding.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "policy/walk.h"

namespace agentmesh::policy {

enum class Realm : uint8_t {
  kMachine,
  kContainer,  // mountPath, the target of a mount
  kCalledSo,   // a route of a web server, the prefix of names in a store, the value of a variable
  kStore,      // a repository elsewhere
};

Realm realm_of(const Walk& walk, std::string_view text, std::string_view tool, json::View args);

// True if the tool's name says that it reads or writes files.
bool is_file_tool(std::string_view tool);
// "shell", "entrypoint", "pythonPath": the program that runs, which nothing is written to.
bool is_program_key(std::string_view key);

}  // namespace agentmesh::policy
