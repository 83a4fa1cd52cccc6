#include "audit/log.h"

#include <sys/stat.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/segment.h"
#include "audit/tail_end.h"
#include "base/files.h"
#include "tests/audit/scratch.h"
#include "tests/catch.h"

using namespace agentmesh;
using namespace agentmesh::audit;
using audit::tests::Scratch;

namespace {

Record decision(const std::string& tool, const std::string& args = R"({"path":"/x"})") {
  Decision d;
  d.dir = "c2s";
  d.method = "tools/call";
  d.id = "1";
  d.tool = tool;
  d.server = "fs";
  d.policy = "moderate";
  d.rule = "default";
  d.verdict = "allow";
  d.mode = "enforce";
  d.args = Payload{args, std::nullopt};
  return d;
}

// What append() settles with, waited for if need be.
Appended settle(Log& log, std::span<const Record> records, bool durable = false) {
  std::mutex mutex;
  std::condition_variable wake;
  std::optional<Appended> late;
  auto now = log.append(records, durable, [&](Appended result) {
    const std::lock_guard<std::mutex> lock(mutex);
    late = std::move(result);
    wake.notify_one();
  });
  if (now) return *now;
  std::unique_lock<std::mutex> lock(mutex);
  wake.wait(lock, [&] { return late.has_value(); });
  return *late;
}

struct Real {
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<Log> open(const Options& options) {
    auto log = Log::open(options, disk, clock, random);
    if (!log) FAIL(log.error().what);
    return std::move(*log);
  }
};

}  // namespace

TEST_CASE(
    "a new log is born whole: keys, genesis, a checkpoint, and nothing that others may read") {
  const Scratch scratch;
  Real real;
  {
    const auto log = real.open(scratch.options());
    CHECK(log->origin().starts_with("agentmesh.local/log/"));
    CHECK(log->next_wseq() == 0);
  }
  for (const char* name : {"/keys", "/keys/audit", "/audit", "/audit/main", "/audit/main/seg"}) {
    struct stat info {};
    REQUIRE(::stat((scratch.path() + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
  }
  for (const char* name : {"/keys/audit/main.key", "/keys/audit/main.vkeys", "/keys/audit/main.mac",
                           "/audit/main/checkpoint", "/audit/main/checkpoints", "/audit/main/lock",
                           "/audit/main/lock.cp", "/audit/main/state"}) {
    struct stat info {};
    CAPTURE(name);
    REQUIRE(::stat((scratch.path() + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
}

TEST_CASE("appended records stand in the log in order, with their places") {
  const Scratch scratch;
  Real real;
  const auto log = real.open(scratch.options());
  for (int i = 0; i < 1000; ++i) {
    const std::vector<Record> records(1 + static_cast<size_t>(i % 3),
                                      decision("tool" + std::to_string(i)));
    const uint64_t wseq = log->next_wseq();
    const Appended places = settle(*log, records, i % 100 == 7);
    REQUIRE(places);
    REQUIRE(places->size() == records.size());
    CHECK(places->front().wseq == wseq);
    CHECK(places->front().seq == wseq + 1);
  }
}
