// A log whose place changes while proxies write it: its lock file is deleted, or the directory is set aside.

#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>
#include <optional>
#include <thread>

#include "audit/layout.h"
#include "base/files.h"
#include "tests/audit/logs.h"

namespace agentmesh::audit::tests {

TEST_CASE("the lock file alone may be deleted: it is the same log, and nothing is lost") {
  const Scratch scratch;
  Real real;
  {
    const auto one = real.open(scratch.options());
    const auto two = real.open(scratch.options());
    REQUIRE(settle(*one, decision()));
    REQUIRE(settle(*two, decision()));
    for (int round = 0; round < 3; ++round) {
      std::filesystem::remove(scratch.log() + "/lock");
      for (int i = 0; i < 5; ++i) {
        REQUIRE(settle(*one, decision()));
        REQUIRE(settle(*two, decision()));
      }
      const auto three = real.open(scratch.options());
      REQUIRE(settle(*three, decision()));
      REQUIRE(settle(*two, decision()));
    }
    CHECK(one->notice().empty());
  }
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(verdict.types.at("decision") == 2 + 3 * 12);
  CHECK_FALSE(verdict.types.contains("drop"));
  const auto logs = list_directory(scratch.path() + "/audit");
  REQUIRE(logs);
  CHECK(logs->size() == 1);
}

TEST_CASE("who writes under a lock that was deleted is waited for, and then follows") {
  const Scratch scratch;
  Real real;
  {
    const auto one = real.open(scratch.options());
    REQUIRE(settle(*one, decision()));
    const Fd old(::open((scratch.log() + "/lock").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(::flock(old.get(), LOCK_EX) == 0);
    std::filesystem::remove(scratch.log() + "/lock");
    std::optional<Appended> got;
    std::thread waits([&] { got = settle(*one, decision()); });
    // The one that holds it may be in the middle of a record: no new lock before it lets go.
    CHECK_FALSE(std::filesystem::exists(scratch.log() + "/lock"));
    REQUIRE(::flock(old.get(), LOCK_UN) == 0);
    waits.join();
    REQUIRE(got->has_value());
    CHECK(std::filesystem::exists(scratch.log() + "/lock"));
    CHECK(::flock(old.get(), LOCK_EX | LOCK_NB) != 0);  // kept, so that others look
  }
  check_exit(verify_log(scratch, true), 0);
}

}  // namespace agentmesh::audit::tests
