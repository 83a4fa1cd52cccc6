#include "policy/scan/sql_fragments.h"

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

constexpr bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || c == '_' || static_cast<uint8_t>(c) >= 0x80;
}

// What does not belong to a word that has begun.
constexpr ByteSet kBehindWord([](uint8_t c) {
  return c != '@' && c != '$' && !starts_word(static_cast<char>(c)) &&
         !is_digit(static_cast<char>(c));
});

// || && == :: != <= >= <>
constexpr bool is_pair(char c, char next) {
  if (next == c) return c == '|' || c == '&' || c == '=' || c == ':';
  return (next == '=' && (c == '!' || c == '<' || c == '>')) || (c == '<' && next == '>');
}

// What a byte begins, where no word or number goes on; kMaybe: that depends on the next one.
enum class Begins : uint8_t { kSign, kBlank, kWord, kNumber, kQuote, kComment, kMaybe };

constexpr auto kBegins = [] {
  std::array<Begins, 256> table{};
  for (size_t c = 0; c < table.size(); ++c) {
    const char byte = static_cast<char>(c);
    if (c <= ' ') table[c] = Begins::kBlank;
    if (starts_word(byte)) table[c] = Begins::kWord;
    if (is_digit(byte)) table[c] = Begins::kNumber;
    if (byte == '\'' || byte == '"' || byte == '`') table[c] = Begins::kQuote;
    if (byte == '#') table[c] = Begins::kComment;
    if (byte == '@' || byte == '/' || byte == '*' || byte == '-' || byte == '\\')
      table[c] = Begins::kMaybe;
  }
  return table;
}();

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<Fragment>& out) : text_(text), out_(out) {}

  void run() {
    while (at_ < text_.size() && out_.size() < 2048) step();
  }

 private:
  enum class Before : uint8_t { kNothing, kBlank, kComment };

  // The next `bytes`, as one.
  void put(FragmentKind kind, size_t bytes) {
    out_.push_back(
        {kind, text_.substr(at_, bytes), before_ != Before::kNothing, before_ == Before::kComment});
    before_ = Before::kNothing;
    at_ += bytes;
  }
  void blank(size_t bytes) {
    before_ = std::max(before_, Before::kBlank);
    at_ += bytes;
  }
  char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }

  void step() {
    switch (kBegins[static_cast<uint8_t>(text_[at_])]) {
      case Begins::kBlank: return blank(1);
      case Begins::kWord: return word();
      case Begins::kNumber: return number();
      case Begins::kQuote: return put(FragmentKind::kQuote, 1);
      case Begins::kComment: return put(FragmentKind::kComment, 1);
      case Begins::kMaybe: return maybe();
      case Begins::kSign: return sign();
    }
  }

  void maybe() {
    const char c = text_[at_];
    if (c == '@' && (starts_word(next()) || next() == '@')) return word();
    if (c == '/' && next() == '*') return comment();
    if (c == '*' && next() == '/') return blank(2);
    if (c == '-' && next() == '-') return dashes();
    if (c == '\\' && (next() == '\'' || next() == '"')) {
      ++at_;
      return;
    }
    sign();
  }

  void word() {
    size_t end = end_of_alnums(text_, at_);
    if (end < text_.size() && !kBehindWord.holds(text_[end])) end = kBehindWord.find(text_, end);
    put(FragmentKind::kWord, end - at_);
  }

  void number() {
    size_t end = at_;
    while (end < text_.size() &&
           (is_digit(text_[end]) || starts_word(text_[end]) ||
            (text_[end] == '.' && end + 1 < text_.size() && is_digit(text_[end + 1]))))
      ++end;
    const bool is_number = is_digit(text_[end - 1]) || text_.substr(at_, 2) == "0x";
    put(is_number ? FragmentKind::kNumber : FragmentKind::kWord, end - at_);
  }

  void comment() {
    if (text_.substr(at_ + 2, 1) == "!") {  // MySQL runs what is inside
      at_ += 3;
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
      before_ = Before::kComment;
      return;
    }
    const size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) {
      put(FragmentKind::kComment, 2);
      at_ = text_.size();
      return;
    }
    at_ = end + 2;
    before_ = Before::kComment;
  }

  void dashes() {
    size_t end = at_;
    while (end < text_.size() && text_[end] == '-') ++end;
    // "--option" and rules of dashes are no comments.
    const bool is_comment = end - at_ <= 4 && (end >= text_.size() || !starts_word(text_[end]));
    put(is_comment ? FragmentKind::kComment : FragmentKind::kSign, 2);
    at_ = end;
    while (is_comment && at_ < text_.size() &&
           (text_[at_] == '-' || text_[at_] == ' ' || text_[at_] == '+'))
      ++at_;
  }

  void sign() { put(FragmentKind::kSign, is_pair(text_[at_], next()) ? 2 : 1); }

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
