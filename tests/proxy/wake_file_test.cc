#include "proxy/wake_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "tests/catch.h"
#include "tests/temp_directory.h"

namespace agentmesh::proxy {
namespace {

using tests::TempDirectory;

void changed_at(const std::string& file, time_t seconds) {
  const timespec times[2] = {{seconds, 0}, {seconds, 0}};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
}

TEST_CASE("a wake file that is touched is heard, and needs no looks") {
  const TempDirectory state;
  const std::string file = state / "wake";
  WakeFile wake(file, 0);
  CHECK_FALSE(wake.next_look_us());
  CHECK_FALSE(wake.touched());
  std::ofstream(file).close();
  pollfd polled{wake.fd(), POLLIN, 0};
  REQUIRE(::poll(&polled, 1, 10'000) == 1);
  CHECK(wake.touched());
  CHECK_FALSE(wake.touched());
  CHECK_FALSE(wake.look(1'000'000'000));
}

// A directory that is not there yet cannot be watched, as none can where the system is out of watches.
TEST_CASE("a wake file that cannot be watched is looked at every 200 ms") {
  const TempDirectory state;
  const std::string folder = state / "later";
  const std::string file = folder + "/wake";
  WakeFile wake(file, 1'000);
  CHECK(wake.fd() == -1);
  CHECK(wake.next_look_us() == 201'000);
  CHECK_FALSE(wake.look(201'000));
  CHECK(wake.next_look_us() == 401'000);

  REQUIRE(::mkdir(folder.c_str(), 0700) == 0);
  std::ofstream(file).close();
  CHECK_FALSE(wake.look(400'999));
  CHECK(wake.look(401'000));
  CHECK_FALSE(wake.look(601'000));

  changed_at(file, 1'000'000'000);
  CHECK(wake.look(801'000));
  CHECK_FALSE(wake.look(1'001'000));
}

TEST_CASE("what a wake file was before anybody looked is no news") {
  const TempDirectory state;
  const std::string folder = state / "closed";
  REQUIRE(::mkdir(folder.c_str(), 0700) == 0);
  const std::string file = folder + "/wake";
  std::ofstream(file).close();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  WakeFile wake(file, 0);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(wake.fd() == -1);
  CHECK_FALSE(wake.look(200'000));
}

}  // namespace
}  // namespace agentmesh::proxy
