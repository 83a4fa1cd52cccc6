#include <algorithm>
#include <span>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_parser.h"
#include "policy/scan/shell_printed.h"

namespace agentmesh::policy::scan {
namespace {

// Of what stands behind a variable's name: ${x:-other} and its like.
bool chooses(std::string_view how) {
  if (how.starts_with(':')) how.remove_prefix(1);
  return !how.empty() && has("-=+?", how.substr(0, 1));
}

// Of "${a[*]}" the items are one word.
std::string as_one(std::string items) {
  std::replace(items.begin(), items.end(), kItemEnd, kItemBlank);
  return items;
}

constexpr size_t kMaxExpansion =
    size_t{1} << 18;  // bytes that variables may add, so that they cannot multiply

}  // namespace

std::string joined_words(const std::vector<std::string>& words, size_t first, char between) {
  std::string out;
  for (size_t i = first; i < words.size(); ++i) {
    if (i > first) out += between;
    out += words[i];
  }
  return out;
}

void ShellParser::dollar(Frame& f, bool in_quotes) {
  const char next = f.at + 1 < f.text.size() ? f.text[f.at + 1] : '\0';
  if (next == '(') {
    if (arithmetic(f)) return;
    const size_t end = closing(f.text, f.at + 1, Within::kCommands);
    substitute(f, f.text.substr(f.at + 2, end - std::min(f.at + 2, end)), in_quotes);
    f.at = std::min(end + 1, f.text.size());
  } else if (next == '\'' && !in_quotes) {
    f.at += 2;
    if (ansi_quoted(f.text, f.at, f.word)) break_up(f);
    f.in_word = f.quoted = true;
  } else if (next == '"' && !in_quotes) {
    ++f.at;
  } else if (next == '{') {
    const size_t end = closing(f.text, f.at + 1, braces_at(f.text, f.at + 1, in_quotes));
    out_.truncated = out_.truncated || end == f.text.size();  // which no shell reads
    variable(f, f.text.substr(f.at + 2, end - std::min(f.at + 2, end)), in_quotes);
    f.at = std::min(end + 1, f.text.size());
  } else if (is_name_start(next)) {
    size_t end = f.at + 1;
    while (end < f.text.size() && is_name(f.text[end])) ++end;
    variable(f, f.text.substr(f.at + 1, end - f.at - 1), in_quotes);
    f.at = end;
  } else if (next == '[') {  // bash's older arithmetic
    const size_t end = std::min(f.text.find(']', f.at), f.text.size());
    (void)expand(f, f.text.substr(f.at + 2, end - std::min(f.at + 2, end)), Quotes::kInQuotes);
    f.word += "0";
    f.in_word = true;
    f.at = std::min(end + 1, f.text.size());
  } else if (next == '$') {
    f.word += "$$";
    f.in_word = true;
    f.at += 2;
  } else if (is_digit(next) && variables_.find(f.text.substr(f.at + 1, 1)) != nullptr) {
    variable(f, f.text.substr(f.at + 1, 1), in_quotes);
    f.at += 2;
  } else if (next == '@' || next == '*' || next == '?' || next == '!' || next == '-' ||
             next == '#' || is_digit(next)) {
    if (f.in_word || (f.at + 2 < f.text.size() && is_name(f.text[f.at + 2]))) break_up(f);
    f.in_word = true;
    f.at += 2;
    if (const std::string* const given = variables_.find("@");
        given != nullptr && (next == '@' || next == '*')) {
      const bool one = (next == '*' && (in_quotes || f.assigns)) || is_assigned(f);
      spread(f, one ? as_one(*given) : std::string(*given), in_quotes);
    }
  } else {
    f.word.push_back('$');
    f.in_word = true;
    ++f.at;
  }
}

// $((1 + 2)), and not commands: $((cd a; ls); pwd). False: it is none.
bool ShellParser::arithmetic(Frame& f) {
  if (f.text.substr(f.at, 3) != "$((") return false;
  const auto inside = arithmetic_text(f, f.at + 1);
  if (!inside) return false;
  (void)expand(f, *inside, Quotes::kInQuotes);
  f.word += "0";
  f.in_word = true;
  f.at += inside->size() + 5;
  return true;
}

// A text that is no command: arithmetic, a fallback, the body of a here-document. What is substituted in it is read; returns it
// expanded.
std::string ShellParser::expand(Frame& f, std::string_view text, Quotes quotes) {
  if (f.depth >= kMaxDepth) {
    out_.truncated = true;
    return {};
  }
  Frame part;
  part.text = text;
  part.depth = f.depth + 1;
  part.assigns = part.in_word = true;
  bool plain = quotes == Quotes::kPlain;  // and so not between double quotes
  const std::string_view escaped = quotes == Quotes::kHereDocument ? "$`\\\n" : "$`\\\n\"}";
  while (part.at < text.size() && !full()) {
    const char c = text[part.at];
    if (c == '$') {
      dollar(part, !plain);
    } else if (c == '`') {
      backticks(part, !plain);
    } else if (c == '\'' && plain) {
      single_quoted(part);
    } else if (c == '"' && quotes != Quotes::kHereDocument) {
      plain = quotes == Quotes::kPlain && !plain;
      ++part.at;
    } else if (c == '\\' && part.at + 1 < text.size()) {
      const char next = text[part.at + 1];
      if (!plain && !has(escaped, std::string_view(&next, 1))) part.word.push_back(c);
      if (next != '\n') part.word.push_back(next);
      part.at += 2;
    } else {
      part.word.push_back(text[part.at++]);
    }
  }
  f.substituted = f.substituted || part.substituted;
  adopt(f, part.command.inner_begin, part.command.inner_end);
  return std::move(part.word);
}

// Puts in what something stands for, as words where nothing keeps it together. `breaks`: a command's name that is made of it is no
// plain one.
void ShellParser::spread(Frame& f, const std::string& value, bool in_quotes, bool breaks) {
  if (!may_expand(value.size())) return;
  const bool target = !f.pending_redirect.empty();  // sh <<< $x: one word, whatever it comes to
  in_quotes = in_quotes || target;
  constexpr char kEnds[] = {kItemEnd, kItemBlank, '\0'};
  if (f.assigns || (in_quotes && value.find_first_of(kEnds) == std::string::npos)) {
    f.word += value;
    f.in_word = true;
    f.made = !f.assigns && f.command.words.empty() && !value.empty();
    return;
  }
  const bool broken = f.in_word && !f.word.empty();
  // What is known of a list is not exact: the name of a command may be any item.
  const bool one = in_quotes && before_command(f.command.words) < f.command.words.size();
  for (const char c : value) {
    const bool joint = c == kItemEnd || c == kItemBlank;
    const bool between = joint && !target && (c == kItemEnd || !one);
    if (!between && (in_quotes || (c != ' ' && c != '\t' && c != '\n'))) {
      f.word.push_back(joint ? ' ' : c);
      f.in_word = true;
      continue;
    }
    // An unknown variable that stands alone comes to nothing.
    if (f.command.words.empty() && f.word.size() > 1 && f.word[0] == '$' &&
        std::all_of(f.word.begin() + 1, f.word.end(), is_name))
      f.word.clear();
    end_word(f);
    f.in_word = f.quoted = in_quotes;
  }
  f.made = f.command.words.empty() && f.in_word;
  if (breaks && f.made && broken) break_up(f);
}

// False: there was too much already, and nothing more is put in.
bool ShellParser::may_expand(size_t size) {
  expanded_ += size + 1;
  out_.truncated = out_.truncated || expanded_ > kMaxExpansion;
  return !out_.truncated;
}

// ${name}, ${name:-default} and the like.
void ShellParser::variable(Frame& f, std::string_view inside, bool in_quotes) {
  // What is assigned in front of a command is not what its words are made of.
  if (f.before_assignments && !f.assigns)
    variables_.leave(*std::exchange(f.before_assignments, std::nullopt));
  if (inside.starts_with('!') && inside.size() > 1) {  // ${!x}: the one that x names
    const std::string* const named = variables_.find(inside.substr(1));
    if (named != nullptr && !named->starts_with('!')) {
      if (!may_expand(named->size())) return;
      return variable(f, std::string(*named), in_quotes);
    }
  }
  const bool all = inside.starts_with('@') || inside.starts_with('*');  // ${@:2}
  size_t end = all ? 1 : 0;
  while (!all && end < inside.size() && is_name(inside[end])) ++end;
  const std::string name(all ? "@" : inside.substr(0, end));
  std::string_view how = inside.substr(end);
  std::string expanded;  // what stands in it may be commands: ${x%`…`} ${x[$(…)]}
  if (how.find_first_of("$`") != std::string_view::npos && !chooses(how)) {
    const bool pattern = has("#%/", how.substr(0, 1));
    expanded = expand(f, how, pattern ? Quotes::kPlain : Quotes::kInQuotes);
    how = expanded;
  }
  const bool list = all || how.starts_with("[*]") || how.starts_with("[@]");
  const bool starred = inside.starts_with('*') || how.starts_with("[*]");
  const bool one = (starred && (in_quotes || f.assigns)) || (list && is_assigned(f));
  if (how.starts_with('['))  // an element counts as the whole
    how.remove_prefix(std::min(how.find(']'), how.size() - 1) + 1);
  if (name == "IFS") {
    if (in_quotes || f.assigns) {
      f.word.push_back(' ');
    } else {
      const bool first = f.command.words.empty();
      end_word(f);
      if (first) f.command.obfuscated = true;
    }
    return;
  }
  const bool colon = how.starts_with(':');
  const std::string_view sign = how.substr(colon ? 1 : 0, 1);
  const bool choice = chooses(how);
  std::string other;  // what stands for it, if it has no value; or, of `+`, if it has one
  if (choice)
    other = expand(f, how.substr(colon ? 2 : 1), in_quotes ? Quotes::kInQuotes : Quotes::kPlain);
  const std::string* const known = variables_.find(name);
  if (known != nullptr && !(colon && choice && sign != "+" && known->empty())) {
    if (!may_expand(known->size())) return;
    if (sign == "+" && choice) return spread(f, colon && known->empty() ? "" : other, in_quotes);
    const bool calculated =
        !choice && colon && how.find_first_not_of(": -0123456789") != std::string_view::npos;
    if (calculated && f.command.words.empty()) break_up(f);
    const std::string value = choice ? *known
                              : list ? changed_items(*known, how, all)
                                     : changed_value(*known, how);
    return spread(f, one ? as_one(value) : value, in_quotes);
  }
  if (name == "HOME") {
    f.word += "~";
  } else if (f.command.words.empty() && (name == "SHELL" || name == "BASH" || name == "0")) {
    f.word += "sh";
  } else if (choice && sign != "?") {
    if (sign == "=") variables_.assign(name, other, f.substituted);
    return spread(f, other, in_quotes, f.in_word);
  } else if (f.command.words.empty() && !f.assigns && !is_open_subscript(f.word)) {
    break_up(f);
  } else {
    f.word += "$";
    f.word += name;
  }
  f.in_word = true;
}

void ShellParser::backticks(Frame& f, bool in_quotes) {
  const size_t end = closing_backtick(f.text, f.at);
  substitute(f, f.text.substr(f.at + 1, end - f.at - 1), in_quotes);
  f.at = std::min(end + 1, f.text.size());
}

// What it gives its variables is its own.
void ShellParser::inner(Frame& f, std::string_view text, bool reads_pipe) {
  const size_t first = out_.commands.size();
  const ShellVariables::Mark outside = variables_.enter();
  parse(text, f.depth + 1, reads_pipe);
  variables_.leave(outside);
  adopt(f, first, out_.commands.size());
}

// The commands [first, last) are substitutions in its words.
void ShellParser::adopt(Frame& f, size_t first, size_t last) {
  if (first == last) return;
  if (f.command.inner_begin == f.command.inner_end) f.command.inner_begin = first;
  f.command.inner_end = last;
}

void ShellParser::substitute(Frame& f, std::string_view text, bool in_quotes) {
  out_.substitutes = true;
  const size_t first = out_.commands.size();
  inner(f, text);
  const bool alone = f.command.words.empty() && !f.in_word;
  const bool single = out_.commands.size() == first + 1;
  f.in_word = true;
  const std::vector<std::string> words =
      single ? out_.commands[first].words : std::vector<std::string>();
  Printed printed;
  if (!words.empty())
    printed = printed_by(words[0], std::span(words).subspan(1), out_.commands[first].here);
  out_.truncated = out_.truncated || printed.cut;
  std::string& said = printed.text;
  said.resize(said.find_last_not_of('\n') + 1);
  if (!said.empty()) {
    break_up(f);
    return spread(f, said, in_quotes);
  } else if (alone && words.size() == 1) {
    f.word += words[0];  // `rm` -rf x: what it says, for want of what it prints
    break_up(f);
  } else if (out_.commands.size() > first) {
    f.word += "$()";  // unknown, but something
  } else {
    break_up(f);  // $() adds nothing
  }
  f.substituted = true;
}

}  // namespace agentmesh::policy::scan
