#include "cli/options.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/version.h"
#include "cli/approvals.h"
#include "cli/audit.h"
#include "cli/halt.h"
#include "cli/here.h"
#include "cli/init_integration.h"
#include "cli/pins.h"
#include "cli/policy.h"
#include "cli/proxy.h"
#include "cli/say.h"
#include "cli/trust.h"
#include "cli/trust_lines.h"
#include "config/paths.h"

namespace agentmesh::cli {
namespace {

using std::string;

// CLI11's own help, but for the one command whose words it does not parse.
class Help final : public CLI::Formatter {
 public:
  string make_usage(const CLI::App* app, string name) const override {
    if (app->get_name() == "proxy") return "Usage: agentmesh proxy [options] -- COMMAND [ARG…]\n";
    return CLI::Formatter::make_usage(app, std::move(name));
  }
};

// Most commands work on the state directory: `run` gets it resolved, with the settings that hold there.
template <class Options>
std::function<int()> with_here(std::shared_ptr<Options> options,
                               int (*run)(Options&, const Here&)) {
  return [options = std::move(options), run] {
    const auto here = find_here(options->state_dir);
    if (!here) return kUsage;
    options->state_dir = here->state_dir;
    return run(*options, *here);
  };
}

// A command on its way: its CLI11 part and what to run when it is the one.
struct Entry {
  CLI::App* app;
  std::function<int()> run;
};

// The commands, each in a function of its own; `commands` keeps what they fill alive.
class Commands {
 public:
  explicit Commands(CLI::App& app) : app_(app) {}

  CLI::App& root() { return app_; }
  CLI::App* group(const string& name, const string& description) {
    CLI::App* app = app_.add_subcommand(name, description);
    app->require_subcommand(1);
    return app;
  }
  // Adds a command with its options struct; returns the struct and its part of the parser.
  template <class Options>
  std::pair<CLI::App*, Options*> add(CLI::App& parent, const string& name,
                                     const string& description, const string& example,
                                     int (*run)(const Options&)) {
    CLI::App* app = parent.add_subcommand(name, description);
    app->footer("Example:\n  " + example);
    auto options = std::make_shared<Options>();
    Options* filled = options.get();
    entries_.push_back({app, [options, run] { return run(*options); }});
    return {app, filled};
  }
  // The same for a command that works on the state directory.
  template <class Options>
  std::pair<CLI::App*, Options*> add_with_here(CLI::App& parent, const string& name,
                                               const string& description, const string& example,
                                               int (*run)(Options&, const Here&)) {
    CLI::App* app = parent.add_subcommand(name, description);
    app->footer("Example:\n  " + example);
    auto options = std::make_shared<Options>();
    Options* filled = options.get();
    entries_.push_back({app, with_here(std::move(options), run)});
    return {app, filled};
  }
  const Entry* chosen() const {
    for (const Entry& entry : entries_)
      if (entry.app->parsed()) return &entry;
    return nullptr;
  }

 private:
  CLI::App& app_;
  std::vector<Entry> entries_;
};

void state_option(CLI::App* app, string& state_dir) {
  app->add_option(
         "--state-dir", state_dir,
         "where keys, log and trust are kept (default: $AGENTMESH_HOME, else $XDG_STATE_HOME/agentmesh, else "
         "~/.local/state/agentmesh)")
      ->type_name("DIR");
}

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
  state_option(app, o->state_dir);
  app->add_option("--config", o->config,
                  "settings (default: $XDG_CONFIG_HOME/agentmesh/agentmesh.yaml if it is there)")
      ->type_name("FILE");
  app->add_flag("--pump", o->pump)->group("");
}

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
                    "facts of the session: limits, tainted, private_read, calls, denied")
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
        "agentmesh policy eval \"size(args.list) > 2\" --vars '{…}'", policy_eval);
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
    app->add_option("--tool", o->tools, "with --types: class this tool (repeatable)")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app->add_flag("--json", o->json, "one JSON object");
  }
}

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

