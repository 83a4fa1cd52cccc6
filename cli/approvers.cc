#include "cli/approvers.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trust/definition.h"

namespace agentmesh::cli {
namespace {

// `user` is whoever runs the proxy, unless a group is called so; any other name that is no group is nobody.
bool is_somebody(const std::string& approver,
                 const std::map<std::string, std::vector<uid_t>>& groups) {
  const auto group = groups.find(approver);
  return group == groups.end() ? approver == "user" : !group->second.empty();
}

}  // namespace

std::vector<NobodyToAsk> nobody_to_ask(const policy::Policy& policy,
                                       const std::map<std::string, std::vector<uid_t>>& groups,
                                       const std::string& settings) {
  std::vector<NobodyToAsk> all;
  for (const policy::Policy::Approvers& asked : policy.approvers()) {
    std::vector<std::string> nobody;
    std::vector<std::string> others;
    for (const std::string& name : asked.names)
      (is_somebody(name, groups) ? others : nobody).push_back(trust::printable(name, 256));
    if (nobody.empty()) continue;
    all.push_back(
        {{std::string(asked.file), asked.line, 0},
         fmt::format(
             "{} for a yes (rule {}, {}:{}), and `groups:` in {} has nobody of that name: {} can approve",
             fmt::join(nobody, " or "), asked.rule, asked.file, asked.line, settings,
             others.empty() ? "nobody" : fmt::format("only {}", fmt::join(others, " and ")))});
  }
  return all;
}

bool may_approve(const std::string& approvers,
                 const std::map<std::string, std::vector<uid_t>>& groups, uid_t user) {
  if (approvers.empty()) return true;
  for (size_t at = 0; at <= approvers.size();) {
    const size_t end = std::min(approvers.find(',', at), approvers.size());
    std::string_view name = std::string_view(approvers).substr(at, end - at);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    at = end + 1;
    const auto group = groups.find(std::string(name));
    if (group == groups.end()) {
      if (name == "user")
        return true;  // the state directory is this user's own, or it could not be read
    } else if (std::find(group->second.begin(), group->second.end(), user) != group->second.end()) {
      return true;
    }
  }
  return false;
}

}  // namespace agentmesh::cli
