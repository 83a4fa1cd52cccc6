// What may be written down, or shown to a person, of a name and of an id (as it was spelled: JSON): the secrets in it are masked.
//
// Pure functions. Cost: none for what is shorter than any secret.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::proxy {

std::string public_name(std::string_view name);
std::string public_id(std::string_view raw);

}  // namespace agentmesh::proxy
