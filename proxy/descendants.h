// Descendants: what a server started and then let go of. It comes back to us, so that it is still known whose it is, and goes
// when the session goes.
//
// adopt() makes this process the parent of whatever loses its own below it (a double fork, a launcher that exits): the check
// of trust/governed.h then finds a proxy above it. Such strangers are reaped here, never the server, whose status is Child's.
// Order: adopt() before the server starts; reap() when a child of ours ended; end() once the server itself is reaped.
// Thread: the main one. Cost: nothing per message; one look at /proc when a session ends. Limits: what is started by others
// for a server (cron, systemd) is not below it; nothing is left to end anything after SIGKILL to us.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::proxy::descendants {

// False where the kernel refuses (older than 3.4).
bool adopt();

// Takes the status of ended children but `server`, of so many that nobody else waits long for it. Never waits. True if there may
// be more.
bool reap(pid_t server);

// This process's children, as the kernel lists them.
Result<std::vector<pid_t>> children();

// A child that was here before the server, and is none of its: a wrapper script started it, say, and then became us by exec.
struct Other {
  pid_t pid = -1;
  Fd process;  // a pidfd: once it has ended, its number may be another's
};
// All who are here now: to be asked before the server starts.
std::vector<Other> others();

// SIGTERM to what is left (but to members of the server's `group`, who have had it, and to `others`, which are none of ours),
// SIGKILL after `patience_us`, or at once if that is 0; theirs come to us in turn. Returns when nobody is left, or those who
// are cannot be ended.
void end(pid_t group, int64_t patience_us, std::span<const Other> others);

// However a session is left, also by an exception: its destructor ends what is still there, at once. Where nobody takes an exception
// (std::terminate: no memory in a thread or a destructor), the same is done without memory, of up to 64 others; then the process aborts.
class Ending {
 public:
  explicit Ending(std::span<const Other> others);
  ~Ending();
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

 private:
  std::span<const Other> others_;
};

}  // namespace agentmesh::proxy::descendants
