// The version this binary was built as: "0.1.0".

#pragma once

#include <string_view>

namespace agentmesh {

extern const std::string_view kVersion;

}  // namespace agentmesh
