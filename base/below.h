// Whether a path lies in a directory, by text alone: both absolute, without . and .. and doubled slashes.

#pragma once

#include <string_view>

namespace agentmesh {

// The directory itself counts; everything is below "/".
inline bool below(std::string_view path, std::string_view directory) {
  return path == directory || directory == "/" ||
         (path.size() > directory.size() && path.starts_with(directory) &&
          path[directory.size()] == '/');
}

}  // namespace agentmesh
