#include <string>

#include "cli/allow.h"
#include "cli/commands.h"
#include "cli/recorder.h"
#include "cli/restored.h"

namespace agentmesh::cli {
namespace {

int make(AllowOptions& o, const Here& here) {
  restore_lost(here);
  return allow_make(o, recorder(here));
}
int list(AllowListOptions& o, const Here& here) {
  restore_lost(here);
  return allow_list(o);
}
int end(AllowEndOptions& o, const Here& here) {
  restore_lost(here);
  return allow_end(o, recorder(here));
}

}  // namespace

void allow_commands(Commands& commands) {
  auto [app, o] = commands.add_with_here<AllowOptions>(
      commands.root(), "allow", "Make an exception for one tool, for a while.",
      "agentmesh allow filesystem write_file --for 1h --why 'moving the notes'\n"

      "  agentmesh allow list\n"
      "  agentmesh allow end 3f9a",
      make);
  app->add_option(
      "SERVER", o->server,
      "the server's name, as the denial gives it; one that is called list or end, or begins with -, "
      "stands with its tool behind --, at the end");
  app->add_option("TOOL", o->tool, "the tool's name; no pattern");
  app->add_option("--args", o->args, "only with exactly these arguments (default: any)")
      ->type_name("JSON");
  app->add_option("--for", o->span, "how long: 30m, 1h, 7d")->type_name("SPAN");
  app->add_flag("--always", o->always, "until it is ended");
  why_option(app, o->why, "the reason, for the record");
  state_option(app, o->state_dir);
  app->add_flag("--json", o->json, "one JSON object");
  app->require_subcommand(0, 1);
  {
    auto [sub, options] = commands.add_with_here<AllowListOptions>(
        *app, "list", "The exceptions that hold.", "agentmesh allow list", list);
    state_option(sub, options->state_dir);
    sub->add_flag("--json", options->json, "a list of objects");
  }
  {
    auto [sub, options] = commands.add_with_here<AllowEndOptions>(*app, "end", "End an exception.",
                                                                  "agentmesh allow end 3f9a", end);
    sub->add_option("ID", options->id, "its id, or the first 4 letters")->required();
    state_option(sub, options->state_dir);
    sub->add_flag("--json", options->json, "one JSON object");
  }
}

}  // namespace agentmesh::cli
