#include <algorithm>
#include <array>
#include <utility>

#include "policy/scan/shell_parser.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMostInFront = 10;  // words in front of a command
// Commands whose words may be assignments.
constexpr std::array<std::string_view, 5> kDeclaring = {"declare", "export", "local", "readonly",
                                                        "typeset"};

// Where the command's own name stands: behind `command` and its like as well.
size_t own_name(const std::vector<std::string>& words) {
  const size_t at = before_command(words);
  return at < words.size() && (words[at] == "command" || words[at] == "builtin") ? at + 1 : at;
}

// The first word behind the options of `set`: set -euo pipefail -- a b
size_t operand_of_set(const std::vector<std::string>& words, size_t at) {
  while (at < words.size() && words[at].size() > 1 &&
         (words[at][0] == '-' || words[at][0] == '+')) {
    if (words[at] == "--") return at + 1;
    at += words[at].back() == 'o' ? 2U : 1U;
  }
  return std::min(at, words.size());
}

}  // namespace

size_t before_command(const std::vector<std::string>& words) {
  size_t count = 0;
  while (count < words.size() && count < kMostInFront &&
         (begins_command(words[count]) || words[count].ends_with("()")))
    ++count;
  return count;
}

bool declares(const std::vector<std::string>& words) {
  const size_t at = own_name(words);
  return at < words.size() && is_among(kDeclaring, words[at]);
}

// What commands of the shell itself do to its variables.
void ShellParser::builtin(Frame& f) {
  const std::vector<std::string>& words = f.command.words;
  const size_t at = own_name(words);
  if (at >= words.size()) return;
  const std::string& name = words[at];
  if (name == "set") {
    if (const size_t first = operand_of_set(words, at + 1); first < words.size())
      give_positional(joined_words(words, first, kItemEnd));
  } else if (name == "shift") {
    if (const std::string* const all = variables_.find("@"))
      give_positional(all->substr(std::min(all->find(kItemEnd), all->size() - 1) + 1));
  } else if (name == "unset") {
    for (size_t i = at + 1; i < words.size(); ++i) variables_.assign(words[i], "", true);
  } else if (name == "eval") {
    f.command.evaluated = true;
    const bool ended = at + 1 < words.size() && words[at + 1] == "--";
    parse(joined_words(words, at + (ended ? 2U : 1U)), f.depth + 1, false,
          f.next_reads_pipe ? f.pipeline : input_of(f));
  }
}

// $@ and $1 to $9, of all items.
void ShellParser::give_positional(std::string all) {
  size_t begin = 0;
  for (char digit = '1'; digit <= '9'; ++digit) {
    const size_t end = std::min(all.find(kItemEnd, begin), all.size());
    variables_.assign(std::string_view(&digit, 1), all.substr(begin, end - begin), begin == end);
    begin = std::min(end + 1, all.size());
  }
  variables_.assign("@", std::move(all), false);
}

}  // namespace agentmesh::policy::scan
