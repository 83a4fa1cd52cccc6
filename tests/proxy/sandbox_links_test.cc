// What a server can change between two starts opens nothing to it at the second: links, and what scripts name.

#include <unistd.h>

#include <filesystem>
#include <functional>

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

// A project that the server may change, with a virtual environment, and keys and work beside it that are none of its.
struct Yard : House {
  Yard() {
    for (const char* directory :
         {"home/project/.venv/bin", "home/project/.venv/lib", "home/project/.venv/include",
          "home/project/data", "home/project/models", "home/secret/bin", "home/secret/lib",
          "home/big/node_modules"})
      fs::create_directories(at(directory));
    make("home/project/.venv/bin/python", "");
    make("home/project/server.js", "");
    make("home/project/config.json", "{}");
    make("home/project/package.json", "{}");
    make("home/secret/bin/tool", "");
    world.roots = {at("home/project")};
    world.workspace = world.roots;
  }

  // As the server would: `path` becomes a link to `target`.
  void plant(const std::string& path, const std::string& target) const {
    fs::remove_all(at(path));
    fs::create_symlink(target.starts_with("home") ? at(target) : target, at(path));
  }
  std::vector<std::string> remarks(const SandboxOptions& options = files()) const {
    return plan_sandbox(options, world).remarks;
  }
};

const Given kProject = {{"home/project", kWrite}, {kTmp, kWrite}};

// What is given beyond the project's own files.
Given beyond(const Given& given) {
  Given out;
  for (const auto& [path, reach] : given)
    if (!path.starts_with("home/project") && path != kTmp) out.emplace(path, reach);
  return out;
}

TEST_CASE("what a server plants in its root opens nothing at the next start, and is said by name") {
  struct Case {
    const char* name;
    std::function<void(Yard&)> plant;
    std::vector<std::string> command;
    const char* link;
  };
  const std::vector<std::string> venv = {"home/project/.venv/bin/python", "-m", "evil"};
  const std::vector<std::string> node = {"/usr/bin/node", "home/project/server.js"};
  const Case cases[] = {
      {"a part of a virtual environment",
       [](Yard& y) { y.plant("home/project/.venv/include", "home/.ssh"); }, venv,
       "home/project/.venv/include"},
      {"its libraries", [](Yard& y) { y.plant("home/project/.venv/lib", "home/.ssh"); }, venv,
       "home/project/.venv/lib"},
      {"its settings", [](Yard& y) { y.plant("home/project/.venv/pyvenv.cfg", "home/.ssh/id"); },
       venv, "home/project/.venv/pyvenv.cfg"},
      {"its program",
       [](Yard& y) { y.plant("home/project/.venv/bin/python", "home/secret/bin/tool"); }, venv,
       "home/project/.venv/bin/python"},
      {"the whole of it",
       [](Yard& y) { y.plant("home/project/.venv", "home/secret"); },
       {"home/project/.venv/bin/tool"},
       "home/project/.venv"},
      {"packages", [](Yard& y) { y.plant("home/project/node_modules", "home/.ssh"); }, node,
       "home/project/node_modules"},
      {"a link to a link outside",
       [](Yard& y) {
         fs::create_symlink(y.at("home/.ssh"), y.at("home/way"));
         y.plant("home/project/node_modules", "home/way");
       },
       node, "home/project/node_modules"},
      {"the script", [](Yard& y) { y.plant("home/project/server.js", "home/.ssh/id"); }, node,
       "home/project/server.js"},
      {"a script in another package's place",
       [](Yard& y) {
         y.plant("home/project/server.js", "home/big/node_modules/x.js");
         y.make("home/big/node_modules/x.js", "");
       },
       node, "home/project/server.js"},
      {"a file that the command names",
       [](Yard& y) { y.plant("home/project/config.json", "home/.ssh/id"); },
       {"/usr/bin/true", "home/project/config.json"},
       "home/project/config.json"},
      {"a script's first line",
       [](Yard& y) { y.make("home/project/run", "#!" + y.at("home/secret/bin/tool") + "\n"); },
       {"home/project/run"},
       "home/project/run"},
      {"the first line of a program that a script of its own names",
       [](Yard& y) {
         y.make("home/project/run", "#!" + y.at("home/project/second") + "\n");
         y.make("home/project/second", "#!" + y.at("home/secret/bin/tool") + "\n");
       },
       {"home/project/run"},
       "home/project/run"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Yard yard;
    c.plant(yard);
    std::vector<std::string> words;
    for (const std::string& word : c.command)
      words.push_back(word.starts_with("home/") ? yard.at(word) : word);
    yard.command(words);
    CHECK(beyond(yard.given(files())).empty());
    const auto remarks = yard.remarks();
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].starts_with(yard.at(c.link) + " leads to "));
  }
}

