// Home places: files and directories that hold what somebody signs in with where they lie right in a home directory, and in a project
// are that project's business: .npmrc, .aws. For sensitive.cc and system_places.cc alone.
//
// Paths are in lower case and normal, or begin with "~". Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// The home directory that `path` is or lies in: "/home/ada", "c:/users/ada", "/root", "~"; "" if none.
std::string_view home_in(std::string_view path);

// True of "~/.npmrc", "~/.aws/x"; with `at_top` also of "/.npmrc": what lies at the top of a disk is in nobody's project.
bool is_home_secret(std::string_view path, bool at_top);

}  // namespace agentmesh::policy::scan
