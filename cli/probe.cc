#include "cli/probe.h"

#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/files.h"
#include "cli/say.h"
#include "integrations/summary.h"
#include "policy/question.h"

namespace agentmesh::cli {
namespace {

using std::string;

constexpr size_t kMostNames = 12;

string names_line(const char* what, const std::vector<string>& names, Colour colour,
                  const string& indent) {
  if (names.empty()) return {};
  string line = fmt::format("{}{} ({}): ", indent, coloured(what, colour), names.size());
  for (size_t i = 0; i < names.size() && i < kMostNames; ++i)
    line += (i > 0 ? ", " : "") + integrations::printable(names[i]);
  if (names.size() > kMostNames) line += fmt::format(" and {} more", names.size() - kMostNames);
  return line + "\n";
}

}  // namespace

JudgedTools judge_tools(const proxy::PolicyInUse& policy, const string& server,
                        const std::vector<SeenTool>& tools) {
  JudgedTools judged;
  if (!policy.policy) {
    judged.trouble = "its policy does not load";
    return judged;
  }
  judged.shadow = policy.shadow;
  judged.held = !judged.shadow && policy.policy->first_sight() == policy::FirstSight::kHold;
  for (const SeenTool& tool : tools) {
    policy::Question question;
    question.tool = tool.name;
    question.server = server;
    question.args = "{}";
    question.definition = tool.definition;
    question.now_us = SystemClock().wall_us();
    question.local = local_time(question.now_us);
    question.surroundings.working_directory = current_directory();
    question.surroundings.home = home_directory();
    const auto input = question.input();
    if (!input) continue;
    switch (policy.policy->ask(*input).action) {
      case policy::Action::kDeny: judged.denied.push_back(tool.name); break;
      case policy::Action::kRequireApproval: judged.asks.push_back(tool.name); break;
      default: judged.allowed.push_back(tool.name); break;
    }
  }
  return judged;
}

string tool_lines(const JudgedTools& judged, const string& server, const string& indent) {
  if (!judged.trouble.empty()) return indent + judged.trouble + "\n";
  const bool shadow = judged.shadow;
  string out =
      names_line("allowed", judged.allowed, Colour::kGreen, indent) +
      names_line(shadow ? "would ask you" : "asks you", judged.asks, Colour::kYellow, indent) +
      names_line(shadow ? "would be denied" : "denied", judged.denied, Colour::kRed, indent);
  if (judged.held && !judged.elsewhere)
    out += fmt::format(
        "{0}shown to the client once you have looked (agentmesh pins list{2} {1}) and accepted: "
        "agentmesh pins approve{2} {1}\n",
        indent, server, judged.state_words);
  return out;
}

}  // namespace agentmesh::cli
