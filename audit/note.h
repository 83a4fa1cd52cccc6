// Signed notes (C2SP signed-note) and the keys that sign them: text, a blank line, signature lines.
//
// Only Ed25519 (type 0x01) is known; a signature by a key that nobody asks about is carried along and ignored.
// Pure functions, any thread. Failure: nullopt for what is not exactly of the form.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"

namespace agentmesh::audit {

using KeyId = std::array<uint8_t, 4>;

// NAME+KEYID+base64(0x01 ‖ public key)
struct VerifierKey {
  std::string name;
  KeyId id{};
  std::array<uint8_t, 32> public_key{};

  static VerifierKey make(std::string name, const std::array<uint8_t, 32>& public_key);
  static std::optional<VerifierKey> parse(
      std::string_view text);  // refuses an id that is not the key's
  std::string text() const;
  bool operator==(const VerifierKey&) const = default;
};

// PRIVATE+KEY+NAME+KEYID+base64(0x01 ‖ seed)
struct Signer {
  VerifierKey verifier;
  SigningKey key;

  static Signer make(std::string name, const std::array<uint8_t, 32>& seed);
  static std::optional<Signer> parse(std::string_view text);
  std::string text() const;
};

// Names are not empty and have no white space, no control characters and no '+'.
bool is_key_name(std::string_view name);

struct Note {
  struct Signature {
    std::string name;
    KeyId id{};
    std::string bytes;  // what follows the key id
  };
  std::string text;                   // with its last LF, without the blank line
  std::vector<Signature> signatures;  // at least one

  static std::optional<Note> parse(std::string_view bytes);
};

enum class Signed : uint8_t { kNo, kYes, kWrong };
// Whether `key` signed the note; kWrong if a signature under its name and id does not fit.
Signed signed_by(const Note& note, const VerifierKey& key);

// The note with the signatures of `signers` in that order.
std::string sign_note(std::string_view text, const std::vector<const Signer*>& signers);

}  // namespace agentmesh::audit
