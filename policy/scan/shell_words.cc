#include "policy/scan/shell_words.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_quotes.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

bool is_name_start(char c) { return is_alpha(c) || c == '_'; }
bool is_name(char c) { return is_name_start(c) || is_digit(c); }
constexpr size_t kMaxExpansion =
    65536;  // bytes that variables may add, so that they cannot multiply
// Commands whose words may be assignments.
constexpr std::array<std::string_view, 5> kDeclaring = {"declare", "export", "local", "readonly",
                                                        "typeset"};

bool is_operator(char c) {
  return c == ';' || c == '&' || c == '|' || c == '\n' || c == '(' || c == ')';
}

class Parser {
 public:
  explicit Parser(ShellText& out) : out_(out) {}

  void parse(std::string_view text, int depth) {
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

 private:
  struct Frame {
    std::string_view text;
    size_t at = 0;
    int depth = 0;
    int pipeline = 0;
    SimpleCommand command;
    std::string word;
    bool in_word = false;
    bool quoted = false;       // part of the word is quoted
    bool tricky = false;       // the word is broken up by something that adds nothing to it
    bool substituted = false;  // part of the word is a substitution
    bool equals = false;       // it holds a plain "="
    bool assigns =
        false;  // in front of the first one stands a name, and no command yet, or one that declares: nothing that follows breaks it up
    std::string pending_redirect;
    std::vector<std::string> here_ends;  // delimiters of here-documents that begin at the next line
    bool next_reads_pipe = false;
  };

  bool full() {
    if (out_.commands.size() >= kMaxSimpleCommands) out_.truncated = true;
    return out_.truncated;
  }

  void step(Frame& f) {
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
      backticks(f);
    } else {
      if (c == '=') equals_sign(f);
      f.word.push_back(c);
      f.in_word = true;
      ++f.at;
    }
  }

  static void equals_sign(Frame& f) {
    if (std::exchange(f.equals, true)) return;
    f.assigns = (f.command.words.empty() || is_among(kDeclaring, f.command.words[0])) &&
                f.pending_redirect.empty() && !f.quoted && !f.tricky && !f.substituted &&
                !f.word.empty() && is_name_start(f.word[0]) &&
                std::all_of(f.word.begin(), f.word.end(), is_name);
  }

  static void break_up(Frame& f) { f.tricky = f.tricky || !f.assigns; }

  void list_operator(Frame& f, char c) {
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

  void redirect(Frame& f, char c) {
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
  void here_documents(Frame& f) {
    for (const std::string& delimiter : f.here_ends) {
      std::string body;
      while (f.at < f.text.size()) {
        const size_t end = std::min(f.text.find('\n', f.at), f.text.size());
        std::string_view line = f.text.substr(f.at, end - f.at);
        f.at = std::min(end + 1, f.text.size());
        std::string_view bare = line;
        while (!bare.empty() && (bare.front() == '\t' || bare.front() == ' '))
          bare.remove_prefix(1);
        while (!bare.empty() && bare.back() == '\r') bare.remove_suffix(1);
        if (bare == delimiter) break;
        body.append(line);
        body.push_back('\n');
      }
      if (!out_.commands.empty()) out_.commands.back().here += body;
    }
    f.here_ends.clear();
  }

  static void single_quoted(Frame& f) {
    const size_t end = std::min(f.text.find('\'', f.at + 1), f.text.size());
    if (f.in_word || (end == f.at + 1 && end + 1 < f.text.size())) break_up(f);
    f.word.append(f.text.substr(f.at + 1, end - f.at - 1));
    f.in_word = f.quoted = true;
    f.at = std::min(end + 1, f.text.size());
  }

  // From behind the opening quote to behind the closing one.
  void double_quoted(Frame& f) {
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
        backticks(f);
      } else {
        f.word.push_back(c);
        ++f.at;
      }
    }
    if (f.at == begin) break_up(f);  // ""
    f.at = std::min(f.at + 1, f.text.size());
  }

