// Governed: which processes are servers under our government, so that commands which loosen it can refuse to run for them.
//
// A proxy registers in <state>/run/PROXYPID-STARTTIME, one line: "CHILDPID STARTTIME SERVER LF" (start time in clock ticks
// since boot, as in /proc/PID/stat, so that a reused pid is not taken for the child; "0 0" until the child runs). A command
// walks up its own ancestors and looks whether one of them, or the leader of its process group or session, is registered, or
// has a registered proxy for its parent: a proxy starts nothing but its server, and what the server detaches from itself comes
// back to the proxy (proxy/descendants.h).
// What cannot be told is an error, never a no: an ancestor that cannot be read, or ancestors that come and go for as long as one
// looks. A server chooses how many there are, when they end, and what they are.
// What was a child of that process before it was a proxy (a script that becomes one by exec may have started something) is
// registered as none of the server's: lines "not PID STARTTIME LF" behind the first. That is so of what is registered alone: a command
// that asks proxy_above() as well, as those that govern do, refuses below such a child, too.
// Limit: what outlives a proxy that was killed, and has made a session of its own, is not found this way; nor is what others
// start for the server (cron, systemd, a shell's start-up file), or what runs in a PID namespace of its own.
// Thread: any. Cost: two reads of /proc for each ancestor, and one of each file in run/.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace agentmesh::trust {

// Holds the registration; taking it back removes the file. Files of proxies that died are removed by the next one.
class GovernedChild {
 public:
  // `child_pid` 0: whatever this process is about to start; then started() says which it is. Error: the file cannot be
  // written.
  // `others`: children of this process that are none of the server's.
  static Result<GovernedChild> record(const std::string& state_dir, int child_pid,
                                      const std::string& server,
                                      const std::vector<int>& others = {});
  Result<void> started(int child_pid);
  GovernedChild(GovernedChild&& other) noexcept;
  GovernedChild& operator=(GovernedChild&& other) noexcept;
  GovernedChild(const GovernedChild&) = delete;
  GovernedChild& operator=(const GovernedChild&) = delete;
  ~GovernedChild();

 private:
  GovernedChild(std::string path, std::string server, std::string others)
      : path_(std::move(path)), server_(std::move(server)), others_(std::move(others)) {}
  std::string path_;
  std::string server_;
  std::string others_;  // as the file has them
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

// What /proc/PID/stat says of a process.
struct Process {
  int parent = 0;  // 0: none in this PID namespace
  int group = 0;
  int session = 0;
  uint64_t started = 0;  // clock ticks since boot

  bool operator==(const Process&) const = default;
};
// Nothing: there is no such process, or it cannot be read.
using ProcessReader = std::function<std::optional<Process>(int pid)>;
std::optional<Process> read_process(int pid);

// The name of the governed server that `pid` (0: this process) descends from, if there is one. Error: that cannot be told; who
// asks for the sake of a command that governs refuses then, but for the brake.
Result<std::optional<std::string>> governing_server(const std::string& state_dir, int pid = 0,
                                                    const ProcessReader& read = read_process);

// What a process is by its own word: the name of the server that it governs as a proxy; nothing: it is no proxy.
using ProxyTeller = std::function<std::optional<std::string>(int pid)>;
// What `tell` says of the nearest process above `pid` (0: this process) of which it says something. Needs nothing that is
// registered, so no server can take it away; what a proxy had for a child before it was one is below it all the same. One that cannot
// be read ends the search, as only governing_server() knows whether it matters. Error: they come and go for as long as one looks.
Result<std::optional<std::string>> proxy_above(const ProxyTeller& tell, int pid = 0,
                                               const ProcessReader& read = read_process);

}  // namespace agentmesh::trust
