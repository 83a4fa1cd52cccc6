#include "policy/shown_data.h"

#include <algorithm>
#include <string>
#include <vector>

#include "policy/relaxed_json.h"
#include "policy/scan/hit.h"
#include "policy/scan/pii.h"
#include "policy/scan/secrets.h"
#include "policy/walk.h"

namespace agentmesh::policy {

namespace {

// In order; of one that is the text as a whole, all of it.
std::vector<scan::Hit> data_in(std::string_view text, std::string_view key) {
  std::vector<scan::Hit> hits;
  scan::find_secrets(text, key, hits);
  scan::find_pii(text, hits);
  for (scan::Hit& hit : hits)
    if (hit.end <= hit.begin) hit.begin = 0, hit.end = text.size();
  std::sort(hits.begin(), hits.end(),
            [](const scan::Hit& a, const scan::Hit& b) { return a.begin < b.begin; });
  return hits;
}

std::string masked(std::string_view text) {
  std::string out;
  size_t at = 0;
  for (const scan::Hit& hit : data_in(text, "")) {
    if (hit.begin >= at) out.append(text, at, hit.begin - at).append("[redacted]");
    at = std::max(at, hit.end);
  }
  return out.append(text, std::min(at, text.size()));
}

}  // namespace

bool shows_its_data(json::Reader& reader, std::string_view text, uint32_t deepest) {
  const RelaxedJson read = relaxed_json(reader, masked(text), deepest);
  if (!read.json) return false;
  for (Walk walk(json::View(*read.json), ""); walk.next();) {
    const bool value = walk.what() == Walk::What::kString;
    if (!data_in(walk.text(), value ? walk.key() : std::string_view()).empty()) return false;
  }
  return true;
}

}  // namespace agentmesh::policy
