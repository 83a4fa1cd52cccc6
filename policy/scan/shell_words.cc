#include "policy/scan/shell_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_parser.h"
#include "policy/scan/shell_quotes.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// Commands whose words may be assignments.
constexpr std::array<std::string_view, 5> kDeclaring = {"declare", "export", "local", "readonly",
                                                        "typeset"};
// Words behind which a command begins.
constexpr std::array<std::string_view, 10> kReserved = {"!",  "{",    "do",   "elif",  "else",
                                                        "if", "then", "time", "until", "while"};

// What stands behind a command that hides what it is: $x -rf
constexpr std::array<std::string_view, 4> kErasing = {"-rf", "-fr", "-Rf", "-fR"};

// How many of them stand in front of the command: reserved ones, and the name of a function.
size_t before_command(const std::vector<std::string>& words) {
  size_t count = 0;
  while (count < words.size() && count < kReserved.size() &&
         (is_among(kReserved, words[count]) || words[count].ends_with("()")))
    ++count;
  return count;
}

bool begins_command(const std::vector<std::string>& words) {
  return before_command(words) == words.size();
}

// `export`, `command export` and their like.
bool declares(const std::vector<std::string>& words) {
  size_t at = before_command(words);
  if (at < words.size() && (words[at] == "command" || words[at] == "builtin")) ++at;
  return at < words.size() && is_among(kDeclaring, words[at]);
}

bool is_operator(char c) {
  return c == ';' || c == '&' || c == '|' || c == '\n' || c == '(' || c == ')';
}

}  // namespace

void ShellParser::parse(std::string_view text, int depth) {
  if (depth > kMaxDepth) {
    out_.truncated = true;
    return;
  }
  Frame frame;
  frame.text = text;
  frame.depth = depth;
  frame.pipeline = ++pipelines_;
  while (frame.at < text.size() && !full()) step(frame);
  finish_command(frame);
}

void ShellParser::step(Frame& f) {
  const char c = f.text[f.at];
  if (is_blank(c) || c == '\r') {
    end_word(f);
    ++f.at;
  } else if (c == '#' && !f.in_word) {
    f.at = std::min(f.text.find('\n', f.at), f.text.size());
  } else if (is_operator(c)) {
    list_operator(f, c);
  } else if (c == '<' || c == '>') {
    redirect(f, c);
  } else if (c == '\'') {
    single_quoted(f);
  } else if (c == '"') {
    ++f.at;
    double_quoted(f);
  } else if (c == '\\') {
    backslash(f);
  } else if (c == '$') {
    dollar(f, false);
  } else if (c == '`') {
    backticks(f, false);
  } else {
    if (c == '=') equals_sign(f);
    f.word.push_back(c);
    f.in_word = true;
    ++f.at;
  }
}

void ShellParser::equals_sign(Frame& f) {
  if (std::exchange(f.equals, true)) return;
  f.assigns = (begins_command(f.command.words) || declares(f.command.words)) &&
              f.pending_redirect.empty() && !f.quoted && !f.tricky && !f.substituted &&
              assigned_name(f.word + "=") > 0;
}

void ShellParser::list_operator(Frame& f, char c) {
  const char next = f.at + 1 < f.text.size() ? f.text[f.at + 1] : '\0';
  if (c == '&' && next == '>') {  // &> file
    end_word(f);
    f.pending_redirect = "&>";
    f.at += f.text.substr(f.at, 3) == "&>>" ? size_t{3} : size_t{2};
    return;
  }
  if (c == '(' && f.in_word && next == ')') {  // a function's name; its body is read as commands
    f.at += 2;
    f.word += "()";
    return;
  }
  end_word(f);
  finish_command(f);
  ++f.at;
  if (c == '|') {
    if (next == '|') {
      ++f.at;
      f.pipeline = ++pipelines_;
    } else {
      if (next == '&') ++f.at;
      f.next_reads_pipe = true;
    }
    return;
  }
  if (c == '&' && next == '&') ++f.at;
  if (c == ';' && next == ';') ++f.at;
  if (c == '\n') here_documents(f);
  if (c != '(' && c != ')') f.pipeline = ++pipelines_;
  if (c == '(' && f.next_reads_pipe) return;
  if (c != ')') f.next_reads_pipe = c == '(' ? f.next_reads_pipe : false;
}

void ShellParser::redirect(Frame& f, char c) {
  const char next = f.at + 1 < f.text.size() ? f.text[f.at + 1] : '\0';
  if (next == '(') {  // <(…) and >(…)
    const size_t end = closing_parenthesis(f.text, f.at + 1);
    out_.substitutes = true;
    inner(f, f.text.substr(std::min(f.at + 2, f.text.size()), end - std::min(f.at + 2, end)));
    f.word += "<()";
    f.in_word = true;
    f.at = std::min(end + 1, f.text.size());
    return;
  }
  if (f.in_word && !f.word.empty() && std::all_of(f.word.begin(), f.word.end(), is_digit) &&
      !f.quoted) {
    f.word.clear();  // 2>
    f.in_word = false;
  }
  end_word(f);
  size_t end = f.at + 1;
  while (end < f.text.size() && end < f.at + 3 &&
         (f.text[end] == c || f.text[end] == '&' || f.text[end] == '|' || f.text[end] == '>'))
    ++end;
  f.pending_redirect = f.text.substr(f.at, end - f.at);
  f.at = end;
  if (f.pending_redirect == "<<" && f.at < f.text.size() && f.text[f.at] == '-') ++f.at;
}

