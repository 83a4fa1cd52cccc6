// Exceptions: what people allowed for a while (`agentmesh allow`), as a session looks it up.
//
// Thread: one. Cost: a look at each exception of this server, and only for a call that is about to be denied.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "policy/input.h"
#include "trust/allowance.h"

namespace agentmesh::proxy {

class Exceptions {
 public:
  // All of the machine's, as the store has them. Not during a judgement: pointers from find() die.
  void replace(const std::vector<trust::Allowance>& all, std::string_view server);
  bool empty() const { return kept_.empty(); }
  // The one that holds now for this call; null: none.
  const policy::Exemption* find(std::string_view tool, json::View args, int64_t now_us) const;

 private:
  struct Kept {
    trust::Allowance allowance;
    policy::Exemption exemption;
  };
  std::vector<Kept> kept_;
};

}  // namespace agentmesh::proxy
