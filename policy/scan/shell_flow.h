// Shell flow: what goes from one command of a line to another: through pipes, process substitutions and files. For shell.cc alone.
// Pure functions and values, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "policy/scan/shell_printed.h"
#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

// It makes something else of what it reads, that may be a script.
bool decodes(const ShellRun& run);
// An interpreter that runs what comes in: no file is named, and no text.
bool reads_stdin(const ShellRun& run);
// tee >(sh): one of the substitutions in its words runs what it is told.
bool runs_said(const std::vector<ShellRun>& runs, const ShellRun& run);

// What flows through a pipeline, up to where it was followed.
struct Pipe {
  int input = 0;        // the pipeline that it reads as a whole
  bool fed = false;     // from the network or out of a decoder
  Printed printed;      // by echo and its like, and not read as a script yet
  size_t begin = 0;     // its first command that was not asked yet whether it prints a secret
  bool secret = false;  // one before it does
};

// The pipelines of a line. A command reads its own, and those that the groups around it read.
class Pipes {
 public:
  // Whether something from the network or out of a decoder may come in.
  bool brings_fed(const ShellRun& run);
  // What is printed into it, if it is known; that is given once.
  Printed take_printed(const ShellRun& run);
  // Whether a secret may come in by the pipe of `runs[i]`. Each command is asked once, and none where nobody sends.
  bool brings_secret(const std::vector<ShellRun>& runs, size_t i);
  // The next command, when it was judged.
  void put(const ShellRun& run);

 private:
  static constexpr size_t kMaxChain = 256;
  // Asks the pipes that `run` may read, from the nearest on, until one says yes. Of more than kMaxChain the answer is yes.
  template <class Asked>
  bool any(const ShellRun& run, Asked asked);
  Pipe& into(const ShellRun& run);

  std::unordered_map<int, Pipe> pipes_;
  size_t next_ = 0;  // the command that is judged, by its number
};

// Files that downloads of this line have written.
class Saved {
 public:
  // What `run`, a download, writes.
  void put_files_of(const ShellRun& run);
  // True if `run` is one of them, or reads one as a script.
  bool runs(const ShellRun& run) const;

 private:
  void put(const std::string& file);

  std::unordered_set<std::string> commands_;
  std::unordered_set<std::string> scripts_;
};

}  // namespace agentmesh::policy::scan
