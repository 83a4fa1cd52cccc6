// Start places: what is run or obeyed at a start, a login, a commit. Who may write there runs code later. One list for paths and for
// command lines.
//
// Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// `path` as it is written: any case, slashes of either kind, relative or not.
bool is_start_place(std::string_view path);

// Directories of programs that others run by their names.
inline constexpr std::string_view kProgramPlaces[] = {
    "/bin", "/sbin",  "/usr/bin", "/usr/sbin",        "/usr/local/bin", "/usr/local/sbin",
    "/lib", "/lib64", "/usr/lib", "/opt/homebrew/bin"};

// Whether a place may end before `rest`: ".d", "-x", "_x" belong to it.
bool ends_place(std::string_view rest);

// True if `place`, one or more whole components ("/.config/fish"), stands in `path`, both in lower case.
bool holds_place(std::string_view path, std::string_view place);

}  // namespace agentmesh::policy::scan
