#include <type_traits>

#include "audit/layout.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "cli/here.h"
#include "cli/keys.h"
#include "config/paths.h"

namespace agentmesh::cli {
namespace {

// A name, never a way to somewhere else.
void log_option(CLI::App* app, std::string& log) {
  app->add_option("--log", log, "the log's name (default: that of agentmesh.yaml, else main)")
      ->type_name("NAME")
      ->check(CLI::Validator(
          [](std::string& name) {
            return audit::is_log_name(name) ? ""
                                            : "'" + name + "': use 1 to 32 of a-z, 0-9 and '-'";
          },
          ""));
}

void place_options(CLI::App* app, AuditPlace& place, bool with_dir = true) {
  state_option(app, place.state_dir);
  place.log.clear();  // on_log() fills it in
  log_option(app, place.log);
  if (with_dir)
    app->add_option("--dir", place.dir, "a log directory anywhere, such as a copy")
        ->type_name("LOGDIR");
}

// Of `query`: one of the verdicts, or a pattern. Others would fit nothing, silently.
std::string known_verdict(std::string& text) {
  for (const char* verdict : {"allow", "deny", "would_deny", "would_require_approval"})
    if (text == verdict) return "";
  if (text.find('*') != std::string::npos) return "";
  return "'" + text + "' is no verdict: allow, deny, would_deny or would_require_approval";
}

// Resolves where the log is.
template <class Options, int (*Run)(const Options&)>
int on_log(const Options& given) {
  Options options = given;
  options.place.state_dir_given = !options.place.state_dir.empty();
  const auto directory =
      config::state_directory(options.place.state_dir, config::system_environment());
  if (!directory) {
    complain(directory.error().what);
    return std::is_same_v<Options, AuditVerifyOptions> ? kVerifyUsage : kUsage;
  }
  options.place.state_dir = *directory;
  const UsualSettings usual = usual_settings();
  if (usual.failed && options.place.log.empty() && options.place.dir.empty()) {
    (void)complain_about(usual.diagnostics, false);
    complain("which log is meant is not known: mend the settings, or name it with --log");
    return std::is_same_v<Options, AuditVerifyOptions> ? kVerifyUsage : kUsage;
  }
  options.place.usual_log = usual.settings.proxy.audit.log;
  if (options.place.log.empty()) options.place.log = options.place.usual_log;
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
    app->add_option("-n,--lines", o->lines, "how many (default: 10)")
        ->check(whole_number(0))
        ->type_name("N");
    app->add_flag("--json", o->json, "the raw lines");
  }
  {
    auto [app, o] = commands.add<AuditShowOptions>(*group, "show", "One record, explained.",
                                                   "agentmesh audit show 18",
                                                   on_log<AuditShowOptions, audit_show>);
    app->add_option("SEQ", o->seq, "its number")->check(whole_number(0))->required();
    place_options(app, o->place);
    app->add_flag("--payload", o->payload, "the arguments or the result, if they were kept");
    app->add_flag("--json", o->json, "the raw line");
  }
  {
    auto [app, o] = commands.add<AuditQueryOptions>(
        *group, "query", "The records that fit, a line each. '*' stands for any text.",
        "agentmesh audit query --tool 'delete_*' --decision deny --since 7d",
        on_log<AuditQueryOptions, audit_query>);
    app->add_option("--agent", o->agent, "the agent's name")->type_name("NAME");
    app->add_option("--server", o->server, "the server's name")->type_name("NAME");
    app->add_option("--tool", o->tool, "the tool's name")->type_name("NAME");
    app->add_option("--rule", o->rule, "the rule that decided")->type_name("NAME");
    app->add_option("--decision", o->decision, "allow, deny, would_deny or would_require_approval")
        ->check(CLI::Validator(known_verdict, ""))
        ->type_name("VERDICT");
    app->add_option("--finding", o->finding, "a finding, such as 'secret.*'")->type_name("ID");
    app->add_option("--tag", o->tag, "a tag of the rules that matched")->type_name("TAG");
    app->add_option("--type", o->type, "the record's type, such as session.start")
        ->type_name("TYPE");
    app->add_option("--since", o->since, "not before: 2026-11-18, 2026-11-18T09:30:00Z, 24h, 7d")
        ->type_name("TIME");
    app->add_option("--until", o->until, "before")->type_name("TIME");
    app->add_option("-n,--limit", o->limit, "no more than this many")
        ->check(whole_number(1))
        ->type_name("N");
    place_options(app, o->place);
    app->add_flag("--json", o->json, "the raw lines");
  }
  {
    auto [app, o] = commands.add<AuditProveOptions>(
        *group, "prove", "A proof for an outsider: one record, or that the log only grew.",
        "agentmesh audit prove 18 > 18.tlog-proof\n  agentmesh audit prove --consistency 512 1024",
        on_log<AuditProveOptions, audit_prove>);
    app->add_option("SEQ", o->seq, "the record's number")->check(whole_number(0));
    app->add_option("--size", o->size, "against the checkpoint of that many records")
        ->check(whole_number(1))
        ->type_name("N");
    app->add_option("--consistency", o->consistency,
                    "that the N records that were signed begin with the first M")
        ->expected(2)
        ->check(whole_number(0))
        ->type_name("M N");
    place_options(app, o->place);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add<AuditExportOptions>(
        *group, "export", "The records in the forms that other tools read.",
        "agentmesh audit export --format ocsf --from 2026-11-18 -o audit.ocsf.jsonl",
        on_log<AuditExportOptions, audit_export>);
    app->add_option("--format", o->format, "jsonl (default), cloudevents, ocsf, otlp, tlog-tiles")
        ->check(CLI::IsMember({"jsonl", "cloudevents", "ocsf", "otlp", "tlog-tiles"}))
        ->type_name("FORMAT");
    app->add_option("--from", o->from, "the first record's number, or a time")->type_name("WHERE");
    app->add_option("--to", o->to, "the last record's number, or a time (excluded)")
        ->type_name("WHERE");
    app->add_option("-o,--output", o->output, "to this file (tlog-tiles: directory)")
        ->type_name("PATH");
    place_options(app, o->place);
  }
  {
    auto [app, o] = commands.add<AuditReportOptions>(
        *group, "report", "What happened in a period, and what the log can evidence.",
        "agentmesh audit report --since 30d --html report.html",
        on_log<AuditReportOptions, audit_report>);
    app->add_option("--since", o->since, "not before (default: all there is)")->type_name("TIME");
    app->add_option("--until", o->until, "before")->type_name("TIME");
    app->add_option("--html", o->html, "a page that needs no network, to this file")
        ->type_name("FILE");
    place_options(app, o->place);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add_with_here<AuditPruneOptions>(
        *group, "prune", "Delete whole old segments; old records can still be proven.",
        "agentmesh audit prune --before 2026-05-18", audit_prune);
    app->add_option("--before", o->before, "a record's number, or a time such as 180d")
        ->required()
        ->type_name("WHERE");
    state_option(app, o->state_dir);
    log_option(app, o->log);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add_with_here<AuditEraseOptions>(
        *group, "erase", "Make the payloads of a day unreadable for good; the log says so.",
        "agentmesh audit erase --day 2026-11-18 --reason 'request 4711'", audit_erase);
    app->add_option("--day", o->days, "the UTC day (repeatable)")
        ->required()
        ->type_name("YYYY-MM-DD")
        ->allow_extra_args(false);
    app->add_option("--reason", o->reason, "kept in the record")->type_name("TEXT");
    state_option(app, o->state_dir);
    log_option(app, o->log);
    app->add_flag("--json", o->json, "one JSON object");
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

void keys_commands(Commands& commands) {
  CLI::App* group = commands.group("keys", "The keys that sign the audit log.");
  {
    auto [app, o] = commands.add_with_here<KeysOptions>(
        *group, "show", "The log's public keys, oldest first.",
        "agentmesh keys show\n  agentmesh keys show --pem > pub.pem", keys_show);
    state_option(app, o->state_dir);
    log_option(app, o->log);
    app->add_flag("--pem", o->pem, "the key in force as openssl reads it");
    app->add_flag("--json", o->json,
                  "one JSON object (with --pem: each key as openssl reads it, too)");
  }
  {
    auto [app, o] = commands.add_with_here<KeysOptions>(
        *group, "rotate", "A new key signs from now on; running proxies follow.",
        "agentmesh keys rotate", keys_rotate);
    state_option(app, o->state_dir);
    log_option(app, o->log);
    app->add_flag("--json", o->json, "one JSON object");
  }
}

}  // namespace agentmesh::cli
