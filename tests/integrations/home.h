// A home with Claude Desktop's file in it, for tests of init-integration.

#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "integrations/init.h"
#include "tests/temp_directory.h"

namespace agentmesh::integrations::tests {

namespace fs = std::filesystem;

class StoppedClock final : public Clock {
 public:
  int64_t wall_us() const override { return 1'763'458'200'000'000; }  // 2025-11-18T09:30:00Z
  int64_t mono_us() const override { return 0; }
};

inline const std::string kBefore =
    "{\n  \"mcpServers\": {\n    \"fs\": {\n      \"command\": \"npx\",\n      \"args\": [\n        \"-y\",\n        "
    "\"server\"\n      ],\n      \"env\": {\"TOKEN\": \"hush\"}\n    },\n    \"bare\": {\"command\": \"bare-server\"},\n"
    "    \"far\": {\"url\": \"https://hush\"}\n  }\n}";

// A home with Claude Desktop's file in it.
class Home {
 public:
  Home() {
    fs::create_directories(directory_ / ".config/Claude");
    write(kBefore);
  }
  std::string file() const { return directory_ / ".config/Claude/claude_desktop_config.json"; }
  std::string at(const std::string& name) const { return directory_ / name; }
  void write(const std::string& bytes) const { write(file(), bytes); }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string bytes() const { return read_file(file()).value_or("(missing)"); }
  std::vector<std::string> names() const {
    return list_directory(directory_ / ".config/Claude").value_or(std::vector<std::string>{});
  }
  config::Environment environment() const {
    return [home = directory_.path()](const char* name) -> std::optional<std::string> {
      if (std::string_view(name) == "HOME") return home;
      return std::nullopt;
    };
  }
  InitRequest request() const {
    InitRequest request;
    request.client = find_client("claude");
    request.run.own_path = "/opt/bin/agentmesh";
    request.state_dir = directory_ / "state";
    return request;
  }
  // The same of another client, and of a file that is named.
  InitRequest request_as(const char* flag, const std::string& file, bool undo) const {
    InitRequest request = this->request();
    request.client = find_client(flag);
    request.config_path = file;
    request.undo = undo;
    return request;
  }
  InitReport run(const InitRequest& request, const StepHook& hook = {}) const {
    return init_integration(request, environment(), StoppedClock(), hook);
  }
  InitReport wrap() const { return run(request()); }
  InitReport undo() const {
    InitRequest undoing = request();
    undoing.undo = true;
    return run(undoing);
  }

 private:
  agentmesh::tests::TempDirectory directory_;
};

}  // namespace agentmesh::integrations::tests
