// The keys of known providers: how each begins and what follows.

#pragma once

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
// Those whose prefix begins with `first`, if any has `second` behind it: two letters tell most words from a key.
std::span<const SecretKind> secret_kinds(char first, char second);

}  // namespace agentmesh::policy::scan
