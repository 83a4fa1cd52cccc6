// Sealed values: what was encrypted before it was written down, as people keep secrets in repositories. Who reads the file cannot
// use them, and who masks them breaks it. For the secret scanner alone; $ANSIBLE_VAULT begins as a variable does (secret_values.h).
//
// Pure functions, any thread; a SealedBlocks is for one.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy::scan {

// A value that says how: "ENC[AES256_GCM,data:…" (sops), "ENC[PKCS7,…" (Hiera), "{cipher}…" (Spring), "vault:v1:…" (Vault's transit).
bool is_sealed(std::string_view value);

// The blocks under encryptedData, as in a SealedSecret of Kubernetes.
// Order: by place. Cost: one pass over the text, however often it is asked.
class SealedBlocks {
 public:
  explicit SealedBlocks(std::string_view text) : text_(text) {}

  // True if the name at `name` stands in one, and `value` can be what kubeseal made: a long run of base64.
  bool hold(size_t name, std::string_view value);

 private:
  size_t end_of_block(size_t title) const;

  std::string_view text_;
  size_t begin_ = 0;  // of the last block that begins before the name
  size_t end_ = 0;
};

}  // namespace agentmesh::policy::scan
