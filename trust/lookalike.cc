#include "trust/lookalike.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

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

std::string without_separators(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != '_' && c != '-' && c != '.' && c != '/') out += c;
  return out;
}

uint64_t letters_of(std::string_view looks) {
  uint64_t letters = 0;
  for (size_t at = 0; at < looks.size();)
    letters |= uint64_t{1} << (next_code_point(looks, at) % 64);
  return letters;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b, int limit) {
  const std::vector<uint32_t> from = points(a);
  const std::vector<uint32_t> to = points(b);
  const auto far = limit + 1;
  const auto reach = static_cast<size_t>(limit);
  if (std::abs(static_cast<int64_t>(from.size()) - static_cast<int64_t>(to.size())) > limit)
    return far;
  // Rows of the usual table, no wider than `limit` beside the diagonal; the one before the last is for swaps.
  std::vector<int> before(to.size() + 1, far), last(to.size() + 1, far), now(to.size() + 1, far);
  for (size_t j = 0; j <= std::min(to.size(), reach); ++j) last[j] = static_cast<int>(j);
  for (size_t i = 1; i <= from.size(); ++i) {
    const size_t begin = i > reach ? i - reach : 0;
    const size_t end = std::min(to.size(), i + reach);
    if (begin > 0) now[begin - 1] = far;
    int least = far;
    for (size_t j = begin; j <= end; ++j) {
      if (j == 0) {
        now[0] = static_cast<int>(i);
      } else {
        const int up = j < i + reach ? last[j] + 1 : far;
        const int left = j > begin ? now[j - 1] + 1 : far;
        now[j] = std::min({up, left, last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1)});
        const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
        if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
      }
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
  if (like.likeness == Likeness::kUntold) return Severity::kMedium;
  if (like.likeness != Likeness::kSkeleton) return Severity::kLow;
  return is_ascii(name) && is_ascii(like.name) ? Severity::kMedium : Severity::kHigh;
}

KnownNames::KnownNames(std::span<const Pin> pins) {
  for (const Pin& pin : pins)
    if (pin.kind == PinKind::kTool) add(pin.server, pin.name);
}

void KnownNames::add(std::string_view server, std::string_view name) {
  std::string looks = skeleton(name);
  const auto [begin, end] = by_skeleton_.equal_range(looks);
  if (std::any_of(begin, end, [&](const auto& entry) {
        return entry.second->server == server && entry.second->name == name;
      }))
    return;
  auto names = by_server_.find(server);
  if (names == by_server_.end()) names = by_server_.try_emplace(std::string(server)).first;
  if (names->second.size() >= kMaxNames) return;
  auto known = std::make_unique<Known>();
  known->server = server;
  known->name = name;
  known->looks = looks;
  known->letters = letters_of(looks);
  by_joined_.emplace(without_separators(looks), known.get());
  by_skeleton_.emplace(std::move(looks), known.get());
  names->second.push_back(std::move(known));
}

bool KnownNames::spend(uint64_t cells) {
  work_ += cells;
  return work_ <= kWork;
}

const KnownNames::Known* KnownNames::same_to_the_eye(std::string_view server, std::string_view name,
                                                     std::string_view looks) const {
  const auto [begin, end] = by_skeleton_.equal_range(looks);
  for (auto it = begin; it != end; ++it) {
    const Known& known = *it->second;
    // getPage beside GetPage on one server is a habit, no imitation.
    const bool habit = known.server == server && is_ascii(name) && is_ascii(known.name);
    const bool imitated = is_ascii(name) && !is_ascii(known.name);  // the other one is at fault
    if (known.name != name && !habit && !imitated) return &known;
  }
  return nullptr;
}

// No table of look-alikes is complete: a foreign letter may stand for any one.
std::optional<const KnownNames::Known*> KnownNames::read_as(std::string_view name) {
  if (name.size() > kMaxName) return std::nullopt;
  for (const auto& [server, names] : by_server_)
    for (const auto& known : names) {
      if (known->name == name || known->name.size() > kMaxName || !is_ascii(known->name)) continue;
      if (!spend(name.size() * known->name.size())) return std::nullopt;
      if (could_be_read_as(name, known->name)) return known.get();
    }
  return nullptr;
}

const KnownNames::Known* KnownNames::misspelled(std::string_view server, std::string_view name,
                                                std::string_view looks) {
  const auto fits = [](std::string_view text) {
    return text.size() <= kMaxName && points(text).size() >= kLongName;
  };
  if (!fits(name)) return nullptr;
  const uint64_t letters = letters_of(looks);
  for (const auto& [other, names] : by_server_) {
    if (other == server) continue;
    for (const auto& known : names) {
      // Each edit brings at most one character and takes at most one away.
      if (std::popcount(letters ^ known->letters) > 2 * kMaxEdits) continue;
      if (!spend(looks.size() * (2 * kMaxEdits + 1))) return nullptr;
      if (fits(known->name) && edit_distance(looks, known->looks, kMaxEdits) <= kMaxEdits &&
          without_digits(name) != without_digits(known->name))
        return known.get();
    }
  }
  return nullptr;
}

std::optional<Lookalike> KnownNames::find(std::string_view server, std::string_view name) {
  const auto like = [](Likeness likeness, const Known& known) {
    return Lookalike{likeness, known.server, known.name};
  };
  const std::string looks = skeleton(name);
  if (const Known* known = same_to_the_eye(server, name, looks))
    return like(Likeness::kSkeleton, *known);
  if (!is_ascii(name)) {
    const auto known = read_as(name);
    if (!known) return Lookalike{Likeness::kUntold, {}, {}};
    if (*known != nullptr) return like(Likeness::kSkeleton, **known);
  }
  // A name shared with another server is no misspelling of a third one's.
  const auto [begin, end] = by_skeleton_.equal_range(looks);
  for (auto it = begin; it != end; ++it)
    if (it->second->server != server) return like(Likeness::kSame, *it->second);
  const std::string joined = without_separators(looks);
  if (joined.size() >= kJoinedName) {
    const auto [first, last] = by_joined_.equal_range(joined);
    for (auto it = first; it != last; ++it)
      if (it->second->server != server) return like(Likeness::kMisspelled, *it->second);
  }
  if (const Known* known = misspelled(server, name, looks))
    return like(Likeness::kMisspelled, *known);
  return std::nullopt;
}

}  // namespace agentmesh::trust
