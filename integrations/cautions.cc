#include "integrations/cautions.h"

#include <algorithm>

namespace agentmesh::integrations {
namespace {

bool holds(const Entry& entry, const Caution& caution) {
  if (!caution.under.empty() && entry.under != caution.under) return false;
  if (caution.key.empty()) return true;
  const Field* const field = entry.find(caution.key);
  if (field == nullptr) return false;
  const std::string_view value =
      field->kind == Kind::kTrue ? std::string_view("true") : field->text;
  if (!caution.value.empty() && value != caution.value) return false;
  return caution.member.empty() ||
         std::any_of(field->members.begin(), field->members.end(),
                     [&](const Field& member) { return member.key == caution.member; });
}

}  // namespace

std::vector<const Caution*> cautions_of(const Client& client, const Entry& entry) {
  std::vector<const Caution*> held;
  for (const Caution& caution : client.cautions)
    if (holds(entry, caution)) held.push_back(&caution);
  return held;
}

bool runs_elsewhere(const Client& client, const Entry& entry) {
  const auto held = cautions_of(client, entry);
  return std::any_of(held.begin(), held.end(),
                     [](const Caution* caution) { return caution->elsewhere; });
}

}  // namespace agentmesh::integrations
