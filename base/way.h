// How a path leads where it does, for who has to know what could lead it elsewhere.
//
// Cost and failure: as resolve_path() (files.h).

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace agentmesh {

struct Way {
  std::string end;  // as resolve_path() has it
  // That a name is looked up in, those of links as well; each without links.
  std::vector<std::string> directories;
  std::vector<std::string> links;  // that are followed, each by the directory that it lies in
};
Result<Way> way_of(std::string_view absolute_path);

}  // namespace agentmesh
