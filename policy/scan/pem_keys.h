// Keys as PEM writes them: "-----BEGIN RSA PRIVATE KEY-----", lines of base64, "-----END …". For secret_finder.cc alone.
//
// Critical, or medium where there is too little for a key and it was one once: fixtures and chats cut them short.
// Order: by place, each beginning asked about behind the one before. Cost: each look goes only as far as a key can reach, and where no
// end was found is not searched again: a text of nothing but beginnings is read in linear time. Thread: one.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

class PemKeys {
 public:
  explicit PemKeys(std::string_view text) : text_(text) {}

  // The private key that begins at `at`, where "-----BEGIN " stands.
  std::optional<Hit> at(size_t at);

 private:
  size_t end_line(size_t from, size_t until);

  std::string_view text_;
  size_t no_end_before_ = 0;
};

}  // namespace agentmesh::policy::scan
