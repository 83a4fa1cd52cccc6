#include "cli/server_command.h"

#include "tests/catch.h"

namespace agentmesh::cli {
namespace {

TEST_CASE("the server's command is taken out of a proxy's words, in either spelling") {
  using Words = std::vector<std::string>;
  struct Case {
    Words words;
    Words behind;
    Words targets;
    Words rest;
  };
  const Case cases[] = {
      {{"proxy", "--name", "a", "--", "x", "--", "--target"},
       {"x", "--", "--target"},
       {},
       {"proxy", "--name", "a"}},
      {{"proxy", "--target", "npx", "--target=-y", "--target", "--name", "--name", "a"},
       {},
       {"npx", "-y", "--name"},
       {"proxy", "--name", "a"}},
      {{"proxy", "--target", "a", "--", "b"}, {"b"}, {"a"}, {"proxy"}},
      {{"proxy", "--target", "a", "--"}, {}, {"a"}, {"proxy"}},
      {{"proxy", "--target"}, {}, {}, {"proxy", "--target"}},
      {{"proxy", "--target", "--", "--"}, {"--"}, {}, {"proxy", "--target"}},
      {{"proxy", "--target=", "--targets", "a"}, {}, {""}, {"proxy", "--targets", "a"}},
      {{"--"}, {}, {}, {}},
      {{}, {}, {}, {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.words);
    Words words = c.words;
    const ServerCommand command = take_server_command(words);
    CHECK(command.behind == c.behind);
    CHECK(command.targets == c.targets);
    CHECK(command.words() == (c.behind.empty() ? c.targets : c.behind));
    CHECK(words == c.rest);
  }
}

}  // namespace
}  // namespace agentmesh::cli
