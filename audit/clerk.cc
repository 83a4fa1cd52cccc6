#include "audit/clerk.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "audit/disk_files.h"
#include "audit/in_force.h"
#include "audit/keeper.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/log.h"
#include "audit/rotation.h"
#include "audit/signing.h"
#include "audit/tiles.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr int kPatienceMs = 10'000;

}  // namespace

Clerk::Clerk(const Options& options, Disk& disk, const Clock& clock, Random& random)
    : options_(options), disk_(disk), clock_(clock), writer_(random_hex(random, 8)) {}

Result<std::unique_ptr<Clerk>> Clerk::open(const Options& options, Disk& disk, const Clock& clock,
                                           Random& random) {
  if (auto ok = check_options(options); !ok) return tl::unexpected(ok.error());
  const std::string dir = log_directory(options.state_dir, options.log);
  if (!file_exists(dir)) return fail(dir + ": there is no such log", ENOENT);
  if (auto ok = prepare_keys_directory(options.state_dir); !ok) return tl::unexpected(ok.error());
  std::unique_ptr<Clerk> clerk(new Clerk(options, disk, clock, random));
  if (auto ok = clerk->lock_checkpoints(); !ok) return tl::unexpected(ok.error());
  if (auto ok = clerk->work(); !ok) return tl::unexpected(ok.error());
  return clerk;
}

Clerk::~Clerk() { rest(); }

Result<void> Clerk::lock_checkpoints() {
  mono_ = clock_.mono_us();
  auto journal = Journal::open(options_, writer_, mono_, disk_);
  if (!journal) return tl::unexpected(journal.error());
  journal_ = std::move(*journal);
  const std::string path = directory() + "/lock.cp";
  auto fd = disk_.open(path, O_RDWR | O_CREAT, 0600);
  if (!fd) return tl::unexpected(fd.error());
  if (auto locked = lock_file(fd->get(), path, kPatienceMs); !locked) return locked;
  checkpoint_lock_ = std::move(*fd);
  return settle_rotation(options_, disk_);
}

Result<void> Clerk::work() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  for (;;) {
    const auto got = journal_->try_lock();
    if (!got) return tl::unexpected(got.error());
    if (*got == Journal::Lock::kHeld) break;
    // Whoever set the log aside did so with another lock.cp than ours.
    if (*got == Journal::Lock::kMoved)
      return fail(directory() + ": the log was set aside a moment ago; try again", ESTALE);
    if (std::chrono::steady_clock::now() > deadline)
      return fail(directory() + "/lock: another process keeps it locked", ETIMEDOUT);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  held_ = true;
  return journal_->make_ready(Made{writer_, std::nullopt, clock_.wall_us(), mono_});
}

void Clerk::rest() {
  if (held_) journal_->unlock();
  held_ = false;
}

Result<uint64_t> Clerk::append(const Record& record) {
  const Made made{writer_, wseq_, clock_.wall_us(), clock_.mono_us()};
  Draft line;
  draft(record, made, nullptr, line);
  constexpr size_t kSeqAndLf = 17;
  if (auto ok = journal_->make_room(line.text.size() + kSeqAndLf,
                                    Made{writer_, std::nullopt, made.ts, made.mono});
      !ok)
    return tl::unexpected(ok.error());
  const uint64_t seq = journal_->stage(line);
  if (auto ok = journal_->commit(); !ok) return tl::unexpected(ok.error());
  ++wseq_;
  return seq;
}

Result<void> Clerk::sign(const std::vector<const Signer*>& signers) {
  const auto segment = journal_->segment_to_sync();
  if (!segment) return tl::unexpected(segment.error());
  if (auto synced = disk_.sync_data(segment->get()); !synced) return synced;
  const auto in_force = signer_in_force(options_);
  if (!in_force) return tl::unexpected(in_force.error());
  const auto by = journal_->ends_with_ours(head()) ? LastRecord::kOurs : LastRecord::kAnybodys;
  const auto made =
      sign_end(directory(), head(), by, *in_force,
               signers.empty() ? std::vector<const Signer*>{&*in_force} : signers, disk_);
  if (!made) return tl::unexpected(made.error());
  if (*made) journal_->note_checkpoint(head().next_seq, clock_.wall_us());
  uint64_t done = 0;
  write_full_tiles(directory(), head().next_seq, done, disk_);
  return {};
}

}  // namespace agentmesh::audit
