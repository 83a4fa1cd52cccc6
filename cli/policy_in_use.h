// The policy that a proxy runs with: read, compiled, and ready to be read again (proxy/policy_in_use.h).

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/wrapped.h"
#include "config/settings.h"
#include "policy/rules.h"
#include "proxy/policy_in_use.h"

namespace agentmesh::cli {

struct PolicyChoice {
  std::string policy;                // a preset's name or a file
  std::string state_dir;             // protected with every policy
  std::string config_file;           // protected, too
  std::optional<policy::Mode> mode;  // of the command line: stronger than the policy's own
  config::Settings settings;         // their mode is weaker
  NamedByOthers others;              // protected, too
  std::vector<std::string> command;  // the server's: where clients keep projects is protected, too
};

// What --mode says; nothing for "" and what is no mode.
std::optional<policy::Mode> mode_from(const std::string& word);

// `diagnostics`, if given, gets all of them; `error` of the result is the first error in one line.
proxy::PolicyInUse policy_in_use(const PolicyChoice& choice,
                                 std::vector<policy::Diagnostic>* diagnostics = nullptr);

}  // namespace agentmesh::cli
