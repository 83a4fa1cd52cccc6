// Credential places: keys, tokens, histories, wallets and client configurations, wherever they lie, and what is run at every start.
// For sensitive.cc alone.
//
// Sources: FHS 3.0 for the trees, the manuals of the tools. `path` is absolute and in lower case, without a slash at its end; `name`
// is its last component.
// Cost: a look at each component's first letter, a few names of the same length. Pure functions, any thread, no allocation.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

bool is_credential_place(std::string_view path, std::string_view name);
// Shell start-up files and the like: what is run or obeyed at every start.
bool is_start_name(std::string_view name);

}  // namespace agentmesh::policy::scan
