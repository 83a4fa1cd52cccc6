#include <algorithm>
#include <array>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_parser.h"
#include "policy/scan/shell_programs.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// Words behind which a command begins.
constexpr std::array<std::string_view, 10> kReserved = {"!",  "{",    "do",   "elif",  "else",
                                                        "if", "then", "time", "until", "while"};
// Commands whose words may be assignments.
constexpr std::array<std::string_view, 5> kDeclaring = {"declare", "export", "local", "readonly",
                                                        "typeset"};
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

bool closes(std::string_view word) {
  return std::any_of(kPairs.begin(), kPairs.end(),
                     [word](const Pair& pair) { return pair.closer == word; });
}

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

// True if what it reads comes from somewhere else than its pipe.
bool has_other_input(const std::vector<Redirect>& redirects) {
  return std::any_of(redirects.begin(), redirects.end(), [](const Redirect& redirect) {
    return !redirect.numbered &&
           (redirect.op == "<" || redirect.op == "<<" || redirect.op == "<<<") &&
           !redirect.target.starts_with("/dev/") && !redirect.target.starts_with("/proc/");
  });
}

}  // namespace

size_t before_command(const std::vector<std::string>& words) {
  size_t count = 0;
  while (count < words.size() && count < kReserved.size() &&
         (is_among(kReserved, words[count]) || words[count].ends_with("()")))
    ++count;
  return count;
}

bool declares(const std::vector<std::string>& words) {
  const size_t at = own_name(words);
  return at < words.size() && is_among(kDeclaring, words[at]);
}

void ShellParser::list_operator(Frame& f, char c) {
  const char next = f.at + 1 < f.text.size() ? f.text[f.at + 1] : '\0';
  if (c == '&' && next == '>') {  // &> file
    end_word(f);
    f.pending_redirect = "&>";
    f.at += f.text.substr(f.at, 3) == "&>>" ? size_t{3} : size_t{2};
    f.begins_token = f.at;
    return;
  }
  if (in_pattern(f) && pattern_operator(f, c)) return;
  if (f.list) {
    if (c == '(' && f.in_word && has("!?*+@", std::string_view(f.word).substr(f.word.size() - 1))) {
      const size_t end = closing(f.text, f.at, Within::kCommands);  // a pattern
      f.word += f.text.substr(f.at, end + 1 - f.at);
      f.at = std::min(end + 1, f.text.size());
      return;
    }
    end_word(f);
    out_.truncated = out_.truncated || c != '\n';  // which no shell reads
    f.begins_token = ++f.at;
    return;
  }
  if (c == '(' || c == ')') return parenthesis(f, c);
  const bool doubled = next == c && c != '\n';
  finish_command(f, !doubled && (c == '|' || c == '&'));
  if (in_pattern(f) && pattern_operator(f, c)) return;  // case x in a|b)
  if (doubled && c == ';' && !f.groups.empty())
    f.groups.back().in_pattern = f.groups.back().closer == "esac";
  f.at += doubled ? 2U : 1U;
  if (c == '|' && !doubled) {
    pipe(f);
  } else {
    if (c == '\n') here_documents(f);
    if (c != '\n' || !f.next_reads_pipe) new_pipeline(f);  // a line that ends with "|" goes on
  }
  f.begins_token = f.at;
}

bool ShellParser::in_pattern(const Frame& f) {
  return !f.groups.empty() && f.groups.back().in_pattern;
}

// Where `case` has its patterns: what is read of one is no command.
bool ShellParser::pattern_operator(Frame& f, char c) {
  if (c != '(' && c != '|' && c != ')') return false;
  end_word(f);
  f.command = SimpleCommand{};
  f.groups.back().in_pattern = c != ')';
  f.begins_token = ++f.at;
  return true;
}

void ShellParser::new_pipeline(Frame& f) {
  f.next_reads_pipe = false;
  f.pipeline = ++pipelines_;
}

// The pipeline that a command here may read besides its own; 0: none.
int ShellParser::input_of(const Frame& f) { return f.groups.empty() ? 0 : f.groups.back().input; }

// Behind "|".
void ShellParser::pipe(Frame& f) {
  if (f.at < f.text.size() && f.text[f.at] == '&') ++f.at;
  f.next_reads_pipe = true;
  // What a group says is said by every command in it.
  for (size_t i = std::min(f.group_before, out_.commands.size()); i < out_.commands.size(); ++i)
    if (out_.commands[i].depth == f.depth) out_.commands[i].pipeline = f.pipeline;
  f.group_before = kNone;
}

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
  const size_t end = closing(f.text, f.at, Within::kArithmetic);
  const size_t inner_end = closing(f.text, f.at + 1, Within::kArithmetic);
  if (end == f.text.size() || inner_end + 1 != end) return no_arithmetic();
  const size_t first = out_.commands.size();
  std::string text(f.text.substr(f.at + 2, inner_end - f.at - 2));
  std::replace(text.begin(), text.end(), '<', ' ');  // no here-document
  inner(f, text, f.next_reads_pipe);
  for (size_t i = first; i < out_.commands.size(); ++i) out_.commands[i].obfuscated = false;
  f.command = SimpleCommand{};
  f.begins_token = f.at = end + 1;
  return true;
}

