#include "cli/trust_lines.h"

#include <utility>

#include "audit/layout.h"

namespace agentmesh::cli {

TrustLines trust_lines(const std::string& state_dir, const std::string& log) {
  return [directory = audit::log_directory(state_dir, log)](const auto& each) {
    return proxy::read_evidence(directory, each);
  };
}

}  // namespace agentmesh::cli