// The bodies of the here-documents of the line that ended at the cursor.
void ShellParser::here_documents(Frame& f) {
  const size_t owner = out_.commands.size();  // one behind it
  for (const Frame::HereEnd& here : std::exchange(f.here_ends, {})) {
    std::string body;
    while (f.at < f.text.size()) {
      const size_t end = std::min(f.text.find('\n', f.at), f.text.size());
      std::string_view line = f.text.substr(f.at, end - f.at);
      f.at = std::min(end + 1, f.text.size());
      std::string_view bare = line;
      while (!bare.empty() && (bare.front() == '\t' || bare.front() == ' ')) bare.remove_prefix(1);
      while (!bare.empty() && bare.back() == '\r') bare.remove_suffix(1);
      if (bare == here.delimiter) break;
      body.append(line);
      body.push_back('\n');
    }
    if (owner > 0) out_.commands[owner - 1].here += body;
    Frame alone;  // nothing of it is the next command's
    alone.depth = f.depth;
    if (!here.quoted) (void)expand(alone, body, true);
  }
}

void ShellParser::single_quoted(Frame& f) {
  const size_t end = std::min(f.text.find('\'', f.at + 1), f.text.size());
  if (f.in_word || (end == f.at + 1 && end + 1 < f.text.size())) break_up(f);
  f.word.append(f.text.substr(f.at + 1, end - f.at - 1));
  f.in_word = f.quoted = true;
  f.at = std::min(end + 1, f.text.size());
}

// From behind the opening quote to behind the closing one.
void ShellParser::double_quoted(Frame& f) {
  const size_t begin = f.at;
  if (f.in_word) break_up(f);
  f.in_word = f.quoted = true;
  while (f.at < f.text.size() && f.text[f.at] != '"' && !full()) {
    const char c = f.text[f.at];
    if (c == '\\' && f.at + 1 < f.text.size()) {
      const char next = f.text[f.at + 1];
      if (next != '"' && next != '\\' && next != '$' && next != '`' && next != '\n')
        f.word.push_back('\\');
      if (next != '\n') f.word.push_back(next);
      f.at += 2;
    } else if (c == '$') {
      dollar(f, true);
    } else if (c == '`') {
      backticks(f, true);
    } else {
      f.word.push_back(c);
      ++f.at;
    }
  }
  if (f.at == begin) break_up(f);  // ""
  f.at = std::min(f.at + 1, f.text.size());
}

void ShellParser::backslash(Frame& f) {
  if (f.at + 1 >= f.text.size()) {
    f.word.push_back('\\');
    ++f.at;
  } else if (f.text[f.at + 1] == '\n') {
    f.at += 2;
    return;
  } else {
    const char next = f.text[f.at + 1];
    if (is_name(next)) break_up(f);
    if (f.pending_redirect == "<<") f.quoted = true;
    // A backslash between path parts is Windows': keep it, so that "C:\dir\file" stays readable.
    f.word.push_back(next);
    f.at += 2;
  }
  f.in_word = true;
}

void ShellParser::end_word(Frame& f) {
  if (!f.in_word) return;
  std::string word = std::move(f.word);
  f.word.clear();
  f.in_word = false;
  const bool quoted = std::exchange(f.quoted, false);
  const bool tricky = std::exchange(f.tricky, false);
  const bool substituted = std::exchange(f.substituted, false);
  const bool assigns = std::exchange(f.assigns, false);
  f.equals = false;
  if (!f.pending_redirect.empty()) {
    if (f.pending_redirect == "<<") {
      f.here_ends.push_back({word, quoted});
    } else if (f.pending_redirect == "<<<") {
      f.command.here += word;
    }
    f.command.redirects.push_back({std::exchange(f.pending_redirect, ""), std::move(word)});
    return;
  }
  if (assigns || (quoted && declares(f.command.words))) variables_.assign_word(word, substituted);
  if (assigns && begins_command(f.command.words)) return;
  if (f.command.words.empty()) {
    if (word.empty() && !substituted) {
      f.unnamed = f.unnamed || tricky;
      return;
    }
    if (f.unnamed && is_among(kErasing, word)) f.command.obfuscated = true;
    const bool globs = !quoted && word.size() > 1 &&
                       word.find_first_of("?*[") != std::string::npos && word[0] != '[';
    if (tricky || globs) f.command.obfuscated = true;
  }
  if (!quoted && word.size() > 3 && word.front() == '{' && word.back() == '}' &&
      word.find(',') != std::string::npos) {
    const bool first = f.command.words.empty();
    for (size_t begin = 1; begin < word.size();) {
      size_t end = word.find_first_of(",}", begin);
      if (end == std::string::npos) end = word.size();
      f.command.words.push_back(word.substr(begin, end - begin));
      begin = end + 1;
    }
    if (first) f.command.obfuscated = true;
    return;
  }
  f.command.words.push_back(std::move(word));
}

void ShellParser::finish_command(Frame& f) {
  end_word(f);
  const std::vector<std::string>& words = f.command.words;
  if (words.size() > 3 && words[0] == "for" && words[2] == "in")
    variables_.assign(words[1], joined_words(words, 3), false);
  if (words.size() > 2 && words[0] == "set" && words[1] == "--")
    variables_.assign("@", joined_words(words, 2), false);
  if (!f.command.words.empty() || !f.command.redirects.empty()) {
    f.command.depth = f.depth;
    f.command.pipeline = f.pipeline;
    f.command.reads_pipe = f.next_reads_pipe;
    out_.commands.push_back(std::move(f.command));
    f.next_reads_pipe = false;
  }
  f.command = SimpleCommand{};
  f.unnamed = false;
}

ShellText read_commands(std::string_view text) {
  ShellText out;
  ShellParser(out).parse(text, 0);
  return out;
}

}  // namespace agentmesh::policy::scan
