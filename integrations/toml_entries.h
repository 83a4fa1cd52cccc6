// The servers of a TOML file, as its Fields say them (entries.h).

#pragma once

#include "integrations/entries.h"

namespace agentmesh::integrations {

Result<void> read_toml_entries(Document& document);

}  // namespace agentmesh::integrations
