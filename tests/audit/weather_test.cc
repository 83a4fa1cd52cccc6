// What a log has to live through besides crashes: clocks that jump, readers beside writers, old segments that are due to go,
// a file system that fills up.

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "audit/line_check.h"
#include "audit/read.h"
#include "audit/segment.h"
#include "tests/audit/logs.h"

namespace agentmesh::audit::tests {

namespace {

// The system's clock, set wrong.
class WrongClock final : public Clock {
 public:
  int64_t wall_us() const override { return real_.wall_us() + off; }
  int64_t mono_us() const override { return real_.mono_us(); }
  std::atomic<int64_t> off{0};

 private:
  SystemClock real_;
};

constexpr int64_t kDayUs = 86'400'000'000;

template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE("a wall clock that jumps to and fro is noted, and breaks nothing") {
  const Scratch scratch;
  SystemDisk disk;
  WrongClock clock;
  SystemRandom random;
  {
    auto log = Log::open(scratch.options(), disk, clock, random);
    REQUIRE(log);
    for (const int64_t off : {int64_t{0}, -2 * kDayUs, 3 * kDayUs, -400 * kDayUs, int64_t{1},
                              40 * kDayUs, int64_t{0}}) {
      clock.off = off;
      for (int i = 0; i < 3; ++i) REQUIRE(settle(**log, decision()));
    }
  }
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(std::any_of(verdict.notes.begin(), verdict.notes.end(),
                    [](const Remark& note) { return note.code == "clock.back"; }));
  // A new day ends a segment; a day that comes back does not.
  CHECK(verdict.segments == 3);
  CHECK(list_segments(scratch.log())->size() == 3);
  // The commitments' keys are those of the days that the records name.
  CHECK(std::filesystem::exists(
      blob_key_path(scratch.path(), "main", utc_day(clock.wall_us() - 400 * kDayUs))));
}

TEST_CASE(
    "beside writers and across rotation, tail gives every record once and verify finds nothing") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 9000;
  options.checkpoint_records = 32;
  options.checkpoint_ms = 5;
  const auto first = real.open(options);
  REQUIRE(settle(*first, decision()));
  auto tail = Tail::open(scratch.log(), 1'000'000);
  REQUIRE(tail);
  constexpr int kWriters = 3;
  constexpr int kRecords = 300;
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i)
    threads.emplace_back([&] {
      Real mine;
      const auto log = mine.open(options);
      for (int n = 0; n < kRecords; ++n)
        if (!settle(*log, decision())) ++wrong;
    });
  std::thread verifier([&] {
    while (!done) {
      const Verdict verdict = verify_log(scratch);
      if (verdict.exit != 0) ++wrong;
    }
  });
  // Until every writer's last record was seen.
  uint64_t due = 0;
  int decisions = 0;
  const bool all = comes_true([&] {
    for (;;) {
      const auto line = tail->next();
      if (!line || !*line) break;
      const LineCheck check = check_line(**line);
      if (check.fault != LineFault::kNone || check.facts.seq != due) ++wrong;
      due = check.facts.seq + 1;
      decisions += check.facts.type == Type::kDecision ? 1 : 0;
    }
    return decisions == kWriters * kRecords + 1;
  });
  done = true;
  for (std::thread& thread : threads) thread.join();
  verifier.join();
  CHECK(all);
  CHECK(wrong == 0);
  CHECK(list_segments(scratch.log())->size() > 10);
}

TEST_CASE(
    "with keep_days the keeper prunes what is older, with the scores kept, and leaves the rest") {
  const Scratch scratch;
  SystemDisk disk;
  WrongClock clock;
  SystemRandom random;
  Options options = scratch.options();
  options.segment_bytes = 20'000;
  options.checkpoint_ms = 5;
  clock.off = -10 * kDayUs;
  {
    auto log = Log::open(options, disk, clock, random);
    REQUIRE(log);
    for (int i = 0; i < 400; ++i) REQUIRE(settle(**log, decision()));
  }
  clock.off = 0;
  options.keep_days = 30;
  {
    auto log = Log::open(options, disk, clock, random);
    REQUIRE(log);
    for (int i = 0; i < 300; ++i) REQUIRE(settle(**log, decision()));
  }
  CHECK(list_segments(scratch.log())->front() == 0);  // ten days are less than thirty
  options.keep_days = 7;
  {
    auto log = Log::open(options, disk, clock, random);
    REQUIRE(log);
    (*log)->before_prune([] {
      return std::vector<TrustSnapshot>{{{{"server:fs", 1, 2, {{1, 2, 3, 4}}}}}};
    });
    REQUIRE(settle(**log, decision()));
    CHECK(comes_true([&] {
      const auto segments = list_segments(scratch.log());
      return segments && segments->front() > 0;
    }));
  }
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(verdict.first_seq > 200);
  CHECK(verdict.first_seq <= 512);
  CHECK(verdict.types.at("prune") == 1);
  CHECK(verdict.types.at("trust.snapshot") == 1);
}

TEST_CASE(
    "a file system that is full fails calls, and once there is room again says what is missing") {
  const Scratch scratch;
  const std::string mount = scratch.path() + "/small";
  std::filesystem::create_directory(mount);
  if (::mount("tmpfs", mount.c_str(), "tmpfs", 0, "size=256k,mode=0700") != 0) {
    WARN("SKIPPED: no tmpfs can be mounted here (that takes root)");
    return;
  }
  struct Unmount {
    const std::string& path;
    ~Unmount() { (void)::umount2(path.c_str(), MNT_DETACH); }
  } const unmount{mount};
  Real real;
  Options options = scratch.options();
  options.state_dir = mount + "/state";
  uint64_t written = 0;
  uint64_t refused = 0;
  {
    const auto log = real.open(options);
    const std::string ballast = mount + "/ballast";
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 20; ++i) written += uint64_t{settle(*log, decision()).has_value()};
      // Someone else takes all that is left.
      std::ofstream(ballast, std::ios::binary) << std::string(1 << 20, 'x');
      uint64_t in_a_row = 0;
      for (int i = 0; i < 400 && in_a_row < 5; ++i) {
        const auto placed = settle(*log, decision());
        written += uint64_t{placed.has_value()};
        refused += uint64_t{!placed};
        in_a_row = placed ? 0 : in_a_row + 1;
        if (!placed) CHECK(placed.error().errno_value == ENOSPC);
      }
      CHECK(in_a_row == 5);
      std::filesystem::remove(ballast);
    }
    for (int i = 0; i < 5; ++i) REQUIRE(settle(*log, decision()));
    written += 5;
  }
  CHECK(refused > 0);
  const Verdict verdict = verify_log(options.state_dir, options.state_dir + "/audit/main");
  check_exit(verdict, 0);
  CHECK(verdict.types.at("decision") == written);
  CHECK(verdict.types.at("drop") >= 3);
  CHECK(verdict.types.at("io_error") >= 3);
}

}  // namespace agentmesh::audit::tests
