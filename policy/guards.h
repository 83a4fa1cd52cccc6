// Guards: what must be so for a condition to hold, read off its expression, so that most rules are never asked.
//
// `action.type == 'delete' && …` can only hold for deletes; `tool in ['a', 'b'] && …` only for those two. A part of an `&&`
// that is false makes the whole false, whatever fails beside it, so this loses nothing. Where nothing can be read off, the
// guard lets everything through.
// Thread and cost: pure functions, for load time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/cel/cel.h"

namespace agentmesh::policy {

using KindSet = uint16_t;  // bit: Kind
inline constexpr KindSet kAllKinds = (1U << 9U) - 1;

struct Guard {
  KindSet kinds = kAllKinds;                      // values of action.type for which it may hold
  std::optional<std::vector<std::string>> tools;  // the only tools for which it may hold
  bool needs_findings = false;                    // it cannot hold while `findings` is empty
};

Guard read_guard(const cel::Program& condition);

}  // namespace agentmesh::policy
