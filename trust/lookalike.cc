#include "trust/lookalike.h"

#include <algorithm>
#include <cstdlib>

#include "base/skeleton.h"

namespace agentmesh::trust {

namespace {

std::vector<uint32_t> points(std::string_view text) {
  std::vector<uint32_t> out;
  for (size_t at = 0; at < text.size();) out.push_back(next_code_point(text, at));
  return out;
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<uint8_t>(c) >= 0x80; });
}

std::string without_digits(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c < '0' || c > '9') out += c;
  return out;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b, int limit) {
  const std::vector<uint32_t> from = points(a);
  const std::vector<uint32_t> to = points(b);
  const auto far = limit + 1;
  if (std::abs(static_cast<int64_t>(from.size()) - static_cast<int64_t>(to.size())) > limit)
    return far;
  // Rows of the usual table; the one before the last is for swaps.
  std::vector<int> before(to.size() + 1), last(to.size() + 1), now(to.size() + 1);
  for (size_t j = 0; j <= to.size(); ++j) last[j] = static_cast<int>(j);
  for (size_t i = 1; i <= from.size(); ++i) {
    now[0] = static_cast<int>(i);
    int least = now[0];
    for (size_t j = 1; j <= to.size(); ++j) {
      now[j] =
          std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
      least = std::min(least, now[j]);
    }
    if (least > limit) return far;
    std::swap(before, last);
    std::swap(last, now);
  }
  return std::min(last[to.size()], far);
}

std::string_view finding_id(const Lookalike& like) {
  return like.likeness == Likeness::kSame ? "tool.same-name" : "tool.look-alike";
}

Severity severity_of(const Lookalike& like, std::string_view name) {
  if (like.likeness != Likeness::kSkeleton) return Severity::kLow;
  return is_ascii(name) && is_ascii(like.name) ? Severity::kMedium : Severity::kHigh;
}

KnownNames::KnownNames(std::span<const Pin> pins) {
  for (const Pin& pin : pins)
    if (pin.kind == PinKind::kTool) add(pin.server, pin.name);
}

void KnownNames::add(std::string_view server, std::string_view name) {
  std::string looks = skeleton(name);
  Known known{std::string(server), std::string(name)};
  const auto [begin, end] = by_skeleton_.equal_range(looks);
  if (std::any_of(begin, end, [&](const auto& entry) { return entry.second == known; })) return;
  by_skeleton_.emplace(std::move(looks), std::move(known));
}

const KnownNames::Known* KnownNames::same_to_the_eye(std::string_view server, std::string_view name,
                                                     const std::string& looks) const {
  const auto [begin, end] = by_skeleton_.equal_range(looks);
  for (auto it = begin; it != end; ++it) {
    const Known& known = it->second;
    // getPage beside GetPage on one server is a habit, no imitation.
    const bool habit = known.server == server && is_ascii(name) && is_ascii(known.name);
    const bool imitated = is_ascii(name) && !is_ascii(known.name);  // the other one is at fault
    if (known.name != name && !habit && !imitated) return &known;
  }
  if (is_ascii(name)) return nullptr;
  // No table of look-alikes is complete: a foreign letter may stand for any one.
  for (const auto& [other_looks, known] : by_skeleton_)
    if (known.name != name && is_ascii(known.name) && could_be_read_as(name, known.name))
      return &known;
  return nullptr;
}

std::optional<Lookalike> KnownNames::find(std::string_view server, std::string_view name) const {
  const std::string looks = skeleton(name);
  if (const Known* known = same_to_the_eye(server, name, looks))
    return Lookalike{Likeness::kSkeleton, known->server, known->name};
  std::optional<Lookalike> same;
  const auto [begin, end] = by_skeleton_.equal_range(looks);
  for (auto it = begin; it != end && !same; ++it)
    if (it->second.server != server)
      same = Lookalike{Likeness::kSame, it->second.server, it->second.name};
  // A name shared with another server is no misspelling of a third one's.
  if (same || points(name).size() < kLongName) return same;
  for (const auto& [other_looks, known] : by_skeleton_) {
    if (known.server == server || points(known.name).size() < kLongName) continue;
    if (edit_distance(looks, other_looks, kMaxEdits) <= kMaxEdits &&
        without_digits(name) != without_digits(known.name)) {
      return Lookalike{Likeness::kMisspelled, known.server, known.name};
    }
  }
  return std::nullopt;
}

}  // namespace agentmesh::trust
