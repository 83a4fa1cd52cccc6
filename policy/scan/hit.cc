#include "policy/scan/hit.h"

#include <algorithm>

namespace agentmesh::policy::scan {

void add_hit(std::vector<Hit>& hits, Hit hit) {
  for (Hit& known : hits) {
    if (known.begin == hit.begin && known.end == hit.end && known.id == hit.id) {
      known.severity = std::max(known.severity, hit.severity);
      return;
    }
  }
  hits.push_back(hit);
}

bool has_hit(const std::vector<Hit>& hits, std::string_view prefix) {
  return std::any_of(hits.begin(), hits.end(),
                     [&](const Hit& hit) { return hit.id.substr(0, prefix.size()) == prefix; });
}

namespace {

// Length in `raw` of the spelling at `at`, and of the content bytes it stands for.
struct Spelling {
  size_t raw = 1;
  size_t content = 1;
};

unsigned hex4(std::string_view raw, size_t at) {
  unsigned value = 0;
  for (size_t i = at; i < at + 4 && i < raw.size(); ++i) {
    const char c = raw[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : 0;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  return value;
}

Spelling spelling_at(std::string_view raw, size_t at) {
  if (raw[at] != '\\') return {};
  if (at + 1 >= raw.size() || raw[at + 1] != 'u') return {2, 1};
  const unsigned unit = hex4(raw, at + 2);
  if (unit < 0x80) return {6, 1};
  if (unit < 0x800) return {6, 2};
  if (unit >= 0xD800 && unit < 0xDC00 && at + 7 < raw.size() && raw[at + 6] == '\\' &&
      raw[at + 7] == 'u') {
    const unsigned low = hex4(raw, at + 8);
    if (low >= 0xDC00 && low < 0xE000) return {12, 4};
  }
  return {6, 3};
}

}  // namespace

void to_raw_offsets(std::string_view raw, std::vector<size_t>& offsets) {
  size_t at = 1;  // behind the opening quote
  size_t content = 0;
  const size_t end = raw.empty() ? 0 : raw.size() - 1;
  for (size_t& offset : offsets) {
    while (at < end) {
      const Spelling next = spelling_at(raw, at);
      if (content + next.content > offset) break;
      at += next.raw;
      content += next.content;
    }
    offset = std::min(at, end);
  }
}

}  // namespace agentmesh::policy::scan
