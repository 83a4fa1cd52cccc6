#include "policy/scan/shell_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_parser.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// What stands behind a command that hides what it is: $x -rf
constexpr std::array<std::string_view, 4> kErasing = {"-rf", "-fr", "-Rf", "-fR"};

// None of the words is the command's own yet.
bool all_in_front(const std::vector<std::string>& words) {
  return before_command(words) == words.size();
}

bool is_operator(char c) {
  return c == ';' || c == '&' || c == '|' || c == '\n' || c == '(' || c == ')';
}

// A word that names one command of several: `r?`, `r{m,}`.
bool is_pattern(const std::string& word) {
  if (word.size() < 2 || word[0] == '[') return false;
  if (word.find_first_of("?*[") != std::string::npos) return true;
  const size_t open = word.find('{');
  return open < word.find(',', std::min(open, word.size())) && word.find('}', open) < word.size();
}

}  // namespace

void ShellParser::parse(std::string_view text, int depth, bool reads_pipe, int input) {
  if (depth > kMaxDepth) {
    out_.truncated = true;
    return;
  }
  Frame frame;
  frame.text = text;
  frame.depth = depth;
  frame.pipeline = ++pipelines_;
  frame.next_reads_pipe = reads_pipe;
  frame.input = input;
  while (frame.at < text.size() && !full()) step(frame);
  finish_command(frame);
  // Of $(cat <<A) the document stands behind what is substituted.
  out_.truncated = out_.truncated || (depth > 0 && !frame.here.empty());
  while (!frame.groups.empty()) close_group(frame, frame.groups.back().closer);
}

void ShellParser::step(Frame& f) {
  const char c = f.text[f.at];
  if (is_blank(c) || c == '\r') {
    end_word(f);
    ++f.at;
    if (c != '\r') f.begins_token = f.at;
  } else if (c == '#' && f.at == f.begins_token) {
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
    push(f, c);
    f.in_word = true;
    ++f.at;
  }
}

// A name of which a part alone is what a variable holds is broken up: ${x}m
void ShellParser::push(Frame& f, char c) {
  if (std::exchange(f.made, false) && is_name(c)) break_up(f);
  f.word.push_back(c);
}

void ShellParser::equals_sign(Frame& f) {
  if (std::exchange(f.equals, true)) return;
  f.assigns = (all_in_front(f.command.words) || declares(f.command.words)) &&
              f.pending_redirect.empty() && !f.quoted && !f.tricky && !f.substituted &&
              assigned_name(f.word + "=") > 0;
}

void ShellParser::redirect(Frame& f, char c) {
  const char next = f.at + 1 < f.text.size() ? f.text[f.at + 1] : '\0';
  if (next == '(') {  // <(…) and >(…)
    const size_t end = closing(f.text, f.at + 1, Within::kCommands);
    out_.substitutes = true;
    inner(f, f.text.substr(f.at + 2, end - std::min(f.at + 2, end)), c == '>');
    f.word += "<()";
    f.in_word = true;
    f.at = std::min(end + 1, f.text.size());
    return;
  }
  const bool shift = is_open_subscript(f.word);  // a[1<<2]=3
  out_.truncated = out_.truncated || f.list;
  f.numbered = f.in_word && !f.word.empty() && !f.quoted &&
               std::all_of(f.word.begin(), f.word.end(), is_digit);
  if (f.numbered) {
    f.numbered = f.word != (c == '<' ? "0" : "1");
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
  if (f.pending_redirect == "<<") {
    HereMark mark = here_mark(f.text, f.at);
    out_.truncated = out_.truncated || mark.computed || shift;
    f.command.redirects.push_back(
        {std::exchange(f.pending_redirect, ""), mark.delimiter, f.numbered});
    f.here.push_back({std::move(mark)});
  }
  f.begins_token = f.at;
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
      push(f, c);
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
    if (f.begins_token == f.at) f.begins_token += 2;
    f.at += 2;
    return;
  } else {
    const char next = f.text[f.at + 1];
    if (is_name(next)) break_up(f);
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
  f.equals = f.made = false;
  std::vector<std::string>& words = f.command.words;
  if (!f.pending_redirect.empty()) {
    if (f.pending_redirect == "<<<") f.command.here += word;
    f.command.redirects.push_back(
        {std::exchange(f.pending_redirect, ""), std::move(word), f.numbered});
    return;
  }
  const bool in_front = assigns && all_in_front(words);
  if (assigns || (quoted && declares(words))) assign(f, word, in_front, substituted);
  if (in_front) return;
  if (assigns) std::replace(word.begin(), word.end(), kItemBlank, ' ');  // export x="${a[*]}"
  if (words.empty()) {
    if (word.empty() && !substituted) {
      f.unnamed = f.unnamed || tricky;
      return;
    }
    if (f.unnamed && is_among(kErasing, word)) f.command.obfuscated = true;
    if (tricky || (!quoted && is_pattern(word))) f.command.obfuscated = true;
  }
  if (!quoted && word.size() > 3 && word.front() == '{' && word.back() == '}' &&
      word.find(',') != std::string::npos) {
    for (size_t begin = 1; begin < word.size();) {
      size_t end = word.find_first_of(",}", begin);
      if (end == std::string::npos) end = word.size();
      words.push_back(word.substr(begin, end - begin));
      begin = end + 1;
    }
  } else {
    words.push_back(std::move(word));
  }
  // What was assigned in front of it is the command's alone, and not what its words are made of.
  if (f.before_assignments && !all_in_front(words) && words[before_command(words)] != "eval")
    variables_.leave(*std::exchange(f.before_assignments, std::nullopt));
}

// `in_front` of a command, or of none.
void ShellParser::assign(Frame& f, std::string_view word, bool in_front, bool substituted) {
  if (in_front && !f.before_assignments) f.before_assignments = variables_.enter();
  const std::string_view name = word.substr(0, assigned_name(word));
  const std::string* const before = variables_.find(name);
  const bool more = !name.empty() && word[name.size()] != '=';
  if (more && before != nullptr && !may_expand(before->size())) return;
  variables_.assign_word(word, substituted);
}

ShellText read_commands(std::string_view text) {
  ShellText out;
  ShellParser(out).parse(text, 0);
  return out;
}

}  // namespace agentmesh::policy::scan
