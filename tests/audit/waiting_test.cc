// Who waits for the disk, and who does not: durable appends, and the checkpoints behind all of them.

#include <atomic>
#include <cerrno>
#include <future>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/log.h"
#include "audit/segment.h"
#include "tests/audit/logs.h"
#include "tests/fakes.h"
#include "tests/fault_disk.h"

namespace agentmesh::audit::tests {

using agentmesh::tests::FakeClock;
using agentmesh::tests::FaultDisk;
using agentmesh::tests::HastyDisk;

namespace {

// A disk whose syncs take their time, by the clock of the log.
class SlowDisk final : public HastyDisk {
 public:
  explicit SlowDisk(FakeClock& clock) : clock_(clock) {}
  Result<void> sync_data(int) override {
    clock_.advance_us(takes_us);
    return {};
  }
  std::atomic<int64_t> takes_us = 300;

 private:
  FakeClock& clock_;
};

}  // namespace

TEST_CASE("who has a thread to spare waits for a quick disk, and for a slow one not again") {
  const Scratch scratch;
  Real real;
  FakeClock clock;
  SlowDisk disk(clock);
  Options options = scratch.options();
  options.checkpoint_ms = 86'400'000;
  options.checkpoint_records = 1'000'000;
  auto log = Log::open(options, disk, clock, real.random);
  REQUIRE(log);
  const Record record = decision();
  const auto at_once = [&](Log::Spare spare) {
    std::promise<Appended> late;
    auto now = (*log)->append(
        {&record, 1}, true, [&](Appended result) { late.set_value(std::move(result)); }, spare);
    REQUIRE((now ? *now : late.get_future().get()));
    return now.has_value();
  };
  CHECK_FALSE(at_once(Log::Spare::kNothing));
  for (int i = 0; i < 5; ++i) CHECK(at_once(Log::Spare::kThread));
  disk.takes_us = 50'000;
  CHECK(at_once(Log::Spare::kThread));  // nobody knew
  disk.takes_us = 300;
  int elsewhere = 0;
  while (!at_once(Log::Spare::kThread)) ++elsewhere;
  CHECK(elsewhere == 16);
  log->reset();
  check_exit(verify_log(scratch), 0);
}

TEST_CASE("a sync that fails under who has a thread to spare fails the append, and is told of") {
  const Scratch scratch;
  Real real;
  FaultDisk disk(real.disk);
  Options options = scratch.options();
  options.checkpoint_ms = 86'400'000;
  auto log = Log::open(options, disk, real.clock, real.random);
  REQUIRE(log);
  REQUIRE(settle(**log, decision(), true, Log::Spare::kThread));
  disk.fail(FaultDisk::Op::kSyncData, 1, EIO);
  const Appended failed = settle(**log, decision(), true, Log::Spare::kThread);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().what.find("cannot be synced") != std::string::npos);
  CHECK(failed.error().errno_value == EIO);
  REQUIRE(settle(**log, decision(), true, Log::Spare::kThread));
  log->reset();
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(slurp(scratch.log() + "/" + segment_file(list_segments(scratch.log())->back()))
            .find("\"denied\":1,\"errno\":\"EIO\"") != std::string::npos);
  CHECK(list_segments(scratch.log())->size() == 2);  // nobody builds upon what may not be there
}

TEST_CASE("what is appended while a checkpoint is made does not ask for one more at once") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.checkpoint_records = 700;
  options.checkpoint_ms = 86'400'000;
  const auto sizes = [&] {
    const History history = split_history(slurp(scratch.log() + "/checkpoints"), "");
    std::vector<uint64_t> all;
    for (const HistoryEntry& entry : history.entries)
      if (entry.checkpoint) all.push_back(entry.checkpoint->head.size);
    return all;
  };
  {
    const auto log = real.open(options);
    while (sizes().size() < 6)
      for (int i = 0; i < 100; ++i) REQUIRE(settle(*log, decision()));
  }
  const std::vector<uint64_t> signed_sizes = sizes();
  for (size_t i = 1; i + 1 < signed_sizes.size(); ++i) {  // the last is that of the end
    CAPTURE(i, signed_sizes[i - 1]);
    CHECK(signed_sizes[i] >= signed_sizes[i - 1] + 700);
  }
  check_exit(verify_log(scratch, true), 0);
}

}  // namespace agentmesh::audit::tests
