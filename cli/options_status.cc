#include "cli/commands.h"
#include "cli/status.h"

namespace agentmesh::cli {

void status_command(Commands& commands) {
  auto [app, o] = commands.add_with_here<StatusOptions>(
      commands.root(), "status",
      "One screen: servers, today's decisions, trust, what waits for you, and the log.",
      "agentmesh status --watch", run_status);
  app->add_flag("--watch", o->watch, "show it again every second, until Ctrl-C");
  state_option(app, o->state_dir);
  app->add_flag("--json", o->json, "one JSON object (with --watch: one per line)");
}

}  // namespace agentmesh::cli
