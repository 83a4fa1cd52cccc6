#include "policy/scan/shell_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_quotes.h"
#include "policy/scan/shell_variables.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxExpansion =
    size_t{1} << 18;  // bytes that variables may add, so that they cannot multiply
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

std::string joined(const std::vector<std::string>& words, size_t first) {
  std::string out;
  for (size_t i = first; i < words.size(); ++i) out += (i > first ? " " : "") + words[i];
  return out;
}

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
    struct HereEnd {
      std::string delimiter;
      bool quoted = false;  // nothing in it is expanded
    };
    std::vector<HereEnd> here_ends;  // of here-documents that begin at the next line
    bool next_reads_pipe = false;
    bool unnamed = false;  // a word that comes to nothing stood where the command's name does
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
      backticks(f, false);
    } else {
      if (c == '=') equals_sign(f);
      f.word.push_back(c);
      f.in_word = true;
      ++f.at;
    }
  }

  static void equals_sign(Frame& f) {
    if (std::exchange(f.equals, true)) return;
    f.assigns = (begins_command(f.command.words) || declares(f.command.words)) &&
                f.pending_redirect.empty() && !f.quoted && !f.tricky && !f.substituted &&
                assigned_name(f.word + "=") > 0;
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
    const size_t owner = out_.commands.size();  // one behind it
    for (const Frame::HereEnd& here : std::exchange(f.here_ends, {})) {
      std::string body;
      while (f.at < f.text.size()) {
        const size_t end = std::min(f.text.find('\n', f.at), f.text.size());
        std::string_view line = f.text.substr(f.at, end - f.at);
        f.at = std::min(end + 1, f.text.size());
        std::string_view bare = line;
        while (!bare.empty() && (bare.front() == '\t' || bare.front() == ' '))
          bare.remove_prefix(1);
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
        backticks(f, true);
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
      if (f.pending_redirect == "<<") f.quoted = true;
      // A backslash between path parts is Windows': keep it, so that "C:\dir\file" stays readable.
      f.word.push_back(next);
      f.at += 2;
    }
    f.in_word = true;
  }

  void dollar(Frame& f, bool in_quotes) {
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
  bool arithmetic(Frame& f) {
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
  std::string expand(Frame& f, std::string_view text, bool in_quotes) {
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
  void spread(Frame& f, const std::string& value, bool in_quotes, bool breaks = true) {
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
  bool may_expand(size_t size) {
    expanded_ += size + 1;
    out_.truncated = out_.truncated || expanded_ > kMaxExpansion;
    return !out_.truncated;
  }

  // ${name}, ${name:-default} and the like.
  void variable(Frame& f, std::string_view inside, bool in_quotes) {
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
      return spread(f,
                    sign == "+" ? other
                    : choice    ? *known
                                : changed_value(*known, how),
                    in_quotes);
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

  void backticks(Frame& f, bool in_quotes) {
    const size_t end = closing_backtick(f.text, f.at);
    substitute(f, f.text.substr(f.at + 1, end - f.at - 1), in_quotes);
    f.at = std::min(end + 1, f.text.size());
  }

  void inner(Frame& f, std::string_view text) {
    const size_t first = out_.commands.size();
    parse(text, f.depth + 1);
    if (f.command.inner_begin == f.command.inner_end) f.command.inner_begin = first;
    f.command.inner_end = out_.commands.size();
  }

  void substitute(Frame& f, std::string_view text, bool in_quotes) {
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
      return spread(f, joined(words, words[1] == "-n" || words[1] == "-e" ? 2 : 1), in_quotes);
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

  void finish_command(Frame& f) {
    end_word(f);
    const std::vector<std::string>& words = f.command.words;
    if (words.size() > 3 && words[0] == "for" && words[2] == "in")
      variables_.assign(words[1], joined(words, 3), false);
    if (words.size() > 2 && words[0] == "set" && words[1] == "--")
      variables_.assign("@", joined(words, 2), false);
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

  ShellText& out_;
  int pipelines_ = 0;
  size_t expanded_ = 0;
  ShellVariables variables_;
};

}  // namespace

ShellText read_commands(std::string_view text) {
  ShellText out;
  Parser(out).parse(text, 0);
  return out;
}

}  // namespace agentmesh::policy::scan
