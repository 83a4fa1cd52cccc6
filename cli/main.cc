// agentmesh: a transparent governance proxy for MCP servers. Reads the command line and runs one command.

#include <sys/prctl.h>

#include <exception>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "cli/options.h"
#include "cli/say.h"
#include "proxy/stream.h"

int main(int argc, char** argv) {
  using namespace agentmesh;  // NOLINT(google-build-using-namespace): main only
  // What passes through us belongs to others: no core file holds it, and no other program of this user reads our memory or
  // environment, or steers us with ptrace: no server that runs already, and none that we start.
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  proxy::open_standard_streams();  // before any file of ours can take one of their numbers
  try {
    if (auto ready = crypto_ready(); !ready) {
      cli::complain(ready.error().what);
      return cli::kUsage;
    }
    const cli::Parsed parsed = cli::parse(argc > 0 ? argv[0] : "agentmesh",
                                          std::vector<std::string>(argv + 1, argv + argc));
    const int status = parsed.run ? parsed.run() : parsed.status;
    return cli::all_printed(status, parsed.refused);
  } catch (const std::exception& error) {
    cli::complain(error.what());
    return cli::kUsage;
  }
}
