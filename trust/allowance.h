// Allowance: an exception that a person made for one tool of one server (`agentmesh allow`), kept until it ends.
//
// It lies in state.db under a seal (state_key.h): a row that was edited by hand allows nothing. What it may lift is the
// policy's to say (policy/input.h, Exemption).
// Thread: values.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace agentmesh::trust {

struct Allowance {
  std::string id;  // 8 hex digits
  std::string server;
  std::string tool;
  std::string args;      // canonical JSON (definition.h): exactly these arguments; "" any
  int64_t until_us = 0;  // wall clock; 0: until somebody ends it
  std::string why;
  std::string by;  // "uid:1000"
  int64_t at_us = 0;

  bool holds_at(int64_t now_us) const { return until_us == 0 || now_us < until_us; }
  // `arguments` as a call has them; none at all are the empty object.
  bool fits(std::string_view called_server, std::string_view called_tool,
            json::View arguments) const;
};

}  // namespace agentmesh::trust
