#include "policy/scan/shell_quotes.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_here.h"
#include "policy/scan/shell_variables.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// Whether a word may begin behind this byte.
bool separates(char c) {
  return is_blank(c) || c == '\r' || has("\n;&|()", std::string_view(&c, 1));
}

// Walks from what is open to what closes it. The quotes of a here-document's body are none, nor are the parentheses of a comment or
// of a pattern in `case`.
class Walk {
 public:
  Walk(std::string_view text, size_t open, Within what) : text_(text), at_(open) { enter(what); }

  size_t end() {
    while (!open_.empty() && ++at_ < text_.size()) step();
    return std::min(at_, text_.size());
  }

 private:
  struct Level {
    Within kind = Within::kCommands;
    size_t begin = 0;
    int cases = 0;  // `case` without its `esac`
    std::vector<HereMark> here = {};
  };

  void enter(Within what) { open_.push_back({what, at_}); }
  char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }

  void step() {
    const char c = text_[at_];
    if (c == '\\' || (c == '$' && next() == '$')) {
      ++at_;
    } else if (c == '`') {
      at_ = closing_backtick(text_, at_);
    } else if (c == '$' && next() == '(') {
      ++at_;
      enter(next() == '(' ? Within::kArithmetic : Within::kCommands);
    } else if (c == '$' && next() == '{') {
      ++at_;
      enter(braces_at(text_, at_,
                      kind() == Within::kDoubleQuotes || kind() == Within::kQuotedBraces));
    } else if (kind() == Within::kDoubleQuotes) {
      if (c == '"') open_.pop_back();
    } else if (c == '"') {
      enter(Within::kDoubleQuotes);
    } else if (c == '}' && (kind() == Within::kBraces || kind() == Within::kQuotedBraces)) {
      open_.pop_back();
    } else if (kind() == Within::kQuotedBraces) {
      return;  // a character
    } else if (c == '$' && next() == '\'') {
      std::string unused;
      at_ += 2;
      (void)ansi_quoted(text_, at_, unused);
      --at_;
    } else if (c == '\'') {
      at_ = std::min(text_.find('\'', at_ + 1), text_.size());
    } else if (kind() != Within::kBraces) {
      in_commands(c);
    }
  }

  void in_commands(char c) {
    Level& level = open_.back();
    if (c == '(') {
      enter(level.kind == Within::kArithmetic ? Within::kArithmetic : Within::kCommands);
    } else if (c == ')') {
      if (level.cases == 0) open_.pop_back();
    } else if (c == '#' && level.kind == Within::kCommands && begins_word()) {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if (c == '\n') {
      for (const HereMark& mark : level.here) at_ = here_body(text_, at_ + 1, mark, true).next - 1;
      level.here.clear();
    } else if (c == '<' && next() == '<' && level.kind == Within::kCommands) {
      at_ += 2;
      if (at_ < text_.size() && text_[at_] == '<') return;  // <<<
      level.here.push_back(here_mark(text_, at_));
      --at_;
    } else if (is_word("case") && begins_command()) {
      ++level.cases;
    } else if (level.cases > 0 && is_word("esac")) {
      --level.cases;
    }
  }

  Within kind() const { return open_.back().kind; }
  bool begins_word() const { return at_ == open_.back().begin + 1 || separates(text_[at_ - 1]); }
  bool is_word(std::string_view word) const {
    if (text_.compare(at_, word.size(), word) != 0 || !begins_word()) return false;
    const size_t end = at_ + word.size();
    return end >= text_.size() || separates(text_[end]);
  }
  // A command begins behind what separates two, and behind reserved words that stand there.
  bool begins_command() const {
    const size_t begin = open_.back().begin + 1;
    for (size_t end = at_;;) {
      while (end > begin && is_blank(text_[end - 1])) --end;
      if (end == begin) return true;
      if (separates(text_[end - 1])) return end < begin + 2 || text_[end - 2] != '\\';
      size_t word = end;
      while (word > begin && !separates(text_[word - 1])) --word;
      if (!scan::begins_command(text_.substr(word, end - word))) return false;
      end = word;
    }
  }

  std::string_view text_;
  size_t at_;
  std::vector<Level> open_;
};

unsigned number(std::string_view text, size_t& at, size_t most, unsigned base) {
  uint32_t value = 0;
  for (size_t i = 0; i < most && at < text.size(); ++i, ++at) {
    const int digit = hex_digit(text[at]);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) break;
    value = value * base + static_cast<unsigned>(digit);
  }
  return value;
}

// One escape, of which text[at] is behind the backslash. True if it spells a byte by its number.
bool ansi_escape(std::string_view text, size_t& at, std::string& out) {
  const char c = at < text.size() ? text[at++] : '\\';
  if (c >= '0' && c <= '7') {
    --at;
    out.push_back(static_cast<char>(number(text, at, 3, 8) & 0xFFU));
  } else if (c == 'x' && at < text.size() && text[at] == '{') {
    out.push_back(static_cast<char>(number(text, ++at, 8, 16) & 0xFFU));
    if (at < text.size() && text[at] == '}') ++at;
  } else if (c == 'x') {
    out.push_back(static_cast<char>(number(text, at, 2, 16)));
  } else if (c == 'u') {
    append_utf8(out, number(text, at, 4, 16));
  } else if (c == 'U') {
    append_utf8(out, number(text, at, 8, 16));
  } else {
    constexpr std::string_view kFrom = "abeEfnrtv";
    constexpr std::string_view kTo = "\a\b\033\033\f\n\r\t\v";
    const size_t known = kFrom.find(c);
    out.push_back(known == std::string_view::npos ? c : kTo[known]);
    return false;
  }
  return true;
}

}  // namespace

bool begins_command(std::string_view word) {
  constexpr std::array<std::string_view, 10> kReserved = {"!",    "do",   "elif",  "else",  "if",
                                                          "then", "time", "until", "while", "{"};
  return is_among(kReserved, word);
}

size_t closing(std::string_view text, size_t open, Within what) {
  return Walk(text, open, what).end();
}

Within braces_at(std::string_view text, size_t open, bool in_quotes) {
  if (!in_quotes) return Within::kBraces;
  size_t at = open + 1;
  while (at < text.size() && is_name(text[at])) ++at;
  const bool pattern = at > open + 1 && at < text.size() && has("#%/", text.substr(at, 1));
  return pattern ? Within::kBraces : Within::kQuotedBraces;
}

size_t closing_backtick(std::string_view text, size_t open) {
  size_t end = open + 1;
  while (end < text.size() && text[end] != '`') end += text[end] == '\\' ? size_t{2} : size_t{1};
  return std::min(end, text.size());
}

void append_unescaped(std::string_view text, std::string& out) {
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\\' && at + 1 < text.size())
      (void)ansi_escape(text, ++at, out);
    else
      out.push_back(text[at++]);
  }
}

bool ansi_quoted(std::string_view text, size_t& at, std::string& out) {
  bool spelled = false;
  bool ended = false;  // a zero byte ends the text, not the quotes
  while (at < text.size() && text[at] != '\'') {
    const size_t before = out.size();
    if (text[at] == '\\') {
      spelled = ansi_escape(text, ++at, out) || spelled;
    } else {
      out.push_back(text[at++]);
    }
    ended = ended || (out.size() > before && out[before] == '\0');
    if (ended) out.resize(before);
  }
  at = std::min(at + 1, text.size());
  return spelled;
}

}  // namespace agentmesh::policy::scan
