// Names: what conditions call things. Their values are variables.h's.
//
// Thread: the environment is made once and shared.

#pragma once

#include <cstdint>

#include "policy/cel/cel.h"

namespace agentmesh::policy {

enum class Name : uint16_t {
  kTool,
  kServer,
  kMethod,
  kAgent,
  kTrust,
  kAction,
  kArgs,
  kFindings,
  kRoots,
  kPaths,
  kUrls,
  kSql,
  kShell,
  kData,
  kSession,
  kTime,
  kResult,
  kChanged,
  kDescription,
  kAnnotations,
};
inline constexpr size_t kNames = 20;
using NameSet = uint32_t;  // bit: Name
constexpr NameSet name_bit(Name name) { return 1U << static_cast<unsigned>(name); }

// Declared in the order of Name.
const cel::Environment& environment();

// The names an expression looks at.
NameSet names_read(const cel::Program& program);

}  // namespace agentmesh::policy
