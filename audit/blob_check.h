// Sealed payloads, read back: does the entry a record points at open for that record, and is it what was committed to?
//
// Thread: one. Cost: one read and one decryption per entry; day keys are read once.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "audit/commitment.h"
#include "base/result.h"

namespace agentmesh::audit {

enum class BlobState : uint8_t { kNone, kFine, kMismatch, kMissing, kNoKey };

struct BlobFinding {
  BlobState state = BlobState::kNone;
  std::string day;
  std::string file;  // relative to the log's directory
  std::string why;
  std::string payload;  // what was sealed, if it opened
};

class BlobCheck {
 public:
  BlobCheck(std::string log_dir, std::string keys_dir)
      : log_dir_(std::move(log_dir)), keys_dir_(std::move(keys_dir)) {}

  // `commitment`: the raw JSON of a record's args or result. kNone if it has no blob.
  BlobFinding check(std::string_view commitment, const Reference& reference);

 private:
  const std::array<uint8_t, 32>* key_of(const std::string& day);

  const std::string log_dir_;
  const std::string keys_dir_;
  std::map<std::string, std::optional<std::array<uint8_t, 32>>> keys_;
};

}  // namespace agentmesh::audit
