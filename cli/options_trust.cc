#include <string>
#include <utility>

#include "cli/approvals.h"
#include "cli/commands.h"
#include "cli/halt.h"
#include "cli/pins.h"
#include "cli/recorder.h"
#include "cli/restored.h"
#include "cli/trust.h"
#include "cli/trust_lines.h"

namespace agentmesh::cli {
namespace {

using std::string;

int show_trust(TrustOptions& o, const Here& here) {
  restore_lost(here);
  o.trust = here.settings.proxy.trust;
  return trust_show(o);
}
int explain_trust(TrustOptions& o, const Here& here) {
  restore_lost(here);
  o.trust = here.settings.proxy.trust;
  o.log = here.settings.proxy.audit.log;
  return trust_explain(o, trust_lines(here.state_dir, o.log));
}
int replay_trust(TrustOptions& o, const Here& here) {
  restore_lost(here);
  o.trust = here.settings.proxy.trust;
  o.log = here.settings.proxy.audit.log;
  return trust_replay(o, trust_lines(here.state_dir, o.log));
}

int report_trust(TrustReportOptions& o, const Here& here) {
  restore_lost(here);
  o.trust = here.settings.proxy.trust;
  return trust_report(o, recorder(here));
}
int reset_trust(TrustReportOptions& o, const Here& here) {
  restore_lost(here);
  o.trust = here.settings.proxy.trust;
  return trust_reset(o, recorder(here));
}

int list_pins(PinsListOptions& o, const Here& here) {
  restore_lost(here);
  return pins_list(o);
}
int approve_pins(PinsAnswerOptions& o, const Here& here) {
  restore_lost(here);
  return pins_approve(o, recorder(here));
}
int reject_pins(PinsAnswerOptions& o, const Here& here) {
  restore_lost(here);
  return pins_reject(o, recorder(here));
}

int list_approvals(ApprovalsListOptions& o, const Here& here) {
  restore_lost(here);
  return approvals_list(o);
}
void prepare(ApprovalsAnswerOptions& o, const Here& here) {
  restore_lost(here);
  o.trust = here.settings.proxy.trust;
  o.settings = here.config_file;
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

}  // namespace

void trust_commands(Commands& commands) {
  CLI::App* group = commands.group("trust", "Scores, and where they come from.");
  {
    auto [app, o] = commands.add_with_here<TrustOptions>(
        *group, "show", "The scores of agents, servers and tools.",
        "agentmesh trust show server:filesystem", show_trust);
    app->add_option("SUBJECT", o->subject,
                    "agent:NAME, server:NAME or tool:SERVER/NAME (default: all)");
    state_option(app, o->state_dir);
    app->add_flag("--history", o->history, "how it went, of one subject");
    app->add_flag("--json", o->json, "one JSON object; without SUBJECT a list of them");
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
  {
    auto [app, o] = commands.add_with_here<TrustReportOptions>(
        *group, "report",
        "Evidence from outside against a subject: recorded, and counted like any other.",
        "agentmesh trust report server:notes --severity high --why 'it made up an answer'",
        report_trust);
    app->add_option("SUBJECT", o->subject, "agent:NAME, server:NAME or tool:SERVER/NAME")
        ->required();
    app->add_option("--severity", o->severity, "low, medium, high or critical")
        ->type_name("LEVEL")
        ->required();
    why_option(app, o->why, "what happened, for the record")->required();
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
  {
    auto [app, o] = commands.add_with_here<TrustReportOptions>(
        *group, "reset", "Forget what a subject did: back to the score of a new one. Recorded.",
        "agentmesh trust reset server:notes --why 'reinstalled from a clean source'", reset_trust);
    app->add_option("SUBJECT", o->subject, "agent:NAME, server:NAME or tool:SERVER/NAME")
        ->required();
    why_option(app, o->why, "the reason, for the record")->required();
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  }
}

void pins_commands(Commands& commands) {
  CLI::App* group = commands.group("pins", "What servers offer, and what waits for your approval.");
  {
    auto [app, o] = commands.add_with_here<PinsListOptions>(
        *group, "list", "Every pin, with the difference where one waits.",
        "agentmesh pins list filesystem", list_pins);
    app->add_option("SERVER", o->server, "only this server's");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "a list of objects");
  }
  {
    auto [app, o] = commands.add_with_here<PinsAnswerOptions>(
        *group, "approve", "Accept what a server offers, if you were shown it; else show it.",
        "agentmesh pins approve filesystem", approve_pins);
    app->add_option("SERVER", o->server, "the server's name")->required();
    app->add_option("TOOL", o->names, "only these tools (default: all that waits)");
    app->add_option("--hash", o->hashes,
                    "only the offer with this SHA-256, shown or not (offered_hash of pins list "
                    "--json); may be given again")
        ->type_name("SHA256")
        ->allow_extra_args(false);
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "a list of objects");
  }
  {
    auto [app, o] = commands.add_with_here<PinsAnswerOptions>(
        *group, "reject", "Refuse what a server offers.",
        "agentmesh pins reject filesystem write_file", reject_pins);
    app->add_option("SERVER", o->server, "the server's name")->required();
    app->add_option("TOOL", o->names, "only these tools (default: all that waits)");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "a list of objects");
  }
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
    why_option(app, o->why, "the reason, for the record")->required(name == "halt");
    state_option(app, o->state_dir);
    app->add_flag("--json", o->json, "one JSON object");
  };
  brake("halt", "Deny every governed call, at once, until it is resumed.",
        "agentmesh halt --all --why 'looking into it'", run_halt);
  brake("resume", "End a halt.", "agentmesh resume --all", run_resume);
}

}  // namespace agentmesh::cli
