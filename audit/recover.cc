#include "audit/recover.h"

#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "audit/birth.h"
#include "audit/journal.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/log.h"
#include "audit/tail_end.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

Result<void> exists(const Options& options) {
  const std::string dir = log_directory(options.state_dir, options.log);
  if (!file_exists(dir)) return fail(dir + ": there is no such log", ENOENT);
  return {};
}

}  // namespace

Result<std::string> recover(const Options& options, Disk& disk, const Clock& clock,
                            Random& random) {
  if (auto ok = exists(options); !ok) return tl::unexpected(ok.error());
  Options careful = options;
  careful.on_damage = OnDamage::kDeny;
  // Opening a log recovers it, and letting go of it signs it.
  const auto log = Log::open(careful, disk, clock, random);
  if (!log) return tl::unexpected(log.error());
  if ((*log)->remark().empty())
    return std::string("nothing to recover: the log ends with a whole record");
  return (*log)->remark();
}

Result<std::string> seal_log(const Options& options, const std::string& name, Disk& disk,
                             const Clock& clock, Random& random) {
  if (!is_log_name(name)) return fail("'" + name + "': use 1 to 32 of a-z, 0-9 and '-'");
  if (auto ok = exists(options); !ok) return tl::unexpected(ok.error());
  const std::string aside = log_directory(options.state_dir, name);
  if (file_exists(aside)) return fail(aside + ": is there already", EEXIST);
  const auto keys = own_keys(options.state_dir, options.log);
  if (!keys) return tl::unexpected(keys.error());
  const std::string writer = random_hex(random, 8);
  auto journal = Journal::open(options, writer, clock.mono_us(), disk);
  if (!journal) return tl::unexpected(journal.error());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::optional<TreeHead> good;
  for (;;) {
    const auto lock = (*journal)->try_lock();
    if (!lock) return tl::unexpected(lock.error());
    Result<void> moved =
        fail((*journal)->directory() + "/lock: another process keeps it locked", ETIMEDOUT);
    if (*lock == Journal::Lock::kHeld) {
      good = last_checkpoint((*journal)->directory(), *keys);
      std::optional<Genesis::After> after;
      if (good) after = {good->origin, good->size, good->root};
      const Made made{writer, std::nullopt, clock.wall_us(), clock.mono_us()};
      moved = set_aside(options, name, after, made, disk, random);
      (*journal)->unlock();
      if (moved) break;
      if (moved.error().errno_value != EBUSY) return tl::unexpected(moved.error());
    }
    if (std::chrono::steady_clock::now() > deadline) return tl::unexpected(moved.error());
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return fmt::format(
      "the log was moved to {} and a new one was begun{}", aside,
      good ? fmt::format("; its genesis names the checkpoint of {} records", good->size) : "");
}

}  // namespace agentmesh::audit
