// Commitments: a value is never written, but whoever has it can prove that it was this one (audit.md section 6).
//
// With `payloads: full` the value is sealed beside the log as well (blob_store.h).
// Thread: one. Cost: one keyed hash for the salt, one hash over the value; once a day a small file.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "audit/blob_store.h"
#include "audit/options.h"
#include "audit/record.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/result.h"

namespace agentmesh::audit {

// What a commitment and a sealed payload are bound to.
struct Reference {
  std::string_view origin;
  std::string_view writer;
  uint64_t wseq = 0;
  std::string_view field;  // args | result

  std::string aad() const;
  void append_aad(std::string& out) const;
};

using Salt = std::array<uint8_t, 16>;
Salt salt_of(const std::array<uint8_t, 32>& day_key, std::string_view aad);
Hash commit_to(const Salt& salt, std::string_view data);

class Commitments {
 public:
  Commitments(const Options& options, std::string origin, std::string writer, Disk& disk,
              Random& random);

  // `ts`: of the record; its UTC day says which key makes the salt. `masked`: what is sealed instead of the data.
  Result<Commitment> commit(std::string_view data, const std::optional<std::string>& masked,
                            uint64_t wseq, std::string_view field, int64_t ts);

  // The file that the newest payload went to; null if none was kept.
  std::shared_ptr<const Fd> blob_file() const { return blobs_.file(); }

 private:
  Result<void> load_day(int64_t ts);
  bool key_still_there() const;

  const Options& options_;
  const std::string origin_;
  const std::string writer_;
  Disk& disk_;
  Random& random_;
  int64_t day_ = INT64_MIN;
  std::array<uint8_t, 32> day_key_{};
  uint64_t key_inode_ = 0;
  std::string aad_;  // storage kept
  BlobStore blobs_;
};

}  // namespace agentmesh::audit