// Each is looked through to its end.
bool ShellParser::no_arithmetic() {
  out_.truncated = out_.truncated || ++double_lists_ > kMaxDoubleLists;
  return false;
}

// a=(…): its words, each an item.
void ShellParser::array(Frame& f) {
  const size_t end = closing(f.text, f.at, Within::kCommands);
  if (f.depth >= kMaxDepth) out_.truncated = true;
  Frame part;
  part.text = f.text.substr(f.at + 1, end - std::min(f.at + 1, end));
  part.depth = f.depth + 1;
  part.list = true;
  part.command.words.emplace_back();  // none of the others begins a command
  while (part.at < part.text.size() && !full()) step(part);
  end_word(part);
  if (f.word.ends_with("+=")) f.word += kItemEnd;
  f.word += joined_words(part.command.words, 1, kItemEnd);
  adopt(f, part.command.inner_begin, part.command.inner_end);
  f.at = std::min(end + 1, f.text.size());
}

// The bodies of the here-documents of the line that ended at the cursor.
void ShellParser::here_documents(Frame& f) {
  for (const Here& here : std::exchange(f.here, {})) {
    HereBody body = here_body(f.text, f.at, here.mark, false);
    f.at = body.next;
    out_.truncated = out_.truncated || !body.ended;
    Frame alone;  // nothing of it is the next command's
    alone.depth = f.depth;
    if (!here.mark.quoted) body.text = expand(alone, body.text, Quotes::kHereDocument);
    std::replace(body.text.begin(), body.text.end(), kItemEnd, ' ');
    if (here.command < out_.commands.size()) out_.commands[here.command].here += body.text;
    for (size_t i = here.first; i < std::min(here.command, out_.commands.size()); ++i) {
      SimpleCommand& inside = out_.commands[i];
      if (std::none_of(inside.words.begin(), inside.words.end(), is_shell)) continue;
      if (!may_expand(body.text.size())) break;
      inside.here += body.text;
    }
  }
}

// `of_its_own`: in a shell of its own, behind "|" or before it, or beside this one.
void ShellParser::finish_command(Frame& f, bool of_its_own) {
  end_word(f);
  of_its_own = of_its_own || f.next_reads_pipe;
  const bool runs = before_command(f.command.words) < f.command.words.size();
  if (runs) {
    const ShellVariables::Mark outside = variables_.enter();
    builtin(f);
    if (of_its_own)
      variables_.leave(outside);
    else
      variables_.keep();
  }
  if (f.before_assignments) {
    if (of_its_own || runs)
      variables_.leave(*f.before_assignments);
    else
      variables_.keep();
    f.before_assignments.reset();
  }
  if (!f.command.words.empty() || !f.command.redirects.empty()) put_out(f);
  f.command = SimpleCommand{};
  f.unnamed = false;
  repeat_loops(f);
}

void ShellParser::put_out(Frame& f) {
  const size_t number = out_.commands.size();
  f.command.depth = f.depth;
  f.command.pipeline = f.pipeline;
  f.command.input = input_of(f);
  f.command.reads_pipe =
      (f.next_reads_pipe || f.command.input > 0) && !has_other_input(f.command.redirects);
  out_.commands.push_back(std::move(f.command));
  const std::vector<std::string>& words = out_.commands[number].words;
  if (!words.empty()) f.group_before = kNone;
  for (size_t i = 0; i < words.size() && closes(words[i]); ++i) close_group(f, words[i]);
  for (auto here = f.here.rbegin(); here != f.here.rend() && here->command == kNone; ++here) {
    here->command = number;
    here->first = f.group_before;
  }
  open_groups(f, words);
  f.next_reads_pipe = false;
}

// What begins with the words of the command that was put out last.
void ShellParser::open_groups(Frame& f, const std::vector<std::string>& words) {
  const size_t number = out_.commands.size() - 1;
  const size_t behind = std::min(before_command(words) + 1, words.size());
  for (size_t i = 0; i < behind; ++i)
    for (const Pair& pair : kPairs) {
      if (words[i] != pair.opener) continue;
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

void ShellParser::close_group(Frame& f, std::string_view closer) {
  if (closer == ")" && !f.groups.empty() && f.groups.back().closer == "esac")
    return;  // of a pattern
  const auto is = [closer](const Group& group) { return group.closer == closer; };
  if (std::none_of(f.groups.begin(), f.groups.end(), is)) return;
  for (bool found = false; !found; f.groups.pop_back()) {
    Group& group = f.groups.back();
    found = is(group);
    if (found) f.group_before = group.first;
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
      parse(loop, f.depth + 1, group.input > 0);
    }
  }
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
    parse(joined_words(words, at + (ended ? 2U : 1U)), f.depth + 1);
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
