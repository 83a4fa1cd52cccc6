// FaultDisk: a disk that fails, falls short or loses power when the test says so, and otherwise does what the disk
// behind it does.
//
// Calls are counted per operation from the moment the fault is planned: nth 1 is the next one. A call that fails
// reaches nothing behind. On request it remembers from where each call came, so that a test can make each of these places
// fail. Thread: any.

#pragma once

#include <execinfo.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"

namespace agentmesh::tests {

class FaultDisk final : public Disk {
 public:
  enum class Op {
    kOpen,
    kWrite,
    kSyncData,
    kSyncDirectory,
    kTruncate,
    kAllocate,
    kRename,
    kRemove
  };

  // A place in the program that calls the disk: the return addresses nearest to it.
  using Site = std::array<void*, 4>;

  explicit FaultDisk(Disk& disk) : disk_(disk) {}

  // The nth call of `op` from now fails with `errno_value`; the ones before and after do not.
  void fail(Op op, int nth, int errno_value) {
    plan(op, {nth, errno_value, Reach::kOnce, std::nullopt});
  }
  // The nth call and every later one fail: a full disk, a file system gone read-only.
  void fail_from(Op op, int nth, int errno_value) {
    plan(op, {nth, errno_value, Reach::kOn, std::nullopt});
  }
  enum class Reach { kOnce, kOn, kPower };
  // The nth call from one place fails; with it every later call of `op` (kOn), or every later call (kPower).
  void fail_at(Op op, const Site& site, int nth, Reach reach, int errno_value) {
    const std::lock_guard lock(mutex_);
    at_site_ = AtSite{op, site, nth, Fault{0, errno_value, reach, std::nullopt}, false};
  }
  // Whether it came to that.
  bool failed_at_site() const {
    const std::lock_guard lock(mutex_);
    return at_site_ && at_site_->failed;
  }
  // The nth write takes the first `bytes` bytes only, and says so.
  void short_write(int nth, size_t bytes) { plan(Op::kWrite, {nth, 0, Reach::kOnce, bytes}); }
  // The nth write puts its first `bytes` bytes down and fails with EIO, and so does every call of any kind after it.
  void lose_power(int nth, size_t bytes) { plan(Op::kWrite, {nth, EIO, Reach::kPower, bytes}); }
  // Forgets all plans; the power is back.
  void heal() {
    const std::lock_guard lock(mutex_);
    for (auto& plans : plans_) plans.clear();
    at_site_.reset();
    power_lost_ = false;
  }
  // From now on: where each call of `op` came from, in order.
  void remember_sites() {
    const std::lock_guard lock(mutex_);
    remember_ = true;
  }
  std::vector<Site> sites(Op op) const {
    const std::lock_guard lock(mutex_);
    return sites_[index(op)];
  }
  // Calls of `op` so far, failed ones included.
  int calls(Op op) const {
    const std::lock_guard lock(mutex_);
    return calls_[index(op)];
  }

