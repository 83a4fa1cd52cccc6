// What commands that change something share: the record that comes before the effect, and who may not give commands.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/result.h"

namespace agentmesh::cli {

// Appends one record to the log and returns when it is written. main makes it from audit::Log, tests from a list.
using Recorder = std::function<Result<void>(const audit::Record&)>;

// "uid:1000": who runs this command.
std::string this_user();

// Why a descendant of a governed server may not run this command; nothing if this process is none. An agent must not
// govern its governor (policy.md, Self-protection).
std::optional<std::string> refusal_of_governed(const std::string& state_dir,
                                               std::string_view command);

}  // namespace agentmesh::cli
