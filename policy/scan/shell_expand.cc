#include <algorithm>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_parser.h"
#include "policy/scan/shell_quotes.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxExpansion =
    size_t{1} << 18;  // bytes that variables may add, so that they cannot multiply

}  // namespace

std::string joined_words(const std::vector<std::string>& words, size_t first) {
  std::string out;
  for (size_t i = first; i < words.size(); ++i) out += (i > first ? " " : "") + words[i];
  return out;
}

void ShellParser::dollar(Frame& f, bool in_quotes) {
  const char next = f.at + 1 < f.text.size() ? f.text[f.at + 1] : '\0';
  if (next == '(') {
    if (arithmetic(f)) return;
    const size_t end = closing_parenthesis(f.text, f.at + 1);
    substitute(f, f.text.substr(f.at + 2, end - std::min(f.at + 2, end)), in_quotes);
    f.at = std::min(end + 1, f.text.size());
  } else if (next == '\'' && !in_quotes) {
    f.at += 2;
    while (f.at < f.text.size() && f.text[f.at] != '\'') {
      if (f.text[f.at] == '\\') {
        ++f.at;
        const size_t before = f.at;
        ansi_escape(f.text, f.at, f.word);
        if (f.at > before + 1) break_up(f);
      } else {
        f.word.push_back(f.text[f.at++]);
      }
    }
    f.at = std::min(f.at + 1, f.text.size());
    f.in_word = f.quoted = true;
  } else if (next == '"' && !in_quotes) {
    ++f.at;
  } else if (next == '{') {
    const size_t end = closing_brace(f.text, f.at + 1, in_quotes);
    variable(f, f.text.substr(f.at + 2, end - f.at - 2), in_quotes);
    f.at = std::min(end + 1, f.text.size());
  } else if (is_name_start(next)) {
    size_t end = f.at + 1;
    while (end < f.text.size() && is_name(f.text[end])) ++end;
    variable(f, f.text.substr(f.at + 1, end - f.at - 1), in_quotes);
    f.at = end;
  } else if (next == '@' || next == '*' || next == '?' || next == '!' || next == '-' ||
             next == '#' || is_digit(next)) {
    if (f.in_word || (f.at + 2 < f.text.size() && is_name(f.text[f.at + 2]))) break_up(f);
    f.in_word = true;
    f.at += 2;
    if (const std::string* const given = variables_.find("@");
        given != nullptr && (next == '@' || next == '*'))
      spread(f, std::string(*given), false);
  } else {
    f.word.push_back('$');
    f.in_word = true;
    ++f.at;
  }
}

// $((1 + 2)), and not commands: $((cd a; ls); pwd). False: it is none.
bool ShellParser::arithmetic(Frame& f) {
  if (f.text.substr(f.at, 3) != "$((") return false;
  const size_t end = closing_parenthesis(f.text, f.at + 1);
  const size_t inner = closing_parenthesis(f.text, f.at + 2);
  if (end == f.text.size() || inner + 1 != end) return false;
  (void)expand(f, f.text.substr(f.at + 3, inner - f.at - 3), true);
  f.word += "0";
  f.in_word = true;
  f.at = end + 1;
  return true;
}

// A text that is no command: arithmetic, a fallback, the body of a here-document. What is substituted in it is read; returns it
// expanded. `in_quotes`: quotes in it are characters.
std::string ShellParser::expand(Frame& f, std::string_view text, bool in_quotes) {
  if (f.depth >= kMaxDepth) {
    out_.truncated = true;
    return {};
  }
  Frame part;
  part.text = text;
  part.depth = f.depth + 1;
  part.assigns = part.in_word = true;
  while (part.at < text.size() && !full()) {
    const char c = text[part.at];
    if (c == '$') {
      dollar(part, true);
    } else if (c == '`') {
      backticks(part, true);
    } else if (c == '\'' && !in_quotes) {
      single_quoted(part);
    } else if (c == '"' && !in_quotes) {
      ++part.at;
    } else {
      if (c == '\\' && part.at + 1 < text.size()) ++part.at;
      part.word.push_back(text[part.at++]);
    }
  }
  f.substituted = f.substituted || part.substituted;
  if (part.command.inner_end > part.command.inner_begin) {
    if (f.command.inner_begin == f.command.inner_end)
      f.command.inner_begin = part.command.inner_begin;
    f.command.inner_end = part.command.inner_end;
  }
  return std::move(part.word);
}

