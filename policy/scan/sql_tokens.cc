#include "policy/scan/sql_tokens.h"

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<uint8_t>(c) >= 0x80;
}
bool in_word(char c) { return starts_word(c) || is_digit(c) || c == '$'; }
bool is_sql_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' || c == '\0';
}

class Tokenizer {
 public:
  Tokenizer(std::string_view text, const SqlDialect& dialect, std::vector<SqlToken>& out)
      : text_(text), dialect_(dialect), out_(out) {}

  bool run() {
    const bool whole = read();
    while (open_ != kNone) close();
    return whole;
  }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};

  bool read() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
      if (is_sql_blank(c)) {
        ++at_;
      } else if ((c == '-' && next == '-') || (c == '#' && dialect_.hash)) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '/' && next == '*') {
        if (!comment()) return false;
      } else if (c == '*' && next == '/' && conditional_ > 0) {
        --conditional_;
        at_ += 2;
      } else if (c == '\'' || c == '"' || c == '`') {
        if (!quoted(c, dialect_.backslash && c != '`')) return false;
      } else if (c == '[' && dialect_.brackets) {
        if (!bracketed()) return false;
      } else if (c == '$' && dialect_.dollar && dollar_tag() != 0) {
        if (!dollar_quoted()) return false;
      } else if (is_digit(c) || (c == '.' && is_digit(next))) {
        number();
      } else if (starts_word(c) || ((c == '@' || c == '#') && (starts_word(next) || next == c))) {
        if (!word()) return false;
      } else {
        sign(c, next);
      }
    }
    return conditional_ == 0;
  }

  void put(SqlTokenKind kind, std::string_view text) { out_.push_back({kind, text, depth_}); }

  bool comment() {
    if (dialect_.conditional && at_ + 2 < text_.size() &&
        (text_[at_ + 2] == '!' || text_.substr(at_ + 2, 2) == "M!")) {
      at_ += text_[at_ + 2] == '!' ? size_t{3} : size_t{4};
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
      ++conditional_;
      return true;
    }
    size_t level = 1;
    at_ += 2;
    while (at_ < text_.size() && level > 0) {
      if (text_[at_] == '*' && at_ + 1 < text_.size() && text_[at_ + 1] == '/') {
        --level;
        at_ += 2;
      } else if (dialect_.nested && text_[at_] == '/' && at_ + 1 < text_.size() &&
                 text_[at_ + 1] == '*') {
        ++level;
        at_ += 2;
      } else {
        ++at_;
      }
    }
    return level == 0;
  }

  // From an opening quote to its end; a doubled quote stands for one.
  bool quoted(char quote, bool backslash) {
    const size_t begin = ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && backslash) {
        at_ += 2;
      } else if (text_[at_] == quote) {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
          at_ += 2;
          continue;
        }
        const bool is_string = quote == '\'' || (quote == '"' && dialect_.double_string);
        put(is_string ? SqlTokenKind::kString : SqlTokenKind::kQuotedName,
            text_.substr(begin, at_ - begin));
        ++at_;
        return true;
      } else {
        ++at_;
      }
    }
    return false;
  }

  // A name in brackets; what does not look like one (a subscript, an array) is left as signs.
  bool bracketed() {
    constexpr size_t kLongestName = 128;
    const size_t end = first_of(closing_, "]");
    const bool subscript =
        !out_.empty() && at_ > 0 &&
        (in_word(text_[at_ - 1]) || text_[at_ - 1] == ']' || text_[at_ - 1] == ')');
    if (end == std::string_view::npos || end == at_ + 1 || end - at_ - 1 > kLongestName ||
        (subscript && first_of(no_subscript_, "'\"-/#$;") > end)) {
      put(SqlTokenKind::kSign, text_.substr(at_, 1));
      ++at_;
      return true;
    }
    put(SqlTokenKind::kQuotedName, text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return true;
  }

  // Where the next of these bytes stands; `known` is where it was found last, so that nothing is searched twice.
  size_t first_of(size_t& known, std::string_view bytes) const {
    if (known < at_) known = text_.find_first_of(bytes, at_);
    return known;
  }

  // Length of "$tag$" at the cursor, 0 if there is none.
  size_t dollar_tag() const {
    if (at_ > 0 && in_word(text_[at_ - 1])) return 0;
    size_t end = at_ + 1;
    while (end < text_.size() && in_word(text_[end]) && text_[end] != '$') ++end;
    if (end >= text_.size() || text_[end] != '$' || (end > at_ + 1 && is_digit(text_[at_ + 1])))
      return 0;
    return end + 1 - at_;
  }

  bool dollar_quoted() {
    const std::string_view tag = text_.substr(at_, dollar_tag());
    const size_t begin = at_ + tag.size();
    const size_t end = text_.find(tag, begin);
    if (end == std::string_view::npos) return false;
    put(SqlTokenKind::kString, text_.substr(begin, end - begin));
    at_ = end + tag.size();
    return true;
  }

  void number() {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           (in_word(text_[at_]) || text_[at_] == '.' ||
            ((text_[at_] == '+' || text_[at_] == '-') &&
             (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E') && text_.substr(begin, 2) != "0x" &&
             text_.substr(begin, 2) != "0X")))
      ++at_;
    put(SqlTokenKind::kNumber, text_.substr(begin, at_ - begin));
  }

  // A word; N'…', B'…', X'…', E'…' and U&'…' are strings, and Oracle's q'[…]' ends at its own bracket.
  bool word() {
    const size_t begin = at_;
    while (at_ < text_.size() && (text_[at_] == '@' || text_[at_] == '#')) ++at_;
    while (at_ < text_.size() && in_word(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote == '\'' && word.size() <= 2) {
      const char first = static_cast<char>(word[0] | 0x20);
      const char last = static_cast<char>(word.back() | 0x20);
      if (last == 'q' && (word.size() == 1 || first == 'n') && at_ + 2 < text_.size()) {
        const char open = text_[at_ + 1];
        const char close = open == '['   ? ']'
                           : open == '(' ? ')'
                           : open == '{' ? '}'
                           : open == '<' ? '>'
                                         : open;
        const char ending[] = {close, '\''};
        bool& missing = missing_[static_cast<uint8_t>(close)];
        const size_t end =
            missing ? std::string_view::npos : text_.find(std::string_view(ending, 2), at_ + 2);
        missing = end == std::string_view::npos;
        if (!missing) {
          put(SqlTokenKind::kString, text_.substr(at_ + 2, end - at_ - 2));
          at_ = end + 2;
          return true;
        }
      } else if (word.size() == 1 &&
                 (first == 'n' || first == 'b' || first == 'x' || first == 'e' || first == 'r')) {
        return quoted('\'', dialect_.backslash || first == 'e');
      }
    }
    put(SqlTokenKind::kWord, word);
    return true;
  }

  void sign(char c, char next) {
    if (c == ')' && depth_ > 0) {
      --depth_;
      close();
    }
    const bool two =
        (c == ':' && next == ':') || (c == '<' && next == '>') || (c == '!' && next == '=') ||
        (c == '<' && next == '=') || (c == '>' && next == '=') || (c == '|' && next == '|') ||
        (c == '&' && next == '&') || (c == ':' && next == '=') || (c == '-' && next == '>');
    put(SqlTokenKind::kSign, text_.substr(at_, two ? 2 : 1));
    if (c == '(') {
      ++depth_;
      out_.back().skip = open_;
      open_ = static_cast<uint32_t>(out_.size() - 1);
    }
    at_ += two ? 2 : 1;
  }

  // What comes next stands behind the innermost parenthesis. One that is open holds the place of the one around it.
  void close() {
    SqlToken& innermost = out_[open_];
    const uint32_t around = innermost.skip;
    innermost.skip = static_cast<uint32_t>(out_.size()) - open_;
    open_ = around;
  }

  std::string_view text_;
  const SqlDialect& dialect_;
  std::vector<SqlToken>& out_;
  std::array<bool, 256> missing_{};  // ends of q'…' that do not come any more
  size_t closing_ = 0;               // the next ']'
  size_t no_subscript_ = 0;          // the next byte that no subscript has
  size_t at_ = 0;
  uint32_t depth_ = 0;
  uint32_t open_ = kNone;  // the innermost '('
  uint32_t conditional_ = 0;
};

}  // namespace

bool SqlToken::is_spelled(std::string_view lower) const {
  for (size_t i = 0; i < lower.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != lower[i]) return false;
  }
  return true;
}

bool sql_tokens(std::string_view text, const SqlDialect& dialect, std::vector<SqlToken>& out) {
  return Tokenizer(text, dialect, out).run();
}

SqlDialect in_text(const SqlDialect& dialect, std::string_view text) {
  const auto has = [text](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  const bool comment = has("/*");
  return {dialect.backslash && has("\\"),
          dialect.nested && comment,
          dialect.dollar && has("$"),
          dialect.hash && has("#"),
          dialect.brackets && has("["),
          dialect.conditional && comment && (has("/*!") || has("/*M!")),
          dialect.double_string && has("\"")};
}

bool sql_is_ambiguous(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' || c == '[' || c == '$' || c == '#' ||
        (c == '/' && i + 1 < text.size() && text[i + 1] == '*'))
      return true;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
