#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include <fmt/format.h>

#include "cli/doctor_server.h"
#include "integrations/own_path.h"
#include "integrations/summary.h"

namespace agentmesh::cli {
namespace {

using integrations::Entry;
using integrations::Field;
using integrations::Standing;
using std::string;

class Targets {
 public:
  explicit Targets(const Patient& patient) : patient_(patient) {}

  void check(Server& server) {
    if (server.plan.elsewhere) {
      say(server, CheckStatus::kSkip, server.plan.why_not);
      return;
    }
    const Entry& entry = *server.entry;
    const bool ours = entry.standing == Standing::kOurs;
    const string& raw = ours ? entry.words()[entry.dashes + 1] : entry.command_field().text;
    const auto command = filled(server, raw);
    if (!command) return;
    if (command->find('/') != string::npos) {
      check_target_path(server, *command);
    } else {
      check_target_name(server, *command);
    }
  }

 private:
  // With what only the client knows filled in; nothing: it cannot be, and that was said.
  std::optional<string> filled(const Server& server, const string& raw) {
    string unknown;
    auto text =
        filled_in(*server.file->client, raw, server.file->path, patient_.environment, unknown);
    if (!text)
      say(server, CheckStatus::kSkip,
          fmt::format("only the client can fill in {}", integrations::printable(unknown)));
    return text;
  }

  void check_target_path(Server& server, const string& command) {
    const string name = integrations::printable(command);
    string path = command;
    if (!command.starts_with('/')) {
      const Field* cwd = server.entry->find("cwd");
      if (cwd == nullptr) {
        say(server, CheckStatus::kWarn,
            fmt::format("{} is a relative path: it depends on where the client runs", name),
            "write the absolute path, or set cwd, at " + server.place);
        return;
      }
      const auto directory = filled(server, cwd->text);
      if (!directory) return;
      path = *directory + "/" + command;
    }
    struct stat status {};
    const bool runs = ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                      ::access(path.c_str(), X_OK) == 0;
    if (runs) {
      say(server, CheckStatus::kGood, name);
    } else {
      missing(server, name);
    }
  }

  void check_target_name(Server& server, const string& command) {
    const string name = integrations::printable(command);
    const auto own_path = path_of(server);
    if (!own_path) return;
    const string found = integrations::find_program(
        command, own_path->empty() ? patient_.environment("PATH").value_or("") : *own_path);
    if (found.empty()) {
      missing(server, name);
    } else if (own_path->empty() && integrations::find_program(command, kBarePath).empty()) {
      say(server, CheckStatus::kWarn,
          fmt::format(
              "{} is found here, as {}, but not by a program that was not started from a shell",
              name, found),
          fmt::format("write {} as the server's command at {}", found, server.place));
    } else {
      say(server, CheckStatus::kGood, fmt::format("{} ({})", name, found));
    }
  }

  // The PATH that the entry sets, in env or its envFile; "" if none; nothing: it cannot be told, and that was said.
  std::optional<string> path_of(const Server& server) {
    if (server.plan.trial) {
      string path;
      for (const auto& [name, value] : server.plan.trial->variables)
        if (name == "PATH") path = value;
      return path;
    }
    const Entry& entry = *server.entry;
    if (const Field* env = entry.find("env"))
      for (const Field& variable : env->members)
        if (variable.key == "PATH") return filled(server, variable.text);
    if (entry.find("envFile") == nullptr) return "";
    say(server, CheckStatus::kSkip, server.plan.why_not);
    return std::nullopt;
  }

  // Fatal only for a server that its client would start.
  void missing(Server& server, const string& name) {
    const bool off = server.plan.switched_off;
    say(server, off ? CheckStatus::kWarn : CheckStatus::kFail,
        fmt::format("{} was not found, or cannot be run{}", name,
                    off ? " (the server is switched off)" : ""),
        fmt::format("install it, or write its absolute path at {}", server.place));
    if (off) return;
    server.can_start = false;
    server.why_not = "its command was not found";
  }

  void say(const Server& server, CheckStatus status, string detail, string fix = "") {
    about(patient_, *server.file, *server.entry, "target.resolves", status, std::move(detail),
          std::move(fix));
  }

  const Patient& patient_;
};

}  // namespace

string shown(const Entry& entry) {
  return entry.scope.empty() ? entry.name : entry.name + " (" + entry.scope + ")";
}

Check& about(const Patient& patient, const ClientFile& file, const Entry& entry, const char* id,
             CheckStatus status, string detail, string fix) {
  Check& check = patient.add(id, status, shown(entry), std::move(detail), std::move(fix));
  check.file = file.path;
  check.line = entry.line;
  return check;
}

void check_target(const Patient& patient, Server& server) { Targets(patient).check(server); }

}  // namespace agentmesh::cli
