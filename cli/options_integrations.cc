#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/doctor.h"
#include "cli/init_integration.h"
#include "integrations/client.h"

namespace agentmesh::cli {

using std::string;

void integration_commands(Commands& commands, string self) {
  auto [app, o] = commands.add<InitIntegrationOptions>(
      commands.root(), "init-integration",
      "Put agentmesh in front of the MCP servers that a client has configured.",
      "agentmesh init-integration --claude --dry-run", run_init_integration);
  o->self = std::move(self);
  for (const integrations::Client& client : integrations::clients()) {
    const string flag(client.flag);
    app->add_flag_callback(
        "--" + flag, [o = o, flag] { o->clients.push_back(flag); }, string(client.title));
  }
  app->add_flag("--jetbrains", o->jetbrains, "JetBrains AI Assistant: print what to paste");
  app->add_flag(
      "--all", o->all,
      "every client of yours found here, not a project's own file (as without any; asks first)");
  app->add_flag("--yes", o->yes, "do not ask");
  app->add_option("--config-path", o->config_path,
                  "the client's file, where it is not in its usual place")
      ->type_name("FILE");
  app->add_option("-p,--policy", o->policy, "the policy that the wrapped servers get")
      ->type_name("NAME|FILE");
  app->add_option("--server", o->servers, "only this server (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app->add_flag("--dry-run", o->dry_run, "print the difference and change nothing");
  app->add_flag("--no-probe", o->no_probe,
                "do not start the wrapped servers once to list their tools");
  app->add_flag("--undo", o->undo, "take agentmesh out again");
  state_option(app, o->state_dir);
  app->add_option("--config", o->config, "settings that the wrapped servers get")
      ->type_name("FILE");
}

void doctor_command(Commands& commands) {
  auto [app, o] = commands.add<DoctorOptions>(
      commands.root(), "doctor",
      "Check that what clients have configured here works and is governed, and say how to mend what is not.",
      "agentmesh doctor --claude", run_doctor);
  for (const integrations::Client& client : integrations::clients()) {
    const string flag(client.flag);
    app->add_flag_callback(
        "--" + flag, [o = o, flag] { o->clients.push_back(flag); }, string(client.title));
  }
  app->add_option("--config-path", o->config_path,
                  "the client's file, where it is not in its usual place")
      ->type_name("FILE");
  app->add_option("--timeout", o->timeout_s,
                  "seconds that a server has to answer, 1 to 3600 (default: 10)")
      ->type_name("N");
  app->add_flag("--no-start", o->no_start, "do not start the servers");
  app->add_flag("--json", o->json, "one JSON object");
  state_option(app, o->state_dir);
  app->add_option("--config", o->config, "settings")->type_name("FILE");
}

}  // namespace agentmesh::cli
