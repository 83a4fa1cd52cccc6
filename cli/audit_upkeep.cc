#include "cli/audit_upkeep.h"

namespace agentmesh::cli {

audit::Options log_options(const Here& here, const std::string& log) {
  audit::Options options = here.settings.proxy.audit;
  if (!log.empty()) options.log = log;
  return options;
}

}  // namespace agentmesh::cli
