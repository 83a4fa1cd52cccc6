#include "base/json_keys.h"

#include <algorithm>
#include <bit>

#include "base/json_escape.h"
#include "base/json_scan.h"

namespace agentmesh::json {
namespace {

// Up to so many keys every pair is looked at.
constexpr size_t kFewKeys = 16;

// Keeps the first kMaxRepeated offsets, in order. Inner objects are closed before outer ones, so offsets come in any order.
void report_repeated(Report& report, size_t offset) {
  std::vector<size_t>& kept = report.repeated_keys;
  if (kept.size() == Report::kMaxRepeated) {
    report.more_repeated = true;
    if (offset > kept.back()) return;
    kept.pop_back();
  }
  kept.insert(std::upper_bound(kept.begin(), kept.end(), offset), offset);
}

}  // namespace

std::string_view OpenKeys::unescape(std::string_view inner) {
  scratch_.clear();
  append_content(scratch_, inner);
  return scratch_;
}

void OpenKeys::close(Report& report) {
  size_t first = keys_.size() - 1;
  while (!keys_[first].first) --first;
  const std::span<Key> keys(keys_.data() + first, keys_.size() - first);
  if (keys.size() <= kFewKeys) {
    search_pairs(keys, report);
  } else {
    search_large(keys, report);
  }
  keys_.resize(first);
}

void OpenKeys::release() {
  keys_ = {};
  seen_ = {};
  again_ = {};
  scratch_ = {};
}

std::string_view OpenKeys::inner_of(const Key& key) const {
  const char* inner = text_.data() + key.offset + 1;
  const char* end = find_closing_quote(inner, text_.data() + text_.size());
  return {inner, static_cast<size_t>(end - inner)};
}

int OpenKeys::compare(const Key& a, const Key& b) const {
  const std::string_view inner_a = inner_of(a);
  const std::string_view inner_b = inner_of(b);
  return a.escaped || b.escaped ? compare_content(inner_a, inner_b) : inner_a.compare(inner_b);
}

void OpenKeys::search_pairs(std::span<Key> keys, Report& report) const {
  for (size_t i = 1; i < keys.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (keys[i].hash != keys[k].hash || !same(keys[i], keys[k])) continue;
      report_repeated(report, keys[i].offset);
      break;
    }
  }
}

void OpenKeys::search_large(std::span<Key> keys, Report& report) {
  const std::span<Key> suspects = keep_suspects(keys);
  std::sort(suspects.begin(), suspects.end(), [](const Key& a, const Key& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.offset < b.offset;
  });
  for (size_t begin = 0; begin < suspects.size();) {
    size_t end = begin + 1;
    while (end < suspects.size() && suspects[end].hash == suspects[begin].hash) ++end;
    search_equal_hashes(suspects.subspan(begin, end - begin), report);
    begin = end;
  }
}

// Moves the keys that share a slot with another one to the front: with 8 to 16 slots per key that is about one in nine or fewer,
// and only those need sorting.
std::span<OpenKeys::Key> OpenKeys::keep_suspects(std::span<Key> keys) {
  const size_t slots = std::bit_ceil(std::max<size_t>(keys.size() * 8, 64));
  seen_.assign(slots / 64, 0);
  again_.assign(slots / 64, 0);
  const auto place = [slots](const Key& key) { return key.hash & (slots - 1); };
  for (const Key& key : keys) {
    const uint64_t at = place(key);
    const uint64_t bit = uint64_t{1} << (at % 64);
    again_[at / 64] |= seen_[at / 64] & bit;
    seen_[at / 64] |= bit;
  }
  const auto shares = [&](const Key& key) {
    const uint64_t at = place(key);
    return (again_[at / 64] >> (at % 64) & 1) != 0;
  };
  const auto rest = std::partition(keys.begin(), keys.end(), shares);
  return {keys.begin(), rest};
}

// `keys` in the order of the text. Equal keys are found by looking at each once; what is left has another content with
// the same hash, which nobody writes by accident, and is sorted by content.
void OpenKeys::search_equal_hashes(std::span<Key> keys, Report& report) const {
  size_t others = 1;
  for (size_t i = 1; i < keys.size(); ++i) {
    if (compare(keys[0], keys[i]) == 0) {
      report_repeated(report, keys[i].offset);
    } else {
      keys[others++] = keys[i];
    }
  }
  const std::span<Key> rest = keys.subspan(1, others - 1);
  std::sort(rest.begin(), rest.end(), [this](const Key& a, const Key& b) {
    const int order = compare(a, b);
    return order != 0 ? order < 0 : a.offset < b.offset;
  });
  for (size_t i = 1; i < rest.size(); ++i) {
    if (compare(rest[i - 1], rest[i]) == 0) report_repeated(report, rest[i].offset);
  }
}

}  // namespace agentmesh::json
