#include "proxy/session.h"

#include "base/files.h"
#include "tests/catch.h"
#include "tests/temp_directory.h"

namespace agentmesh::proxy {

TEST_CASE(
    "the roots are the existing directories among a command's words and its options' values") {
  const tests::TempDirectory scratch;
  const std::string& base = scratch.path();
  const std::string home = base + "/home";
  for (const char* name : {"/home/notes", "/srv/deep", "/work"})
    REQUIRE(make_directories(base + name, 0700));
  REQUIRE(replace_file(base + "/file", "x", 0600));
  struct Case {
    std::string word;
    std::string root;  // "": none
  };
  const Case cases[] = {
      {base + "/srv", base + "/srv"},
      {"srv/../work", base + "/work"},
      {"~/notes", home + "/notes"},
      {"--root=" + base + "/srv", base + "/srv"},
      {"-r=" + base + "/srv/", base + "/srv"},
      {"--root=./srv/deep", base + "/srv/deep"},
      {"--root=../" + base.substr(base.rfind('/') + 1) + "/work", base + "/work"},
      {"--root=~/notes", home + "/notes"},
      {"--root=.", base},
      // A word that happens to be the name of a directory.
      {"--mode=srv", ""},
      {"--srv", ""},
      // An assignment of `env` is for the server's own ends.
      {"DATA=" + base + "/srv", ""},
      {"--root=", ""},
      {"--root=" + base + "/none", ""},
      {"--config=" + base + "/file", ""},
      {"--root=" + base + "/srv," + base + "/work", ""},
      // Never these, however they are written.
      {"--root=/", ""},
      {"--root=/srv/..", ""},
      {"--root=" + home, ""},
      {"--root=~/", ""},
      {"~", ""},
      {"--root=" + home + "/notes/..", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.word);
    const std::vector<std::string> words = {"server", c.word};
    const auto roots = roots_of_command(words, base, home);
    CHECK(roots == (c.root.empty() ? std::vector<std::string>() : std::vector{c.root}));
  }
  const std::vector<std::string> twice = {"server", base + "/srv", "--root=" + base + "/srv",
                                          "--also=" + base + "/work"};
  CHECK(roots_of_command(twice, base, home) == std::vector{base + "/srv", base + "/work"});
}

}  // namespace agentmesh::proxy
