// What was meant by a word that nothing is called.
//
// Pure functions, any thread.

#pragma once

#include <string_view>
#include <vector>

namespace agentmesh::config {

// The nearest of `words` to `word`, if near enough to be what was meant; else "".
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace agentmesh::config
