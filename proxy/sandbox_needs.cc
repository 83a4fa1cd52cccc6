#include "proxy/sandbox_needs.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <string_view>

#include "base/below.h"
#include "base/files.h"
#include "proxy/child.h"

namespace agentmesh::proxy {
namespace {

constexpr int kMaxUp = 8;       // directories looked at above a script
constexpr int kMaxScripts = 4;  // interpreters of interpreters

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}
std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}
bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// The words behind "#!" of a script.
std::vector<std::string> interpreter_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  char begin[256];
  in.read(begin, sizeof begin);
  std::string_view line(begin, static_cast<size_t>(in.gcount()));
  if (!line.starts_with("#!")) return {};
  line =
      line.substr(2, line.find('\n') == std::string_view::npos ? line.size() : line.find('\n') - 2);
  std::vector<std::string> words;
  while (!line.empty()) {
    const size_t begin_word = line.find_first_not_of(" \t\r");
    if (begin_word == std::string_view::npos) break;
    line.remove_prefix(begin_word);
    const size_t end_word = std::min(line.find_first_of(" \t\r"), line.size());
    words.emplace_back(line.substr(0, end_word));
    line.remove_prefix(end_word);
  }
  return words;
}

bool runs_scripts(std::string_view program) {
  for (const std::string_view name : {"node", "python", "deno", "bun", "ruby", "perl", "php", "sh",
                                      "bash", "dash", "zsh", "java", "tsx", "ts-node"}) {
    // python3.11, node20
    if (program.starts_with(name) &&
        program.find_first_not_of("0123456789.", name.size()) == std::string_view::npos)
      return true;
  }
  return false;
}

class Needs {
 public:
  explicit Needs(const SandboxWorld& world) : world_(world) {}

  CommandNeeds find() {
    const std::string executable = lexically_normal(world_.executable, world_.working_directory);
    add_program(executable, 0);
    std::string_view program = name_of(world_.command.front());
    add_launcher(program);
    add_git();
    bool script_follows = runs_scripts(program);
    for (size_t i = 1; i < world_.command.size(); ++i) {
      const std::string& word = world_.command[i];
      if (word.empty() || word.starts_with('-')) continue;
      const std::string path = lexically_normal(word, world_.working_directory);
      if (!is_file(path)) continue;
      read(path);
      if (std::exchange(script_follows, false)) add_script(path);
    }
    return std::move(needs_);
  }

 private:
  void read(const std::string& path) { needs_.read.push_back(path); }

  // The home directory and what holds it, and what holds our state: never given for the sake of one file in it.
  bool too_wide(const std::string& directory) const {
    return (!world_.home.empty() && below(world_.home, directory)) ||
           below(world_.state_dir, directory) || directory == "/" || directory == "/tmp" ||
           directory == "/var/tmp" || directory == "/home";
  }
  void read_directory(const std::string& directory) {
    if (!too_wide(directory)) read(directory);
  }

  void add_program(const std::string& found, int depth) {
    if (depth > kMaxScripts) return;
    const auto resolved = resolve_path(found);
    const std::string real = resolved ? *resolved : found;
    for (const std::string& path : {found, real}) {
      read(path);
      add_installation(path);
    }
    const std::vector<std::string> interpreter = interpreter_of(real);
    if (interpreter.empty()) return;
    add_script(real);
    std::string program = interpreter[0];
    if (name_of(program) == "env") {  // env [-S] [NAME=value…] PROGRAM
      size_t word = 1;
      while (word < interpreter.size() && (interpreter[word].starts_with('-') ||
                                           interpreter[word].find('=') != std::string::npos))
        ++word;
      if (word == interpreter.size()) return;
      const auto on_path = find_command(interpreter[word]);
      if (!on_path) return;
      program = *on_path;
    }
    add_program(lexically_normal(program, world_.working_directory), depth + 1);
  }

  // PREFIX/bin/program: its neighbours, and what is installed beside them.
  void add_installation(const std::string& path) {
    const std::string directory = directory_of(path);
    const std::string_view name = name_of(directory);
    if (name != "bin" && name != "sbin") return read_directory(directory);
    read(directory);
    const std::string prefix = directory_of(directory);
    if (prefix == "/") return;
    for (const std::string_view part : {"/lib", "/lib64", "/libexec", "/include", "/pyvenv.cfg"})
      read(prefix + std::string(part));
  }

