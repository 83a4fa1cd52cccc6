// The path under which clients shall start us: the one we were called by, so that an upgrade behind a link survives.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/paths.h"

namespace agentmesh::integrations {

// `called`: argv[0], a path or a name found on PATH; made absolute, links kept, if it leads to `image` (the running
// program, absolute and without links); else the image. Error: the path holds $ or {, which clients expand.
Result<std::string> own_path(const std::string& called, const std::string& image,
                             const config::Environment& environment);

// The first program of that name on `path` (directories with : between); "" if there is none.
std::string find_program(const std::string& name, std::string_view path);

}  // namespace agentmesh::integrations
