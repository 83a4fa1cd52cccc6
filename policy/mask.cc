#include "policy/mask.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "policy/look.h"
#include "policy/relaxed_json.h"
#include "policy/scan/hit.h"
#include "policy/scan/secrets.h"
#include "policy/walk.h"

namespace agentmesh::policy {

namespace {

struct Masking {
  size_t begin = 0;
  size_t end = 0;
  std::string_view id;
};

std::string masked(std::string_view text, std::vector<Masking>& spans) {
  std::stable_sort(spans.begin(), spans.end(),
                   [](const Masking& a, const Masking& b) { return a.begin < b.begin; });
  std::string out;
  size_t at = 0;
  for (size_t i = 0; i < spans.size();) {
    // What two scanners saw in one place is masked once.
    size_t end = spans[i].end;
    size_t next = i + 1;
    for (; next < spans.size() && spans[next].begin < end; ++next)
      end = std::max(end, spans[next].end);
    out.append(text, at, spans[i].begin - at).append("[masked:").append(spans[i].id).append("]");
    at = end;
    i = next;
  }
  return out.append(text, at);
}

}  // namespace

std::string without_secrets(std::string_view text) {
  std::vector<scan::Hit> hits;
  scan::find_secrets(text, "", hits);
  std::vector<Masking> spans;
  for (const scan::Hit& hit : hits) {
    const bool whole = hit.end <= hit.begin;
    spans.push_back({whole ? 0 : hit.begin, whole ? text.size() : hit.end, hit.id});
  }
  return masked(text, spans);
}

namespace {

std::optional<std::string> mask_within(std::string_view json, int depth);

// True if a reader of `raw`, a text as JSON spells it (without its quotes), finds secrets in it as arguments.
bool hides_secrets(std::string_view raw, int depth) {
  constexpr uint32_t kDeepestJson = 128;
  const std::string quoted = '"' + std::string(raw) + '"';
  json::Reader reader;
  const RelaxedJson read = relaxed_json(reader, json::View(quoted).string(), kDeepestJson);
  return read.json && mask_within(*read.json, depth + 1);
}

std::optional<std::string> mask_within(std::string_view json, int depth) {
  std::vector<Masking> spans;
  std::vector<scan::Hit> hits;
  std::vector<size_t> offsets;
  for (Walk walk(json::View(json), ""); walk.next();) {
    if (walk.what() == Walk::What::kNumber) continue;
    hits.clear();
    scan::find_secrets(walk.text(),
                       walk.what() == Walk::What::kString ? walk.key() : std::string_view(), hits);
    // Begins and ends are turned into places of the raw text in one pass each, however many there are.
    for (scan::Hit& hit : hits)
      if (hit.end <= hit.begin) hit.begin = 0, hit.end = walk.text().size();
    const auto places = [&](size_t scan::Hit::*of) {
      std::sort(hits.begin(), hits.end(),
                [of](const scan::Hit& a, const scan::Hit& b) { return a.*of < b.*of; });
      offsets.clear();
      for (const scan::Hit& hit : hits) offsets.push_back(hit.*of);
      scan::to_raw_offsets(walk.raw(), offsets);
      for (size_t i = 0; i < hits.size(); ++i) hits[i].*of = offsets[i];
    };
    places(&scan::Hit::begin);
    places(&scan::Hit::end);
    const size_t first = spans.size();
    for (const scan::Hit& hit : hits)
      spans.push_back({walk.offset() + hit.begin, walk.offset() + hit.end, hit.id});
    if (depth == kDeepestInside || walk.what() != Walk::What::kString ||
        !may_be_arguments(walk.key(), walk.text()))
      continue;
    // What only its reading shows cannot be masked in part.
    const size_t begin = walk.offset() + 1;
    std::vector<Masking> own;
    for (size_t i = first; i < spans.size(); ++i)
      own.push_back({spans[i].begin - begin, spans[i].end - begin, spans[i].id});
    if (hides_secrets(masked(walk.raw().substr(1, walk.raw().size() - 2), own), depth))
      spans.push_back({begin, begin + walk.raw().size() - 2, "secret.generic"});
  }
  if (spans.empty()) return std::nullopt;
  return masked(json, spans);
}

}  // namespace

std::optional<std::string> mask_secrets(std::string_view json) { return mask_within(json, 0); }

}  // namespace agentmesh::policy
