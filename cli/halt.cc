#include "cli/halt.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/printable.h"
#include "base/shell_word.h"
#include "cli/here.h"
#include "cli/json_object.h"
#include "cli/opened.h"
#include "cli/restored.h"
#include "cli/say.h"
#include "cli/strangers.h"
#include "trust/wake.h"

namespace agentmesh::cli {
namespace {

// What halt and resume share: where, and the open shared file. Not kOk: it was complained about.
struct Brake {
  std::optional<Here> here;
  Opened opened;
};

// A server that could halt would stop every other one. One that could resume would let itself go: what cannot be told is enough
// to refuse that, and no reason for the brake not to hold.
bool refused(const std::string& state_dir, std::string_view act) {
  if (act != "halt") return refused_to_servers(state_dir, act);
  Doubt doubt;
  if (refused_to_known_servers(state_dir, act, doubt)) return true;
  if (!doubt.what.empty()) complain(doubt.what + "; it is halted all the same");
  return false;
}

int open(const HaltOptions& options, std::string_view act, Brake& brake) {
  if (options.server.empty() != options.all) {
    complain("name one server, or give --all");
    return kUsage;
  }
  brake.here = find_here_despite_settings(options.state_dir);
  if (!brake.here) return kUsage;
  tell_if_not_there(options.state_dir, brake.here->state_dir);
  if (refused(brake.here->state_dir, act)) return kNo;
  if (auto made = make_directories(brake.here->state_dir, 0700); !made) {
    complain(made.error().what);
    return kUsage;
  }
  restore_lost(*brake.here);
  return brake.opened.open_shared(brake.here->state_dir) ? kOk : kUsage;
}

std::string shown(const std::string& server) { return printable(server, 256); }
std::string resume_command(const Brake& brake, const std::string& server) {
  return fmt::format("`agentmesh resume{} {}`", state_words(brake.here->state_dir),
                     server.empty() ? "--all" : last_operand(shown(server)));
}

Result<void> note(const Here& here, std::string_view act, const HaltOptions& options) {
  audit::Operator record;
  record.act = act;
  record.target = options.all ? "all" : "server:" + options.server;
  record.why = options.why;
  record.by = this_user();
  return recorder(here)(record);
}

int told(const HaltOptions& options, std::string_view act, const std::string& sentence) {
  if (options.json) {
    print(JsonObject().text("act", act).text("server", options.all ? "*" : options.server).done() +
          "\n");
  } else {
    print(sentence + "\n");
  }
  return kOk;
}

}  // namespace

int run_halt(const HaltOptions& options) {
  Brake ready;
  if (const int no = open(options, "halt", ready); no != kOk) return no;
  // The brake comes first: a log that cannot be written must not keep it from holding.
  trust::Halt halt;
  halt.server = options.server;
  halt.why = options.why;
  halt.by = this_user();
  halt.since_us = ready.opened.clock.wall_us();
  if (auto done = ready.opened.shared->halt(halt); !done) {
    complain(done.error().what);
    return kUsage;
  }
  if (auto noted = note(*ready.here, "halt", options); !noted)
    complain("it holds, but could not be recorded: " + noted.error().what);
  // A brake on a name that nobody has holds nothing back: a slip of the hand must not look like a halt.
  if (!options.all) tell_of_stranger(options.server, ready.here->state_dir, "it holds");
  (void)trust::touch_wake(ready.here->state_dir);  // proxies look at the flag at every call anyway
  const std::string resume = resume_command(ready, options.server);
  return told(
      options, "halt",
      options.all
          ? fmt::format("halted: every governed call on this machine is denied until {}", resume)
          : fmt::format("halted: every call to {} is denied until {}", shown(options.server),
                        resume));
}

int run_resume(const HaltOptions& options) {
  Brake ready;
  if (const int no = open(options, "resume", ready); no != kOk) return no;
  bool halted = false;
  for (const trust::Halt& halt : ready.opened.shared->halts())
    halted = halted || halt.server == options.server;
  if (!halted) {
    complain(options.all ? "nothing is halted as a whole"
                         : shown(options.server) + " is not halted");
    return kNo;
  }
  if (auto noted = note(*ready.here, "resume", options); !noted) {
    complain("not resumed, because it cannot be recorded: " + noted.error().what);
    return kUsage;
  }
  if (auto done = ready.opened.shared->resume(options.server); !done) {
    complain(done.error().what);
    return kUsage;
  }
  std::string sentence = options.all ? "resumed" : shown(options.server) + " is resumed";
  for (const trust::Halt& halt : ready.opened.shared->halts())
    if (options.all || halt.server.empty())
      sentence += fmt::format("; {} still halted: {}",
                              halt.server.empty() ? "everything is" : shown(halt.server) + " is",
                              resume_command(ready, halt.server));
  return told(options, "resume", sentence);
}

}  // namespace agentmesh::cli
