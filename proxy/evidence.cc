#include "proxy/evidence.h"

#include <algorithm>
#include <iterator>

namespace agentmesh::proxy {
namespace {

// What we did not do or see is nothing against anybody.
bool is_ours(std::string_view id) { return id == kUnlisted || id == kUninspected; }

// Tells what a text holds or where a place is, and not that somebody did wrong.
bool is_fact(std::string_view id) {
  constexpr std::string_view kKinds[] = {"pii.", "secret.", "data."};
  constexpr std::string_view kFacts[] = {"url.private", "path.outside-roots", "path.unresolved",
                                         "sql.unparsed"};
  return std::any_of(std::begin(kKinds), std::end(kKinds),
                     [id](std::string_view kind) { return id.starts_with(kind); }) ||
         std::find(std::begin(kFacts), std::end(kFacts), id) != std::end(kFacts);
}

}  // namespace

std::vector<trust::Remark> FindingWeights::weigh(std::span<const policy::Finding> findings,
                                                 trust::Side side, bool refused, int64_t mono_us) {
  std::vector<trust::Remark> out;
  for (const policy::Finding& f : findings) {
    if (f.severity < policy::Severity::kMedium || is_ours(f.id) || (!refused && is_fact(f.id)))
      continue;
    trust::Remark remark{static_cast<trust::Severity>(f.severity)};
    if (f.severity == policy::Severity::kMedium && !refused) {
      key_.assign(side == trust::Side::kAgent ? "a" : "s").append(f.id);
      remark.again = doubts_.weigh(key_, mono_us) < 1000;
    }
    out.push_back(remark);
  }
  return out;
}

}  // namespace agentmesh::proxy
