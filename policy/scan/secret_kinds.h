// The keys of known providers: how each begins and what follows.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace agentmesh::policy::scan {

enum class Alphabet : uint8_t {
  kUpper,
  kAlnum,
  kWord,
  kDash,
  kDot,
  kHex,
  kBase64
};  // each as is_in() reads it

struct SecretKind {
  std::string_view prefix;
  std::string_view id;  // "secret.github-token"
  Alphabet alphabet;
  uint16_t least = 0;  // characters after the prefix
  uint16_t most = 0;
};

bool is_in(Alphabet alphabet, char c);
// Those whose prefix begins with `first`.
std::span<const SecretKind> secret_kinds(char first);

// By the first letter of a prefix, one bit for each letter that may be its second.
extern const std::array<std::array<uint64_t, 2>, 128> kSecondLetters;
// Two letters tell most words from a key.
inline bool may_begin_secret(char first, char second) {
  const auto one = static_cast<uint8_t>(first);
  const auto two = static_cast<uint8_t>(second);
  return one < 128 && two < 128 && (kSecondLetters[one][two / 64] >> two % 64 & 1U) != 0;
}

}  // namespace agentmesh::policy::scan
