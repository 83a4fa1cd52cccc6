#include "base/files.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/passwd_home.h"
#include "base/way.h"
#include "tests/catch.h"
#include "tests/temp_directory.h"

namespace agentmesh {
namespace {

using tests::TempDirectory;

unsigned mode_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 07777U;
}

void link_to(const std::string& target, const std::string& path) {
  REQUIRE(::symlink(target.c_str(), path.c_str()) == 0);
}

void touch(const std::string& path) { REQUIRE(replace_file(path, "")); }

TEST_CASE("a file that was replaced reads back whole, with the mode that was asked for") {
  const TempDirectory dir;
  const std::string path = dir / "f";
  std::string bytes(300'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
  const mode_t mask = ::umask(077);
  CHECK(replace_file(path, "old", 0644));
  CHECK(mode_of(path) == 0644);
  CHECK(replace_file(path, bytes));
  ::umask(mask);
  CHECK(mode_of(path) == 0600);
  CHECK(read_file(path) == bytes);
  CHECK(list_directory(dir.path()) == std::vector<std::string>{"f"});
}

TEST_CASE("a reader sees the old file or the new one, never a mixture") {
  const TempDirectory dir;
  REQUIRE(replace_file(dir / "f", "old"));
  const int open_before = ::open((dir / "f").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(replace_file(dir / "f", "new and longer"));
  char bytes[16] = {};
  CHECK(::read(open_before, bytes, sizeof bytes) == 3);
  CHECK(std::string(bytes) == "old");
  ::close(open_before);
}

TEST_CASE("replacing a link replaces the file it leads to, and keeps the link") {
  const TempDirectory dir;
  REQUIRE(make_directories(dir / "store"));
  REQUIRE(replace_file(dir / "store/f", "old"));
  link_to("store/f", dir / "link");
  link_to("store/later", dir / "dangling");
  CHECK(replace_file(dir / "link", "new"));
  CHECK(read_file(dir / "store/f") == "new");
  CHECK(replace_file(dir / "dangling", "made"));
  CHECK(read_file(dir / "store/later") == "made");
  struct stat found {};
  REQUIRE(::lstat((dir / "link").c_str(), &found) == 0);
  CHECK(S_ISLNK(found.st_mode));
}

TEST_CASE("a file that cannot be replaced is left as it was, and nothing is left beside it") {
  const TempDirectory dir;
  REQUIRE(make_directories(dir / "d"));
  const auto error = replace_file(dir / "d", "x").error();
  CHECK(error.errno_value == EISDIR);
  CHECK(error.what == "replace " + (dir / "d") + ": Is a directory");
  CHECK(list_directory(dir.path()) == std::vector<std::string>{"d"});
  CHECK(replace_file(dir / "absent/f", "x").error().errno_value == ENOENT);
}

TEST_CASE("a file that cannot be read says which and why") {
  const TempDirectory dir;
  const std::string absent = dir / "absent";
  CHECK(read_file(absent).error().what == "read " + absent + ": No such file or directory");
  CHECK(read_file(dir.path()).error().errno_value == EISDIR);
  REQUIRE(replace_file(dir / "f", "12345"));
  CHECK(read_file(dir / "f", 5) == "12345");
  CHECK(read_file(dir / "f", 4).error().what == "read " + (dir / "f") + ": larger than 4 bytes");
  CHECK(read_file("/dev/zero", 10'000).error().errno_value == EFBIG);
  CHECK(read_file("/dev/null") == "");
  CHECK(read_file("/proc/self/stat"));  // its size is said to be 0
}

TEST_CASE("what has to be a file is nothing else, and is not waited for") {
  const TempDirectory dir;
  REQUIRE(replace_file(dir / "f", "12345"));
  CHECK(read_regular(dir / "f", 5) == "12345");
  CHECK(read_regular(dir / "f", 4).error().errno_value == EFBIG);
  CHECK(read_regular(dir / "absent", 5).error().errno_value == ENOENT);
  const std::string pipe = dir / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& path : {pipe, dir.path(), std::string("/dev/zero")}) {
    CAPTURE(path);
    CHECK(read_regular(path, 10'000).error().what == "read " + path + ": not a file");
    CHECK(check_regular(path).error().what == path + ": not a file");
    for (const int how : {O_RDONLY, O_RDWR | O_CREAT, O_WRONLY | O_CREAT | O_TRUNC})
      CHECK_FALSE(open_own(path, how));
  }
  CHECK(check_regular(dir / "f"));
  CHECK(check_regular(dir / "absent"));
  // Our own files are no links, wherever those lead.
  REQUIRE(::symlink("f", (dir / "link").c_str()) == 0);
  CHECK(open_own(dir / "link", O_RDWR).error().errno_value == ELOOP);
  CHECK(open_own(dir / "f", O_RDWR));
  CHECK(open_own(dir / "new", O_RDWR | O_CREAT));
}

TEST_CASE("what cannot be looked at is not gone") {
  const TempDirectory dir;
  touch(dir / "file");
  link_to("file", dir / "link");
  link_to("nowhere", dir / "dangling");
  link_to("loop", dir / "loop");
  for (const char* gone : {"none", "none/below", "file/below", "dangling"}) {
    CAPTURE(gone);
    CHECK(is_gone(dir / gone));
  }
  for (const char* there : {"file", "link", "loop", "loop/below"}) {
    CAPTURE(there);
    CHECK_FALSE(is_gone(dir / there));
  }
}

TEST_CASE(
    "what is gone with all that stood beside it is away, what was taken from among others is not") {
  const TempDirectory dir;
  REQUIRE(make_directories(dir / "full", 0700));
  REQUIRE(make_directories(dir / "mount", 0700));
  touch(dir / "full/file");
  link_to("full/none", dir / "to-removed");
  link_to("disk/none", dir / "to-away");
  for (const char* away :
       {"disk/file", "disk/deep/file", "mount/file", "full/file/below", "to-away"}) {
    CAPTURE(away);
    CHECK(is_away(dir / away));
  }
  link_to("loop", dir / "loop");
  for (const char* not_away : {"none", "full/none", "full/file", "to-removed", "loop", "mount"}) {
    CAPTURE(not_away);
    CHECK_FALSE(is_away(dir / not_away));
  }
}

TEST_CASE("directories are made with their parents, and what exists is left as it is") {
  const TempDirectory dir;
  CHECK(make_directories(dir / "a/b/c", 0750));
  CHECK(mode_of(dir / "a") == 0750);
  CHECK(mode_of(dir / "a/b/c") == 0750);
  CHECK(make_directories(dir / "a/b/", 0700));
  CHECK(mode_of(dir / "a/b") == 0750);
  CHECK(make_directories(dir / "a//x//y", 0700));
  CHECK(file_exists(dir / "a/x/y"));
  touch(dir / "a/file");
  const auto error = make_directories(dir / "a/file").error();
  CHECK(error.what == "make directory " + (dir / "a/file") + ": it exists and is not a directory");
  CHECK(make_directories(dir / "a/file/below").error().errno_value == ENOTDIR);
  CHECK_FALSE(make_directories(""));
  CHECK(make_directories("/"));
  link_to("b", dir / "a/link");
  CHECK(make_directories(dir / "a/link/new"));
  CHECK(file_exists(dir / "a/b/new"));
  link_to("nowhere", dir / "a/dangling");
  CHECK_FALSE(make_directories(dir / "a/dangling"));
}

TEST_CASE("names in a directory come sorted") {
  const TempDirectory dir;
  for (const char* name : {"b", "a", ".hidden", "B"}) touch(dir / name);
  CHECK(list_directory(dir.path()) == std::vector<std::string>{".hidden", "B", "a", "b"});
  CHECK(list_directory(dir / "a").error().errno_value == ENOTDIR);
  CHECK(list_directory(dir / "x").error().what ==
        "list " + (dir / "x") + ": No such file or directory");
}

TEST_CASE("a path is made absolute and normal by its text alone") {
  struct Case {
    std::string_view path;
    std::string_view base;
    std::string_view normal;
  };
  const Case cases[] = {
      {"/a/b", "/x", "/a/b"},
      {"b", "/x", "/x/b"},
      {"", "/x/y/", "/x/y"},
      {".", "/x", "/x"},
      {"..", "/x", "/"},
      {"../../..", "/x", "/"},
      {"/", "/x", "/"},
      {"//a///b//", "/x", "/a/b"},
      {"/a/./b/../c", "/x", "/a/c"},
      {"/a/b/../../../c", "/", "/c"},
      {"/..", "/", "/"},
      {"...", "/x", "/x/..."},
      {"/a/..b/.c", "/", "/a/..b/.c"},
      {"a/b/..", "/x/./y/..", "/x/a"},
      {"/nonexistent/../etc", "/", "/etc"},
      {"\xff/é", "/x", "/x/\xff/é"},
      {"", "", "/"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.path, c.base);
    CHECK(lexically_normal(c.path, c.base) == c.normal);
  }
}

TEST_CASE("a path resolves to where a write would land") {
  const TempDirectory dir;
  REQUIRE(make_directories(dir / "real/sub"));
  touch(dir / "real/sub/file");
  link_to("real", dir / "relative");
  link_to(dir / "real/sub", dir / "absolute");
  link_to("sub/file", dir / "real/to-file");
  link_to("../real/./sub/..", dir / "real/winding");
  link_to("relative/to-file", dir / "chain");
  link_to("real/not-yet", dir / "dangling");
  link_to("gone/../relative/sub", dir / "through-gone");
  link_to("/", dir / "slash");
  struct Case {
    const char* path;
    const char* lands;
  };
  const Case cases[] = {
      {"real/sub/file", "real/sub/file"},
      {"relative/sub/file", "real/sub/file"},
      {"absolute/file", "real/sub/file"},
      {"absolute/new/deep", "real/sub/new/deep"},
      {"relative/to-file", "real/sub/file"},
      {"chain", "real/sub/file"},
      {"real/winding/sub/file", "real/sub/file"},
      {"dangling", "real/not-yet"},
      {"dangling/below", "real/not-yet/below"},
      {"through-gone/file", "real/sub/file"},
      {"missing/entirely", "missing/entirely"},
      {"real/sub/file/below-a-file", "real/sub/file/below-a-file"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.path);
    CHECK(resolve_path(dir / c.path) == dir / c.lands);
  }
  CHECK(resolve_path("/") == "/");
  CHECK(resolve_path(dir / "slash") == "/");
  CHECK(resolve_path(dir / "slash/etc-not-there/x") == "/etc-not-there/x");
}

TEST_CASE("what exists resolves as realpath does") {
  const TempDirectory dir;
  REQUIRE(make_directories(dir / "a/b/c"));
  link_to("b/../b/c", dir / "a/one");
  link_to(dir / "a/one/..", dir / "two");
  for (const char* name : {"a/one", "two", "two/c", "a/b"}) {
    CAPTURE(name);
    char expected[PATH_MAX];
    REQUIRE(::realpath((dir / name).c_str(), expected) != nullptr);
    CHECK(resolve_path(dir / name) == expected);
  }
}

TEST_CASE("a path that cannot be resolved is an error, never a guess") {
  const TempDirectory dir;
  link_to("loop-b", dir / "loop-a");
  link_to("loop-a", dir / "loop-b");
  link_to("self/x", dir / "self");
  CHECK(resolve_path(dir / "loop-a").error().errno_value == ELOOP);
  CHECK(resolve_path(dir / "loop-a/x").error().errno_value == ELOOP);
  CHECK(resolve_path(dir / "self").error().errno_value == ELOOP);
  CHECK(resolve_path("relative").error().errno_value == EINVAL);
  CHECK(resolve_path("").error().errno_value == EINVAL);
  CHECK(resolve_path(std::string_view("/etc\0/x", 7)).error().errno_value == EINVAL);
  CHECK(resolve_path(dir / std::string(300, 'x')).error().errno_value == ENAMETOOLONG);
  if (::geteuid() != 0) {  // root may search everything
    REQUIRE(make_directories(dir / "locked/in"));
    REQUIRE(::chmod((dir / "locked").c_str(), 0) == 0);
    CHECK(resolve_path(dir / "locked/in").error().errno_value == EACCES);
    CHECK(resolve_path(dir / "locked") == dir / "locked");
    REQUIRE(::chmod((dir / "locked").c_str(), 0700) == 0);
  }
}

TEST_CASE("a way says where names are looked up, and which links are followed") {
  const TempDirectory dir;
  for (const char* made : {"a/b", "c"}) REQUIRE(make_directories(dir / made));
  link_to("../c/two", dir / "a/one");
  link_to(dir / "a/b", dir / "c/two");
  const auto way = way_of(dir / "a/one/file");
  REQUIRE(way);
  CHECK(way->end == dir / "a/b/file");
  CHECK(way->links == std::vector{dir / "a/one", dir / "c/two"});
  for (const std::string& directory : {dir / "a", dir / "c", dir / "a/b", dir.path()}) {
    CAPTURE(directory);
    CHECK(std::count(way->directories.begin(), way->directories.end(), directory) > 0);
  }
  CHECK(way_of(dir / "a/b")->links.empty());
  CHECK_FALSE(way_of("relative"));
}

TEST_CASE("a path of a megabyte is made normal and resolved in one go") {
  const TempDirectory dir;
  std::string path = dir / "missing";
  while (path.size() < (1U << 20)) path += "/a";
  CHECK(lexically_normal(path, "/") == path);
  CHECK(resolve_path(path) == path);
  std::string dots = dir / "x";
  while (dots.size() < (1U << 20)) dots += "/./b/..//";
  CHECK(lexically_normal(dots, "/") == dir / "x");
}

TEST_CASE("forty links are followed and not one more") {
  const TempDirectory dir;
  touch(dir / "0");
  for (int i = 1; i <= 41; ++i) link_to(std::to_string(i - 1), dir / std::to_string(i));
  CHECK(resolve_path(dir / "40") == dir / "0");
  CHECK(resolve_path(dir / "41").error().errno_value == ELOOP);
}

TEST_CASE("a directory that others may write is not ours alone") {
  const TempDirectory directory;
  CHECK(check_own_directory(directory.path()));
  CHECK(check_own_directory(directory / "not there"));
  for (const unsigned mode : {0720U, 0702U, 0777U}) {
    REQUIRE(::chmod(directory.path().c_str(), mode) == 0);
    const auto own = check_own_directory(directory.path());
    REQUIRE_FALSE(own);
    CHECK(own.error().what ==
          directory.path() + ": others may write in it; run: chmod go-w " + directory.path());
  }
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  CHECK(check_own_directory(directory.path()));
}

TEST_CASE("a directory that others may move, or that is somebody else's, is not ours") {
  const TempDirectory top;
  const std::string above = top / "above";
  const std::string own = top / "above/own";
  REQUIRE(::mkdir(above.c_str(), 0700) == 0);
  REQUIRE(::mkdir(own.c_str(), 0700) == 0);
  link_to("above", top / "link");
  for (const unsigned mode : {0770U, 01777U}) {  // a group of one's own; as /tmp is
    REQUIRE(::chmod(above.c_str(), mode) == 0);
    CHECK(check_own_directory(own));
  }
  REQUIRE(::chmod(above.c_str(), 0777) == 0);
  for (const std::string& path :
       {own, top / "link/own", top / "above/not there", top / "above/not/there"}) {
    const auto checked = check_own_directory(path);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().what == path + ": others may move it, since they may write in " + above +
                                      "; run: chmod o-w " + above +
                                      ", or choose another directory");
  }
  // A link that they may exchange.
  REQUIRE(::mkdir((top / "elsewhere").c_str(), 0700) == 0);
  link_to(top / "elsewhere", top / "above/link");
  link_to("above/link", top / "to a link");
  CHECK(check_own_directory(top / "elsewhere"));
  for (const char* path : {"above/link", "above/link/not there", "to a link"})
    CHECK_FALSE(check_own_directory(top / path));
  REQUIRE(::chmod(above.c_str(), 0700) == 0);
  if (::geteuid() != 0) return;  // only root can give a file away
  REQUIRE(::chown(own.c_str(), 1000, 1000) == 0);
  CHECK(check_own_directory(own).error().what.starts_with(own +
                                                          ": belongs to another user (uid 1000)"));
}

TEST_CASE("the process knows where it is") {
  CHECK(current_directory().starts_with('/'));
  CHECK(file_exists(executable_path()));
  CHECK(executable_path().ends_with("/base_test"));

  const char* home = std::getenv("HOME");
  const std::string before = home != nullptr ? home : "";
  ::setenv("HOME", "/somewhere", 1);
  CHECK(home_directory() == "/somewhere");
  ::setenv("HOME", "", 1);
  CHECK_FALSE(home_directory().empty());  // from the password file
  ::unsetenv("HOME");
  CHECK_FALSE(home_directory().empty());
  ::setenv("HOME", "/somewhere", 1);
  CHECK(passwd_home() != "/somewhere");  // it follows no variable
  ::unsetenv("HOME");
  CHECK(passwd_home() == home_directory());
  if (home != nullptr) ::setenv("HOME", before.c_str(), 1);
}

}  // namespace
}  // namespace agentmesh
