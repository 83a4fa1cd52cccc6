// Shapes: entries that say in another way what they start, told as if they had `command` and `args`.
//
//     opencode, Kilo Code   "command": ["npx", "-y", "a"], "environment": {…}
//     Goose                 cmd: npx, args: [-y, a], envs: {…}, uri: …
//     Zed, once             "command": {"path": "npx", "args": ["-y", "a"], "env": {…}}
//
// Pure function. Cost: linear in the entry. Failure: none; what is of no known shape stays as it is read.

#pragma once

#include "integrations/entries.h"

namespace agentmesh::integrations {

// Spans stay those of the file. Where both are one list, Entry::one_list is set; of what stood in a map of its own, Field::map says
// that: layout.h minds them.
void tell_as_command_and_args(const Client& client, Entry& entry);

}  // namespace agentmesh::integrations
