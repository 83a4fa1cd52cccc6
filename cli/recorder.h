// What commands that change something share: the record that comes before the effect, and who may not give commands.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/result.h"

namespace agentmesh::cli {

// Appends one record to the log and returns when it is written. main makes it from audit::Log, tests from a list.
using Recorder = std::function<Result<void>(const audit::Record&)>;

// "uid:1000": who runs this command.
std::string this_user();

// True, with a complaint, if this process descends from a governed server: an agent must not govern its governor (policy.md,
// Self-protection). `command` as it is typed behind `agentmesh`. The command ends with kNo then.
bool refused_to_servers(const std::string& state_dir, std::string_view command);

}  // namespace agentmesh::cli
