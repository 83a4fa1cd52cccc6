// Governors: whether a proxy is above this process, and the state directories in which one may have noted that it is.
//
// A command is told one directory, by --state-dir or a variable, and a server could name one where nobody knows it. So the processes
// above are asked first, each by its own command line, which everybody can read and nobody can change: a proxy is one wherever it keeps
// its state. Then all directories are asked about: the one given, the usual ones (by this environment and by the user database),
// those that the user's wrapped entries name, and those that a process above names which looks like a proxy.
//
// Thread: any. Cost: the clients' files are read, and some files in /proc for each process above.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace agentmesh::cli {

// The server of the nearest proxy above this process, as it was started: PROGRAM proxy … -- COMMAND (or with --target), and the program is
// ours by its name or its bytes, or lets nobody look at it, as ours does. Nothing: there is none. Error: that cannot be told.
// Limit: where /proc hides it (`hidepid`), and for root, whom nothing is hidden from, of another version under another name, only what is
// noted in a directory tells.
Result<std::optional<std::string>> server_of_proxy_above();

// Absolute, each once, `given` first. `more`: others that the command knows of. What cannot be read names nothing.
std::vector<std::string> state_dirs_to_ask(const std::string& given,
                                           const std::vector<std::string>& more = {});
// Those of them whose memory of wrapped files counts: not what only a remembered file names (wrapped.h).
std::vector<std::string> state_dirs_that_remember(const std::string& given);

}  // namespace agentmesh::cli
