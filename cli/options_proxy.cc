#include <utility>

#include "cli/commands.h"
#include "cli/proxy.h"

namespace agentmesh::cli {

using std::string;

void proxy_command(Commands& commands, std::vector<string> server_command) {
  auto [app, o] = commands.add<ProxyOptions>(
      commands.root(), "proxy",
      "Run an MCP server and govern what passes between it and its client.",
      "agentmesh proxy --policy strict -- npx -y @modelcontextprotocol/server-filesystem /home/me",
      run_proxy);
  o->command = std::move(server_command);
  app->add_option("-p,--policy", o->policy,
                  "strict, moderate (default), permissive, or a YAML file")
      ->type_name("NAME|FILE");
  app->add_option("--name", o->name,
                  "the server's name in policy, trust and audit (default: from its command)")
      ->type_name("NAME");
  app->add_option("--agent", o->agent, "the agent's name (default: the client's own)")
      ->type_name("NAME");
  app->add_option("--mode", o->mode, "enforce, or shadow: decide and record, never interfere")
      ->check(CLI::IsMember({"enforce", "shadow"}))
      ->type_name("MODE");
  app->add_option("--footer", o->footer, "how results are marked: both (default), text, meta, off")
      ->check(CLI::IsMember({"both", "text", "meta", "off"}))
      ->type_name("WHAT");
  app->add_option("--deny-as", o->deny_as,
                  "how a denied tools/call is answered: result (default) or error")
      ->check(CLI::IsMember({"result", "error"}))
      ->type_name("HOW");
  app->add_option(
         "--durability", o->durability,
         "what a call waits for: queued (memory), written (the file; default), durable (the disk: milliseconds)")
      ->check(CLI::IsMember({"queued", "written", "durable"}))
      ->type_name("LEVEL");
  app->add_option(
         "--sandbox", o->sandbox,
         "what the kernel keeps the server from: off, files (all but its roots and needs), files+net (and the "
         "network); default: what the policy says, else off")
      ->check(CLI::IsMember({"off", "files", "files+net"}))
      ->type_name("LEVEL");
  state_option(app, o->state_dir);
  app->add_option("--config", o->config,
                  "settings (default: $XDG_CONFIG_HOME/agentmesh/agentmesh.yaml if it is there)")
      ->type_name("FILE");
  app->add_flag("--pump", o->pump)->group("");
}

}  // namespace agentmesh::cli
