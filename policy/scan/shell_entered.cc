#include "policy/scan/shell_entered.h"

#include <array>
#include <string_view>

#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr std::array<std::string_view, 7> kEnter = {"cd", "chdir",         "pushd", "set-location",
                                                    "sl", "push-location", "popd"};
constexpr std::array<std::string_view, 8> kOptions = {
    "-C", "--directory", "--chdir", "--cwd", "--prefix", "--work-tree", "--dir", "--git-dir"};

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

}  // namespace

void add_entered(const ShellRun& run, std::vector<std::string>& out) {
  const auto add = [&out](std::string_view directory) {
    if (!directory.empty() && !is_option(directory)) out.emplace_back(directory);
  };
  if (is_among(kEnter, run.name)) {
    bool home = true;
    for (const std::string& word : run.arguments) {
      home = home && is_option(word) && word != "-";
      add(word);
    }
    if (home) out.emplace_back("~");
    return;
  }
  if (run.name == "find")
    for (const std::string& word : run.arguments) {
      if (is_option(word)) break;
      add(word);
    }
  const std::vector<std::string>& words = run.command->words;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.size() < 2 || word[0] != '-') continue;
    const size_t sign = word.find('=');
    if (is_among(kOptions, word.substr(0, sign))) {
      if (sign < word.size())
        add(word.substr(sign + 1));
      else if (i + 1 < words.size())
        add(words[i + 1]);
    } else if (word.starts_with("-C")) {
      add(word.substr(2));
    }
  }
}

}  // namespace agentmesh::policy::scan
