#include <algorithm>
#include <array>
#include <utility>

#include "policy/scan/shell_parser.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxGroups = 256;  // in each other
constexpr int kMaxDoubleLists = 8;  // ((a); (b)), which look like arithmetic

struct Pair {
  std::string_view opener, closer;
};
constexpr std::array<Pair, 7> kPairs = {{{"{", "}"},
                                         {"if", "fi"},
                                         {"while", "done"},
                                         {"until", "done"},
                                         {"for", "done"},
                                         {"select", "done"},
                                         {"case", "esac"}}};

}  // namespace

void ShellParser::parenthesis(Frame& f, char c) {
  const char next = f.at + 1 < f.text.size() ? f.text[f.at + 1] : '\0';
  if (c == '(' && f.assigns && f.word.ends_with('=')) return array(f);
  if (c == '(' && f.in_word && next == ')') {  // a function's name; its body is read as commands
    f.word += "()";
    f.at += 2;
    f.begins_token = f.at;
    return end_word(f);
  }
  finish_command(f);
  if (in_pattern(f) && pattern_operator(f, c)) return;
  if (c == '(' && arithmetic_command(f)) return;
  f.begins_token = ++f.at;
  if (c == ')') return close_group(f, ")");
  const int input = f.next_reads_pipe ? f.pipeline : input_of(f);
  f.groups.push_back({")", out_.commands.size(), input, variables_.enter()});
  out_.truncated = out_.truncated || f.groups.size() > kMaxGroups;
}

// ((i = 1 << 2)), which is a list in a list to shells that have no such command.
bool ShellParser::arithmetic_command(Frame& f) {
  if (f.text.substr(f.at, 2) != "((") return false;
  const auto inside = arithmetic_text(f, f.at);
  if (!inside) return false;
  const size_t first = out_.commands.size();
  std::string text(*inside);
  std::replace(text.begin(), text.end(), '<', ' ');  // no here-document
  inner(f, text, f.next_reads_pipe);
  for (size_t i = first; i < out_.commands.size(); ++i) out_.commands[i].obfuscated = false;
  f.command = SimpleCommand{};
  f.at += inside->size() + 4;
  f.begins_token = f.at;
  return true;
}

// What stands between "((" at `open` and "))"; nothing where these are two lists. Each such is looked through to its end.
std::optional<std::string_view> ShellParser::arithmetic_text(const Frame& f, size_t open) {
  const size_t end = closing(f.text, open, Within::kArithmetic);
  const size_t inner_end = closing(f.text, open + 1, Within::kArithmetic);
  if (end < f.text.size() && inner_end + 1 == end)
    return f.text.substr(open + 2, inner_end - open - 2);
  out_.truncated = out_.truncated || ++double_lists_ > kMaxDoubleLists;
  return std::nullopt;
}

bool ShellParser::in_pattern(const Frame& f) {
  return !f.groups.empty() && f.groups.back().in_pattern;
}

// Where `case` has its patterns: what is read of one is no command.
bool ShellParser::pattern_operator(Frame& f, char c) {
  if (c != '(' && c != '|' && c != ')') return false;
  end_word(f);
  const bool ended = !f.command.words.empty() && f.command.words.front() == "esac";
  f.groups.back().in_pattern = !ended && c != ')';
  if (ended) return false;
  f.command = SimpleCommand{};
  f.begins_token = ++f.at;
  return true;
}

// Behind ";;".
void ShellParser::begin_pattern(Frame& f) {
  if (!f.groups.empty()) f.groups.back().in_pattern = f.groups.back().closer == "esac";
}

// What begins with the words of the command that was put out last.
void ShellParser::open_groups(Frame& f, const std::vector<std::string>& words) {
  const size_t number = out_.commands.size() - 1;
  const size_t behind = std::min(before_command(words) + 1, words.size());
  for (size_t i = 0; i < behind; ++i)
    for (const Pair& pair : kPairs) {
      if (words[i] != pair.opener) continue;
      if (pair.opener == "case" && words.back() == pair.closer) continue;  // case x in esac
      Group group{pair.closer, number, f.next_reads_pipe ? f.pipeline : input_of(f)};
      if (f.next_reads_pipe) group.outside = variables_.enter();
      group.in_pattern = pair.opener == "case";
      if (pair.closer == "done" && i + 3 < words.size() && words[i + 2] == "in") {
        variables_.assign(words[i + 1], words[i + 3], false);
        group.variable = words[i + 1];
        group.items.assign(words.begin() + static_cast<ptrdiff_t>(i) + 4, words.end());
        group.loop = f.at;
      }
      f.groups.push_back(std::move(group));
    }
  out_.truncated = out_.truncated || f.groups.size() > kMaxGroups;
}

// What ends with the words of the command that was put out last.
void ShellParser::close_groups(Frame& f, const std::vector<std::string>& words) {
  const auto closes = [](std::string_view word) {
    return std::any_of(kPairs.begin(), kPairs.end(),
                       [word](const Pair& pair) { return pair.closer == word; });
  };
  for (size_t i = 0; i < words.size() && closes(words[i]); ++i) close_group(f, words[i]);
}

void ShellParser::close_group(Frame& f, std::string_view closer) {
  if (closer == ")" && !f.groups.empty() && f.groups.back().closer == "esac")
    return;  // of a pattern
  const auto is = [closer](const Group& group) { return group.closer == closer; };
  if (std::none_of(f.groups.begin(), f.groups.end(), is)) return;
  for (bool found = false; !found; f.groups.pop_back()) {
    Group& group = f.groups.back();
    found = is(group);
    if (found) f.group_before = group.first;
    if (found) f.group_input = group.input;
    if (group.outside) variables_.leave(*group.outside);
    if (found && !group.items.empty()) f.loops.push_back(std::move(group));
  }
}

// Reads a loop again with each further item.
void ShellParser::repeat_loops(Frame& f) {
  for (const Group& group : std::exchange(f.loops, {})) {
    const std::string_view loop = f.text.substr(group.loop, f.at - group.loop);
    for (const std::string& item : group.items) {
      if (full() || !may_expand(loop.size())) return;
      variables_.assign(group.variable, item, false);
      const size_t first = out_.commands.size();
      parse(loop, f.depth + 1, false, group.input);
      // It stands where the loop does, and what it says goes where that goes.
      for (size_t i = first; i < out_.commands.size(); ++i) --out_.commands[i].depth;
    }
  }
}

}  // namespace agentmesh::policy::scan
