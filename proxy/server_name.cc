#include "proxy/server_name.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "proxy/public_text.h"

namespace agentmesh::proxy {
namespace {

using std::string_view;

// A launcher, the subcommands that only say how to run what follows, and its options that take a value of their own.
struct Launcher {
  string_view name;
  std::array<string_view, 6> subcommands;
  std::array<string_view, 20> value_options;
};

constexpr Launcher kLaunchers[] = {
    {"npx",
     {},
     {"-p", "--package", "-w", "--workspace", "--prefix", "--cache", "--registry", "--userconfig"}},
    {"uvx",
     {},
     {"--from", "--with", "-p", "--python", "--index-url", "--default-index", "--with-editable"}},
    {"uv", {"tool", "run"}, {"--from", "--with", "-p", "--python", "--directory", "--project"}},
    {"bunx", {}, {"-p", "--package"}},
    {"bun", {"x", "run"}, {"--cwd"}},
    {"pnpm", {"dlx", "exec", "run"}, {"--package", "-C", "--dir", "--filter"}},
    {"yarn", {"dlx", "exec", "run"}, {"-p", "--package", "--cwd"}},
    {"npm", {"exec", "run", "x"}, {"-p", "--package", "--prefix"}},
    {"pipx", {"run"}, {"--spec", "--python", "--index-url"}},
    {"node",
     {},
     {"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions",
      "--env-file"}},
    {"python", {}, {"-W", "-X"}},
    {"python3", {}, {"-W", "-X"}},
    {"deno", {"run"}, {"--config", "-c", "--import-map", "--lock", "--v8-flags"}},
    {"docker",
     {"run", "exec", "container"},
     {"-e",         "--env",      "-v",        "--volume", "--mount",   "--name",      "--network",
      "--net",      "-p",         "--publish", "-w",       "--workdir", "-u",          "--user",
      "--env-file", "--platform", "--memory",  "-m",       "--cpus",    "--entrypoint"}},
    {"podman",
     {"run", "exec", "container"},
     {"-e",         "--env",      "-v",        "--volume", "--mount",   "--name",      "--network",
      "--net",      "-p",         "--publish", "-w",       "--workdir", "-u",          "--user",
      "--env-file", "--platform", "--memory",  "-m",       "--cpus",    "--entrypoint"}},
    {"cmd", {}, {}},
    {"sh", {}, {}},
    {"bash", {}, {}},
    {"env", {}, {"-u", "--unset", "-C", "--chdir"}},
};

string_view base_name(string_view path) {
  while (path.size() > 1 && (path.back() == '/' || path.back() == '\\')) path.remove_suffix(1);
  const size_t slash = path.find_last_of("/\\");
  return slash == string_view::npos ? path : path.substr(slash + 1);
}

const Launcher* launcher_of(string_view word) {
  string_view name = base_name(word);
  for (const string_view extension : {".exe", ".cmd", ".bat"})
    if (name.size() > extension.size() && name.ends_with(extension))
      name.remove_suffix(extension.size());
  if (name.starts_with("python3.")) name = "python3";
  for (const Launcher& launcher : kLaunchers)
    if (launcher.name == name) return &launcher;
  return nullptr;
}

template <size_t N>
bool contains(const std::array<string_view, N>& list, string_view word) {
  return !word.empty() && std::find(list.begin(), list.end(), word) != list.end();
}

// NAME=value, as env(1) takes them.
bool is_assignment(string_view word) {
  const size_t equals = word.find('=');
  return equals != string_view::npos && equals > 0 && word.find_first_of("/@") > equals;
}

// Without directory, extension, @scope/, version, and the words every server's name carries.
std::string trimmed(string_view word) {
  string_view name = word;
  if (name.starts_with('@')) {
    const size_t slash = name.find('/');
    name = slash == string_view::npos ? name.substr(1) : name.substr(slash + 1);
  }
  name = base_name(name);
  if (const size_t at = name.find_first_of("@:"); at != string_view::npos && at > 0)
    name = name.substr(0, at);
  if (const size_t equals = name.find("=="); equals != string_view::npos && equals > 0)
    name = name.substr(0, equals);
  for (const string_view extension :
       {".js", ".mjs", ".cjs", ".ts", ".py", ".exe", ".cmd", ".bat", ".sh", ".jar"})
    if (name.size() > extension.size() && name.ends_with(extension)) {
      name.remove_suffix(extension.size());
      break;
    }
  for (const string_view prefix : {"mcp-server-", "server-", "mcp-"})
    if (name.size() > prefix.size() && name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      break;
    }
  for (const string_view suffix : {"-mcp-server", "-server", "-mcp"})
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      name.remove_suffix(suffix.size());
      break;
    }
  return std::string(name);
}

std::string name_in(std::span<const std::string> words) {
  size_t i = 0;
  while (i < words.size()) {
    const Launcher* launcher = launcher_of(words[i]);
    if (launcher == nullptr) break;
    ++i;
    while (i < words.size()) {
      const string_view word = words[i];
      if (word == "--") {
        ++i;
        break;
      }
      const bool windows_switch = launcher->name == "cmd" && word.size() == 2 && word[0] == '/';
      const bool assignment = launcher->name == "env" && is_assignment(word);
      const bool subcommand = contains(launcher->subcommands, word);
      if (word.starts_with('-') && word.size() > 1) {
        i += contains(launcher->value_options, word) ? 2U : 1U;
      } else if (windows_switch || assignment || subcommand) {
        ++i;
      } else {
        break;
      }
      if (i > words.size()) i = words.size();
    }
  }
  if (i < words.size()) {
    // `sh -c "npx server-x"` holds the whole command in one word: its first words are what counts.
    string_view word = words[i];
    if (const size_t blank = word.find(' '); blank != string_view::npos && i > 0) {
      std::vector<std::string> inner;
      while (!word.empty()) {
        const size_t end = std::min(word.find(' '), word.size());
        if (end > 0) inner.emplace_back(word.substr(0, end));
        word.remove_prefix(std::min(end + 1, word.size()));
      }
      if (!inner.empty()) return name_in(inner);
    }
    if (std::string name = trimmed(words[i]); !name.empty()) return name;
  }
  std::string fallback(base_name(words[0]));
  return fallback.empty() ? std::string("server") : fallback;
}

}  // namespace

std::string server_name(std::span<const std::string> words) { return public_name(name_in(words)); }

}  // namespace agentmesh::proxy
