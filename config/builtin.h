// What is compiled in: the presets (presets/*.yaml) and the library files that policies can extend (library/*.yaml), as they
// stand in the source tree.

#pragma once

#include <span>
#include <string_view>

namespace agentmesh::config {

struct Builtin {
  std::string_view name;  // "strict"
  std::string_view file;  // "strict.yaml"
  std::string_view text;
};
std::span<const Builtin> presets();
std::span<const Builtin> library();
// The JSON Schema (draft 7) of a policy file.
std::string_view policy_schema();

}  // namespace agentmesh::config