// Puts in what something stands for, as words where nothing keeps it together. `breaks`: a command's name that is made of it is no
// plain one.
void ShellParser::spread(Frame& f, const std::string& value, bool in_quotes, bool breaks) {
  if (!may_expand(value.size())) return;
  if (in_quotes || f.assigns) {
    f.word += value;
    f.in_word = true;
    return;
  }
  for (const char c : value) {
    if (c != ' ' && c != '\t' && c != '\n') {
      f.word.push_back(c);
      f.in_word = true;
      continue;
    }
    // An unknown variable that stands alone comes to nothing.
    if (f.command.words.empty() && f.word.size() > 1 && f.word[0] == '$' &&
        std::all_of(f.word.begin() + 1, f.word.end(), is_name))
      f.word.clear();
    end_word(f);
  }
  if (breaks && f.command.words.empty() && f.in_word) break_up(f);
}

// False: there was too much already, and nothing more is put in.
bool ShellParser::may_expand(size_t size) {
  expanded_ += size + 1;
  out_.truncated = out_.truncated || expanded_ > kMaxExpansion;
  return !out_.truncated;
}

// ${name}, ${name:-default} and the like.
void ShellParser::variable(Frame& f, std::string_view inside, bool in_quotes) {
  size_t end = 0;
  while (end < inside.size() && is_name(inside[end])) ++end;
  const std::string name(inside.substr(0, end));
  const std::string_view how = inside.substr(end);
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
  const std::string_view sign = how.substr(how.starts_with(':') ? 1 : 0, 1);
  const bool choice = !sign.empty() && std::string_view("-=+?").find(sign[0]) < 4;
  std::string other;  // what stands for it, if it has no value; or, of `+`, if it has one
  if (choice) other = expand(f, how.substr(how.starts_with(':') ? 2 : 1), in_quotes);
  if (const std::string* const known = variables_.find(name)) {
    if (!may_expand(known->size())) return;
    return spread(f, sign == "+" ? other : choice ? *known : changed_value(*known, how), in_quotes);
  }
  if (name == "HOME") {
    f.word += "~";
  } else if (f.command.words.empty() && (name == "SHELL" || name == "BASH" || name == "0")) {
    f.word += "sh";
  } else if (choice && sign != "?") {
    if (sign == "=") variables_.assign(name, other, f.substituted);
    return spread(f, other, in_quotes, f.in_word);
  } else if (f.command.words.empty() && !f.assigns) {
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

void ShellParser::inner(Frame& f, std::string_view text) {
  const size_t first = out_.commands.size();
  parse(text, f.depth + 1);
  if (f.command.inner_begin == f.command.inner_end) f.command.inner_begin = first;
  f.command.inner_end = out_.commands.size();
}

void ShellParser::substitute(Frame& f, std::string_view text, bool in_quotes) {
  out_.substitutes = true;
  const size_t first = out_.commands.size();
  inner(f, text);
  const bool alone = f.command.words.empty() && !f.in_word;
  const bool single = out_.commands.size() == first + 1;
  f.in_word = true;
  if (const std::vector<std::string> words =
          single ? out_.commands[first].words : std::vector<std::string>();
      words.size() > 1 && (words[0] == "echo" || (words[0] == "printf" && words.size() == 2))) {
    break_up(f);  // what is printed is known
    return spread(f, joined_words(words, words[1] == "-n" || words[1] == "-e" ? 2 : 1), in_quotes);
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
