// Any bytes as a proof: what is taken says itself again, and proves a record, or growth, of a known log only as the definition
// of RFC 6962 does.

#include "audit/proof.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "audit/tree.h"

namespace agentmesh::audit {

namespace {

constexpr uint64_t kSize =
    100;  // records of the log that the corpus has proofs of: "record 0" to "record 99"

void require(bool holds) {
  if (!holds) std::abort();
}

Hash leaf(uint64_t index) { return hash_leaf("record " + std::to_string(index)); }

// The root of the leaves [begin, end), from the definition.
Result<Hash> root_of(uint64_t begin, uint64_t end) {
  Frontier tree;
  for (uint64_t i = begin; i < end; ++i) tree.add(leaf(i));
  return tree.root();
}

const VerifierKey& log_key() {
  static const VerifierKey kKey = [] {
    std::array<uint8_t, 32> seed{};
    seed.fill(7);
    return Signer::make("test.example/log", seed).verifier;
  }();
  return kKey;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto proof = Proof::parse(bytes);
  if (!proof) {
    require(!proves(bytes, leaf(0), {}));
    return 0;
  }
  require(proof->text() == bytes);

  // Whoever signed it: a path to a root that this log had is the path by definition.
  const uint64_t first = proof->first;
  const uint64_t last = proof->head.size;
  const bool ours = last <= kSize && proof->head.root == *root_of(0, last);
  const Hash from = proof->consistency ? *root_of(0, std::min(first, kSize)) : leaf(first);
  const bool held = proves(bytes, from, {});
  if (ours && first < last) {
    const auto path = proof->consistency ? consistency_path(first, last, root_of)
                                         : inclusion_path(first, last, root_of);
    require(held == (proof->path == *path));
  }
  if (ours && held) require(first < last || (proof->consistency && first == last));

  // With the log's signature it is of a head that the log had.
  const std::vector<VerifierKey> keys = {log_key()};
  if (proves(bytes, from, keys)) require(held && ours);
  if (!proof->consistency) require(!proves(bytes, hash_leaf("not a record"), keys));
  return 0;
}

}  // namespace agentmesh::audit
