#include "policy/cel/suggest.h"

#include <algorithm>

#include <fmt/format.h>

namespace agentmesh::policy::cel {

namespace {

// Lower case, without underscores and dashes.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_' && c != '-') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

// Insertions, deletions, replacements and swaps of neighbours.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = a[i - 1] == b[j - 1];
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

bool is_a_word_of(std::string_view name, std::string_view wrong) {
  if (name.size() < 3 || wrong.size() <= name.size()) return false;
  return wrong.starts_with(name) || wrong.ends_with(name);
}

// 0 is certain; kFar is out of the question.
constexpr size_t kFar = 100;
size_t how_far(std::string_view wrong, const Candidate& candidate) {
  const std::string want = plain(wrong);
  const std::string have = plain(candidate.name);
  if (want == have) return 0;
  for (const std::string& other : candidate.also_called) {
    if (want == plain(other)) return 1;
  }
  const size_t typing = distance(want, have);
  if (typing <= std::max<size_t>(1, std::min(want.size(), have.size()) / 3)) return 1 + typing;
  if (is_a_word_of(have, want)) return 10 + (want.size() - have.size());
  if (is_a_word_of(want, have)) return 30 + (have.size() - want.size());
  return kFar;
}

}  // namespace

std::string_view nearest(std::string_view wrong, std::span<const Candidate> candidates) {
  constexpr size_t kLongestName = 64;
  if (wrong.size() > kLongestName) return {};
  std::string_view best;
  size_t best_distance = kFar;
  for (const Candidate& candidate : candidates) {
    const size_t distance = how_far(wrong, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate.name;
  }
  return best;
}

std::string did_you_mean(std::string_view wrong, std::span<const Candidate> candidates) {
  const std::string_view name = nearest(wrong, candidates);
  return name.empty() ? "" : fmt::format("; did you mean '{}'?", name);
}

}  // namespace agentmesh::policy::cel
