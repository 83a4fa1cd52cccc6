// Shown data: whether a text that is read as arguments shows the secrets and personal data in them. One that is spelled in escapes, or
// whose name is ("\u0070assword"), is found in the reading alone: what is masked where the text stands does not reach it.
//
// Cost: the scanners' over the text and over its reading without what they found, and a strict reader's. Pure, any thread.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"

namespace agentmesh::policy {

// True if the reading of `text`, masked where it shows a secret or personal data, holds none; false also if it cannot be read so.
bool shows_its_data(json::Reader& reader, std::string_view text, uint32_t deepest);

}  // namespace agentmesh::policy