  static void backslash(Frame& f) {
    if (f.at + 1 >= f.text.size()) {
      f.word.push_back('\\');
      ++f.at;
    } else if (f.text[f.at + 1] == '\n') {
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

  void dollar(Frame& f, bool in_quotes) {
    const char next = f.at + 1 < f.text.size() ? f.text[f.at + 1] : '\0';
    if (next == '(') {
      if (f.text.substr(f.at, 3) == "$((") {  // arithmetic
        const size_t end = f.text.find("))", f.at);
        if (end != std::string_view::npos) {
          f.word += "0";
          f.in_word = true;
          f.at = end + 2;
          return;
        }
      }
      const size_t end = closing_parenthesis(f.text, f.at + 1);
      substitute(f, f.text.substr(f.at + 2, end - std::min(f.at + 2, end)));
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
      const size_t end = std::min(f.text.find('}', f.at), f.text.size());
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
      if (!in_quotes && !f.in_word) f.word += "";
      f.in_word = true;
      f.at += 2;
    } else {
      f.word.push_back('$');
      f.in_word = true;
      ++f.at;
    }
  }

  // ${name}, ${name:-default} and the like.
  void variable(Frame& f, std::string_view inside, bool in_quotes) {
    size_t end = 0;
    while (end < inside.size() && is_name(inside[end])) ++end;
    const std::string name(inside.substr(0, end));
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
    if (const auto known = values_.find(name);
        known != values_.end() && expanded_ < kMaxExpansion) {
      const std::string value = known->second;  // ends of words may change what is known
      expanded_ += value.size();
      if (!in_quotes && !f.assigns && value.find(' ') != std::string::npos) {
        for (const char c : value) {
          if (c == ' ') {
            end_word(f);
          } else {
            f.word.push_back(c);
            f.in_word = true;
          }
        }
      } else {
        f.word += value;
      }
      f.in_word = true;
      if (f.command.words.empty()) break_up(f);
      return;
    }
    if (name == "HOME") {
      f.word += "~";
    } else if (f.command.words.empty() && (name == "SHELL" || name == "BASH" || name == "0")) {
      f.word += "sh";
    } else {
      const size_t fallback = inside.find(":-");
      if (fallback != std::string_view::npos) {
        f.word += inside.substr(fallback + 2);
      } else if (f.command.words.empty()) {
        break_up(f);
      } else {
        f.word += "$";
        f.word += name;
      }
    }
    f.in_word = true;
  }

  void backticks(Frame& f) {
    const size_t end = closing_backtick(f.text, f.at);
    substitute(f, f.text.substr(f.at + 1, end - f.at - 1));
    f.at = std::min(end + 1, f.text.size());
  }

  void inner(Frame& f, std::string_view text) {
    const size_t first = out_.commands.size();
    parse(text, f.depth + 1);
    if (f.command.inner_begin == f.command.inner_end) f.command.inner_begin = first;
    f.command.inner_end = out_.commands.size();
  }

  void substitute(Frame& f, std::string_view text) {
    out_.substitutes = true;
    const size_t first = out_.commands.size();
    inner(f, text);
    const bool alone = f.command.words.empty() && !f.in_word;
    const bool single = out_.commands.size() == first + 1;
    if (alone && single && out_.commands[first].words.size() == 1) {
      f.word +=
          out_.commands[first].words[0];  // `rm` -rf x: what it says, for want of what it prints
      break_up(f);
    } else if (single && out_.commands[first].words.size() == 2 &&
               (out_.commands[first].words[0] == "echo" ||
                out_.commands[first].words[0] == "printf")) {
      f.word += out_.commands[first].words[1];
      break_up(f);
    } else if (out_.commands.size() > first) {
      f.word += "$()";  // unknown, but something
    } else {
      break_up(f);  // $() adds nothing
    }
    f.substituted = true;
    f.in_word = true;
  }

  void end_word(Frame& f) {
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
        f.here_ends.push_back(word);
      } else if (f.pending_redirect == "<<<") {
        f.command.here += word;
      }
      f.command.redirects.push_back({std::exchange(f.pending_redirect, ""), std::move(word)});
      return;
    }
    if (assigns && !substituted && values_.size() < 64 && word.size() < 4096) {
      const size_t equals = word.find('=');
      values_[word.substr(0, equals)] = word.substr(equals + 1);
    }
    if (f.command.words.empty()) {
      if (assigns) return;
      if (word.empty() && !substituted) return;
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

  void finish_command(Frame& f) {
    end_word(f);
    if (!f.command.words.empty() || !f.command.redirects.empty()) {
      f.command.depth = f.depth;
      f.command.pipeline = f.pipeline;
      f.command.reads_pipe = f.next_reads_pipe;
      out_.commands.push_back(std::move(f.command));
      f.next_reads_pipe = false;
    }
    f.command = SimpleCommand{};
  }

  ShellText& out_;
  int pipelines_ = 0;
  size_t expanded_ = 0;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace

ShellText read_commands(std::string_view text) {
  ShellText out;
  Parser(out).parse(text, 0);
  return out;
}

}  // namespace agentmesh::policy::scan
