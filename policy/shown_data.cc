#include "policy/shown_data.h"

#include <algorithm>
#include <numeric>

#include "policy/relaxed_json.h"
#include "policy/scan/hit.h"
#include "policy/scan/pii.h"
#include "policy/scan/secrets.h"
#include "policy/walk.h"

namespace agentmesh::policy {

SpansByPlace::SpansByPlace(const std::vector<Span>& spans) : spans_(spans), order_(spans.size()) {
  std::iota(order_.begin(), order_.end(), size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&spans](size_t a, size_t b) { return spans[a].begin < spans[b].begin; });
}

std::string SpansByPlace::masked(std::string_view value, size_t begin, size_t end) const {
  std::string out;
  size_t at = begin;
  auto next = std::lower_bound(order_.begin(), order_.end(), begin,
                               [this](size_t i, size_t place) { return spans_[i].begin < place; });
  for (; next != order_.end() && spans_[*next].begin < end; ++next) {
    const Span& span = spans_[*next];
    if (span.begin >= at) out.append(value, at, span.begin - at).append(span.text);
    at = std::max(at, span.end);
  }
  return out.append(value, std::min(at, end), end - std::min(at, end));
}

bool shows_its_data(json::Reader& reader, std::string_view raw, uint32_t deepest) {
  const std::string quoted = '"' + std::string(raw) + '"';
  const RelaxedJson read = relaxed_json(reader, json::View(quoted).string(), deepest);
  if (!read.json) return false;
  std::vector<scan::Hit> hits;
  for (Walk walk(json::View(*read.json), ""); walk.next();) {
    const bool value = walk.what() == Walk::What::kString;
    scan::find_secrets(walk.text(), value ? walk.key() : std::string_view(), hits);
    scan::find_pii(walk.text(), hits);
    if (!hits.empty()) return false;
  }
  return true;
}

}  // namespace agentmesh::policy
