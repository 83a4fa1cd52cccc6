// Probe: what a governed server offers, as its policy sees it: each tool allowed, to be asked about, or denied, as far as that
// can be told without arguments; in shadow mode, what would have been.

#pragma once

#include <string>
#include <vector>

#include "cli/trial.h"
#include "proxy/policy_in_use.h"

namespace agentmesh::cli {

struct JudgedTools {
  std::vector<std::string> allowed, asks, denied;
  bool shadow = false;  // all of them pass
  bool held = false;    // the policy shows nothing of a new server before a person has approved it
  bool elsewhere = false;  // only its client knows the state directory: no command can be told
  std::string trouble;     // the policy does not load
  std::string
      state_words;  // cli/here.h, of the state directory that the commands in tool_lines() are for
};
JudgedTools judge_tools(const proxy::PolicyInUse& policy, const std::string& server,
                        const std::vector<SeenTool>& tools);

// Lines for people, indented by `indent`: the tools by what happens to them.
std::string tool_lines(const JudgedTools& judged, const std::string& server,
                       const std::string& indent);

}  // namespace agentmesh::cli
