#include <string>

#include "config/policy_file.h"
#include "tests/catch.h"

namespace agentmesh::config {
namespace {

constexpr const char* kHead = "version: \"1.0\"\nname: p\ndefault: allow\n";

LoadedPolicy load(const std::string& text, const std::string& parent = "") {
  return load_policy("p.yaml", [&](const std::string& path) -> Result<std::string> {
    if (path == "p.yaml") return kHead + text;
    if (path.ends_with("q.yaml")) return "version: \"1.0\"\nname: q\ndefault: allow\n" + parent;
    return fail("no such file");
  });
}

std::string first_error(const std::string& text) {
  const LoadedPolicy loaded = load(text);
  return loaded.diagnostics.empty() ? "" : to_string(loaded.diagnostics.front());
}

using proxy::SandboxLevel;

TEST_CASE("a policy asks for a sandbox by a level or by a map") {
  CHECK_FALSE(load("").sandbox);
  CHECK(load("sandbox: files+net\n").sandbox->level == SandboxLevel::kFilesAndNet);
  CHECK(load("sandbox: off\n").sandbox->level == SandboxLevel::kOff);
  const auto map =
      load(
          "sandbox: {roots: read, read: [~/m, '${workspace}/x'], write: /w, env: [A, B_*], "
          "unix_sockets: true}\n")
          .sandbox;
  REQUIRE(map);
  CHECK(map->level == SandboxLevel::kFiles);
  CHECK_FALSE(map->roots_writable);
  CHECK(map->read == std::vector<std::string>{"~/m", "${workspace}/x"});
  CHECK(map->write == std::vector<std::string>{"/w"});
  CHECK(map->env == std::vector<std::string>{"A", "B_*"});
  CHECK(map->unix_sockets);
}

TEST_CASE("a sandbox that cannot be understood is an error with its place") {
  struct Case {
    const char* text;
    const char* error;
  };
  const Case cases[] = {
      {"sandbox: file\n",
       "p.yaml:4:10: sandbox: unknown 'file' (use off, files, files+net); did you mean 'files'?"},
      {"sandbox: true\n",
       "p.yaml:4:10: sandbox: expected a text, found true or false (put 'true' in quotes)"},
      {"sandbox: [files]\n", "p.yaml:4:10: sandbox: expected a map, found a list"},
      {"sandbox: {levl: files}\n",
       "p.yaml:4:11: sandbox: unknown key 'levl'; did you mean 'level'?"},
      {"sandbox: {read: [x/y]}\n",
       "p.yaml:4:18: sandbox.read: 'x/y' is not absolute (use /…, ~/… or ${workspace})"},
      {"sandbox: {env: ['A*B']}\n",
       "p.yaml:4:17: sandbox.env: 'A*B' is no variable's name (a * may stand at its end)"},
      {"sandbox: {roots: none}\n", "p.yaml:4:18: sandbox.roots: unknown 'none' (use read, write)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(first_error(c.text) == c.error);
  }
}

TEST_CASE("a child can raise a parent's sandbox and cannot lower it") {
  const std::string child = "extends: [./q.yaml]\n";
  CHECK(load(child, "sandbox: files\n").sandbox->level == SandboxLevel::kFiles);
  CHECK(load(child + "sandbox: off\n", "sandbox: files\n").sandbox->level == SandboxLevel::kFiles);
  const auto both = load(child + "sandbox: {level: files+net, read: [/a]}\n",
                         "sandbox: {roots: read, read: [/b], env: [X]}\n")
                        .sandbox;
  CHECK(both->level == SandboxLevel::kFilesAndNet);
  CHECK_FALSE(both->roots_writable);
  CHECK(both->read == std::vector<std::string>{"/a"});
  CHECK_FALSE(both->env);
}

}  // namespace
}  // namespace agentmesh::config
