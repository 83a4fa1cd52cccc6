// Texts of tests/policy/scan/texts: one a line, under headings "== …"; ␊ ␍ ␉ stand for line ends and tabs in them.

#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace agentmesh::policy::scan {

// Those of a file whose heading begins with `heading`; all of them without one.
inline std::vector<std::string> texts(const std::string& name, std::string_view heading = "") {
  std::ifstream file("tests/policy/scan/texts/" + name);
  std::vector<std::string> out;
  bool wanted = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== ")) {
      wanted = std::string_view(line).substr(3).starts_with(heading);
      continue;
    }
    if (!wanted) continue;
    for (const auto& [sign, byte] : {std::pair{"␊", '\n'}, {"␍", '\r'}, {"␉", '\t'}})
      for (size_t at = line.find(sign); at != std::string::npos; at = line.find(sign))
        line.replace(at, 3, 1, byte);
    out.push_back(line);
  }
  REQUIRE_FALSE(out.empty());
  return out;
}

}  // namespace agentmesh::policy::scan
