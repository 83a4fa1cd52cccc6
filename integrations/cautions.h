// Cautions: what wrapping means for an entry beyond its being governed, by its client's row in the table of client.cc.
//
// Pure functions, any thread. Cost: the entry's members, for each caution of its client.

#pragma once

#include <vector>

#include "integrations/entries.h"

namespace agentmesh::integrations {

// Those that hold for it, in the order of the table.
std::vector<const Caution*> cautions_of(const Client& client, const Entry& entry);

// Whether its client starts it on another machine: what is found here says nothing of it.
bool runs_elsewhere(const Client& client, const Entry& entry);

}  // namespace agentmesh::integrations
