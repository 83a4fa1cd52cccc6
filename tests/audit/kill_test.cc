// Writers that are killed: several processes append, some of them die at any moment, and what is left verifies, recovers,
// and has every record that somebody was told of.

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "audit/recover.h"
#include "tests/audit/logs.h"

namespace agentmesh::audit::tests {

namespace {

// What goes to the one who counts for every record that append() said is written. This wide, a pipe of one page holds some
// sixty: the writers stay that near to their count, and die in the middle of writing rather than waiting for a full pipe.
constexpr size_t kToldBytes = 64;

// In a child: appends until killed, and tells.
[[noreturn]] void write_for_ever(const Options& options, int told) {
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  auto log = Log::open(options, disk, clock, random);
  if (!log) {
    std::fprintf(stderr, "open: %s\n", log.error().what.c_str());
    ::_exit(3);
  }
  const std::string args(200, 'x');
  const std::vector<Record> records(3, decision("read_file", args));
  const std::string said(kToldBytes * records.size(), 'x');  // below PIPE_BUF: whole or not at all
  for (;;) {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<Appended> late;
    auto now = (*log)->append(records, false, [&](Appended result) {
      const std::lock_guard<std::mutex> lock(mutex);
      late = std::move(result);
      wake.notify_one();
    });
    if (!now) {
      std::unique_lock<std::mutex> lock(mutex);
      wake.wait(lock, [&] { return late.has_value(); });
      now = std::move(late);
    }
    if (!*now) {
      std::fprintf(stderr, "append: %s\n", now->error().what.c_str());
      ::_exit(4);
    }
    if (::write(told, said.data(), said.size()) != static_cast<ssize_t>(said.size())) ::_exit(5);
  }
}

int number_of(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : otherwise;
}

}  // namespace

TEST_CASE("processes killed at any moment lose nothing that was told, and the log recovers") {
  const auto seed = static_cast<unsigned>(number_of("AGENTMESH_KILL_SEED", 20261118));
  // The full count: AGENTMESH_KILL_ROUNDS=500 audit_test 'processes killed*'
  const int rounds = number_of("AGENTMESH_KILL_ROUNDS", 25);
  const int writers = number_of("AGENTMESH_KILL_WRITERS", 8);
  std::mt19937 random(seed);
  Real real;
  std::optional<Scratch> place;
  Options options;
  uint64_t told = 0;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(seed, round);
    if (round % 25 == 0) {
      // Another log, now and then: each round verifies all of it.
      place.emplace();
      options = place->options();
      options.segment_bytes = 60'000;
      options.checkpoint_records = 64;
      options.checkpoint_ms = 20;
      options.timeout_ms = 60'000;  // rotation syncs, and this machine may be busy
      told = 0;
      const auto born = real.open(options);
    }
    const Scratch& scratch = *place;
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    REQUIRE(::fcntl(pipe[1], F_SETPIPE_SZ, 4096) > 0);
    std::vector<pid_t> children;
    for (int i = 0; i < writers; ++i) {
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        ::close(pipe[0]);
        write_for_ever(options, pipe[1]);
      }
      children.push_back(child);
    }
    ::close(pipe[1]);
    // They die one after the other, after random numbers of records.
    std::string buffer(kToldBytes * 3, '\0');
    uint64_t bytes = 0;
    for (const pid_t child : children) {
      const uint64_t until = bytes + random() % 400 * kToldBytes;
      while (bytes < until) {
        const ssize_t got = ::read(pipe[0], buffer.data(), buffer.size());
        if (got <= 0) break;
        bytes += static_cast<uint64_t>(got);
      }
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      CHECK(WIFSIGNALED(status));
    }
    for (ssize_t got = 1; got > 0;) {
      got = ::read(pipe[0], buffer.data(), buffer.size());
      if (got > 0) bytes += static_cast<uint64_t>(got);
    }
    ::close(pipe[0]);
    told += bytes / kToldBytes;
    const Verdict before = verify_log(scratch);
    CAPTURE(verdict_json(before, "", 0));
    REQUIRE((before.exit == 0 || before.exit == 2));
    REQUIRE(before.types.at("decision") >= told);
    if (round % 2 == 0) {
      SystemDisk disk;
      const auto recovered = recover(options, disk, real.clock, real.random);
      REQUIRE(recovered);
      check_exit(verify_log(scratch, true), 0);
    }
  }
}

}  // namespace agentmesh::audit::tests
