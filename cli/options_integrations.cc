#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/init_integration.h"

namespace agentmesh::cli {

using std::string;

void integration_commands(Commands& commands, string self) {
  auto [app, o] = commands.add<InitIntegrationOptions>(
      commands.root(), "init-integration",
      "Put agentmesh in front of the MCP servers that a client has configured.",
      "agentmesh init-integration --claude --dry-run", run_init_integration);
  o->self = std::move(self);
  app->add_flag("--claude", o->claude, "Claude Desktop");
  app->add_option("--config-path", o->config_path,
                  "the client's file, where it is not in its usual place")
      ->type_name("FILE");
  app->add_option("-p,--policy", o->policy, "the policy that the wrapped servers get")
      ->type_name("NAME|FILE");
  app->add_option("--server", o->servers, "only this server (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app->add_flag("--dry-run", o->dry_run, "print the difference and change nothing");
  app->add_flag("--undo", o->undo, "take agentmesh out again");
  state_option(app, o->state_dir);
  app->add_option("--config", o->config, "settings that the wrapped servers get")
      ->type_name("FILE");
}

}  // namespace agentmesh::cli
