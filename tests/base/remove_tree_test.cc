#include "base/remove_tree.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/fd.h"
#include "tests/catch.h"
#include "tests/temp_directory.h"

namespace agentmesh {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kPatienceMs = 60'000;

TEST_CASE("a tree of any depth is removed with a handful of descriptors") {
  const tests::TempDirectory top;
  const std::string tree = top / "tree";
  REQUIRE(::mkdir(tree.c_str(), 0700) == 0);
  Fd at(::open(tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int depth = 0; depth < 3000; ++depth) {
    for (const char* name : {"d", ".up-7"}) REQUIRE(::mkdirat(at.get(), name, 0700) == 0);
    const Fd file(::openat(at.get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0));
    Fd next(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(next);
    at = std::move(next);
  }
  at.reset();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few{20, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  const auto removed = remove_tree(tree, kPatienceMs);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(removed);
  CHECK_FALSE(fs::exists(tree));
}

TEST_CASE("what a link leads to is not removed, and what was closed is") {
  const tests::TempDirectory top;
  fs::create_directories(top / "kept");
  std::ofstream(top / "kept/file") << "x";
  fs::create_directories(top / "tree/closed/below");
  fs::create_directory_symlink(top / "kept", top / "tree/link");
  fs::create_directory_symlink(top / "kept", top / "tree/closed/link");
  for (const char* closed : {"tree/closed/below", "tree/closed", "tree"})
    REQUIRE(::chmod((top / closed).c_str(), 0) == 0);
  CHECK(remove_tree(top / "tree", kPatienceMs));
  CHECK_FALSE(fs::exists(top / "tree"));
  CHECK(fs::exists(top / "kept/file"));
  CHECK(remove_tree(top / "tree", kPatienceMs));  // which is not there
  fs::create_directories(top / "tree/below");
  REQUIRE(::chmod((top / "tree").c_str(), 0500) == 0);
  CHECK(remove_tree(top / "tree", kPatienceMs));
  fs::create_directory_symlink(top / "kept", top / "tree");
  CHECK_FALSE(remove_tree(top / "tree", kPatienceMs));
  CHECK(fs::exists(top / "kept/file"));
}

TEST_CASE("a directory is opened whatever its mode, and a link is not, nor what it leads to") {
  const tests::TempDirectory top;
  fs::create_directories(top / "closed");
  fs::create_directories(top / "kept");
  fs::create_directory_symlink(top / "kept", top / "link");
  for (const char* name : {"closed", "kept"}) REQUIRE(::chmod((top / name).c_str(), 0) == 0);
  struct stat about {};
  CHECK(open_whatever_mode(AT_FDCWD, (top / "closed").c_str()));
  CHECK(::stat((top / "closed").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0700U);
  CHECK_FALSE(open_whatever_mode(AT_FDCWD, (top / "link").c_str()));
  CHECK(::stat((top / "kept").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0);
}

TEST_CASE("removing ends in time, whoever makes files meanwhile") {
  const tests::TempDirectory top;
  fs::create_directories(top / "tree/below");
  for (const char* name : {"tree/file", "tree/below/file"}) std::ofstream(top / name) << "x";
  const auto removed = remove_tree(top / "tree", 0);
  REQUIRE_FALSE(removed);
  CHECK(removed.error().what ==
        "remove " + (top / "tree") +
            ": there is more in it than could be removed in 0 ms, or it grows");
  CHECK(fs::exists(top / "tree"));
  CHECK(remove_tree(top / "tree", kPatienceMs));
  CHECK_FALSE(fs::exists(top / "tree"));
}

// Puts the next file there as soon as one is removed, until the directory is gone: sometimes when it has just been seen to be
// empty.
void make_whenever_one_goes(const std::string& path, const std::atomic<bool>& enough) {
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int file = 0; !enough; ++file) {
    const std::string name = std::to_string(file);
    const Fd made(::openat(directory.get(), name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!made) return;
    while (::faccessat(directory.get(), name.c_str(), F_OK, 0) == 0 && !enough)
      std::this_thread::yield();
  }
}

TEST_CASE("who makes a file where all was removed just now does not make it stay") {
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    const char* where = round % 2 == 0 ? "tree" : "tree/below";
    CAPTURE(where);
    const tests::TempDirectory top;
    fs::create_directories(top / "tree/below");
    std::atomic<bool> enough = false;
    std::thread maker([&] { make_whenever_one_goes(top / where, enough); });
    while (!fs::exists(top / where + "/0")) std::this_thread::yield();
    const auto removed = remove_tree(top / "tree", kPatienceMs);
    enough = true;
    maker.join();
    REQUIRE(removed);
    REQUIRE_FALSE(fs::exists(top / "tree"));
  }
}

}  // namespace
}  // namespace agentmesh
