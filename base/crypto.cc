#include "base/crypto.h"

#include <algorithm>
#include <stdexcept>

// SHA256_Init and its like are out of favour, but an EVP digest allocates and frees its state each time it begins: 0.05 us and
// one allocation for each of the eight hashes of a call.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <sodium.h>

#include "base/bytes.h"

namespace agentmesh {
namespace {

static_assert(crypto_sign_SEEDBYTES == 32 && crypto_sign_PUBLICKEYBYTES == 32 &&
              crypto_sign_BYTES == 64);
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32);
static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == 24);
static_assert(crypto_aead_xchacha20poly1305_ietf_ABYTES == 16);

const uint8_t* bytes_of(std::string_view text) { return as_bytes(text).data(); }
uint8_t* bytes_of(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

// These cannot fail; but no wrong hash may ever come out, so this throws if one does.
void require(bool done) {
  if (!done) throw std::runtime_error("SHA-256 is not available");
}

void start(SHA256_CTX& context) { require(SHA256_Init(&context) == 1); }
void feed(SHA256_CTX& context, std::string_view bytes) {
  require(SHA256_Update(&context, bytes.data(), bytes.size()) == 1);
}
Hash end(SHA256_CTX& context) {
  Hash hash{};
  require(SHA256_Final(hash.data(), &context) == 1);
  return hash;
}

}  // namespace

Result<void> crypto_ready() {
  if (sodium_init() < 0) return fail("libsodium cannot start (no source of randomness?)");
  return {};
}

Hash sha256(std::span<const std::string_view> parts) {
  SHA256_CTX context;
  start(context);
  for (const std::string_view part : parts) feed(context, part);
  return end(context);
}

struct Sha256::State {
  SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { start(state_->context); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
void Sha256::update(std::string_view bytes) { feed(state_->context, bytes); }
Hash Sha256::finish() { return end(state_->context); }

namespace {

// A hash begun with a key has one block behind it already: as much work as a short text. Salts are made with one key all
// day (two a call), so each thread keeps the last beginning.
struct KeyedBeginning {
  std::vector<uint8_t> key;
  crypto_generichash_state state;
};

const crypto_generichash_state& begin_blake2b(std::span<const uint8_t> key) {
  thread_local KeyedBeginning last;
  const bool known =
      !last.key.empty() && std::equal(key.begin(), key.end(), last.key.begin(), last.key.end());
  if (known) return last.state;
  last.key.clear();
  if (crypto_generichash_init(&last.state, key.data(), key.size(), sizeof(Hash)) != 0)
    throw std::invalid_argument("a BLAKE2b key has 0 or 16 to 64 bytes");
  last.key.assign(key.begin(), key.end());
  return last.state;
}

}  // namespace

Hash blake2b256(std::string_view bytes, std::span<const uint8_t> key) {
  static_assert(crypto_generichash_KEYBYTES_MIN == 16 && crypto_generichash_KEYBYTES_MAX == 64);
  crypto_generichash_state state = begin_blake2b(key);
  Hash hash{};
  (void)crypto_generichash_update(&state, bytes_of(bytes), bytes.size());  // these two cannot fail
  (void)crypto_generichash_final(&state, hash.data(), hash.size());
  return hash;
}

SigningKey SigningKey::from_seed(const std::array<uint8_t, 32>& seed) {
  SigningKey key;
  key.seed = seed;
  std::array<uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
  (void)crypto_sign_seed_keypair(key.public_key.data(), secret.data(), seed.data());  // always 0
  sodium_memzero(secret.data(), secret.size());
  return key;
}

std::array<uint8_t, 64> SigningKey::sign(std::string_view message) const {
  std::array<uint8_t, crypto_sign_SECRETKEYBYTES> secret{};
  std::array<uint8_t, 32> derived{};
  (void)crypto_sign_seed_keypair(derived.data(), secret.data(), seed.data());
  std::array<uint8_t, 64> signature{};
  (void)crypto_sign_detached(signature.data(), nullptr, bytes_of(message), message.size(),
                             secret.data());
  sodium_memzero(secret.data(), secret.size());
  return signature;
}

bool verify_signature(std::span<const uint8_t, 32> public_key, std::string_view message,
                      std::span<const uint8_t, 64> signature) {
  return crypto_sign_verify_detached(signature.data(), bytes_of(message), message.size(),
                                     public_key.data()) == 0;
}

std::string seal(std::span<const uint8_t, 32> key, std::span<const uint8_t, 24> nonce,
                 std::string_view plain, std::string_view aad) {
  std::string sealed(plain.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  (void)crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed), nullptr, bytes_of(plain),
                                                   plain.size(), bytes_of(aad), aad.size(), nullptr,
                                                   nonce.data(),
                                                   key.data());  // always 0
  return sealed;
}

std::optional<std::string> open_sealed(std::span<const uint8_t, 32> key,
                                       std::span<const uint8_t, 24> nonce, std::string_view sealed,
                                       std::string_view aad) {
  if (sealed.size() < crypto_aead_xchacha20poly1305_ietf_ABYTES) return std::nullopt;
  std::string plain(sealed.size() - crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(plain), nullptr, nullptr, bytes_of(sealed), sealed.size(), bytes_of(aad), aad.size(),
      nonce.data(), key.data());
  if (failed != 0) return std::nullopt;
  return plain;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void SystemRandom::fill(std::span<uint8_t> out) { randombytes_buf(out.data(), out.size()); }

std::string random_hex(Random& random, size_t bytes) {
  std::vector<uint8_t> drawn(bytes);
  random.fill(drawn);
  return to_hex(drawn);
}

}  // namespace agentmesh
