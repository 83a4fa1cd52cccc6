#include "cli/doctor.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/files.h"
#include "base/shell_word.h"
#include "base/version.h"
#include "cli/approvers.h"
#include "cli/json_object.h"
#include "cli/policy.h"
#include "cli/say.h"
#include "integrations/summary.h"

namespace agentmesh::cli {
namespace {

using std::string;

// In the order in which they are reported.
constexpr std::string_view kChecks[] = {"binary.path",     "config.parse",      "config.remembered",
                                        "config.strict",   "config.ungoverned", "config.elsewhere",
                                        "target.resolves", "server.starts",     "policy.loads",
                                        "policy.mode",     "policy.approvers",  "policy.sandbox",
                                        "state.halted",    "state.writable",    "keys.mode",
                                        "keys.sign",       "audit.on_error",    "audit.durability",
                                        "audit.verifies",  "state.db",          "clock.sane"};

size_t place_of_check(const Check& check) {
  return static_cast<size_t>(std::find(std::begin(kChecks), std::end(kChecks), check.id) -
                             std::begin(kChecks));
}

size_t count(const std::vector<Check>& checks, CheckStatus status) {
  return static_cast<size_t>(std::count_if(
      checks.begin(), checks.end(), [&](const Check& check) { return check.status == status; }));
}

string mark(CheckStatus status) {
  switch (status) {
    case CheckStatus::kGood: return coloured("✓", Colour::kGreen);
    case CheckStatus::kWarn: return coloured("!", Colour::kYellow);
    case CheckStatus::kFail: return coloured("✗", Colour::kRed);
    case CheckStatus::kSkip: return coloured("-", Colour::kDim);
  }
  return "";
}

// A line end is one where the next line is set in; any other, as in a file's name, could pass for a line of ours.
string shown_lines(std::string_view text) {
  const size_t end = text.find("\n  ");
  if (end == std::string_view::npos) return integrations::printable(text);
  return integrations::printable(text.substr(0, end)) + "\n" + shown_lines(text.substr(end + 1));
}

string text_of(const Check& check) {
  constexpr std::string_view kIndent = "                      ";
  string out = fmt::format("{} {:<19} {}{}{}\n", mark(check.status), check.id,
                           integrations::printable(check.subject),
                           check.subject.empty() ? "" : ": ", shown_lines(check.detail));
  if (check.has_tools) out += tool_lines(check.tools, check.subject, string(kIndent));
  if (!check.fix.empty()) out += fmt::format("{}fix: {}\n", kIndent, shown_lines(check.fix));
  return out;
}

string json_of(const Check& check) {
  JsonObject object;
  object.text("id", check.id)
      .text("status", to_string(check.status))
      .text_if("subject", check.subject)
      .text("detail", check.detail)
      .text_if("fix", check.fix)
      .text_if("file", check.file);
  if (check.line > 0) object.integer("line", static_cast<int64_t>(check.line));
  if (check.ms > 0) object.integer("ms", check.ms);
  if (check.has_tools) {
    const auto list = [](const std::vector<string>& names) {
      std::vector<string> quoted;
      for (const string& name : names) json::append_string(quoted.emplace_back(), name);
      return json_array(quoted);
    };
    const bool shadow = check.tools.shadow;
    JsonObject tools;
    tools.raw("allowed", list(check.tools.allowed))
        .raw(shadow ? "would_ask" : "asks", list(check.tools.asks))
        .raw(shadow ? "would_deny" : "denied", list(check.tools.denied))
        .text_if("trouble", check.tools.trouble);
    if (check.tools.held) tools.boolean("held", true);
    object.raw("tools", tools.done());
  }
  return object.done();
}

}  // namespace

std::string_view to_string(CheckStatus status) {
  switch (status) {
    case CheckStatus::kGood: return "ok";
    case CheckStatus::kWarn: return "warn";
    case CheckStatus::kFail: return "fail";
    case CheckStatus::kSkip: return "skip";
  }
  return "";
}

// JSON says it apart from the sentence.
static void stands_at(Check& check, const policy::Place& place) {
  if (place.line == 0) return;
  check.file = place.file;
  check.line = static_cast<size_t>(place.line);
}

void check_policy(const Patient& patient, const string& policy, const string& said_by) {
  // Not waited for: a pipe in its place.
  if (const auto file = check_regular(policy); !file && policy.find('/') != string::npos) {
    patient.add("policy.loads", CheckStatus::kFail, policy,
                fmt::format("{} ({})", file.error().what, said_by), "name a file, or a preset");
    return;
  }
  const ReadyPolicy ready = ready_policy(policy);
  if (ready.policy) {
    patient.add("policy.loads", CheckStatus::kGood, policy, said_by);
    // `approvals` reads the usual settings, whatever those of an entry are.
    for (const NobodyToAsk& each :
         nobody_to_ask(*ready.policy, patient.settings.groups, patient.config_file))
      stands_at(patient.add("policy.approvers", CheckStatus::kWarn, policy, "asks " + each.what,
                            "give user ids under `groups:` there, or mend the name"),
                each.place);
    check_level(patient, policy);
    return;
  }
  Check& check = patient.add("policy.loads", CheckStatus::kFail, policy, "",
                             fmt::format("agentmesh policy check {}", shell_word(policy)));
  string why = "it does not load";
  for (const policy::Diagnostic& diagnostic : ready.diagnostics)
    if (diagnostic.level == policy::Diagnostic::Level::kError) {
      why = policy::to_string(diagnostic);
      stands_at(check, diagnostic.place);
      break;
    }
  check.detail = fmt::format("{} ({})", why, said_by);
}

int run_doctor(const DoctorOptions& options) {
  if (!options.config_path.empty() && options.clients.size() != 1) {
    complain("doctor: --config-path goes with the client that reads the file, such as --claude");
    return kUsage;
  }
  if (options.timeout_s < 1 || options.timeout_s > 3600) {
    complain("doctor: --timeout is 1 to 3600 seconds");
    return kUsage;
  }
  const config::Environment environment = config::system_environment();
  auto state_dir = config::state_directory(options.state_dir, environment);
  if (!state_dir) {
    complain(state_dir.error().what);
    return kUsage;
  }
  auto file = config::config_file(options.config, environment);
  if (!file) {
    complain(file.error().what);
    return kUsage;
  }
  std::vector<Check> checks;
  NamedByOthers others = named_by_wrapped(environment, *state_dir);
  config::LoadedSettings loaded = config::load_settings(file->path, file->required);
  Patient patient{
      options,           environment, std::move(*state_dir), file->path, std::move(loaded.settings),
      std::move(others), checks};
  if (loaded.failed) {
    Check& check = patient.add("policy.loads", CheckStatus::kFail, "agentmesh.yaml",
                               "it does not load", "mend the file: no server starts before");
    check.file = file->path;
    for (const policy::Diagnostic& diagnostic : loaded.diagnostics)
      if (diagnostic.level == policy::Diagnostic::Level::kError) {
        check.detail = policy::to_string(diagnostic);
        stands_at(check, diagnostic.place);
      }
  }

  std::vector<string> states = check_clients(patient);
  if (loaded.failed)
    patient.add("policy.loads", CheckStatus::kSkip, "the default",
                "agentmesh.yaml chooses it, and does not load");
  else
    check_policy(patient, patient.settings.policy, "the default");
  states.insert(states.begin(), patient.state_dir);
  for (size_t i = 0; i < states.size(); ++i)
    if (std::find(states.begin(), states.begin() + static_cast<std::ptrdiff_t>(i), states[i]) ==
        states.begin() + static_cast<std::ptrdiff_t>(i))
      check_state(patient, states[i]);
  check_clock(patient);

  std::stable_sort(checks.begin(), checks.end(), [](const Check& a, const Check& b) {
    return place_of_check(a) < place_of_check(b);
  });
  const size_t failed = count(checks, CheckStatus::kFail);
  const size_t warned = count(checks, CheckStatus::kWarn);
  if (options.json) {
    std::vector<string> rows;
    for (const Check& check : checks) rows.push_back(json_of(check));
    print(JsonObject()
              .boolean("ok", failed == 0)
              .text("version", kVersion)
              .raw("checks", json_array(rows))
              .done() +
          "\n");
  } else {
    for (const Check& check : checks) print(text_of(check));
    print(fmt::format("{} ok, {} to look at, {} failed\n", count(checks, CheckStatus::kGood),
                      warned, failed));
  }
  return failed == 0 ? kOk : kNo;
}

}  // namespace agentmesh::cli
