#include "policy/facts.h"

#include "policy/kinds.h"

namespace agentmesh::policy {

void look(const RuleSet& set, const Input& input, Seen& out) {
  out = Seen();
  if (input.method == "tools/call" || input.stage == Stage::kList) {
    out.kind = read_name(input.tool).kind;
    if (const ToolEntry* entry = set.tool_entry(input.tool)) {
      if (entry->kind) out.kind = *entry->kind;
      out.reversible = entry->reversible.value_or(false);
    }
  } else {
    out.kind = kind_of_method(input.method);
  }
  out.findings.assign(input.findings.begin(), input.findings.end());
  out.facts.type = to_string(out.kind);
  out.facts.sql = "none";
  out.facts.reads = out.kind == Kind::kRead || out.kind == Kind::kQuery;
  out.facts.private_place = out.facts.reads && set.server_is_private(input.server);
}

}  // namespace agentmesh::policy
