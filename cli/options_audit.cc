#include "cli/audit.h"
#include "cli/commands.h"
#include "config/paths.h"

namespace agentmesh::cli {
namespace {

void place_options(CLI::App* app, AuditPlace& place, bool with_dir = true) {
  state_option(app, place.state_dir);
  app->add_option("--log", place.log, "the log's name (default: main)")->type_name("NAME");
  if (with_dir)
    app->add_option("--dir", place.dir, "a log directory anywhere, such as a copy")
        ->type_name("LOGDIR");
}

// Resolves where the log is. A bad command line of `audit` is exit 3 (audit.md, section 9).
template <class Options, int (*Run)(const Options&)>
int on_log(const Options& given) {
  Options options = given;
  options.place.state_dir_given = !options.place.state_dir.empty();
  const auto directory =
      config::state_directory(options.place.state_dir, config::system_environment());
  if (!directory) {
    complain(directory.error().what);
    return 3;
  }
  options.place.state_dir = *directory;
  return Run(options);
}

}  // namespace

void audit_commands(Commands& commands) {
  CLI::App* group = commands.group("audit", "Read and verify the audit log.");
  {
    auto [app, o] = commands.add<AuditVerifyOptions>(
        *group, "verify", "Check the log, and say what that proves and what it does not.",
        "agentmesh audit verify", on_log<AuditVerifyOptions, audit_verify>);
    place_options(app, o->place);
    app->add_option("--vkey", o->vkeys, "a public key to trust, or a file of them (repeatable)")
        ->type_name("KEY|FILE")
        ->allow_extra_args(false);
    app->add_option("--anchor", o->anchor, "a checkpoint kept elsewhere")->type_name("FILE");
    app->add_flag("--strict", o->strict, "unsigned ends, late checkpoints and stray tiles count");
    app->add_flag("--chain-only", o->chain_only, "without keys: lines, links and tree only");
    app->add_flag("--blobs", o->blobs, "open every kept payload, too");
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add<AuditTailOptions>(
        *group, "tail", "The newest records, a line each.", "agentmesh audit tail -f",
        on_log<AuditTailOptions, audit_tail>);
    place_options(app, o->place);
    app->add_flag("-f,--follow", o->follow, "go on as records come");
    app->add_option("-n,--lines", o->lines, "how many (default: 10)")->type_name("N");
    app->add_flag("--json", o->json, "the raw lines");
  }
  {
    auto [app, o] = commands.add<AuditShowOptions>(*group, "show", "One record, explained.",
                                                   "agentmesh audit show 18",
                                                   on_log<AuditShowOptions, audit_show>);
    app->add_option("SEQ", o->seq, "its number")->required();
    place_options(app, o->place);
    app->add_flag("--json", o->json, "the raw line");
  }
  {
    auto [app, o] = commands.add<AuditRecoverOptions>(
        *group, "recover", "Cut a torn end off, or set a damaged log aside.",
        "agentmesh audit recover", on_log<AuditRecoverOptions, audit_recover>);
    place_options(app, o->place, false);
    app->add_option("--seal", o->seal, "set the log aside under this name and begin a new one")
        ->type_name("NAME");
    app->add_flag("--json", o->json, "one JSON object");
  }
}

}  // namespace agentmesh::cli