int show_trust(TrustOptions& o, const Here& here) {
  o.trust = here.settings.proxy.trust;
  return trust_show(o);
}
int explain_trust(TrustOptions& o, const Here& here) {
  o.trust = here.settings.proxy.trust;
  return trust_explain(o, trust_lines(here.state_dir, here.settings.proxy.audit.log));
}
int replay_trust(TrustOptions& o, const Here& here) {
  o.trust = here.settings.proxy.trust;
  return trust_replay(o, trust_lines(here.state_dir, here.settings.proxy.audit.log));
}

void trust_commands(Commands& commands) {
  CLI::App* group = commands.group("trust", "Scores, and where they come from.");
  {
    auto [app, o] = commands.add_with_here<TrustOptions>(
        *group, "show", "The scores of agents, servers and tools.",
        "agentmesh trust show server:filesystem", show_trust);
    app->add_option("SUBJECT", o->subject,
                    "agent:NAME, server:NAME or tool:SERVER/NAME (default: all)");
    state_option(app, o->state_dir);
    app->add_flag("--history", o->history, "how it went");
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add_with_here<TrustOptions>(
        *group, "explain", "The events that cost or earned a subject most.",
        "agentmesh trust explain agent:claude-desktop", explain_trust);
    app->add_option("SUBJECT", o->subject, "agent:NAME, server:NAME or tool:SERVER/NAME")
        ->required();
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add_with_here<TrustOptions>(
        *group, "replay", "Compute every score again from the log, and compare.",
        "agentmesh trust replay", replay_trust);
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
}

int list_pins(PinsListOptions& o, const Here&) { return pins_list(o); }
int approve_pins(PinsAnswerOptions& o, const Here& here) { return pins_approve(o, recorder(here)); }
int reject_pins(PinsAnswerOptions& o, const Here& here) { return pins_reject(o, recorder(here)); }

void pins_commands(Commands& commands) {
  CLI::App* group = commands.group("pins", "What servers offer, and what waits for your approval.");
  {
    auto [app, o] = commands.add_with_here<PinsListOptions>(
        *group, "list", "Every pin, with the difference where one waits.",
        "agentmesh pins list filesystem", list_pins);
    app->add_option("SERVER", o->server, "only this server's");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add_with_here<PinsAnswerOptions>(
        *group, "approve", "Accept what a server offers.", "agentmesh pins approve filesystem",
        approve_pins);
    app->add_option("SERVER", o->server, "the server's name")->required();
    app->add_option("TOOL", o->names, "only these tools (default: all that waits)");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add_with_here<PinsAnswerOptions>(
        *group, "reject", "Refuse what a server offers.",
        "agentmesh pins reject filesystem write_file", reject_pins);
    app->add_option("SERVER", o->server, "the server's name")->required();
    app->add_option("TOOL", o->names, "only these tools (default: all that waits)");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
}

int list_approvals(ApprovalsListOptions& o, const Here&) { return approvals_list(o); }
void prepare(ApprovalsAnswerOptions& o, const Here& here) {
  o.trust = here.settings.proxy.trust;
  for (const auto& [group, uids] : here.settings.groups)
    o.groups[group].assign(uids.begin(), uids.end());
}
int approve_approval(ApprovalsAnswerOptions& o, const Here& here) {
  prepare(o, here);
  return approvals_approve(o, recorder(here));
}
int deny_approval(ApprovalsAnswerOptions& o, const Here& here) {
  prepare(o, here);
  return approvals_deny(o, recorder(here));
}

void approvals_commands(Commands& commands) {
  CLI::App* group = commands.group("approvals", "Calls that wait for a person's yes.");
  {
    auto [app, o] = commands.add_with_here<ApprovalsListOptions>(
        *group, "list", "What waits, with the rule and the time left.", "agentmesh approvals list",
        list_approvals);
    state_option(app, o->state_dir);
    app->add_flag("--all", o->all, "also what is settled");
    app->add_flag("--json", o->json, "a list of objects");
  }
  const auto answer = [&](const string& name, const string& what,
                          int (*run)(ApprovalsAnswerOptions&, const Here&)) {
    auto [app, o] = commands.add_with_here<ApprovalsAnswerOptions>(
        *group, name, what, "agentmesh approvals " + name + " 7f3a", run);
    app->add_option("ID", o->id, "its id, or the first 4 letters")->required();
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  };
  answer("approve", "Let the call through when it is asked again.", approve_approval);
  answer("deny", "Refuse it.", deny_approval);
}

void halt_commands(Commands& commands) {
  const auto brake = [&](const string& name, const string& what, const string& example,
                         int (*run)(const HaltOptions&)) {
    auto [app, o] = commands.add<HaltOptions>(commands.root(), name, what, example, run);
    app->add_option("SERVER", o->server, "the server's name");
    app->add_flag("--all", o->all, "every server");
    app->add_option("--why", o->why, "the reason, for the record")
        ->type_name("TEXT")
        ->required(name == "halt");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  };
  brake("halt", "Deny every governed call, at once, until it is resumed.",
        "agentmesh halt --all --why 'looking into it'", run_halt);
  brake("resume", "End a halt.", "agentmesh resume --all", run_resume);
}

void integration_command(Commands& commands, string self) {
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

// "--target WORD", the older spelling of the server's command, word by word: taken out before parsing, because a WORD may
// look like an option.
std::vector<string> take_targets(std::vector<string>& words) {
  std::vector<string> targets;
  std::vector<string> rest;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--target" && i + 1 < words.size()) {
      targets.push_back(words[++i]);
    } else if (words[i].starts_with("--target=")) {
      targets.push_back(words[i].substr(9));
    } else {
      rest.push_back(words[i]);
    }
  }
  words = std::move(rest);
  return targets;
}

int version_command() {
  print(fmt::format("agentmesh {}\n", kVersion));
  return kOk;
}

}  // namespace

