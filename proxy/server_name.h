// The name a server goes by when nobody gave it one: the first word of its command that is not a launcher.
//
// npx -y @modelcontextprotocol/server-filesystem /x → "filesystem". The rule is a contract (README, "The server's name").
// Pure function.

#pragma once

#include <span>
#include <string>

namespace agentmesh::proxy {

// `words` has at least one. Never empty: if nothing is left, the base name of words[0]. A secret among them is masked.
std::string server_name(std::span<const std::string> words);

}  // namespace agentmesh::proxy
