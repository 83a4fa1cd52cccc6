#include "audit/log.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "audit/birth.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/log_impl.h"
#include "base/bytes.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kOpenPatience{10'000};

// "20261118-093000", as good a name for a directory as for a log.
std::string time_name(int64_t wall_us) {
  const std::string text = rfc3339(wall_us);  // 2026-11-18T09:30:00.000123Z
  return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + "-" + text.substr(11, 2) +
         text.substr(14, 2) + text.substr(17, 2);
}

}  // namespace

std::string errno_name(int error) {
  const char* name = ::strerrorname_np(error);
  return name != nullptr ? name : "EIO";
}

Result<void> check_options(const Options& options) {
  if (!is_log_name(options.log))
    return fail("audit.log '" + options.log + "': use 1 to 32 of a-z, 0-9 and '-'");
  if (!options.origin.empty() && !is_key_name(options.origin))
    return fail("audit.origin '" + options.origin + "': no spaces, no '+'");
  if (options.origin.size() > 200) return fail("audit.origin: at most 200 bytes");
  if (options.segment_bytes < 4096)
    return fail(fmt::format("audit.segment_bytes {}: at least 4096", options.segment_bytes));
  if (options.checkpoint_records < 1) return fail("audit.checkpoint_records 0: at least 1");
  if (options.checkpoint_ms < 1) return fail("audit.checkpoint_ms 0: at least 1");
  if (options.timeout_ms < 1) return fail("audit.timeout_ms 0: at least 1");
  if (options.state_dir.empty()) return fail("audit: no state directory");
  return {};
}

Result<std::unique_ptr<Log>> Log::open(const Options& options, Disk& disk, const Clock& clock,
                                       Random& random, Damaged damaged) {
  if (auto ok = check_options(options); !ok) return tl::unexpected(ok.error());
  auto impl = std::make_unique<Impl>(options, disk, clock, random);
  if (auto ok = impl->open(damaged); !ok) return tl::unexpected(ok.error());
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Log::~Log() {
  {
    const std::lock_guard<std::mutex> lock(impl_->queue_mutex);
    impl_->stop = true;
    impl_->stop_by = steady_clock::now() + milliseconds(impl_->options.timeout_ms);
    impl_->wake.notify_one();
  }
  impl_->committer.join();
  impl_->keeper->stop();
}

Result<void> Log::Impl::open(Log::Damaged damaged) {
  if (auto ok = ensure_log(options, made(clock.wall_us(), clock.mono_us()), disk, random); !ok)
    return ok;
  const auto signer = load_signer(options.state_dir, options.log);
  if (!signer) return tl::unexpected(signer.error());
  origin = signer->verifier.name;
  const auto secret = load_or_make_secret(mac_path(options.state_dir, options.log), disk, random);
  if (!secret) return tl::unexpected(secret.error());
  mac = *secret;
  commitments = std::make_unique<Commitments>(options, origin, writer, disk, random);
  auto opened = Journal::open(options, writer, clock.mono_us(), disk);
  if (!opened) return tl::unexpected(opened.error());
  journal = std::move(*opened);
  if (auto ok = take_first_hold(); !ok) {
    if (ok.error().errno_value != kDamaged || damaged == Damaged::kRefused) return ok;
    is_damaged = true;
    say(ok.error().what + "; nothing is written to it until a person acts (" +
        audit_command(options, "recover") + ")");
  }
  remark = journal->take_notice();
  keeper = std::make_unique<Keeper>(options, writer, *journal, journal_mutex, disk, clock,
                                    [this](const char* op, const Error& error) {
                                      const std::lock_guard<std::mutex> lock(queue_mutex);
                                      gap.note(errno_name(error.errno_value), op);
                                    });
  keeper->start();
  keeper->appended(journal->head(), false);
  committer = std::thread([this] { run(); });
  return {};
}

// Finds the end of the log once, so that what is wrong with it is said now and not at the first call.
Result<void> Log::Impl::take_first_hold() {
  const auto deadline =
      steady_clock::now() + std::max(kOpenPatience, milliseconds(options.timeout_ms));
  bool sealed = false;
  for (;;) {
    const auto lock = journal->try_lock();
    if (!lock) return tl::unexpected(lock.error());
    if (*lock == Journal::Lock::kHeld) {
      const auto ready = journal->make_ready(made(clock.wall_us(), clock.mono_us()));
      auto aside = Result<void>();
      const bool damaged = !ready && ready.error().errno_value == kDamaged;
      if (damaged && options.on_damage == OnDamage::kSeal && !sealed) aside = seal(ready.error());
      journal->unlock();
      epoch = journal->epoch();
      if (!aside && aside.error().errno_value == EBUSY && steady_clock::now() < deadline) {
        std::this_thread::sleep_for(milliseconds(1));
        continue;
      }
      if (!aside) return aside;
      if (!damaged || options.on_damage == OnDamage::kDeny || sealed) return ready;
      sealed = true;
      continue;
    }
    if (steady_clock::now() > deadline)
      return fail(journal->directory() + "/lock: another process keeps it locked", ETIMEDOUT);
    std::this_thread::sleep_for(microseconds(100));
  }
}

// Under the log's lock: sets the damaged log aside and begins a new one.
Result<void> Log::Impl::seal(const Error& damage) {
  const TreeHead& good = journal->last_good();
  const std::string name = time_name(clock.wall_us());
  const Genesis::After after{good.origin.empty() ? origin : good.origin, good.size, good.root};
  if (auto ok =
          set_aside(options, name, after, made(clock.wall_us(), clock.mono_us()), disk, random);
      !ok)
    return ok;
  ++seals;
  say(fmt::format("{}; it was set aside as {} and a new log was begun", damage.what,
                  log_directory(options.state_dir, name)));
  return {};
}

void Log::Impl::say(std::string text) {
  const std::lock_guard<std::mutex> lock(queue_mutex);
  said.push_back(std::move(text));
  notice = &said.back();
}

// ---- facts

void Log::mask_with(Mask mask) { impl_->mask = std::move(mask); }

void Log::before_prune(std::function<Result<std::vector<TrustSnapshot>>()> snapshots) {
  impl_->keeper->before_prune(std::move(snapshots));
}

void Log::tell_of_signing(std::function<void(std::string)> tell) {
  impl_->keeper->tell_of_signing(std::move(tell));
}

const std::string& Log::origin() const { return impl_->origin; }
const std::string& Log::writer() const { return impl_->writer; }
const std::string& Log::remark() const { return impl_->remark; }
uint32_t Log::seals() const { return impl_->seals; }

const std::string& Log::notice() const {
  static const std::string kNone;
  const std::string* said = impl_->notice;
  return said != nullptr ? *said : kNone;
}

std::string Log::command_mac(std::span<const std::string> argv) const {
  std::string words;
  for (const std::string& word : argv) words.append(word).push_back('\0');
  return to_hex(blake2b256(words, impl_->mac));
}

}  // namespace agentmesh::audit
