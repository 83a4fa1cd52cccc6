#include "proxy/sandbox_needs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include "base/below.h"
#include "base/files.h"
#include "base/way.h"
#include "proxy/child.h"
#include "proxy/sandbox_grants.h"
#include "proxy/script_word.h"

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
// A link to nothing as well: what it leads to may be the server's to take away.
bool has_entry(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// The words behind "#!" of a script.
std::vector<std::string> interpreter_of(const std::string& path) {
  const auto file = open_regular(path);
  char begin[256];
  const ssize_t got = file ? ::read(file->get(), begin, sizeof begin) : 0;
  std::string_view line(begin, got > 0 ? static_cast<size_t>(got) : 0);
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

// The home directory and what holds it, and what holds our state: never given for the sake of one file in it.
bool too_wide(const SandboxWorld& world, const std::string& directory) {
  return (!world.home.empty() && below(world.home, directory)) ||
         below(world.state_dir, directory) || directory == "/" || directory == "/tmp" ||
         directory == "/var/tmp" || directory == "/home";
}

std::string variable(const SandboxWorld& world, std::string_view name) {
  for (const std::string& pair : world.environment)
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
  return "";
}

std::string in_home(const SandboxWorld& world, std::string_view name, std::string_view otherwise) {
  std::string given = variable(world, name);
  if (given.starts_with('/')) return given;
  return world.home.empty() ? "" : world.home + std::string(otherwise);
}

// Where programs of all kinds lie side by side.
bool is_of_programs(const std::string& directory) {
  const std::string_view name = name_of(directory);
  return name == "bin" || name == "sbin" || name == ".bin" || below(directory, "/usr") ||
         below(directory, "/opt");
}

class Needs {
 public:
  Needs(const SandboxWorld& world, const Grants& grants) : world_(world), grants_(grants) {}

  std::vector<Need> find() {
    const std::string executable = lexically_normal(world_.executable, world_.working_directory);
    // Where a name alone was sought, the server may have made what was found.
    const bool planted =
        world_.command.front().find('/') == std::string::npos && grants_.changeable(executable);
    add_program(executable, planted ? executable : "", 0);
    add_pipx();
    add_git();
    const ScriptWord script = script_word(world_.command, world_.working_directory);
    for (size_t i = 1; i < world_.command.size(); ++i) {
      const std::string& word = world_.command[i];
      if (word.empty() || word.starts_with('-')) continue;
      const std::string path = lexically_normal(word, world_.working_directory);
      if (!is_file(path)) continue;
      read(path);
      if (i == script.at) add_script(path, "", script.sure);
    }
    return std::move(needs_);
  }

 private:
  void read(const std::string& path, const std::string& led_by = "",
            std::string_view for_the_sake_of = {}) {
    needs_.push_back({path, led_by, for_the_sake_of});
  }

  // Where a path really leads, and what the server could change about that.
  struct Real {
    std::string path, led_by;
  };
  Real real(const std::string& path, const std::string& led_by) const {
    auto way = way_of(path);
    if (!way) return {path, led_by};
    return {way->end, led_by.empty() ? grants_.changeable_link(*way) : led_by};
  }

  void add_program(const std::string& found, const std::string& led_by, int depth) {
    if (depth > kMaxScripts) return;
    const Real program = real(found, led_by);
    const std::vector<std::string> interpreter = interpreter_of(program.path);
    for (const Real& one : {Real{found, led_by}, program}) {
      read(one.path, one.led_by);
      add_installation(one,
                       interpreter.empty() ? "the command's program" : "a script of the command");
    }
    if (interpreter.empty()) return;
    // What a file that the server can write begins with makes it a script, and names the interpreter.
    const bool written_by_server = program.led_by.empty() && grants_.changeable(program.path);
    const std::string led_by_line = written_by_server ? program.path : program.led_by;
    add_script(program.path, led_by_line, true);
    std::string next = interpreter[0];
    if (name_of(next) == "env") {  // env [-S] [NAME=value…] PROGRAM
      size_t word = 1;
      while (word < interpreter.size() && (interpreter[word].starts_with('-') ||
                                           interpreter[word].find('=') != std::string::npos))
        ++word;
      if (word == interpreter.size()) return;
      const auto on_path = find_command(interpreter[word]);
      if (!on_path) return;
      next = *on_path;
    }
    add_program(lexically_normal(next, world_.working_directory), led_by_line, depth + 1);
  }

  // PREFIX/bin/program: its neighbours, and what is installed beside them.
  void add_installation(const Real& program, std::string_view what) {
    const std::string directory = directory_of(program.path);
    const std::string_view name = name_of(directory);
    if (name != "bin" && name != "sbin") {
      if (!too_wide(world_, directory))
        read(directory, program.led_by, is_of_programs(directory) ? "" : what);
      return;
    }
    read(directory, program.led_by);
    const std::string prefix = directory_of(directory);
    if (prefix == "/") return;
    for (const std::string_view part : {"/lib", "/lib64", "/libexec", "/include", "/pyvenv.cfg"})
      read(prefix + std::string(part), program.led_by);
  }

  // A script with the package it is part of, and the packages that one uses. `sure`: it is the script whatever lies there.
  //
  // Which package that is, is told by marks that are there and by others that are not. Where the server can take marks away, or put
  // the script itself there, what lies further up is its own word.
  void add_script(const std::string& path, const std::string& led_by, bool sure) {
    const Real script = real(path, led_by);
    read(script.path, script.led_by);
    const bool movable = script.led_by.empty() && grants_.changeable(directory_of(script.path));
    const std::string package_led_by = movable ? script.path : script.led_by;
    const std::string modules_led_by = movable && !sure ? script.path : script.led_by;
    constexpr std::string_view kModules = "/node_modules/";
    if (const size_t at = script.path.find(kModules); at != std::string::npos)
      return read(script.path.substr(0, at + kModules.size() - 1), modules_led_by);
    std::string directory = directory_of(script.path);
    std::string package;
    for (int up = 0; up < kMaxUp && !too_wide(world_, directory);
         ++up, directory = directory_of(directory)) {
      for (const std::string_view mark : {"/package.json", "/pyproject.toml", "/setup.py",
                                          "/requirements.txt", "/.venv", "/deno.json"})
        if (package.empty() && has_entry(directory + std::string(mark))) package = directory;
      if (is_directory(directory + "/node_modules"))
        read(directory + "/node_modules", modules_led_by);
    }
    if (!package.empty()) return read(package, package_led_by);
    directory = directory_of(script.path);
    if (!too_wide(world_, directory))
      read(directory, script.led_by,
           is_of_programs(directory) ? "" : std::string_view("a script of the command"));
  }

  // The npm package that a file is of: node_modules/@scope/NAME/…
  static std::string_view package_name(std::string_view file) {
    constexpr std::string_view kPackages = "node_modules/";
    const size_t at = file.rfind(kPackages);
    if (at == std::string_view::npos) return {};
    file.remove_prefix(at + kPackages.size());
    if (file.starts_with('@')) file.remove_prefix(std::min(file.find('/'), file.size() - 1) + 1);
    return file.substr(0, file.find('/'));
  }

  // Git does not start where it may not read the user's settings for it; a server with "git" for a word of its name or its package's
  // runs it.
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
        std::none_of(world_.command.begin(), world_.command.end(), [&](const std::string& word) {
          return is_git(name_of(word)) || is_git(package_name(word));
        }))
      return;
    read(world_.home + "/.gitconfig");
    for (const std::string_view file : {"/git/config", "/git/ignore", "/git/attributes"})
      read(in_home(world_, "XDG_CONFIG_HOME", "/.config") + std::string(file));
  }

  void add_pipx() {
    if (name_of(world_.command.front()) != "pipx") return;
    read(in_home(world_, "XDG_DATA_HOME", "/.local/share") + "/pipx");
    read(in_home(world_, "PIPX_HOME", "/.local/pipx"));
  }

  const SandboxWorld& world_;
  const Grants& grants_;
  std::vector<Need> needs_;
};

}  // namespace