  static bool is_of_programs(const std::string& directory) {
    const std::string_view name = name_of(directory);
    return name == "bin" || name == "sbin" || below(directory, "/usr") || below(directory, "/opt");
  }

  // A script with the package it is part of, and the packages that one uses.
  void add_script(const std::string& path) {
    const auto resolved = resolve_path(path);
    const std::string real = resolved ? *resolved : path;
    read(real);
    constexpr std::string_view kModules = "/node_modules/";
    if (const size_t at = real.find(kModules); at != std::string::npos)
      return read(real.substr(0, at + kModules.size() - 1));
    std::string directory = directory_of(real);
    std::string package;
    std::vector<std::string> modules;
    for (int up = 0; up < kMaxUp && !too_wide(directory);
         ++up, directory = directory_of(directory)) {
      for (const std::string_view mark : {"/package.json", "/pyproject.toml", "/setup.py",
                                          "/requirements.txt", "/.venv", "/deno.json"})
        if (package.empty() && file_exists(directory + std::string(mark))) package = directory;
      if (is_directory(directory + "/node_modules")) modules.push_back(directory + "/node_modules");
    }
    directory = directory_of(real);
    if (package.empty() && !too_wide(directory) && !is_of_programs(directory))
      needs_.wide.push_back(directory);
    read_directory(package.empty() ? directory : package);
    for (const std::string& one : modules) read(one);
  }

  std::string variable(std::string_view name) const {
    for (const std::string& pair : world_.environment)
      if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
        return pair.substr(name.size() + 1);
    return "";
  }
  std::string in_home(std::string_view name, std::string_view otherwise) const {
    std::string given = variable(name);
    if (given.starts_with('/')) return given;
    return world_.home.empty() ? "" : world_.home + std::string(otherwise);
  }
  void write(const std::string& path) {
    if (!path.empty() && !too_wide(path)) needs_.write.push_back(path);
  }

  // Git does not start where it may not read the user's settings for it; a server with "git" for a word of its name runs it.
  void add_git() {
    const auto is_git = [](std::string_view word) {
      for (size_t at = word.find("git"); at != std::string_view::npos;
           at = word.find("git", at + 1)) {
        const auto is_letter = [word](size_t i) {
          return i < word.size() && std::isalnum(static_cast<unsigned char>(word[i])) != 0;
        };
        const bool begins = at == 0 || !is_letter(at - 1);
        if (begins && !is_letter(at + 3)) return true;
      }
      return false;
    };
    if (world_.home.empty() ||
        std::none_of(world_.command.begin(), world_.command.end(),
                     [&](const std::string& word) { return is_git(name_of(word)); }))
      return;
    read(world_.home + "/.gitconfig");
    for (const std::string_view file : {"/git/config", "/git/ignore", "/git/attributes"})
      read(in_home("XDG_CONFIG_HOME", "/.config") + std::string(file));
  }

  void add_launcher(std::string_view program) {
    const std::string cache = in_home("XDG_CACHE_HOME", "/.cache");
    const std::string data = in_home("XDG_DATA_HOME", "/.local/share");
    const auto is = [program](std::initializer_list<std::string_view> names) {
      return std::find(names.begin(), names.end(), program) != names.end();
    };
    if (is({"npx", "npm"})) {
      const std::string given = variable("npm_config_cache");
      write(given.empty() ? in_home("NPM_CONFIG_CACHE", "/.npm") : given);
    } else if (is({"pnpm", "pnpx", "yarn"})) {
      write(cache + "/pnpm");
      write(in_home("PNPM_HOME", "/.local/share/pnpm"));
      write(cache + "/yarn");
      write(cache + "/node");
    } else if (is({"bun", "bunx"})) {
      write(in_home("BUN_INSTALL", "/.bun") + "/install");
    } else if (is({"uv", "uvx"})) {
      write(in_home("UV_CACHE_DIR", "/.cache/uv"));
      write(data + "/uv");
    } else if (is({"deno"})) {
      write(in_home("DENO_DIR", "/.cache/deno"));
    } else if (is({"pipx"})) {
      read(data + "/pipx");
      read(in_home("PIPX_HOME", "/.local/pipx"));
    }
  }

  const SandboxWorld& world_;
  CommandNeeds needs_;
};

}  // namespace

CommandNeeds command_needs(const SandboxWorld& world) {
  return world.command.empty() ? CommandNeeds() : Needs(world).find();
}

}  // namespace agentmesh::proxy
