// Disk: the few calls whose failure the audit log must survive, as an interface, so that a test can make any one of
// them fail, fall short or be cut off. Everything else uses files.h.
//
// Failure: the errno of the call, in Error::errno_value, and the path or file in the sentence.

#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace agentmesh {

class Disk {
 public:
  virtual ~Disk() = default;
  // Files only: a pipe, a socket or a device in one's place is an error (EINVAL), and is not waited for. O_CLOEXEC is added.
  virtual Result<Fd> open(const std::string& path, int flags, unsigned mode) = 0;
  // One write(2); returns the bytes taken, which may be fewer than asked.
  virtual Result<size_t> write(int fd, std::string_view bytes) = 0;
  virtual Result<void> sync_data(int fd) = 0;  // fdatasync
  virtual Result<void> sync_directory(const std::string& path) = 0;
  virtual Result<void> truncate(int fd, uint64_t size) = 0;
  virtual Result<void> allocate(int fd, uint64_t size) = 0;  // posix_fallocate
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
};

class SystemDisk final : public Disk {
 public:
  Result<Fd> open(const std::string& path, int flags, unsigned mode) override;
  Result<size_t> write(int fd, std::string_view bytes) override;
  Result<void> sync_data(int fd) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<void> truncate(int fd, uint64_t size) override;
  Result<void> allocate(int fd, uint64_t size) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
};

}  // namespace agentmesh