  Result<Fd> open(const std::string& path, int flags, unsigned mode) override {
    if (const auto fault = next(Op::kOpen)) return refuse(*fault, "open " + path);
    return disk_.open(path, flags, mode);
  }
  Result<size_t> write(int fd, std::string_view bytes) override {
    const auto fault = next(Op::kWrite);
    if (!fault) return disk_.write(fd, bytes);
    size_t written = 0;
    if (fault->bytes) {
      const std::string_view part = bytes.substr(0, *fault->bytes);
      while (written < part.size()) {
        const Result<size_t> taken = disk_.write(fd, part.substr(written));
        if (!taken) return taken;
        written += *taken;
      }
    }
    if (fault->errno_value != 0) return refuse(*fault, "write to descriptor " + std::to_string(fd));
    return written;
  }
  Result<void> sync_data(int fd) override {
    if (const auto fault = next(Op::kSyncData)) {
      return refuse(*fault, "sync descriptor " + std::to_string(fd));
    }
    return disk_.sync_data(fd);
  }
  Result<void> sync_directory(const std::string& path) override {
    if (const auto fault = next(Op::kSyncDirectory)) {
      return refuse(*fault, "sync directory " + path);
    }
    return disk_.sync_directory(path);
  }
  Result<void> truncate(int fd, uint64_t size) override {
    if (const auto fault = next(Op::kTruncate)) {
      return refuse(*fault, "truncate descriptor " + std::to_string(fd));
    }
    return disk_.truncate(fd, size);
  }
  Result<void> allocate(int fd, uint64_t size) override {
    if (const auto fault = next(Op::kAllocate)) {
      return refuse(*fault, "allocate descriptor " + std::to_string(fd));
    }
    return disk_.allocate(fd, size);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    if (const auto fault = next(Op::kRename)) return refuse(*fault, "rename " + from + " to " + to);
    return disk_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override {
    if (const auto fault = next(Op::kRemove)) return refuse(*fault, "remove " + path);
    return disk_.remove(path);
  }

 private:
  struct Fault {
    int at = 0;  // number of the call, counted from the first
    int errno_value = 0;
    Reach reach = Reach::kOnce;
    std::optional<size_t> bytes;
  };
  struct AtSite {
    Op op;
    Site site;
    int left = 0;
    Fault fault;
    bool failed = false;
  };
  static size_t index(Op op) { return static_cast<size_t>(op); }

  void plan(Op op, Fault fault) {
    const std::lock_guard lock(mutex_);
    fault.at += calls_[index(op)];
    plans_[index(op)].push_back(fault);
  }

  // Behind here(), next() and the disk's own function.
  [[gnu::noinline]] static Site here() {
    constexpr int kOurs = 3;
    std::array<void*, kOurs + 4> frames{};
    (void)::backtrace(frames.data(), static_cast<int>(frames.size()));
    Site site{};
    std::copy(frames.begin() + kOurs, frames.end(), site.begin());
    return site;
  }

  // Counts a call; what is to go wrong with it, if anything.
  [[gnu::noinline]] std::optional<Fault> next(Op op) {
    const std::lock_guard lock(mutex_);
    const int call = ++calls_[index(op)];
    if (remember_) sites_[index(op)].push_back(here());
    if (at_site_ && at_site_->op == op) {
      const bool on = at_site_->failed && at_site_->fault.reach == Reach::kOn;
      if (on || (!at_site_->failed && here() == at_site_->site && --at_site_->left == 0)) {
        at_site_->failed = true;
        power_lost_ = at_site_->fault.reach == Reach::kPower;
        return at_site_->fault;
      }
    }
    if (power_lost_) return Fault{call, EIO, Reach::kPower, std::nullopt};
    for (const Fault& fault : plans_[index(op)]) {
      if (fault.at != call && !(fault.reach == Reach::kOn && fault.at < call)) continue;
      power_lost_ = fault.reach == Reach::kPower;
      return fault;
    }
    return std::nullopt;
  }

  static tl::unexpected<Error> refuse(const Fault& fault, const std::string& doing) {
    return agentmesh::fail(doing + ": " + std::strerror(fault.errno_value), fault.errno_value);
  }

  Disk& disk_;
  mutable std::mutex mutex_;
  std::array<int, 8> calls_{};
  std::array<std::vector<Fault>, 8> plans_;
  bool power_lost_ = false;
  bool remember_ = false;
  std::optional<AtSite> at_site_;
  std::array<std::vector<Site>, 8> sites_;
};

// A disk that waits for nothing: whether a sync came to its end is the fault's business here.
class HastyDisk : public Disk {
 public:
  Result<Fd> open(const std::string& path, int flags, unsigned mode) override {
    return disk_.open(path, flags, mode);
  }
  Result<size_t> write(int fd, std::string_view bytes) override { return disk_.write(fd, bytes); }
  Result<void> sync_data(int) override { return {}; }
  Result<void> sync_directory(const std::string&) override { return {}; }
  Result<void> truncate(int fd, uint64_t size) override { return disk_.truncate(fd, size); }
  Result<void> allocate(int fd, uint64_t size) override { return disk_.allocate(fd, size); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return disk_.remove(path); }

 private:
  SystemDisk disk_;
};

}  // namespace agentmesh::tests
