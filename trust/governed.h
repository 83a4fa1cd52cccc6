// Governed: which processes are servers under our government, so that commands which loosen it can refuse to run for them.
//
// A proxy registers its child in <state>/run/PROXYPID-STARTTIME, one line: "CHILDPID STARTTIME SERVER LF" (start time in
// clock ticks since boot, as in /proc/PID/stat, so that a reused pid is not taken for the child). A command walks up its
// own ancestors and looks whether one of them, or the leader of its process group or session, is registered.
// Limit: a server that makes itself a child of init and starts a session of its own is not found this way.
// Thread: any. Cost: a few reads of /proc and of the files in run/.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace agentmesh::trust {

// Holds the registration; taking it back removes the file. Files of proxies that died are removed by the next one.
class GovernedChild {
 public:
  // Call it as soon as the child runs. Error: the file cannot be written.
  static Result<GovernedChild> record(const std::string& state_dir, int child_pid,
                                      const std::string& server);
  GovernedChild(GovernedChild&& other) noexcept;
  GovernedChild& operator=(GovernedChild&& other) noexcept;
  GovernedChild(const GovernedChild&) = delete;
  GovernedChild& operator=(const GovernedChild&) = delete;
  ~GovernedChild();

 private:
  explicit GovernedChild(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// When this process started, in clock ticks since boot; 0 if /proc does not say.
uint64_t own_start();
// Whether the process that had this id and started then still runs.
bool is_running(int64_t pid, uint64_t started);
// Whether there is a process with this id.
bool is_process(int64_t pid);
// "PID-STARTTIME" of the process that started this one: what all proxies of one running client have in common. "": it is
// gone, or cannot be told.
std::string parent_mark();

// The servers whose proxies run, one name per proxy.
std::vector<std::string> governed_servers(const std::string& state_dir);

// The name of the governed server that `pid` (0: this process) descends from, if there is one.
std::optional<std::string> governing_server(const std::string& state_dir, int pid = 0);

}  // namespace agentmesh::trust