// A package in a place that holds packages, both with their marks, and a key beside them. The server is to write in the inner one.
struct Collection : House {
  Collection() {
    for (const char* directory : {"mono/node_modules", "mono/pkgs/srv/bin", "tools"})
      fs::create_directories(at(directory));
    make("mono/package.json", "{}");
    make("mono/.env", "KEY=1");
    make("mono/pkgs/srv/package.json", "{}");
    make("mono/pkgs/srv/main.py", "");
    make("mono/pkgs/srv/run", "#!/bin/sh\n");
    make("tools/main.py", "");
    make("tools/requirements.txt", "");
    world.working_directory = at("mono/pkgs/srv");
    world.roots = {at("mono/pkgs/srv")};
    world.workspace = world.roots;
  }
};

TEST_CASE("what a server takes away or makes beside its script leads to no package further up") {
  struct Case {
    const char* name;
    std::function<void(Collection&)> change;
    std::vector<std::string> command;
    const char* by;
    const char* closed;
  };
  const auto no_mark = [](Collection& c) { fs::remove(c.at("mono/pkgs/srv/package.json")); };
  const auto serve = [&no_mark](Collection& c) {
    no_mark(c);
    c.make("mono/pkgs/srv/serve", "");
  };
  const Case cases[] = {
      {"its own package's mark",
       no_mark,
       {"/usr/bin/python3", "mono/pkgs/srv/main.py"},
       "mono/pkgs/srv/main.py",
       "mono"},
      {"the mark of a program that is a script",
       no_mark,
       {"mono/pkgs/srv/run"},
       "mono/pkgs/srv/run",
       "mono"},
      {"a program that is a script now",
       [](Collection& c) {
         c.make("mono/pkgs/srv/program", "#!/bin/sh\n");
         fs::remove(c.at("mono/package.json"));  // and what such scripts use is closed as well
       },
       {"mono/pkgs/srv/program"},
       "mono/pkgs/srv/program",
       "mono/node_modules"},
      {"a file by the name of a later word",
       serve,
       {"/usr/bin/node", "no-file", "serve"},
       "mono/pkgs/srv/serve",
       "mono"},
      {"a file by the name of an order",
       serve,
       {"/usr/bin/deno", "serve"},
       "mono/pkgs/srv/serve",
       "mono"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Collection house;
    c.change(house);
    std::vector<std::string> words;
    for (const std::string& word : c.command)
      words.push_back(word.starts_with("mono/") ? house.at(word) : word);
    house.command(words);
    const auto given = house.given(files());
    CHECK_FALSE(given.contains("mono"));
    if (c.closed != std::string("mono")) CHECK_FALSE(given.contains(c.closed));
    const auto remarks = plan_sandbox(files(), house.world).remarks;
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].starts_with(house.at(c.by) + " leads to " + house.at(c.closed) + ", and"));
  }
}

TEST_CASE("a file that a server plants is not its script where the command runs none") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"/usr/bin/python3", "-m", "pkg", "serve"},
        {"/usr/bin/python3", "-mpkg", "serve"},
        {"/usr/bin/python3", "-um", "pkg", "serve"},
        {"/usr/bin/bash", "-lc", "exec true", "serve"}}) {
    CAPTURE(words);
    Collection house;
    house.make("mono/pkgs/srv/serve", "");
    house.make("mono/pkgs/srv/pkg", "");
    fs::remove(house.at("mono/pkgs/srv/package.json"));
    house.command(words);
    for (const auto& [path, reach] : house.given(files()))
      CHECK((path == kTmp || path.starts_with("mono/pkgs/srv")));
    CHECK(plan_sandbox(files(), house.world).remarks.empty());
  }
}

TEST_CASE("a mark that is a link keeps its package where what it leads to is gone") {
  Collection house;
  fs::create_directories(house.at("mono/tools"));
  house.make("mono/tools/main.py", "");
  fs::create_symlink(house.at("mono/pkgs/srv/setup.py"), house.at("mono/tools/setup.py"));
  house.command({"/usr/bin/python3", house.at("mono/tools/main.py")});
  const auto given = house.given(files());
  CHECK(given.contains("mono/tools"));
  CHECK_FALSE(given.contains("mono"));
}

