// Shell programs: which command a line of words runs, and of what kind it is. For shell.cc alone. Pure functions, any thread.

#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/shell_words.h"

namespace agentmesh::policy::scan {

bool is_shell(std::string_view name);
bool is_interpreter(std::string_view name);
bool is_download(std::string_view name);

// Where the real command begins in the words of one that runs another: sudo -u x env A=1 nice -n 5 cmd.
// Their names are appended to `prefixes`.
size_t skip_prefix(std::span<const std::string> words, size_t i,
                   std::vector<std::string>& prefixes);

// One command, its name found.
struct ShellRun {
  const SimpleCommand* command = nullptr;
  std::string name;
  std::span<const std::string> arguments;
  bool feeds = false;         // what it writes comes from the network or out of a decoder
  bool beside_shell = false;  // one command of its pipeline is a shell

  bool has_argument(std::string_view word) const {
    return std::find(arguments.begin(), arguments.end(), word) != arguments.end();
  }
  // True if a bundle of short options ("-rf") holds `letter`, or `name` is among the long ones.
  bool option(char letter, std::string_view long_name) const {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& word) {
      if (word.size() > 2 && word[0] == '-' && word[1] == '-')
        return word.substr(0, long_name.size()) == long_name;
      return word.size() > 1 && word[0] == '-' && word[1] != '-' &&
             word.find(letter) != std::string::npos;
    });
  }
};

}  // namespace agentmesh::policy::scan
