// Hashes, signatures and sealing: the only file that shows what OpenSSL and libsodium do for us.
//
// SHA-256 comes from libcrypto (fetched once per thread: half the cost of fetching each time), the rest from libsodium.
// Thread: any. Failure: these functions fail only when the library cannot start; crypto_ready() is called once in main
// and says so; after that nothing here fails except open() and verify(), whose "no" is their answer.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace agentmesh {

using Hash = std::array<uint8_t, 32>;

Result<void> crypto_ready();

// One message in parts, hashed in order.
Hash sha256(std::span<const std::string_view> parts);
inline Hash sha256(std::string_view bytes) {
  return sha256(std::span<const std::string_view>(&bytes, 1));
}

// A hash fed piece by piece; finish() once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  Hash finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Keyed BLAKE2b-256 (key: 0 or 16 to 64 bytes).
Hash blake2b256(std::string_view bytes, std::span<const uint8_t> key);

// Ed25519 from a 32-byte seed (RFC 8032).
struct SigningKey {
  std::array<uint8_t, 32> seed{};
  std::array<uint8_t, 32> public_key{};
  static SigningKey from_seed(const std::array<uint8_t, 32>& seed);
  std::array<uint8_t, 64> sign(std::string_view message) const;
};
bool verify_signature(std::span<const uint8_t, 32> public_key, std::string_view message,
                      std::span<const uint8_t, 64> signature);

// XChaCha20-Poly1305-IETF. seal: ciphertext ‖ tag (plain + 16 bytes). open: nothing if it does not fit.
std::string seal(std::span<const uint8_t, 32> key, std::span<const uint8_t, 24> nonce,
                 std::string_view plain, std::string_view aad);
std::optional<std::string> open_sealed(std::span<const uint8_t, 32> key,
                                       std::span<const uint8_t, 24> nonce, std::string_view sealed,
                                       std::string_view aad);

// True if both are equal, in time that does not depend on where they differ.
bool equal_constant_time(std::string_view a, std::string_view b);

// Randomness, handed in so that tests own it.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<uint8_t> out) = 0;
};
class SystemRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override;
};
// 2 × `bytes` lower-case hex digits.
std::string random_hex(Random& random, size_t bytes);

}  // namespace agentmesh