TEST_CASE("a program that a name alone finds where the server writes opens nothing beside that") {
  Collection house;
  fs::create_directories(house.at("mono/pkgs/srv/lib"));
  house.make("mono/pkgs/srv/bin/tool", "");
  house.world.roots = {house.at("mono/pkgs/srv/bin")};
  house.world.command = {"tool"};
  house.world.executable = house.at("mono/pkgs/srv/bin/tool");
  CHECK_FALSE(house.given(files()).contains("mono/pkgs/srv/lib"));
  house.command({house.at("mono/pkgs/srv/bin/tool")});
  CHECK(house.given(files()).contains("mono/pkgs/srv/lib"));
}

TEST_CASE("packages that a script uses are read where the command names the script") {
  Collection house;
  house.make("mono/pkgs/srv/index.js", "");
  house.command({"/usr/bin/node", house.at("mono/pkgs/srv/index.js")});
  CHECK(house.given(files()) == Given{{"mono/pkgs/srv", kWrite},
                                      {"mono/pkgs/srv/index.js", kRead},
                                      {"mono/node_modules", kRead},
                                      {kTmp, kWrite}});
  CHECK(plan_sandbox(files(), house.world).remarks.empty());

  // Where the server writes nothing, it has led nobody.
  house.world.roots.clear();
  house.command({"/usr/bin/python3", house.at("tools/main.py")});
  CHECK(house.given(files()).contains("tools"));
  fs::remove(house.at("mono/pkgs/srv/package.json"));
  house.command({"/usr/bin/node", "-r", "x", "main.py"});
  CHECK(house.given(files()).contains("mono"));
}

TEST_CASE("a root or declared path that lies in another one is not followed out of it") {
  Yard yard;
  yard.command({"/usr/bin/true"});
  yard.plant("home/project/data", "home/.ssh");
  yard.plant("home/project/models", "home/.ssh");
  yard.world.roots.push_back(yard.at("home/project/data"));
  CHECK(yard.given(files()) == kProject);
  REQUIRE(yard.remarks().size() == 1);
  CHECK(yard.remarks()[0].find("data leads to " + yard.at("home/.ssh") +
                               ", and the server could") != std::string::npos);

  yard.world.roots.pop_back();
  SandboxOptions options = files();
  options.read = {"${workspace}/models"};
  options.write = {"${workspace}/data/id"};
  CHECK(yard.given(options) == kProject);
  CHECK(yard.remarks(options).size() == 2);
  // Where the roots are not written, nobody plants in them.
  options.roots_writable = false;
  CHECK(yard.given(options) == Given{{"home/project", kRead},
                                     {"home/.ssh", kRead},
                                     {"home/.ssh/id", kWrite},
                                     {kTmp, kWrite}});
}

TEST_CASE("a root that leads into itself is not followed either") {
  Yard yard;
  yard.command({"/usr/bin/true"});
  yard.plant("home/project/data", "home/project");
  yard.world.roots = {yard.at("home/project/data")};
  CHECK(yard.given(files()) == Given{{kTmp, kWrite}});
}

TEST_CASE("links of the server's that lead where it may go anyway say nothing and take nothing") {
  Yard yard;
  fs::create_directories(yard.at("home/project/packages/a"));
  fs::create_directories(yard.at("home/project/node_modules"));
  fs::create_symlink("../packages/a", yard.at("home/project/node_modules/a"));
  yard.plant("home/project/.venv/bin/python", "/usr/bin/env");
  yard.plant("home/project/.venv/lib64", "home/project/.venv/lib");
  yard.plant("home/project/data", "home/project/packages");
  yard.make("home/project/run", "#!/usr/bin/env sh\n");
  yard.world.roots.push_back(yard.at("home/project/data"));
  const std::vector<std::vector<std::string>> commands = {
      {yard.at("home/project/.venv/bin/python"), "-m", "x"},
      {"/usr/bin/node", yard.at("home/project/server.js")},
      {yard.at("home/project/run")},
  };
  for (const auto& command : commands) {
    CAPTURE(command[0]);
    yard.command(command);
    CHECK(beyond(yard.given(files())).empty());
    CHECK(yard.remarks().empty());
  }
}