std::vector<std::string> launcher_caches(const SandboxWorld& world) {
  if (world.command.empty()) return {};
  const std::string_view program = name_of(world.command.front());
  const auto is = [program](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), program) != names.end();
  };
  const std::string cache = in_home(world, "XDG_CACHE_HOME", "/.cache");
  const std::string data = in_home(world, "XDG_DATA_HOME", "/.local/share");
  std::vector<std::string> out;
  if (is({"npx", "npm"})) {
    const std::string given = variable(world, "npm_config_cache");
    out = {given.empty() ? in_home(world, "NPM_CONFIG_CACHE", "/.npm") : given};
  } else if (is({"pnpm", "pnpx", "yarn"})) {
    out = {cache + "/pnpm", in_home(world, "PNPM_HOME", "/.local/share/pnpm"), cache + "/yarn",
           cache + "/node"};
  } else if (is({"bun", "bunx"})) {
    out = {in_home(world, "BUN_INSTALL", "/.bun") + "/install"};
  } else if (is({"uv", "uvx"})) {
    out = {in_home(world, "UV_CACHE_DIR", "/.cache/uv"), data + "/uv"};
  } else if (is({"deno"})) {
    out = {in_home(world, "DENO_DIR", "/.cache/deno")};
  }
  std::erase_if(out, [&](const std::string& path) {
    return !path.starts_with('/') || too_wide(world, path);
  });
  return out;
}

std::vector<Need> command_needs(const SandboxWorld& world, const Grants& grants) {
  return world.command.empty() ? std::vector<Need>() : Needs(world, grants).find();
}

}  // namespace agentmesh::proxy
