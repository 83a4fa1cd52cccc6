// Disks that fail: whatever step of writing goes wrong, the log stays one that verifies, says what it lost, and goes on.

#include <atomic>
#include <string>
#include <vector>

#include "audit/recover.h"
#include "audit/segment.h"
#include "base/files.h"
#include "tests/audit/logs.h"
#include "tests/fakes.h"
#include "tests/fault_disk.h"

namespace agentmesh::audit::tests {

using agentmesh::tests::FaultDisk;
using Op = FaultDisk::Op;

namespace {

std::string lines_of(const Scratch& scratch) {
  std::string text;
  const auto segments = list_segments(scratch.log());
  for (const uint64_t first : *segments) text += slurp(scratch.log() + "/" + segment_file(first));
  return text;
}

// A keeper that stays out of the way: no checkpoint between the first and the last.
Options quiet(const Scratch& scratch) {
  Options options = scratch.options();
  options.checkpoint_ms = 3'600'000;
  options.checkpoint_records = 1'000'000;
  return options;
}

}  // namespace

TEST_CASE(
    "a full disk fails the call and leaves nothing; then drop and io_error come first, and work goes on") {
  for (const bool falls_short : {false, true}) {
    const Scratch scratch;
    Real real;
    FaultDisk disk(real.disk);
    {
      const auto log = Log::open(quiet(scratch), disk, real.clock, real.random);
      REQUIRE(log);
      REQUIRE(settle(**log, decision()));
      if (falls_short) {
        disk.short_write(1, 100);
        disk.short_write(2, 1);
      } else {
        disk.fail(Op::kWrite, 1, ENOSPC);
        disk.fail(Op::kWrite, 2, ENOSPC);
      }
      for (int i = 0; i < 2; ++i) {
        const Appended failed = settle(**log, decision());
        REQUIRE_FALSE(failed);
        CHECK(failed.error().errno_value == ENOSPC);
      }
      const uint64_t wseq = (*log)->next_wseq();
      const Appended again = settle(**log, decision());
      REQUIRE(again);
      CHECK(again->front().wseq == wseq);
      CHECK(again->size() == 1);
    }
    check_exit(verify_log(scratch, true), 0);
    const std::string text = lines_of(scratch);
    // 1: lost. 2, 3: drop and io_error of 1, lost with 4. 5: the drop of all of them.
    CHECK(text.find("\"count\":4,\"first\":1,\"last\":4") != std::string::npos);
    CHECK(text.find("\"type\":\"drop\"") < text.find("\"type\":\"io_error\""));
    CHECK(text.find("\"denied\":2,\"errno\":\"ENOSPC\"") != std::string::npos);
  }
}

TEST_CASE("beyond its bytes of an hour a session begins no call, and what it began may end") {
  const Scratch scratch;
  Real real;
  agentmesh::tests::FakeClock clock;
  Options options = quiet(scratch);
  options.max_bytes_per_hour = 10'000;
  {
    const auto log = Log::open(options, real.disk, clock, real.random);
    REQUIRE(log);
    Appended last = settle(**log, decision());
    for (int i = 0; i < 100 && last; ++i) last = settle(**log, decision());
    REQUIRE_FALSE(last);
    CHECK(last.error().what.find("10000 bytes") != std::string::npos);
    CHECK(last.error().what.find("audit.max_bytes_per_hour") != std::string::npos);
    CHECK(lines_of(scratch).size() > 8'000);
    REQUIRE(settle(**log, outcome(0)));
    REQUIRE_FALSE(settle(**log, decision("too many")));
    clock.advance_us(59 * int64_t{60'000'000});
    REQUIRE_FALSE(settle(**log, decision("too soon")));
    clock.advance_us(2 * int64_t{60'000'000});
    REQUIRE(settle(**log, decision("later")));
  }
  check_exit(verify_log(scratch, true), 0);
  const std::string text = lines_of(scratch);
  CHECK(text.find("too many") == std::string::npos);
  CHECK(text.find("\"tool\":\"later\"") != std::string::npos);
  CHECK(text.find("\"why\":\"growth\"") != std::string::npos);
}

TEST_CASE("promised numbers hold, or the call fails") {
  const Scratch scratch;
  Real real;
  FaultDisk disk(real.disk);
  {
    const auto log = Log::open(quiet(scratch), disk, real.clock, real.random);
    REQUIRE(log);
    disk.fail(Op::kWrite, 1, EIO);
    const uint64_t promised = (*log)->next_wseq();
    CHECK(promised == 0);
    REQUIRE_FALSE(settle(**log, decision()));
    for (int i = 0; i < 5; ++i) {
      const uint64_t next = (*log)->next_wseq();
      const Appended got = settle(**log, decision());
      REQUIRE(got);
      CHECK(got->front().wseq == next);
    }
  }
  check_exit(verify_log(scratch, true), 0);
}

TEST_CASE("a write that can neither be finished nor taken back does no harm") {
  for (const size_t bytes : {size_t{1}, size_t{300}, size_t{700}}) {
    CAPTURE(bytes);
    const Scratch scratch;
    Real real;
    FaultDisk disk(real.disk);
    {
      const auto log = Log::open(quiet(scratch), disk, real.clock, real.random);
      REQUIRE(log);
      REQUIRE(settle(**log, decision()));
      disk.short_write(1, bytes);
      disk.fail(Op::kTruncate, 1, EIO);
      REQUIRE_FALSE(settle(**log, std::vector<Record>{decision("one"), decision("two")}));
      REQUIRE(settle(**log, decision("three")));
    }
    check_exit(verify_log(scratch, true), 0);
    CHECK(lines_of(scratch).find("\"tool\":\"one\"") == std::string::npos);
  }
}

TEST_CASE(
    "what another process built upon before it could be taken back stands, and is not called lost") {
  for (const size_t bytes : {size_t{300}, size_t{800}}) {
    CAPTURE(bytes);
    const Scratch scratch;
    Real real;
    FaultDisk disk(real.disk);
    {
      const auto log = Log::open(quiet(scratch), disk, real.clock, real.random);
      REQUIRE(log);
      REQUIRE(settle(**log, decision()));
      disk.short_write(1, bytes);
      disk.fail_from(Op::kTruncate, 1, EIO);
      REQUIRE_FALSE(
          settle(**log, std::vector<Record>{decision("one"), decision("two"), decision("three")}));
      {
        const auto other = real.open(quiet(scratch));
        REQUIRE(settle(*other, decision("other")));
      }
      disk.heal();
      REQUIRE(settle(**log, decision("four")));
    }
    check_exit(verify_log(scratch, true), 0);
  }
}

TEST_CASE(
    "after a failed fdatasync the call fails, the segment is read back and changed, and nothing is signed before") {
  const Scratch scratch;
  Real real;
  FaultDisk disk(real.disk);
  {
    const auto log = Log::open(quiet(scratch), disk, real.clock, real.random);
    REQUIRE(log);
    REQUIRE(settle(**log, decision()));
    disk.fail(Op::kSyncData, 1, EIO);
    const Appended failed = settle(**log, decision("unsynced"), true);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().errno_value == EIO);
    REQUIRE(settle(**log, decision("after")));
    CHECK(list_segments(scratch.log())->size() == 2);
  }
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  const std::string text = lines_of(scratch);
  CHECK(text.find("\"errno\":\"EIO\"") != std::string::npos);
  CHECK(text.find("\"op\":\"fdatasync\"") != std::string::npos);
  CHECK(text.find("\"type\":\"drop\"") ==
        std::string::npos);  // it was written, only not surely on the disk
}

TEST_CASE(
    "whichever call of the disk fails, once or for good, the log verifies and is written to again") {
  const Op ops[] = {Op::kOpen,     Op::kWrite,    Op::kSyncData, Op::kSyncDirectory,
                    Op::kTruncate, Op::kAllocate, Op::kRename,   Op::kRemove};
  for (const Op op : ops)
    for (const int nth : {1, 2, 4, 7, 13})
      for (const bool for_good : {false, true}) {
        if (for_good && nth != 2) continue;
        CAPTURE(static_cast<int>(op), nth, for_good);
        const Scratch scratch;
        Real real;
        Options options = scratch.options();
        options.segment_bytes = 4096;
        options.checkpoint_records = 5;
        options.checkpoint_ms = 5;
        { const auto born = real.open(options); }
        FaultDisk disk(real.disk);
        if (for_good) {
          disk.fail_from(op, nth, EIO);
        } else {
          disk.fail(op, nth, EIO);
        }
        size_t good = 0;
        {
          const auto log = Log::open(options, disk, real.clock, real.random);
          for (int i = 0; log && i < 40; ++i)
            good += settle(**log, decision(), i % 10 == 3) ? size_t{1} : size_t{0};
        }
        const Verdict verdict = verify_log(scratch);
        CAPTURE(verdict_json(verdict, "", 0));
        REQUIRE((verdict.exit == 0 || verdict.exit == 2));
        const auto count = [](const Verdict& v) {
          const auto found = v.types.find("decision");
          return found == v.types.end() ? uint64_t{0} : found->second;
        };
        REQUIRE(count(verdict) >= good);
        {
          const auto log = real.open(options);
          REQUIRE(settle(*log, decision()));
        }
        const Verdict after = verify_log(scratch, true);
        CAPTURE(verdict_json(after, "", 0));
        REQUIRE(after.exit == 0);
        REQUIRE(count(after) >= good + 1);
      }
}

TEST_CASE("a birth that fails at any step leaves nothing that the next one trips over") {
  for (const Op op : {Op::kOpen, Op::kWrite, Op::kSyncData, Op::kSyncDirectory, Op::kRename})
    for (const int nth : {1, 3, 6}) {
      CAPTURE(static_cast<int>(op), nth);
      const Scratch scratch;
      Real real;
      FaultDisk disk(real.disk);
      disk.fail_from(op, nth, ENOSPC);
      (void)Log::open(scratch.options(), disk, real.clock, real.random);
      {
        const auto log = real.open(scratch.options());
        REQUIRE(settle(*log, decision()));
      }
      check_exit(verify_log(scratch, true), 0);
      CHECK(list_directory(scratch.path() + "/audit")->size() == 1);
    }
}

TEST_CASE("power that goes during a write leaves a log that recovers") {
  for (const int nth : {1, 2, 5})
    for (const size_t bytes : {size_t{0}, size_t{90}, size_t{450}}) {
      CAPTURE(nth, bytes);
      const Scratch scratch;
      Real real;
      Options options = scratch.options();
      options.checkpoint_records = 4;
      { const auto born = real.open(options); }
      FaultDisk disk(real.disk);
      disk.lose_power(nth, bytes);
      {
        const auto log = Log::open(options, disk, real.clock, real.random);
        for (int i = 0; log && i < 12; ++i) (void)settle(**log, decision());
      }
      const Verdict before = verify_log(scratch);
      CAPTURE(verdict_json(before, "", 0));
      REQUIRE((before.exit == 0 || before.exit == 2));
      SystemDisk real_disk;
      REQUIRE(recover(options, real_disk, real.clock, real.random));
      check_exit(verify_log(scratch), 0);
    }
}

}  // namespace agentmesh::audit::tests
