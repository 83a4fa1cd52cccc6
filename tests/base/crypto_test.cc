#include "base/crypto.h"

#include <thread>

#include "base/bytes.h"
#include "tests/catch.h"
#include "tests/fakes.h"

namespace agentmesh {
namespace {

template <size_t N>
std::array<uint8_t, N> array_of(std::string_view hex) {
  std::array<uint8_t, N> out{};
  const auto bytes = from_hex(hex);
  REQUIRE(bytes);
  REQUIRE(bytes->size() == N);
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

std::string text_of_hex(std::string_view hex) {
  const auto bytes = from_hex(hex);
  REQUIRE(bytes);
  return {bytes->begin(), bytes->end()};
}

TEST_CASE("the libraries start") { CHECK(crypto_ready()); }

TEST_CASE("SHA-256 gives the known answers of FIPS 180-4") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of parts gives the leaves and nodes of RFC 6962") {
  const std::string leaf = text_of_hex("00");
  const std::string node = text_of_hex("01");
  const auto hash_leaf = [&](const std::string& data) {
    const std::string_view parts[] = {leaf, data};
    return sha256(parts);
  };
  const Hash first = hash_leaf("");
  const Hash second = hash_leaf(text_of_hex("00"));
  CHECK(to_hex(first) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  CHECK(to_hex(second) == "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  CHECK(to_hex(hash_leaf(text_of_hex("606162636465666768696a6b6c6d6e6f"))) ==
        "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1");
  const std::string left(first.begin(), first.end());
  const std::string right(second.begin(), second.end());
  const std::string_view parts[] = {node, left, right};
  CHECK(to_hex(sha256(parts)) ==
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

TEST_CASE("a hash fed piece by piece is the hash of the whole, at every cut") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += static_cast<char>(i * 7);
  const Hash whole = sha256(text);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 hash;
    hash.update(std::string_view(text).substr(0, cut));
    (void)sha256("another hash of this thread in between");
    Sha256 moved = std::move(hash);
    moved.update(std::string_view(text).substr(cut));
    if (moved.finish() != whole) FAIL("differs when cut at " << cut);
  }
  CHECK(Sha256().finish() == sha256(""));
}

TEST_CASE("every thread hashes alike") {
  std::array<Hash, 4> got{};
  std::vector<std::thread> threads;
  for (Hash& hash : got) {
    threads.emplace_back([&hash] {
      for (int i = 0; i < 1000; ++i) hash = sha256("abc");
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Hash& hash : got) CHECK(hash == sha256("abc"));
}

TEST_CASE("BLAKE2b-256 gives the known answers, with a key of any legal length") {
  std::vector<uint8_t> key;
  for (int i = 0; i < 64; ++i) key.push_back(static_cast<uint8_t>(i));
  const std::span<const uint8_t> all = key;
  CHECK(to_hex(blake2b256("abc", {})) ==
        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  CHECK(to_hex(blake2b256("abc", all.first(16))) ==
        "3fd8fd31501cdbe942607b204368e3dc4ebce5744de1a955a6025f5c9848bb20");
  CHECK(to_hex(blake2b256("abc", all)) ==
        "dff38c978666dff5631db35ca15535520d134f5c8060ea569c6a178ad393719f");
}

TEST_CASE("Ed25519 signs as RFC 8032 does, and a bent signature is refused") {
  const auto seed =
      array_of<32>("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const SigningKey key = SigningKey::from_seed(seed);
  CHECK(key.seed == seed);
  CHECK(to_hex(key.public_key) ==
        "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");

  const std::string text =
      "agentmesh.local/hosts/lab1/audit\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
  std::array<uint8_t, 64> signature = key.sign(text);
  CHECK(to_hex(signature) ==
        "9bb551b66575b426a6558504d5bd6d4279fe5ecfc123a4d2e716cbaa54554b2e"
        "d0efce80759c974cf3c2de03ede7767409c9fcc61a66603de8b13ffbd1eaff07");
  CHECK(verify_signature(key.public_key, text, signature));
  CHECK_FALSE(verify_signature(key.public_key, text + "x", signature));
  CHECK_FALSE(verify_signature(SigningKey::from_seed({}).public_key, text, signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    signature[i] ^= 1;
    CHECK_FALSE(verify_signature(key.public_key, text, signature));
    signature[i] ^= 1;
  }
}

struct Sealed {
  std::array<uint8_t, 32> key =
      array_of<32>("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  std::array<uint8_t, 24> nonce = array_of<24>("404142434445464748494a4b4c4d4e4f5051525354555657");
  std::string aad =
      "agentmesh-blob-v1\nagentmesh.local/log/5ca1ab1e5ca1ab1e\n00112233aabbccdd\n1\nargs\n";
  std::string plain =
      text_of_hex("000102030405060708090a0b0c0d0e0f") + R"({"path":"/home/me/notes.txt"})";
  std::string sealed = text_of_hex(
      "f10d71f75ff5f25df31b7dd8faa3935a4965020f712cbed6e8959d632f3022a565137e125f08ec5345ab956b136642b09915e90b1f14c7ae"
      "dddba5e077");
};

TEST_CASE("what is sealed is XChaCha20-Poly1305, and opens again") {
  const Sealed v;
  CHECK(to_hex(as_bytes(seal(v.key, v.nonce, v.plain, v.aad))) == to_hex(as_bytes(v.sealed)));
  CHECK(open_sealed(v.key, v.nonce, v.sealed, v.aad) == v.plain);
  CHECK(open_sealed(v.key, v.nonce, seal(v.key, v.nonce, "", ""), "") == "");
}

TEST_CASE("a seal that was touched anywhere does not open") {
  const Sealed v;
  for (size_t i = 0; i < v.sealed.size(); ++i) {
    std::string bent = v.sealed;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    CHECK_FALSE(open_sealed(v.key, v.nonce, bent, v.aad));
    CHECK_FALSE(open_sealed(v.key, v.nonce, v.sealed.substr(0, i), v.aad));
  }
  CHECK_FALSE(open_sealed(v.key, v.nonce, v.sealed, v.aad + " "));
  const std::array<uint8_t, 32> other_key{};
  CHECK_FALSE(open_sealed(other_key, v.nonce, v.sealed, v.aad));
}

TEST_CASE("the comparison in constant time says what == says") {
  CHECK(equal_constant_time("", ""));
  CHECK(equal_constant_time("abc", "abc"));
  CHECK_FALSE(equal_constant_time("abc", "abd"));
  CHECK_FALSE(equal_constant_time("abc", "ab"));
  CHECK_FALSE(equal_constant_time("", "a"));
}

TEST_CASE("random hex is drawn from the source that is handed in") {
  tests::CountingRandom counting;
  CHECK(random_hex(counting, 4) == "00010203");
  CHECK(random_hex(counting, 2) == "0405");
  SystemRandom system;
  CHECK(random_hex(system, 16).size() == 32);
  CHECK(random_hex(system, 16) != random_hex(system, 16));
}

}  // namespace
}  // namespace agentmesh
