// RegexTree: a regex as its parts, read as RE2 reads it, for who wants to know what a pattern costs (slow.h).
//
// Not for matching: captures are left out, `\b` always holds, letters beyond ASCII are one class, and a class of Unicode is
// all letters of ASCII and everything beyond it.
// Thread: values. Cost: linear in the pattern.

#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace agentmesh::policy {

struct RegexTree {
  enum class Kind : uint8_t { kNothing, kBytes, kInOrder, kEither, kRepeat, kBegin, kEnd };
  using Bytes = std::bitset<256>;
  static constexpr int kEndless = -1;
  static constexpr int kMaxDepth = 200;

  Kind kind = Kind::kNothing;
  Bytes bytes;              // kBytes: one of these
  int least = 0, most = 0;  // kRepeat
  bool lazy = false;        // as few as may be
  std::vector<RegexTree> parts;

  // Nothing if it is nested more than kMaxDepth levels deep, or not understood. (RE2 has accepted it.)
  static std::optional<RegexTree> read(std::string_view regex);
};

}  // namespace agentmesh::policy
