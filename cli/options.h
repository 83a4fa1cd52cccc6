// Options: the command line, read. CLI11 is known to options*.cc and commands.h alone; what comes out is which command to run, with
// its plain option struct filled in.
//
// Everything behind the first bare "--" of `proxy` belongs to the server's command and is cut off before anything is parsed; of
// other commands, what stands there are names, however they look.
// Failure: one sentence on stderr that names the option, and exit status 2 (audit verify: 3). With --json, what failed is on stdout too,
// as {"ok":false,"error":…}.

#pragma once

#include <functional>
#include <string>
#include <vector>

namespace agentmesh::cli {

struct Parsed {
  std::function<int()>
      run;          // empty: there is nothing to run (help was printed, or something was wrong)
  int status = 0;   // then: the exit status
  int refused = 2;  // of this command, for bad usage and for output that was lost
};

// `self` is the program's own name as it was called (argv[0]), `words` what follows.
Parsed parse(std::string self, std::vector<std::string> words);

}  // namespace agentmesh::cli
