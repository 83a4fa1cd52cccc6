#include "trust/shared.h"

#include "base/files.h"
#include "trust/shared_impl.h"
#include "trust/state_key.h"

namespace agentmesh::trust {

namespace {

Halt halt_of(const HaltEntry& entry) {
  return {text_of(entry.server), text_of(entry.why), text_of(entry.by), entry.since_us};
}

HaltEntry* find_halt(const SharedFile& file, std::string_view server) {
  for (size_t i = 0; i < kMaxHalts; ++i) {
    HaltEntry& entry = file.halts()[i];
    if (entry.used == 1 && text_of(entry.server) == server) return &entry;
  }
  return nullptr;
}

void count_halts(const SharedFile& file) {
  uint32_t count = 0;
  for (size_t i = 0; i < kMaxHalts; ++i) count += file.halts()[i].used == 1 ? 1U : 0U;
  __atomic_store_n(&file.header().halts, count, __ATOMIC_RELEASE);
}

}  // namespace

Shared::Shared(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Shared::~Shared() = default;

Result<std::unique_ptr<Shared>> Shared::open(const std::string& state_dir, Random& random) {
  if (auto made = make_directories(state_dir); !made) return tl::unexpected(made.error());
  const auto key = state_key(state_dir, random);
  if (!key) return tl::unexpected(key.error());
  auto impl = std::make_unique<Impl>(state_dir + "/shared", random, *key);
  if (auto lock = SharedLock::take(impl->file); !lock) return tl::unexpected(lock.error());
  return std::unique_ptr<Shared>(new Shared(std::move(impl)));
}

Result<std::unique_ptr<Shared>> Shared::open_to_read(const std::string& state_dir, Random& random) {
  const std::string path = state_dir + "/shared";
  if (!file_exists(path)) return std::unique_ptr<Shared>();
  auto impl = std::make_unique<Impl>(path, random, state_key_to_read(state_dir));
  impl->file.only_read();
  if (auto lock = SharedLock::take(impl->file); !lock) return tl::unexpected(lock.error());
  return std::unique_ptr<Shared>(new Shared(std::move(impl)));
}

std::string Shared::take_notice() { return impl_->file.take_notice(); }
int64_t Shared::made_us() const { return impl_->file.made_us(); }

Result<bool> Shared::unrestored() {
  const auto lock = SharedLock::take(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  return impl_->file.header().lost == 1;
}

Result<void> Shared::restored(int64_t made_us) {
  auto lock = SharedLock::take(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  Header& header = impl_->file.header();
  if (header.made_us == made_us) __atomic_store_n(&header.lost, uint64_t{0}, __ATOMIC_RELEASE);
  return {};
}

std::optional<Halt> Shared::halted(std::string_view server) {
  if (impl_->file.nobody_halted()) return std::nullopt;
  const auto lock = SharedLock::take(impl_->file);
  if (!lock)
    return Halt{{}, "it cannot be known whether a halt holds: " + lock.error().what, {}, 0};
  if (const HaltEntry* all = find_halt(impl_->file, "")) return halt_of(*all);
  if (const HaltEntry* one = find_halt(impl_->file, server); one != nullptr && !server.empty())
    return halt_of(*one);
  return std::nullopt;
}

std::vector<Halt> Shared::halts() {
  std::vector<Halt> halts;
  const auto lock = SharedLock::take(impl_->file);
  if (!lock) return halts;
  for (size_t i = 0; i < kMaxHalts; ++i) {
    if (impl_->file.halts()[i].used == 1) halts.push_back(halt_of(impl_->file.halts()[i]));
  }
  return halts;
}

Result<void> Shared::halt(const Halt& halt) {
  if (halt.server.size() >= sizeof(HaltEntry::server))
    return fail("a server's name of more than 255 bytes cannot be halted alone");
  auto lock = SharedLock::take(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  HaltEntry* entry = find_halt(impl_->file, halt.server);
  for (size_t i = 0; i < kMaxHalts && entry == nullptr; ++i) {
    if (impl_->file.halts()[i].used != 1) entry = &impl_->file.halts()[i];
  }
  if (entry == nullptr) return fail("64 servers are halted already: halt all instead");
  HaltEntry made{};
  made.used = 1;
  made.since_us = halt.since_us;
  put_text(made.server, halt.server);
  put_text(made.why, halt.why);
  put_text(made.by, halt.by);
  made.check = check_of(made);
  lock->begin();
  *entry = made;
  count_halts(impl_->file);
  return {};
}

Result<bool> Shared::resume(std::string_view server) {
  auto lock = SharedLock::take(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  HaltEntry* entry = find_halt(impl_->file, server);
  if (entry == nullptr) return false;
  lock->begin();
  entry->used = 0;
  entry->check = 0;
  count_halts(impl_->file);
  return true;
}

}  // namespace agentmesh::trust
