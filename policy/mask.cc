#include "policy/mask.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "policy/scan/hit.h"
#include "policy/scan/secrets.h"
#include "policy/walk.h"

namespace agentmesh::policy {

namespace {

struct Span {
  size_t begin = 0;
  size_t end = 0;
  std::string_view id;
};

}  // namespace

std::optional<std::string> mask_secrets(std::string_view json) {
  std::vector<Span> spans;
  std::vector<scan::Hit> hits;
  std::vector<size_t> offsets;
  for (Walk walk(json::View(json), ""); walk.next();) {
    if (walk.what() == Walk::What::kNumber) continue;
    hits.clear();
    scan::find_secrets(walk.text(),
                       walk.what() == Walk::What::kString ? walk.key() : std::string_view(), hits);
    for (const scan::Hit& hit : hits) {
      const bool whole = hit.end <= hit.begin;
      offsets = {whole ? 0 : hit.begin, whole ? walk.text().size() : hit.end};
      scan::to_raw_offsets(walk.raw(), offsets);
      spans.push_back({walk.offset() + offsets[0], walk.offset() + offsets[1], hit.id});
    }
  }
  if (spans.empty()) return std::nullopt;
  std::stable_sort(spans.begin(), spans.end(),
                   [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::string out;
  size_t at = 0;
  for (size_t i = 0; i < spans.size();) {
    // What two scanners saw in one place is masked once.
    size_t end = spans[i].end;
    size_t next = i + 1;
    for (; next < spans.size() && spans[next].begin < end; ++next)
      end = std::max(end, spans[next].end);
    out.append(json, at, spans[i].begin - at).append("[masked:").append(spans[i].id).append("]");
    at = end;
    i = next;
  }
  return out.append(json, at);
}

}  // namespace agentmesh::policy
