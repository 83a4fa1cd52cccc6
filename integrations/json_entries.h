// The servers of a JSON file, as its Fields say them (entries.h).

#pragma once

#include "integrations/entries.h"

namespace agentmesh::integrations {

Result<void> read_json_entries(Document& document);

}  // namespace agentmesh::integrations
