// The keys of known providers: how each begins and what follows.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace agentmesh::policy::scan {

// What keys are made of, a bit each.
enum class Alphabet : uint8_t {
  kUpper = 1,    // capitals and digits
  kAlnum = 2,    // letters and digits
  kWord = 4,     // and _
  kDash = 8,     // and _ and -
  kDot = 16,     // and _ and - and .
  kHex = 32,     // digits, a to f
  kBase64 = 64,  // either of both, with its padding
};

struct SecretKind {
  std::string_view prefix;
  std::string_view id;  // "secret.github-token"
  Alphabet alphabet;
  uint16_t least = 0;  // characters after the prefix
  uint16_t most = 0;
  bool (*form)(std::string_view) = nullptr;  // what else is asked of them
};

// Digits, capitals and small letters: where a short prefix might begin a word or a name as well.
bool is_of_all_kinds(std::string_view value);

extern const std::array<uint8_t, 256> kAlphabets;  // that a byte belongs to
inline bool is_in(Alphabet alphabet, char c) {
  return (kAlphabets[static_cast<uint8_t>(c)] & static_cast<uint8_t>(alphabet)) != 0;
}
// Those whose prefix begins with `first`.
std::span<const SecretKind> secret_kinds(char first);
// True if a kind has this id.
bool is_secret_kind(std::string_view id);

// By the first letter of a prefix, one bit for each letter that may be its second.
extern const std::array<std::array<uint64_t, 2>, 128> kSecondLetters;
// Two letters tell most words from a key.
inline bool may_begin_secret(char first, char second) {
  const auto one = static_cast<uint8_t>(first);
  const auto two = static_cast<uint8_t>(second);
  return one < 128 && two < 128 && (kSecondLetters[one][two / 64] >> two % 64 & 1U) != 0;
}

}  // namespace agentmesh::policy::scan
