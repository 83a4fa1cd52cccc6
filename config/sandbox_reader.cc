#include "config/sandbox_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/schema.h"

namespace agentmesh::config {

namespace {

const std::vector<std::string_view> kLevelWords = {"off", "files", "files+net"};

std::vector<std::string> read_paths(Schema& keys, std::string_view key) {
  std::vector<std::string> out;
  const auto given = keys.texts(key);
  if (!given) return out;
  for (const Text& path : *given) {
    const bool has_place = path.value.starts_with('/') || path.value == "~" ||
                           path.value.starts_with("~/") || path.value == "${workspace}" ||
                           path.value.starts_with("${workspace}/");
    if (!has_place)
      keys.error(path.place, key,
                 fmt::format("'{}' is not absolute (use /…, ~/… or ${{workspace}})", path.value));
    out.push_back(path.value);
  }
  return out;
}

void check_names(Schema& keys, const std::vector<Text>& names) {
  for (const Text& name : names) {
    const size_t star = name.value.find('*');
    if (name.value.empty() || name.value.find('=') != std::string::npos ||
        (star != std::string::npos && star + 1 != name.value.size()))
      keys.error(name.place, "env",
                 fmt::format("'{}' is no variable's name (a * may stand at its end)", name.value));
  }
}

}  // namespace

std::optional<proxy::SandboxOptions> read_sandbox(const Node& node, Findings& out) {
  proxy::SandboxOptions sandbox;
  sandbox.level = proxy::SandboxLevel::kFiles;
  if (node.is_scalar()) {
    const auto word = read_text(node, "sandbox", out);
    if (!word) return std::nullopt;
    const auto it = std::find(kLevelWords.begin(), kLevelWords.end(), word->value);
    if (it == kLevelWords.end()) {
      out.error(word->place, "sandbox: " + choose(word->value, kLevelWords));
      return std::nullopt;
    }
    sandbox.level = static_cast<proxy::SandboxLevel>(it - kLevelWords.begin());
    return sandbox;
  }
  if (!expect_map(node, "sandbox", out)) return std::nullopt;
  Schema keys(node, "sandbox.", out);
  if (const auto level = keys.word("level", kLevelWords))
    sandbox.level = static_cast<proxy::SandboxLevel>(*level);
  if (const auto roots = keys.word("roots", {"read", "write"}))
    sandbox.roots_writable = *roots == 1;
  sandbox.read = read_paths(keys, "read");
  sandbox.write = read_paths(keys, "write");
  if (const auto names = keys.texts("env")) {
    check_names(keys, *names);
    sandbox.env.emplace();
    for (const Text& name : *names) sandbox.env->push_back(name.value);
  }
  sandbox.unix_sockets = keys.boolean("unix_sockets").value_or(false);
  keys.finish();
  return sandbox;
}

void add_sandbox(std::optional<proxy::SandboxOptions>& nearer,
                 const std::optional<proxy::SandboxOptions>& parent) {
  if (!parent) return;
  if (!nearer) {
    nearer = parent;
    return;
  }
  nearer->level = std::max(nearer->level, parent->level);
  nearer->roots_writable = nearer->roots_writable && parent->roots_writable;
}

}  // namespace agentmesh::config
