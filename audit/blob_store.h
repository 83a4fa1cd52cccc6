// BlobStore: sealed payloads on their way to the disk, one file per day and writer (audit.md section 6).
//
// Order: append() before the record that points to the entry is written. Thread: one; unsynced() hands a descriptor to another
// one. Cost: one encryption and one write per payload, one stat to see that the file is still ours.
// Failure: the errno of the write; a half-written entry is taken back, and if that fails too, it lies where no record points.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::audit {

class BlobStore {
 public:
  BlobStore(std::string log_dir, std::string writer, Disk& disk, Random& random)
      : log_dir_(std::move(log_dir)), writer_(std::move(writer)), disk_(disk), random_(random) {}

  // Seals `plain` (salt and data) for the record that `aad` names, and appends it to the file of `day`.
  Result<Blob> append(const std::string& day, const std::array<uint8_t, 32>& key,
                      std::string_view plain, std::string_view aad);

  // What has to be synced before a record may say that it is durable.
  std::shared_ptr<const Fd> file() const { return file_; }

 private:
  Result<void> open(const std::string& day);
  bool still_there() const;

  const std::string log_dir_;
  const std::string writer_;
  Disk& disk_;
  Random& random_;
  std::string day_;
  std::string path_;
  std::shared_ptr<const Fd> file_;
  uint64_t size_ = 0;
};

// Syncs the files of `log_dir`/blob that changed, whoever writes them: no checkpoint may cover a record whose payload a power
// failure could still take. Remembers in `synced` what it has done.
struct SyncedBlobs {
  struct File {
    std::string path;
    uint64_t size = 0;
  };
  std::vector<File> files;  // of the two newest days
};
Result<void> sync_blobs(const std::string& log_dir, SyncedBlobs& synced, Disk& disk);

}  // namespace agentmesh::audit
