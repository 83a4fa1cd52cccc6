// Diff: what an edit would do to a file, as a unified diff that patch(1) turns into the very bytes.
//
// Pure. Cost: linear in the text. A line ends at LF; what else is in it (CR, no LF at the end of the file) is kept.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "integrations/edits.h"

namespace agentmesh::integrations {

// `edits` sorted. "" if they change nothing. 3 lines of context; the file's name stands behind --- and +++.
std::string unified_diff(std::string_view file, std::string_view before,
                         const std::vector<Edit>& edits);

}  // namespace agentmesh::integrations
