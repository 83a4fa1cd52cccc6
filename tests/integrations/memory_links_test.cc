// What is remembered of a file that was wrapped by a link, once the link leads elsewhere, or the disk of either is away.

#include "integrations/memory.h"
#include "tests/catch.h"
#include "tests/integrations/home.h"

namespace agentmesh::integrations::tests {
namespace {

TEST_CASE("a file that was wrapped by a link is found where that led, and forgotten there alone") {
  for (const bool removed : {true, false}) {
    const Home home;
    const std::string state = home.at("state");
    const std::string link = home.at("link.json");
    for (const char* file : {"real.json", "second.json"}) Home::write(home.at(file), kBefore);
    fs::create_symlink("real.json", link);
    REQUIRE(home.run(home.request_as("claude", link, false)).status == 0);
    const WrappedFile row{link, "claude", home.at("real.json")};
    CHECK(remembered(state).files == std::set<WrappedFile>{row});
    CHECK(files_of(row) == std::vector{link});
    fs::remove(link);
    if (!removed) {
      fs::create_symlink("second.json", link);
      CHECK(home.run(home.request_as("claude", link, true)).status == 0);  // nothing to undo
    }
    CHECK(remembered(state).files == std::set<WrappedFile>{row});
    CHECK(files_of(row) ==
          (removed ? std::vector{home.at("real.json")} : std::vector{link, home.at("real.json")}));
    REQUIRE(home.run(home.request_as("claude", home.at("real.json"), true)).status == 0);
    CHECK(read_file(home.at("real.json")).value_or("") == kBefore);
    CHECK(remembered(state).empty());
  }
}

TEST_CASE("a file that was moved since, with a link left in its place, is as it was before") {
  for (const bool backups : {true, false}) {
    CAPTURE(backups);
    const Home home;
    const std::string name = home.at("conf.json");
    Home::write(name, kBefore);
    REQUIRE(home.run(home.request_as("claude", name, false)).status == 0);
    if (!backups)
      for (const std::string& backup : backups_of(name)) fs::remove(backup);
    fs::create_directory(home.at("dots"));
    fs::rename(name, home.at("dots/conf.json"));
    fs::create_symlink("dots/conf.json", name);
    REQUIRE(home.run(home.request_as("claude", name, true)).status == 0);
    CHECK(read_file(home.at("dots/conf.json")).value_or("") == kBefore);
    CHECK(remembered(home.at("state")).files.empty());
  }
}

// Wrapped by a link, and then a file of its own stands in the link's place, as a client leaves it that saves by renaming.
struct Renamed {
  explicit Renamed(const Home& home) : link(home.at("link.json")), real(home.at("real.json")) {
    Home::write(real, kBefore);
    fs::create_symlink("real.json", link);
    REQUIRE(home.run(home.request_as("claude", link, false)).status == 0);
    row = {link, "claude", real};
    fs::remove(link);
    fs::copy_file(real, link);
  }
  InitRequest undo(const Home& home, bool of_link) const {
    InitRequest request = home.request_as("claude", of_link ? link : real, true);
    if (!of_link) request.known_as = link;
    return request;
  }
  std::string link;
  std::string real;
  WrappedFile row;
};

TEST_CASE("a file in the place of the link by which it was wrapped is one of two to be undone") {
  for (const bool link_first : {true, false})
    for (const bool backups : {true, false}) {
      CAPTURE(link_first, backups);
      if (!link_first && !backups) continue;  // what its args were is forgotten with the real one
      const Home home;
      const Renamed two(home);
      if (!backups)
        for (const std::string& backup : backups_of(two.real)) fs::remove(backup);
      CHECK(files_of(two.row) == std::vector{two.link, two.real});
      REQUIRE(home.run(two.undo(home, link_first)).status == 0);
      CHECK(remembered(home.at("state")).files == std::set<WrappedFile>{two.row});
      REQUIRE(home.run(two.undo(home, !link_first)).status == 0);
      CHECK(remembered(home.at("state")).empty());
      // Each is as it was, to the args key.
      for (const std::string& file : {two.link, two.real})
        CHECK(read_file(file).value_or("") == kBefore);
    }
}

TEST_CASE(
    "what is remembered of two files is forgotten when neither surely holds ours, not before") {
  struct Case {
    const char* other;  // what is in it
    bool forgotten;
  };
  for (const Case& c : {Case{R"({"mcpServers":{}})", true}, Case{"{", false}, Case{nullptr, true}})
    for (const bool of_link : {true, false}) {
      CAPTURE(c.other, of_link);
      const Home home;
      const Renamed two(home);
      const std::string& other = of_link ? two.real : two.link;
      if (c.other == nullptr) {
        fs::remove(other);
      } else {
        Home::write(other, c.other);
      }
      REQUIRE(home.run(two.undo(home, of_link)).status == 0);
      CHECK(remembered(home.at("state")).files.empty() == c.forgotten);
    }
  const Home home;  // what only cannot be read may well hold some
  const Renamed two(home);
  fs::remove(two.real);
  fs::create_directory(two.real);
  REQUIRE(home.run(two.undo(home, true)).status == 0);
  CHECK(remembered(home.at("state")).files == std::set<WrappedFile>{two.row});
}

TEST_CASE("what a link led to stays remembered while its disk is away, and is named") {
  for (const bool undoing : {true, false}) {
    const Home home;
    const std::string link = home.at("link.json");
    const std::string real = home.at("disk/real.json");
    fs::create_directory(home.at("disk"));
    Home::write(real, kBefore);
    Home::write(home.at("local.json"), R"({"mcpServers":{}})");
    fs::create_symlink("disk/real.json", link);
    REQUIRE(home.run(home.request_as("claude", link, false)).status == 0);
    const WrappedFile row{link, "claude", real};
    CHECK(files_of(row) == std::vector{link});
    fs::remove(link);
    fs::create_symlink("local.json", link);
    fs::rename(home.at("disk"), home.at("away"));
    for (const bool mount_point : {false, true}) {
      if (mount_point) fs::create_directory(home.at("disk"));
      CHECK(files_of(row) == std::vector{link, real});
      REQUIRE(home.run(home.request_as("claude", link, undoing)).status == 0);
      CHECK(remembered(home.at("state")).files == std::set<WrappedFile>{row});
    }
    fs::remove(home.at("disk"));
    fs::rename(home.at("away"), home.at("disk"));
    InitRequest request = home.request_as("claude", real, true);
    request.known_as = link;
    REQUIRE(home.run(request).status == 0);
    CHECK(read_file(real).value_or("") == kBefore);
    CHECK(remembered(home.at("state")).empty());
  }
}

TEST_CASE(
    "what was wrapped by a link that is away stays remembered when what it led to is restored") {
  const Home home;
  const std::string link = home.at("disk/link.json");
  const std::string real = home.at("real.json");
  fs::create_directory(home.at("disk"));
  Home::write(real, kBefore);
  fs::create_symlink("../real.json", link);
  REQUIRE(home.run(home.request_as("claude", link, false)).status == 0);
  fs::remove(link);
  fs::copy_file(real, link);
  REQUIRE(home.run(home.request_as("claude", link, false)).status == 0);
  const std::set<WrappedFile> rows = {{link, "claude"}, {link, "claude", real}};
  CHECK(remembered(home.at("state")).files == rows);
  fs::rename(home.at("disk"), home.at("away"));
  CHECK(files_of(*rows.rbegin()) == std::vector{link, real});
  InitRequest request = home.request_as("claude", real, true);
  request.known_as = link;
  REQUIRE(home.run(request).status == 0);
  CHECK(read_file(real).value_or("") == kBefore);
  CHECK(remembered(home.at("state")).files == rows);
  fs::rename(home.at("away"), home.at("disk"));
  REQUIRE(home.run(home.request_as("claude", link, true)).status == 0);
  CHECK(read_file(link).value_or("") == kBefore);
  CHECK(remembered(home.at("state")).empty());
}

TEST_CASE("that both files of a row are gone is no reason to forget it") {
  const Home home;
  const std::string link = home.at("link.json");
  for (const char* name : {"first.json", "second.json"}) {
    Home::write(home.at(name), kBefore);
    fs::create_symlink(name, link);
    REQUIRE(home.run(home.request_as("claude", link, false)).status == 0);
    fs::remove(link);
  }
  fs::remove(home.at("second.json"));
  const WrappedFile gone{link, "claude", home.at("second.json")};
  CHECK(files_of(gone) == std::vector{link});
  InitRequest request = home.request_as("claude", home.at("first.json"), true);
  request.known_as = link;
  REQUIRE(home.run(request).status == 0);
  CHECK(remembered(home.at("state")).files == std::set<WrappedFile>{gone});
  // Of two the one whose disk is away is named.
  const WrappedFile away{link, "claude", home.at("disk/x.json")};
  CHECK(files_of(away) == std::vector{home.at("disk/x.json")});
}

TEST_CASE("a file that a link led to is read as the link was called") {
  const Home home;
  const std::string before = R"({"servers":{"d":{"command":"x"}},"mcp":{"servers":{}}})";
  fs::create_directory(home.at("proj"));
  Home::write(home.at("proj/tasks.json"), "");  // else the link could be away, not removed
  Home::write(home.at("settings.json"), before);
  const std::string link = home.at("proj/mcp.json");
  fs::create_symlink("../settings.json", link);
  REQUIRE(home.run(home.request_as("vscode", link, false)).status == 0);
  fs::remove(link);
  InitRequest request = home.request_as("vscode", home.at("settings.json"), true);
  CHECK_FALSE(home.run(request).changes);
  request.known_as = link;
  CHECK(home.run(request).changes);
  CHECK(read_file(home.at("settings.json")).value_or("") == before);
  CHECK(remembered(home.at("state")).empty());
}

}  // namespace
}  // namespace agentmesh::integrations::tests
