#include "base/version.h"

namespace agentmesh {

const std::string_view kVersion = AGENTMESH_VERSION;

}  // namespace agentmesh
