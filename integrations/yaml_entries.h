// The servers of a YAML file, as its Fields say them (entries.h).

#pragma once

#include "integrations/entries.h"

namespace agentmesh::integrations {

Result<void> read_yaml_entries(Document& document);

}  // namespace agentmesh::integrations
