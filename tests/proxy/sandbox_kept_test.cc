// What decides how a server is started next time is not the server's to change, in whatever root it lies.

#include <unistd.h>

#include <filesystem>

#include "proxy/sandbox.h"
#include "tests/catch.h"
#include "tests/proxy/house.h"

namespace agentmesh::proxy {
namespace {

namespace fs = std::filesystem;
using tests::files;
using tests::Given;
using tests::House;
using tests::kRead;
using tests::kTmp;
using tests::kWrite;

// A project that is a root and the working directory, with work in it and next to it.
struct Office : House {
  Office() {
    command({"/usr/bin/true"});
    for (const char* directory : {"home/project/data", "home/project/conf", "home/notes"})
      fs::create_directories(at(directory));
    make("home/project/readme", "");
    world.working_directory = at("home/project");
    world.roots = {at("home/project")};
    world.workspace = world.roots;
    world.projects = world.roots;
  }
  std::vector<std::string> remarks(const SandboxOptions& options = files()) const {
    return plan_sandbox(options, world).remarks;
  }
  // Whether what stands at `path` can be changed by its content.
  bool can_change(const std::string& path, const SandboxOptions& options = files()) const {
    return granted(path, options, false);
  }
  // Whether names in `directory` can be made, moved and removed.
  bool can_make_in(const std::string& directory, const SandboxOptions& options = files()) const {
    return granted(directory, options, true);
  }
  bool can_read(const std::string& path) const {
    for (const Grant& grant : plan_sandbox(files(), world).grants)
      if (holds(grant.path, at(path))) return true;
    return false;
  }

