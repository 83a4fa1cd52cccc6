// What the path reader says of a text, for its tests.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/paths.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

inline Surroundings at_home() {
  Surroundings here;
  here.working_directory = "/home/ada/shop";
  here.home = "/home/ada";
  return here;
}

struct Look {
  std::string path;
  std::vector<Hit> hits;
};

inline Look look(std::string_view text, const Surroundings& here,
                 const std::vector<std::string>& roots = {}, Use use = Use::kChange) {
  Look out;
  out.path = PathReader(&here, roots).read(text, out.hits, use);
  return out;
}

inline std::string when(Use use, std::string_view text) {
  return severity_of(look(text, at_home(), {}, use).hits, "path.sensitive");
}

}  // namespace agentmesh::policy::scan