Parsed parse(string self, std::vector<string> words) {
  std::vector<string> server_command;
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    server_command.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  const bool is_proxy = !words.empty() && words.front() == "proxy";
  if (is_proxy) {
    std::vector<string> targets = take_targets(words);
    if (!targets.empty() && !server_command.empty()) {
      complain("give the server's command either behind -- or by --target, not both");
      return {{}, kUsage};
    }
    if (server_command.empty()) server_command = std::move(targets);
  } else if (!server_command.empty() || dashes != words.end()) {
    complain("-- goes with agentmesh proxy");
    return {{}, kUsage};
  }

  CLI::App app(
      "A transparent governance proxy for MCP servers: policy, trust and a verifiable log.",
      "agentmesh");
  app.footer(
      "Example:\n  agentmesh proxy --policy strict -- npx -y @modelcontextprotocol/server-filesystem /home/me");
  app.formatter(std::make_shared<Help>());
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "show this help");
  Commands commands(app);
  proxy_command(commands, std::move(server_command));
  integration_command(commands, std::move(self));
  policy_commands(commands);
  audit_commands(commands);
  trust_commands(commands);
  pins_commands(commands);
  approvals_commands(commands);
  halt_commands(commands);
  CLI::App* version = app.add_subcommand("version", "Print the version.");
  app.set_version_flag("--version", fmt::format("agentmesh {}", kVersion));

  const bool is_audit = !words.empty() && words.front() == "audit";
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return {{}, app.exit(error)};  // help or version: printed
    complain(fmt::format("{} (see agentmesh --help)", error.what()));
    return {{}, is_audit ? 3 : kUsage};  // audit.md, section 9: 2 is taken there
  }
  if (version->parsed()) return {version_command, 0};
  const Entry* entry = commands.chosen();
  if (entry == nullptr) return {{}, kUsage};
  return {entry->run, 0};
}

}  // namespace agentmesh::cli