 private:
  static bool holds(const std::string& place, const std::string& path) {
    return path == place || path.starts_with(place + "/");
  }
  bool granted(const std::string& path, const SandboxOptions& options, bool directory) const {
    for (const Grant& grant : plan_sandbox(options, world).grants)
      if (grant.reach == kWrite && holds(grant.path, at(path)) &&
          (!directory || fs::is_directory(grant.path)))
        return true;
    return false;
  }
};

TEST_CASE("policy, settings, clients' configurations and program in a root cannot be changed") {
  // Each where it lies and where it does not yet: in the root itself, below, and behind links.
  for (const char* path : {"home/project/policy.yaml", "home/project/conf/policy.yaml",
                           "home/project/conf/deep/er/policy.yaml"}) {
    for (const bool there : {true, false}) {
      CAPTURE(path, there);
      Office office;
      if (there) {
        fs::create_directories(fs::path(office.at(path)).parent_path());
        office.make(path, "");
      }
      office.world.governing = {office.at(path)};
      CHECK_FALSE(office.can_change(path));
      // Nor put in the place of: by no name on the way.
      for (fs::path above = fs::path(path).parent_path(); above != "home";
           above = above.parent_path()) {
        CAPTURE(above.string());
        CHECK_FALSE(office.can_make_in(above.string()));
        CHECK(office.can_read(above.string()));
      }
      CHECK(office.can_read(path));
      // All else goes on.
      CHECK(office.can_change("home/project/readme"));
      CHECK(office.can_make_in("home/project/data"));
    }
  }
}

TEST_CASE("a directory that is kept can be read and not written, also as a root or declared") {
  Office office;
  fs::create_directories(office.at("home/.config/agentmesh"));
  office.make("home/.config/agentmesh/agentmesh.yaml", "");
  office.world.governing = {office.at("home/.config/agentmesh")};
  SandboxOptions options = files();
  options.write = {"~/.config", "~/.config/agentmesh", "~/.config/agentmesh/agentmesh.yaml"};
  CHECK_FALSE(office.can_change("home/.config/agentmesh/agentmesh.yaml", options));
  CHECK_FALSE(office.can_make_in("home/.config/agentmesh", options));
  CHECK_FALSE(office.can_make_in("home/.config", options));
  options.write.clear();
  office.world.roots = {office.at("home/.config/agentmesh")};
  CHECK(office.given(files()) == Given{{"home/.config/agentmesh", kRead}, {kTmp, kWrite}});
  REQUIRE(office.remarks().size() == 1);
  CHECK(office.remarks()[0] ==
        office.at("home/.config/agentmesh") +
            " decides how servers are started: it can be read and not changed");
}

TEST_CASE("a file that is kept is kept behind links, and the links are") {
  Office office;
  fs::create_directories(office.at("home/dotfiles"));
  office.make("home/dotfiles/policy.yaml", "");
  fs::create_symlink("../dotfiles/policy.yaml", office.at("home/project/policy.yaml"));
  office.world.governing = {office.at("home/project/policy.yaml")};
  office.world.roots = {office.at("home/project"), office.at("home/dotfiles")};
  CHECK_FALSE(office.can_make_in("home/project"));
  CHECK_FALSE(office.can_make_in("home/dotfiles"));
  CHECK_FALSE(office.can_change("home/dotfiles/policy.yaml"));
  CHECK(office.can_change("home/project/readme"));
}

TEST_CASE("who makes the way to a kept file unreadable, or a circle, does not free it") {
  Office office;
  office.world.governing = {office.at("home/project/conf/deep/policy.yaml")};
  fs::create_directories(office.at("home/project/conf/deep"));
  fs::create_symlink("circle", office.at("home/project/circle"));
  office.world.project = {office.at("home/project/circle/mcp.json")};
  for (const mode_t mode : {0755U, 0000U}) {
    REQUIRE(::chmod(office.at("home/project/conf").c_str(), mode) == 0);
    CHECK_FALSE(office.can_make_in("home/project"));
    CHECK_FALSE(office.can_make_in("home/project/conf"));
    CHECK_FALSE(office.can_make_in("home/project/conf/deep"));
    CHECK(office.can_make_in("home/project/data"));
  }
  REQUIRE(::chmod(office.at("home/project/conf").c_str(), 0755) == 0);
  office.world.governing.clear();
  CHECK_FALSE(office.can_make_in("home/project"));
}

TEST_CASE("a root that holds our state and what is kept has neither, and all else") {
  Office office;
  office.make("home/policy.yaml", "");
  office.world.roots = {office.at("home")};
  office.world.governing = {office.at("home/policy.yaml"), office.at("home/.config/agentmesh"),
                            office.at("home/project/bin/agentmesh")};
  CHECK(office.can_read("home/policy.yaml"));
  for (const char* closed : {"home/policy.yaml", "home/.local/state/agentmesh/keys"})
    CHECK_FALSE(office.can_change(closed));
  CHECK_FALSE(office.can_read("home/.local/state/agentmesh/keys"));
  for (const char* directory : {"home", "home/.local", "home/.local/state", "home/project"})
    CHECK_FALSE(office.can_make_in(directory));
  for (const char* directory : {"home/.ssh", "home/project/data", "home/notes"})
    CHECK(office.can_make_in(directory));
}

TEST_CASE("what is kept is said with what cannot be done there, and a project's may be declared") {
  Office office;
  office.world.project = {office.at("home/project/.mcp.json"),
                          office.at("home/project/.vscode/mcp.json")};
  const std::string project = office.at("home/project");
  // Where clients keep nothing in it, a project is a place to work in.
  CHECK(office.given(files()).at("home/project") == kWrite);
  CHECK(office.remarks().empty());
  fs::create_directories(office.at("home/project/.vscode"));
  office.make("home/project/.mcp.json", "{}");
  office.make("home/project/.vscode/mcp.json", "{}");
  REQUIRE(office.remarks().size() == 1);
  CHECK(
      office.remarks()[0] ==
      project + " holds what decides how servers are started, or could (" + project +
          "/.mcp.json, " + project +
          "/.vscode/mcp.json): that cannot be changed, and nothing can be made, moved or removed directly in " +
          project + ", " + project + "/.vscode. If it is to be written all the same, name " +
          project + " under `write`");

  SandboxOptions options = files();
  options.write = {"${workspace}"};
  CHECK(office.given(options).at("home/project") == kWrite);
  REQUIRE(office.remarks(options).size() == 1);
  CHECK(office.remarks(options)[0].starts_with(project + " is declared to be written"));
  // A wider place says nothing of the project, nor does a narrower one.
  for (const char* other : {"~", "${workspace}/data"}) {
    options.write = {other};
    CHECK_FALSE(office.can_make_in("home/project", options));
  }
  // And what is not the project's stays.
  options.write = {"${workspace}"};
  office.world.governing = {office.at("home/project/policy.yaml")};
  CHECK_FALSE(office.can_make_in("home/project", options));
  CHECK(office.can_change("home/project/.mcp.json", options));
  // A root that is only read has nothing to be kept from.
  office.world.governing.clear();
  options.write.clear();
  options.roots_writable = false;
  CHECK(office.given(options) == Given{{"home/project", kRead}, {kTmp, kWrite}});
  CHECK(office.remarks(options).empty());
}

TEST_CASE("a project that is not where the server works is declared by its own name") {
  Office office;
  office.make("home/.mcp.json", "{}");
  office.make("home/project/.mcp.json", "{}");
  office.world.working_directory = office.at("home/notes");
  office.world.roots = {office.at("home")};
  fs::create_symlink(office.at("home/project"), office.at("link"));
  office.world.projects = {office.at("home/notes"), office.at("home"), office.at("link")};
  office.world.project = {office.at("home/.mcp.json"), office.at("link/.mcp.json")};
  office.world.state_dir = office.at("state");
  const std::string project = office.at("home/project");
  REQUIRE(office.remarks().size() == 1);
  CHECK(office.remarks()[0].ends_with("name " + office.at("home") + " and " + project +
                                      " under `write`"));
  SandboxOptions options = files();
  options.write = {project};
  CHECK(office.can_change("home/project/.mcp.json", options));
  CHECK(office.can_make_in("home/project", options));
  CHECK_FALSE(office.can_change("home/.mcp.json", options));
  options.write = {office.at("home")};
  CHECK(office.can_change("home/.mcp.json", options));
  CHECK_FALSE(office.can_change("home/project/.mcp.json", options));
  options.write = {office.at("home"), project};
  CHECK(office.remarks(options).size() == 2);
  CHECK(office.can_make_in("home", options));
}

TEST_CASE("the state directories of other proxies are closed as ours is") {
  Office office;
  fs::create_directories(office.at("home/project/other/keys"));
  fs::create_directories(office.at("home/project/real/keys"));
  fs::create_symlink(office.at("home/project/real"), office.at("home/project/led"));
  office.world.closed = {office.at("home/project/other"), office.at("home/project/led")};
  for (const char* closed : {"other", "other/keys", "real", "real/keys", "led"}) {
    CAPTURE(closed);
    CHECK_FALSE(office.can_read(std::string("home/project/") + closed));
    CHECK_FALSE(office.can_change(std::string("home/project/") + closed));
  }
  CHECK_FALSE(office.can_make_in("home/project"));
  CHECK(office.can_make_in("home/project/data"));
  REQUIRE(office.remarks().size() == 1);
  CHECK(office.remarks()[0].starts_with(office.at("home/project") + " holds a state directory: "));
  SandboxOptions options = files();
  options.write = {office.at("home/project/other/keys")};
  CHECK_FALSE(office.can_read("home/project/other/keys"));
}

TEST_CASE("a link in a place that is given in part is the server's word all the same") {
  Office office;
  fs::create_symlink(office.at("home/.ssh"), office.at("home/project/node_modules"));
  office.make("home/project/server.js", "");
  office.make("home/project/package.json", "{}");
  office.command({"/usr/bin/node", office.at("home/project/server.js")});
  office.world.governing = {office.at("home/project/policy.yaml")};
  CHECK_FALSE(office.can_read("home/.ssh/id"));
}

TEST_CASE("a directory with too many entries to be given one by one can be read") {
  Office office;
  for (int i = 0; i <= 4096; ++i) office.make("home/project/data/" + std::to_string(i), "");
  office.world.governing = {office.at("home/project/data/policy.yaml")};
  CHECK_FALSE(office.can_change("home/project/data/7"));
  CHECK(office.can_read("home/project/data/7"));
  CHECK(office.can_change("home/project/readme"));
  CHECK(office.remarks().front() ==
        office.at("home/project/data") + " could not be given in part and can only be read");
}

}  // namespace
}  // namespace agentmesh::proxy
