// System places: the machine's own configuration, logs and kernel interfaces, and servers' own files. For sensitive.cc alone.
//
// The same names inside a project are that project's business: who asks has seen to it that the path is outside of them.
// Sources: FHS 3.0 for the trees, file-hierarchy(7), the manuals of the servers. `path` is absolute and in lower case, without a slash
// at its end; `name` is its last component.
// Cost: every list, in turn. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

bool is_system_place(std::string_view path, std::string_view name);

}  // namespace agentmesh::policy::scan
