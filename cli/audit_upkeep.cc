#include "cli/audit_upkeep.h"

namespace agentmesh::cli {

audit::Options log_options(const Here& here, const std::string& log) {
  audit::Options options = here.settings.proxy.audit;
  if (log.empty()) return options;
  options.log = log;
  options.log_words = log_words(log);
  return options;
}

}  // namespace agentmesh::cli
