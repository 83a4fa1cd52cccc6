#include "bench/rules.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace agentmesh::bench {

std::string policy_file(size_t count) {
  // {} is the rule's number, so that no two are alike.
  constexpr std::array<std::string_view, 8> kKinds = {
      "tool: delete_table_{0}\n    action: deny",
      "tool: \"admin_{0}_*\"\n    action: require_approval",
      "tool: \"*\"\n    args: {{path: \"/srv/area-{0}/*\"}}\n    action: warn",
      "condition: \"findings.exists(f, f.id == 'url.private' && f.where == 'arguments.field{0}')\"\n    action: deny",
      "condition: \"has(args.text) && args.text.contains('codename-{0}')\"\n    action: deny",
      "condition: \"action.type == 'write' && session.denied > {0}\"\n    action: require_approval",
      "server: \"internal-{0}-*\"\n    condition: \"action.type in ['write', 'export']\"\n    action: deny",
      "args: {{title: \"/^secret plan {0}$/\"}}\n    action: log",
  };
  std::string text =
      "version: \"1.0\"\nname: bench\ndescription: moderate and more rules\nextends: [moderate]\ndefault: allow\n";
  if (count > 0) text += "rules:\n";
  for (size_t i = 0; i < count; ++i)
    text += fmt::format("  - name: more-{}\n    {}\n", i,
                        fmt::format(fmt::runtime(kKinds[i % kKinds.size()]), i));
  return text;
}

}  // namespace agentmesh::bench
