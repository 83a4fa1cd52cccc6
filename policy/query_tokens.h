// Query tokens: a text in a query language beside SQL, token by token. For graphql_text.cc and cypher_text.cc.
//
// A copy is cheap, and looks ahead. Cost: one pass over the text; nothing allocated but by word(). Any thread.

#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/path_readings.h"

namespace agentmesh::policy {

// The tokens of a text: words, and signs of one byte. Strings are one sign, their first quote; blanks and comments are none.
class QueryTokens {
 public:
  struct Comments {
    bool hash = false;     // to the end of the line
    bool slashes = false;  // the same behind two of them, and between /* and */
  };
  QueryTokens(std::string_view text, Comments comments) : text_(text), comments_(comments) {
    next();
  }

  bool ended() const { return token_.empty(); }
  std::string_view token() const { return token_; }
  std::string word() const { return scan::ascii_lower(token_); }
  bool is(char sign) const { return token_.size() == 1 && token_[0] == sign; }
  bool is_name() const { return !ended() && (scan::is_alpha(token_[0]) || token_[0] == '_'); }
  // The sign or the last byte of the word in front; 0: none.
  char before() const { return before_; }

  void next() {
    before_ = token_.empty() ? '\0' : token_.back();
    skip_blanks();
    const size_t begin = at_;
    if (at_ >= text_.size()) {
      token_ = {};
      return;
    }
    const char c = text_[at_];
    if (is_word(c)) {
      while (at_ < text_.size() && is_word(text_[at_])) ++at_;
      token_ = text_.substr(begin, at_ - begin);
      return;
    }
    token_ = text_.substr(begin, 1);
    ++at_;
    if (c == '"' || c == '\'' || c == '`') skip_string(c);
  }
  // From an opening sign to behind the one that closes it.
  void skip_pair() {
    size_t depth = 0;
    do {
      if (is('(') || is('{') || is('[')) ++depth;
      if (is(')') || is('}') || is(']')) --depth;
      next();
    } while (depth > 0 && !ended());
  }

 private:
  static bool is_word(char c) { return scan::is_alnum(c) || c == '_'; }

  void skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      const std::string_view rest = text_.substr(at_, 3);
      if ((c == '#' && comments_.hash) || (comments_.slashes && rest.starts_with("//"))) {
        at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      } else if (comments_.slashes && rest.starts_with("/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 1;
      } else if (const size_t blank = scan::blank_bytes(text_, at_); blank > 0) {
        at_ += blank - 1;
      } else if (c != ',') {
        return;
      }
      if (at_ >= text_.size()) return;
    }
  }

  void skip_string(char quote) {
    if (quote == '"' && comments_.hash && text_.substr(at_, 2) == "\"\"") {  // GraphQL's blocks
      size_t end = text_.find("\"\"\"", at_ + 2);
      while (end != std::string_view::npos && text_[end - 1] == '\\')  // \"""
        end = text_.find("\"\"\"", end + 3);
      at_ = end == std::string_view::npos ? text_.size() : end + 3;
      return;
    }
    for (; at_ < text_.size() && text_[at_] != quote; ++at_)
      if (text_[at_] == '\\' && quote != '`') ++at_;
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  Comments comments_;
  size_t at_ = 0;
  std::string_view token_;
  char before_ = '\0';
};

}  // namespace agentmesh::policy
