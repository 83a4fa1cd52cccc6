// policy.mode, audit.on_error, audit.durability, state.halted: what an entry's policy does not tell of what happens to its calls.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "base/printable.h"
#include "base/shell_word.h"
#include "cli/doctor_server.h"
#include "cli/policy_in_use.h"
#include "integrations/own_places.h"
#include "trust/shared.h"

namespace agentmesh::cli {
namespace {

using integrations::Entry;
using std::string;

class Watched {
 public:
  Watched(const Patient& patient, const ClientFile& file, const Entry& entry, const InUse& now)
      : patient_(patient),
        file_(file),
        entry_(entry),
        now_(now),
        place_(fmt::format("{}:{}", file.path, entry.line)) {}

  void check() {
    for (const auto& [option, unknown] : now_.unfilled) {
      const char* const id = option == "--policy" ? "policy.loads"
                             : option == "--mode" ? "policy.mode"
                                                  : "config.elsewhere";
      say(id, CheckStatus::kSkip,
          fmt::format("{}: only the client can fill in {}", option, printable(unknown, 256)));
    }
    // Of what is not known nothing is said.
    if (!now_.unfilled.contains("--mode")) check_mode();
    if (!now_.unfilled.contains("--config")) check_record();
    if (!now_.unfilled.contains("--state-dir")) check_halts();
  }

 private:
  void check_mode() {
    const bool own_word = !now_.mode.empty();
    if (own_word && !mode_from(now_.mode)) {
      say("policy.mode", CheckStatus::kFail,
          fmt::format("--mode {} is no mode: its proxy does not start", now_.mode),
          fmt::format("enforce or shadow, at {}", place_));
      return;
    }
    if (!now_.policy.policy || !now_.policy.shadow) return;
    string from = own_word ? "--mode of the entry" : now_.policy.mode_said_by;
    if (own_word && now_.policy.policy->mode() == policy::Mode::kEnforce)
      from += "; the policy asks for enforce";
    say("policy.mode", CheckStatus::kWarn,
        fmt::format(
            "shadow ({}): it is only watched, and calls pass that the policy denies or asks about",
            from),
        own_word ? fmt::format("take --mode out of the entry at {}, if that is not meant", place_)
                 : fmt::format("write mode: enforce at {}, if that is not meant",
                               now_.policy.mode_said_by));
  }

  void check_record() {
    const audit::Options& audit = now_.settings.proxy.audit;
    if (audit.on_error == audit::OnError::kAllow)
      say("audit.on_error", CheckStatus::kWarn,
          fmt::format("allow ({}): where the log cannot be written, calls pass unrecorded",
                      now_.config_file),
          fmt::format("take audit: on_error out of {}, if that is not meant", now_.config_file));
    const string word = integrations::run_option(entry_, "--durability");
    const bool queued =
        word.empty() ? audit.durability == audit::Durability::kQueued : word == "queued";
    if (queued)
      say("audit.durability", CheckStatus::kSkip,
          fmt::format(
              "queued ({}): a call does not wait for its record, and the last ones may be lost",
              word.empty() ? now_.config_file : "--durability of the entry"));
  }

  void check_halts() {
    SystemRandom random;
    const auto shared = trust::Shared::open_to_read(now_.state_dir, random);
    if (!shared || *shared == nullptr) return;
    std::vector<string> halts;
    std::vector<string> ends;
    for (const trust::Halt& halt : (*shared)->halts()) {
      if (!halt.server.empty() && halt.server != now_.server) continue;
      halts.push_back(fmt::format(
          "{} halted{}{} since {}Z{}{}", halt.server.empty() ? "every server is" : "it is",
          halt.by.empty() ? "" : " by ", halt.by, rfc3339(halt.since_us).substr(0, 19),
          halt.why.empty() ? "" : ": ", printable(halt.why, 256)));
      ends.push_back(fmt::format(
          "agentmesh resume{} {}", config::state_words(now_.state_dir, {patient_.environment}),
          halt.server.empty() ? "--all" : last_operand(printable(halt.server, 256))));
    }
    if (halts.empty()) return;
    say("state.halted", CheckStatus::kWarn,
        fmt::format("{}; every call is denied", fmt::join(halts, "; ")),
        fmt::format("{}", fmt::join(ends, " && ")));
  }

  void say(const char* id, CheckStatus status, string detail, string fix = "") {
    about(patient_, file_, entry_, id, status, std::move(detail), std::move(fix));
  }

  const Patient& patient_;
  const ClientFile& file_;
  const Entry& entry_;
  const InUse& now_;
  const string place_;
};

}  // namespace

void check_watched(const Patient& patient, const ClientFile& file, const Entry& entry,
                   const InUse& now) {
  Watched(patient, file, entry, now).check();
}

}  // namespace agentmesh::cli
