// A home directory with all that a sandbox is planned around, for tests of the plan.

#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "proxy/sandbox.h"
#include "tests/temp_directory.h"

namespace agentmesh::proxy::tests {

using agentmesh::tests::TempDirectory;

// A home with a Node installation, a package, a project and our state in it.
struct House {
  TempDirectory top;
  SandboxWorld world;

  House() {
    for (const char* directory :
         {"home/.node/bin", "home/.node/lib/node_modules/npm/bin", "home/srv/dist",
          "home/project/src", "home/.local/state/agentmesh/keys",
          "home/.local/state/agentmesh/tmp/1", "home/.npm", "home/.ssh", "work"})
      std::filesystem::create_directories(at(directory));
    make("home/.node/bin/node", "");
    make("home/.node/lib/node_modules/npm/bin/npx-cli.js", "#!" + at("home/.node/bin/node") + "\n");
    std::filesystem::create_symlink("../lib/node_modules/npm/bin/npx-cli.js",
                                    at("home/.node/bin/npx"));
    make("home/srv/package.json", "{}");
    make("home/srv/dist/index.js", "");
    make("home/loose.py", "");
    make("home/.ssh/id", "");
    world.home = at("home");
    world.state_dir = at("home/.local/state/agentmesh");
    world.private_tmp = world.state_dir + "/tmp/1";
    world.working_directory = at("work");
    world.environment = {"PATH=/usr/bin", "SECRET=1", "TMPDIR=/tmp"};
  }

  std::string at(const std::string& path) const { return top / path; }
  void make(const std::string& path, const std::string& text) const {
    std::ofstream(at(path)) << text;
    ::chmod(at(path).c_str(), 0755);
  }
  void command(std::vector<std::string> words) {
    world.executable = words.front();
    world.command = std::move(words);
  }

  // What is given of this house, without the system's places: path below `top` to reach.
  std::map<std::string, Reach> given(const SandboxOptions& options) const {
    std::map<std::string, Reach> out;
    for (const Grant& grant : plan_sandbox(options, world).grants)
      if (grant.path.starts_with(top.path()))
        out[grant.path.substr(std::min(top.path().size() + 1, grant.path.size()))] = grant.reach;
    return out;
  }
};

using Given = std::map<std::string, Reach>;
inline constexpr Reach kRead = Reach::kReadAndRun;
inline constexpr Reach kWrite = Reach::kWrite;
inline const std::string kTmp = "home/.local/state/agentmesh/tmp/1";

inline SandboxOptions files() {
  SandboxOptions options;
  options.level = SandboxLevel::kFiles;
  return options;
}

}  // namespace agentmesh::proxy::tests
