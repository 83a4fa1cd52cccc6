#include "policy/scan/sql_fragments.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || c == '_' || static_cast<uint8_t>(c) >= 0x80;
}

// What does not belong to a word that has begun.
constexpr ByteSet kBehindWord([](uint8_t c) {
  return c != '@' && c != '$' && !is_alpha(static_cast<char>(c)) && !is_digit(static_cast<char>(c));
});

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<Fragment>& out) : text_(text), out_(out) {}

  void run() {
    while (at_ < text_.size() && out_.size() < 2048) step();
  }

 private:
  enum class Before : uint8_t { kNothing, kBlank, kComment };

  void put(FragmentKind kind, std::string_view text) {
    out_.push_back({kind, text, before_ != Before::kNothing, before_ == Before::kComment});
    before_ = Before::kNothing;
  }

  void step() {
    const char c = text_[at_];
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (static_cast<uint8_t>(c) <= ' ') {
      before_ = std::max(before_, Before::kBlank);
      ++at_;
    } else if (is_alpha(c) || (c == '@' && (is_alpha(next) || next == '@'))) {
      const size_t begin = at_;
      at_ = kBehindWord.find(text_, at_);
      put(FragmentKind::kWord, text_.substr(begin, at_ - begin));
    } else if (c == '/' && next == '*') {
      if (text_.substr(at_ + 2, 1) == "!") {  // MySQL runs what is inside
        at_ += 3;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        before_ = Before::kComment;
        return;
      }
      const size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) {
        put(FragmentKind::kComment, "/*");
        at_ = text_.size();
        return;
      }
      at_ = end + 2;
      before_ = Before::kComment;
    } else if (c == '*' && next == '/') {
      at_ += 2;
      before_ = std::max(before_, Before::kBlank);
    } else if (c == '-' && next == '-') {
      size_t end = at_;
      while (end < text_.size() && text_[end] == '-') ++end;
      // "--option" and rules of dashes are no comments.
      const bool comment = end - at_ <= 4 && (end >= text_.size() || !is_alpha(text_[end]));
      put(comment ? FragmentKind::kComment : FragmentKind::kSign, "--");
      at_ = end;
      while (comment && at_ < text_.size() &&
             (text_[at_] == '-' || text_[at_] == ' ' || text_[at_] == '+'))
        ++at_;
    } else if (c == '#') {
      put(FragmentKind::kComment, "#");
      ++at_;
    } else if (c == '\'' || c == '"' || c == '`') {
      put(FragmentKind::kQuote, text_.substr(at_, 1));
      ++at_;
    } else if (c == '\\' && (next == '\'' || next == '"')) {
      ++at_;
    } else if (is_digit(c)) {
      const size_t begin = at_;
      while (at_ < text_.size() &&
             (is_digit(text_[at_]) || is_alpha(text_[at_]) ||
              (text_[at_] == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))))
        ++at_;
      const bool number = is_digit(text_[at_ - 1]) || text_.substr(begin, 2) == "0x";
      put(number ? FragmentKind::kNumber : FragmentKind::kWord, text_.substr(begin, at_ - begin));
    } else {
      const std::string_view two = text_.substr(at_, 2);
      const bool pair = two == "||" || two == "&&" || two == "!=" || two == "<>" || two == "<=" ||
                        two == ">=" || two == "==" || two == "::";
      put(FragmentKind::kSign, text_.substr(at_, pair ? 2 : 1));
      at_ += pair ? 2 : 1;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  Before before_ = Before::kNothing;
  std::vector<Fragment>& out_;
};

}  // namespace

std::vector<Fragment> sql_fragments(std::string_view text) {
  std::vector<Fragment> out;
  out.reserve(text.size() / 4);
  Lexer(text, out).run();
  return out;
}

bool is_bool(const Fragment& fragment) {
  return one_of(fragment, {"or", "and", "xor", "||", "&&"});
}
bool is_compare(const Fragment& fragment) {
  return one_of(fragment, {"=",      "<",    ">",      "<=",      ">=",      "<>",      "!=",
                           "==",     "like", "rlike",  "regexp",  "is",      "in",      "between",
                           "sounds", "glob", "isnull", "notnull", "collate", "similar", "ilike",
                           "~",      "->",   "@>",     "<@",      "?",       "?|",      "?&"});
}
bool is_literal(const Fragment& fragment) {
  return fragment.kind == FragmentKind::kNumber || one_of(fragment, {"null", "true", "false"});
}

}  // namespace agentmesh::policy::scan