TEST_CASE("what a person links outside of the roots is followed, and by its own path anything is") {
  Yard yard;
  fs::create_symlink(yard.at("home/project"), yard.at("home/current"));
  fs::create_symlink(yard.at("home/secret/bin/tool"), yard.at("home/tool"));
  yard.world.roots = {yard.at("home/current")};
  yard.command({yard.at("home/tool")});
  const auto given = yard.given(files());
  CHECK(given.at("home/project") == kWrite);
  CHECK(given.at("home/secret/lib") == kRead);

  yard.plant("home/project/node_modules", "home/big/node_modules");
  yard.command({"/usr/bin/node", yard.at("home/project/server.js")});
  CHECK_FALSE(yard.given(files()).contains("home/big/node_modules"));
  SandboxOptions options = files();
  options.read = {yard.at("home/big/node_modules")};
  CHECK(yard.given(options).at("home/big/node_modules") == kRead);
  CHECK(yard.remarks(options).empty());
}

TEST_CASE("a directory that is read for the sake of one program in it is said") {
  Yard yard;
  fs::create_directories(yard.at("home/downloads/private"));
  yard.make("home/downloads/server", "");
  yard.command({yard.at("home/downloads/server")});
  CHECK(yard.given(files()).contains("home/downloads"));
  REQUIRE(yard.remarks().size() == 1);
  CHECK(yard.remarks()[0].starts_with(yard.at("home/downloads") +
                                      " can be read: the command's program lies in it"));
  yard.command({"/usr/bin/true"});
  CHECK(yard.remarks().empty());
}

// ---- the state directory --------------------------------------------------------------------------------------------------

TEST_CASE(
    "a state directory that is reached by a link cannot be put elsewhere by what holds the link") {
  House house;
  house.command({"/usr/bin/true"});
  fs::create_directories(house.at("disk/state"));
  fs::create_directories(house.at("disk/other"));
  fs::rename(house.at("home/.local/state/agentmesh"), house.at("disk/state/agentmesh"));
  fs::remove_all(house.at("home/.local/state"));
  fs::create_symlink("../../disk/state", house.at("home/.local/state"));
  fs::create_directories(house.at("home/.local/share"));
  house.world.roots = {house.at("home")};
  auto given = house.given(files());
  for (const char* closed :
       {"home/.local", "home/.local/state", "disk", "disk/state", "disk/state/agentmesh"}) {
    CAPTURE(closed);
    CHECK_FALSE(given.contains(closed));
  }
  CHECK(given.at("home") == kRead);  // what is not written there may be read
  CHECK(given.at("home/.local/share") == kWrite);
  CHECK(given.at("home/project") == kWrite);
  CHECK(given.at("disk/state/agentmesh/tmp/1") == kWrite);
  bool said = false;
  for (const std::string& remark : plan_sandbox(files(), house.world).remarks)
    said = said || remark.starts_with(house.at("home") + " holds a state directory or a link");
  CHECK(said);

  // What holds the directory itself, and what only reads.
  house.world.roots = {house.at("disk")};
  given = house.given(files());
  CHECK(given.at("disk/other") == kWrite);
  CHECK_FALSE(given.contains("disk"));
  house.world.roots = {house.at("home")};
  SandboxOptions reading = files();
  reading.roots_writable = false;
  CHECK(house.given(reading).at("home") == kRead);
}

// ---- between plan and rules ------------------------------------------------------------------------------------------------

TEST_CASE("what became a link after the plan was made gets no rule") {
  if (kernel_support().landlock < 1) return;
  House house;
  house.command({"/usr/bin/true"});
  fs::create_directories(house.at("home/project/data/deep"));
  house.world.roots = {house.at("home/project/data/deep"), house.at("home/project/src")};
  const SandboxPlan plan = plan_sandbox(files(), house.world);
  auto made = Confinement::prepare(plan, kernel_support());
  REQUIRE(made);
  CHECK(made->moved().empty());
  fs::create_directories(house.at("home/.local/state/agentmesh/deep"));
  fs::rename(house.at("home/project/data"), house.at("home/project/gone"));
  fs::create_symlink(house.world.state_dir, house.at("home/project/data"));  // on the way
  fs::remove_all(house.at("home/project/src"));
  fs::create_symlink(house.world.state_dir, house.at("home/project/src"));  // itself
  made = Confinement::prepare(plan, kernel_support());
  REQUIRE(made);
  CHECK(made->moved() ==
        std::vector{house.at("home/project/data/deep"), house.at("home/project/src")});
  fs::remove(house.at("home/project/src"));
  made = Confinement::prepare(plan, kernel_support());
  REQUIRE(made);
  CHECK(made->moved() == std::vector{house.at("home/project/data/deep")});
}

}  // namespace
}  // namespace agentmesh::proxy
