#include "policy/scan/shell_traces.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "policy/scan/decode.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

enum class Trace { kNone, kLog, kWitness };  // a witness tells who came and what was done

Trace trace_at(std::string_view word) {
  constexpr std::array<std::string_view, 13> kWitnesses = {
      "auth.log", "secure",   "wtmp",     "btmp",     "utmp",       "lastlog",  "faillog",
      "syslog",   "messages", "kern.log", "sudo.log", "system.log", "audit.log"};
  constexpr std::array<std::string_view, 6> kHistories = {
      ".bash_history",           ".zsh_history", ".sh_history", "fish_history",
      "consolehost_history.txt", ".ash_history"};
  const std::string path = ascii_lower(word.substr(0, 4096));
  const std::string_view name = std::string_view(path).substr(path.find_last_of("/\\") + 1);
  if (is_among(kHistories, name)) return Trace::kWitness;
  if (!path.starts_with("/var/log/") && !path.starts_with("/run/utmp") &&
      !path.starts_with("/var/run/utmp"))
    return Trace::kNone;
  const bool witness = is_among(kWitnesses, name) || path.starts_with("/var/log/audit/") ||
                       path.starts_with("/var/log/journal/");
  return witness ? Trace::kWitness : Trace::kLog;
}

// Nothing comes out of it: `> f`, `: > f`, `cat /dev/null > f`
bool writes_nothing(const ShellRun& run) {
  if (run.name == "cat" || run.name == "cp") return run.has_argument("/dev/null");
  if (run.name == "echo" || run.name == "printf")
    return run.arguments.empty() || run.arguments.back() == "-n" || run.arguments.back().empty();
  return run.name.empty() || run.name == ":" || run.name == "true";
}

// The words of which the files are taken away or written over: arguments [first, second) of the command.
std::pair<size_t, size_t> taken(const ShellRun& run) {
  constexpr std::array<std::string_view, 8> kTake = {"rm",  "shred", "unlink", "truncate",
                                                     "srm", "wipe",  "del",    "remove-item"};
  const size_t all = run.arguments.size();
  if (all == 0) return {0, 0};
  if (is_among(kTake, run.name) || run.name == "dd") return {0, all};
  if (run.name == "mv") return {0, all - 1};
  if (run.name == "cp" || run.name == "ln")
    return {run.has_argument("/dev/null") ? all - 1 : all, all};
  if (run.name == "sed") return {run.option('i', "--in-place") ? 1 : all, all};
  if (run.name == "tee") return {run.option('a', "--append") ? all : 0, all};
  return {0, 0};
}

}  // namespace

void find_traces(const ShellRun& run, std::vector<Hit>& hits) {
  const auto hit = [&hits](Trace trace) {
    if (trace == Trace::kNone) return;
    add_hit(hits, {"shell.traces", trace == Trace::kWitness ? Severity::kHigh : Severity::kMedium});
  };
  for (const Redirect& redirect : run.command->redirects) {
    if (redirect.op != ">" && redirect.op != ">|") continue;
    const Trace trace = trace_at(redirect.target);
    if (trace == Trace::kWitness || writes_nothing(run)) hit(trace);
  }
  const auto [first, end] = taken(run);
  for (size_t i = first; i < end; ++i) {
    std::string_view word = run.arguments[i];
    if (run.name == "dd") {
      if (!word.starts_with("of=")) continue;
      word.remove_prefix(3);
    }
    hit(trace_at(word));
  }
}

}  // namespace agentmesh::policy::scan
