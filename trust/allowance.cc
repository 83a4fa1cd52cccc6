#include "trust/allowance.h"

#include "trust/definition.h"

namespace agentmesh::trust {

bool Allowance::fits(std::string_view called_server, std::string_view called_tool,
                     json::View arguments) const {
  if (server != called_server || tool != called_tool) return false;
  if (args.empty()) return true;
  return args == (arguments.is_object() ? canonical(arguments) : "{}");
}

}  // namespace agentmesh::trust
