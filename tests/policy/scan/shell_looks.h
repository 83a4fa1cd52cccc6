// What a command line looks like to the scanner, for its tests.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/shell.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

struct ShellLook {
  Shell shell;
  std::vector<Hit> hits;
};

inline ShellLook look(std::string_view text) {
  ShellLook out;
  out.shell = read_shell(text, out.hits);
  return out;
}

inline std::string commands(std::string_view text) {
  std::string out;
  for (const std::string& command : look(text).shell.commands)
    out += (out.empty() ? "" : " ") + command;
  return out;
}

}  // namespace agentmesh::policy::scan
