// System places: the machine's own files, and those of servers that run on it. For sensitive.cc and path_reader.cc.
//
// Only what an absolute path names counts, since the same names in a project or a home directory are somebody's work: of server
// software what lies in the system's trees (/etc, /var, /opt, /usr) or at the top of a disk (C:\xampp), and not the code of a program
// there (node_modules). Paths are in lower case and normal. Sources: FHS 3.0 for the trees, file-hierarchy(7), the servers' manuals.
// Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// `name`: the last component. `relative`: the path began at the working directory, which may be "/".
bool is_of_system(std::string_view path, std::string_view name, bool relative);

// Below its directory, on whatever disk.
bool is_of_windows(std::string_view path);
// At the top of a disk.
bool is_at_top(std::string_view path, std::string_view name);
// What anybody reads and writes, "/dev/null".
bool is_open_place(std::string_view path);
// What is read there in everyday work, "/etc/hosts".
bool is_everyday_place(std::string_view path);

}  // namespace agentmesh::policy::scan
