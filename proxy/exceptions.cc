#include "proxy/exceptions.h"

namespace agentmesh::proxy {

void Exceptions::replace(const std::vector<trust::Allowance>& all, std::string_view server) {
  kept_.clear();
  for (const trust::Allowance& allowance : all)
    if (allowance.server == server) kept_.push_back({allowance, {"allow:" + allowance.id}});
}

const policy::Exemption* Exceptions::find(std::string_view tool, json::View args,
                                          int64_t now_us) const {
  for (const Kept& kept : kept_)
    if (kept.allowance.holds_at(now_us) && kept.allowance.fits(kept.allowance.server, tool, args))
      return &kept.exemption;
  return nullptr;
}

}  // namespace agentmesh::proxy
