// Params: `${name}` in the scalars of a library file, put in before anything is read.
//
// A file declares `params: {limit: "100/1m", dir:}` (name: default; nothing: must be given). Arguments are texts: they never
// become YAML structure, and in a condition only a quoted string or a number (inside a string of the condition: escaped).
// `${workspace}` belongs to `roots` and stays. A file without `params` is left as it is.
// Thread: any. Failure: unknown and missing parameters are errors at `with`, undeclared ones where they stand.

#pragma once

#include <string>
#include <vector>

#include "config/yaml.h"

namespace agentmesh::config {

void put_in_params(Node& root, const std::vector<Entry>& arguments, const Place& with,
                   Findings& out);

}  // namespace agentmesh::config
