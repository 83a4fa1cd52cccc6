#include "trust/trust.h"

namespace agentmesh::trust {

namespace {

constexpr std::array<std::string_view, kDimensions> kDimensionNames{
    "policy_compliance", "security_posture", "output_quality", "resource_efficiency",
    "collaboration_health"};

}  // namespace

std::string_view to_string(Dimension dimension) {
  return kDimensionNames[static_cast<size_t>(dimension)];
}

std::optional<Dimension> dimension_of(std::string_view name) {
  for (size_t i = 0; i < kDimensions; ++i) {
    if (kDimensionNames[i] == name) return static_cast<Dimension>(i);
  }
  return std::nullopt;
}

Tier tier_of(int score) {
  if (score >= 900) return Tier::kVerifiedPartner;
  if (score >= 700) return Tier::kTrusted;
  if (score >= 500) return Tier::kStandard;
  if (score >= 300) return Tier::kProbationary;
  return Tier::kUntrusted;
}

std::string_view to_string(Tier tier) {
  switch (tier) {
    case Tier::kVerifiedPartner: return "verified_partner";
    case Tier::kTrusted: return "trusted";
    case Tier::kStandard: return "standard";
    case Tier::kProbationary: return "probationary";
    case Tier::kUntrusted: break;
  }
  return "untrusted";
}

}  // namespace agentmesh::trust
