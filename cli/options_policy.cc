#include "cli/commands.h"
#include "cli/policy.h"
#include "cli/policy_reload.h"
#include "cli/policy_replay.h"
#include "cli/recorder.h"
#include "cli/restored.h"

namespace agentmesh::cli {
namespace {

int replay(PolicyReplayOptions& o, const Here& here) {
  o.log = here.settings.proxy.audit.log;
  return policy_replay(o);
}
int learn(PolicyLearnOptions& o, const Here& here) {
  o.log = here.settings.proxy.audit.log;
  return policy_learn(o);
}
int reload(PolicyReloadOptions& o, const Here& here) {
  o.log = here.settings.proxy.audit.log;
  restore_lost(here);
  return policy_reload(o, recorder(here));
}

}  // namespace

void policy_commands(Commands& commands) {
  CLI::App* group = commands.group("policy", "Read, check and try policies.");
  {
    auto [app, o] = commands.add<PolicyCheckOptions>(
        *group, "check", "Every problem of a policy file, with its place and a hint.",
        "agentmesh policy check team.yaml", policy_check);
    app->add_option("FILE", o->policies, "policy files, or names of presets")->required();
    app->add_flag("--strict", o->strict, "warnings count: exit 1");
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add<PolicyTestOptions>(
        *group, "test", "Run the cases of a policy: a call, and the verdict it should get.",
        "agentmesh policy test team.yaml", policy_test);
    app->add_option("FILE", o->policy, "the policy")->required();
    app->add_option("CASES", o->cases, "a file of cases (default: `tests:` of the policy itself)");
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add<PolicyExplainOptions>(
        *group, "explain", "What a policy decides about one call, and why.",
        "agentmesh policy explain --policy strict --tool write_file --args '{\"path\":\"/srv/a.txt\"}'",
        policy_explain);
    app->add_option("-p,--policy", o->policy, "name or file (default: moderate)")
        ->type_name("NAME|FILE");
    app->add_option("--tool", o->tool, "the tool's name")->type_name("NAME");
    app->add_option("--args", o->args, "its arguments")->type_name("JSON");
    app->add_option("--method", o->method, "another request than tools/call")->type_name("METHOD");
    app->add_option("--server", o->server, "the server's name")->type_name("NAME");
    app->add_option("--agent", o->agent, "the agent's name")->type_name("NAME");
    app->add_option("--trust", o->trust, "the score, 0 to 1000 (default: 800)")->type_name("N");
    app->add_option("--session", o->session,
                    "facts of the session: limits, tainted, private_read, calls, denied, sampled")
        ->type_name("JSON");
    app->add_option("--root", o->roots, "a directory the server may work in (repeatable)")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app->add_option("--stage", o->stage, "call (default), result, list or request")
        ->type_name("STAGE");
    app->add_option("--result", o->result, "for stage result: what the server answered")
        ->type_name("JSON");
    app->add_option("--definition", o->definition, "for stage list: the tool's definition")
        ->type_name("JSON");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add<PolicyEvalOptions>(
        *group, "eval", "Evaluate a condition.",
        "agentmesh policy eval 'size(args.to) > 2' --vars '{\"args\": {\"to\": [\"a\", \"b\", \"c\"]}}'",
        policy_eval);
    app->add_option("EXPR", o->expression, "a CEL expression");
    app->add_option("--vars", o->vars, "the names it may use, as typed JSON")->type_name("JSON");
    app->add_option("--batch", o->batch, "a file of lines {id, expr, vars}; - for standard input")
        ->type_name("FILE");
    app->add_flag("--json", o->json, "the value as typed JSON");
  }
  {
    auto [app, o] =
        commands.add<PolicyShowOptions>(*group, "show", "Print a preset, or how tools are classed.",
                                        "agentmesh policy show strict", policy_show);
    app->add_option("NAME", o->policy, "strict, moderate, permissive, a library file or a file");
    app->add_flag("--types", o->types, "how tools are classed by the words of their names");
    app->add_option("--server", o->server,
                    "with --types: class the tools that this server has offered")
        ->type_name("NAME");
    state_option(app, o->state_dir);
    app->add_option("--tool", o->tools, "with --types: class this tool (repeatable)")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add<PolicySchemaOptions>(
        *group, "schema", "Print the JSON Schema of a policy file, for editors.",
        "agentmesh policy schema > policy.schema.json", policy_schema);
    app->add_flag("--json", o->json, "the same: it is JSON");
  }
  {
    auto [app, o] = commands.add_with_here<PolicyReplayOptions>(
        *group, "replay", "Run the recorded calls through a policy, and list what would change.",
        "agentmesh policy replay --policy new.yaml --since 7d", replay);
    app->add_option("-p,--policy", o->policy, "the policy to try")
        ->type_name("NAME|FILE")
        ->required();
    app->add_option("--since", o->since, "a date, or how long ago: 24h, 7d (default: all)")
        ->type_name("WHEN");
    app->add_flag("--strict", o->strict, "a verdict that changes, or may, is exit 1");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add_with_here<PolicyLearnOptions>(
        *group, "learn", "Propose an allow-list from what was recorded in shadow mode.",
        "agentmesh policy learn --since 7d > learned.yaml", learn);
    app->add_option("--since", o->since, "a date, or how long ago: 24h, 7d (default: all)")
        ->type_name("WHEN");
    app->add_option("--name", o->name, "the policy's name (default: learned)")->type_name("NAME");
    app->add_flag("--all", o->all, "learn from everything that passed, not only in shadow mode");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add_with_here<PolicyReloadOptions>(
        *group, "reload", "Let running proxies read their policies again.",
        "agentmesh policy reload", reload);
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
}

}  // namespace agentmesh::cli
