// Shell harm: what one command does by its own words and redirections: wipes, sockets with a shell behind them, what stays behind,
// and the Windows forms of these. For shell.cc alone, which knows what flows from one command to another.
//
// Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/hit.h"
#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

// What the commands of a line say of one among them.
struct Company {
  std::string directory;  // where the last `cd` before it went; "" if there was none
  size_t loud = 0;        // commands of the line that do more than print a line or wait
};
bool is_quiet(const ShellRun& run);

// True if `word` stands in `text` with neither a letter nor a digit before or behind it; both in lower case.
bool has_word(std::string_view text, std::string_view word);

void find_harm(const ShellRun& run, const Company& company, std::vector<Hit>& hits);

}  // namespace agentmesh::policy::scan
