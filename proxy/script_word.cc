#include "proxy/script_word.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "base/files.h"

namespace agentmesh::proxy {
namespace {

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// "python3.11", "node20": the name without its version.
std::string_view without_version(std::string_view program) {
  const size_t end = program.find_last_not_of("0123456789.");
  return end == std::string_view::npos ? program : program.substr(0, end + 1);
}

using Words = std::array<std::string_view, 7>;

struct Interpreter {
  std::string_view name;
  std::string_view text;  // letters of options that stand for a script: a text or a module to run
  Words with_a_word;      // options that the next word belongs to
  bool with_orders = false;  // "deno run FILE" and "deno FILE" are both possible
};
constexpr Words kOfNode = {"-r", "--require",    "--import",  "--loader",
                           "-C", "--conditions", "--env-file"};
constexpr Interpreter kInterpreters[] = {
    {"node", "ep", kOfNode},
    {"nodejs", "ep", kOfNode},
    {"tsx", "ep", {"--tsconfig", "-r", "--require", "--import"}, true},
    {"ts-node", "ep", {"-P", "--project", "-r", "--require", "--cwd"}},
    {"python", "mc", {"-W", "-X"}},
    {"ruby", "e", {"-C", "-I", "-r"}},
    {"perl", "eE", {"-I"}},
    {"php", "r", {"-c", "-d"}},
    {"java", "m", {"-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules"}},
    {"sh", "c", {"-o"}},
    {"bash", "c", {"-o", "-O", "--rcfile", "--init-file"}},
    {"dash", "c", {"-o"}},
    {"zsh", "c", {"-o"}},
    {"deno", "", {"-c", "--config", "--import-map"}, true},
    {"bun", "e", {"-c", "--config", "--cwd", "-r", "--preload"}, true},
};

// nullptr: none of them.
const Interpreter* interpreter_of(std::string_view command) {
  const std::string_view program = without_version(name_of(command));
  const auto* const found =
      std::find_if(std::begin(kInterpreters), std::end(kInterpreters),
                   [program](const Interpreter& one) { return one.name == program; });
  return found == std::end(kInterpreters) ? nullptr : found;
}

// The text to run stands in the option or behind it, also where others stand before it: -c, -mpkg, -um, -lc.
bool stands_for_a_script(const Interpreter& interpreter, std::string_view option) {
  constexpr size_t kLongest = 4;  // "-verbose" is none
  if (option == "--eval" || option == "--print") return true;
  const auto is = [&interpreter](char letter) {
    return interpreter.text.find(letter) != std::string_view::npos;
  };
  return option.size() >= 2 && option[1] != '-' &&
         (is(option[1]) || (option.size() <= kLongest && is(option.back())));
}

// 0: nothing is there.
mode_t type_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & S_IFMT : 0;
}

}  // namespace

bool is_interpreter(std::string_view command) { return interpreter_of(command) != nullptr; }

ScriptWord script_word(std::span<const std::string> command, const std::string& working_directory) {
  if (command.empty()) return {};
  const Interpreter* const interpreter = interpreter_of(command[0]);
  if (interpreter == nullptr) return {};
  const Words& with_a_word = interpreter->with_a_word;
  for (size_t at = 1; at < command.size(); ++at) {
    const std::string& word = command[at];
    if (word.empty() || word == "-") return {};  // what it reads on its stdin
    if (word[0] == '-') {
      if (std::find(with_a_word.begin(), with_a_word.end(), word) != with_a_word.end())
        ++at;
      else if (stands_for_a_script(*interpreter, word))
        return {};
    } else {
      const mode_t there = type_of(lexically_normal(word, working_directory));
      if (there == S_IFREG || (there != 0 && !interpreter->with_orders))
        return {at, at == 1 && !interpreter->with_orders};
    }
  }
  return {};
}

}  // namespace agentmesh::proxy
