#include "cli/recorder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "cli/governors.h"
#include "cli/say.h"
#include "trust/definition.h"
#include "trust/governed.h"

namespace agentmesh::cli {

std::string this_user() { return fmt::format("uid:{}", ::getuid()); }

namespace {

// Whether a proxy of this user could have noted something in a state directory that cannot be asked for this reason.
bool could_hold_notes(const std::string& state_dir, int reason) {
  struct stat about {};
  if (::stat(state_dir.c_str(), &about) == 0)
    // Where we may not even look we govern nothing either; but what is ours was closed by ourselves, or by a server.
    return S_ISDIR(about.st_mode) && (reason != EACCES || about.st_uid == ::getuid());
  // A file, a loop or a dead mount on the way: nobody keeps state there.
  if (errno != EACCES) return false;
  for (std::string at = state_dir; at.size() > 1;) {
    at.resize(std::max<size_t>(at.rfind('/'), 1));
    if (::stat(at.c_str(), &about) == 0) return about.st_uid == ::getuid();
  }
  return false;
}

void doubt_of(const Error& error, Doubt& doubt) {
  if (!doubt.what.empty()) return;
  doubt.what =
      "whether this process was started by a governed server cannot be told: " + error.what;
  doubt.help =
      error.errno_value != 0
          ? "make that directory one that can be read, or move it away"
          : "run it where every process above it can be read in /proc, or when all clients are closed";
}

bool complain_of(const std::string& server, std::string_view command) {
  complain(fmt::format(
      "'agentmesh {}' is for people: this process was started by the governed server '{}'; run it from a terminal of "
      "your own",
      command, trust::printable(server, 256)));
  return true;
}

}  // namespace

bool refused_to_servers(const std::string& state_dir, std::string_view command,
                        const std::vector<std::string>& more) {
  Doubt doubt;
  if (refused_to_known_servers(state_dir, command, doubt, more)) return true;
  if (doubt.what.empty()) return false;
  complain(
      fmt::format("'agentmesh {}' is for people, and {}; {}", command, doubt.what, doubt.help));
  return true;
}

bool refused_to_known_servers(const std::string& state_dir, std::string_view command, Doubt& doubt,
                              const std::vector<std::string>& more) {
  if (const auto above = server_of_proxy_above(); !above)
    doubt_of(above.error(), doubt);
  else if (*above)
    return complain_of(**above, command);
  for (const std::string& asked : state_dirs_to_ask(state_dir, more)) {
    const auto governed = trust::governing_server(asked);
    if (governed && *governed) return complain_of(**governed, command);
    if (governed) continue;
    const int reason = governed.error().errno_value;
    // Of other directories only those that are this user's have to be readable.
    if (reason == 0 || (asked == state_dir && reason == EACCES) || could_hold_notes(asked, reason))
      doubt_of(governed.error(), doubt);
  }
  return false;
}

}  // namespace agentmesh::cli
