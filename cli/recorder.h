// What commands that change something share: the record that comes before the effect, and who may not give commands.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/result.h"

namespace agentmesh::cli {

// Appends one record to the log and returns when it is written. main makes it from audit::Log, tests from a list.
using Recorder = std::function<Result<void>(const audit::Record&)>;

// "uid:1000": who runs this command.
std::string this_user();

// True, with a complaint, if this process descends from a governed server, or if that cannot be told: an agent must not govern its
// governor (policy.md, Self-protection). `command` as it is typed behind `agentmesh`. The command ends with kNo then.
// Asked are the processes above, and wherever a proxy could have noted it (governors.h), not only the directory that the command was
// given.
//
// Asked by whatever changes what holds, or destroys what is recorded: allow (and end), approvals, pins, policy reload, trust report
// and reset, halt, resume, keys rotate, audit prune, erase and recover, init-integration. `approvals list` and `pins list`
// as well: what they showed is what a person knows. `more`: state directories that only this command knows of.
bool refused_to_servers(const std::string& state_dir, std::string_view command,
                        const std::vector<std::string>& more = {});

// Why it cannot be told, and what would help; both "" if it can.
struct Doubt {
  std::string what;
  std::string help;
};
// The same for `halt`, which goes on where it cannot be told: a brake must hold whoever pulls it.
bool refused_to_known_servers(const std::string& state_dir, std::string_view command, Doubt& doubt,
                              const std::vector<std::string>& more = {});

}  // namespace agentmesh::cli
