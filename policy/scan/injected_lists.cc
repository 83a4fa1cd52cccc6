#include "policy/scan/injected_lists.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxItem = 64;

bool is_word(char c) { return is_of(c, kAlphaByte | kDigitByte | kWideByte) || c == '_'; }

class Joint {
 public:
  Joint(std::string_view text, size_t sign, size_t end, bool english)
      : text_(text), sign_(sign), end_(end), english_(english) {}

  bool joins() const { return ends() && (follows_item() || is_row()); }
  bool is_pattern_sign() const { return text_[sign_] == '|'; }
  char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  size_t count(char c, size_t end) const {
    return static_cast<size_t>(
        std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(end), c));
  }
  bool is_long() const { return count(text_[sign_], text_.size() - 1) >= 2; }

  // Nothing behind the word that a command would take.
  bool ends() const {
    const char next = at(end_ + 1);
    switch (at(end_)) {
      case '\0':
      case '\n':
      case '\r':
      case '|':
      case ';':
      case ')':
      case ']':
      case '}':
      case ',':
      case '"':
      case '\'':
      case ':':
      case '=':
      case '*':
      case '+':
      case '?':
      case '.': return true;
      case '\\': return next != '\n';
      case '$': return next == '\0' || next == '|' || next == ')' || next == '"';
      case '>':
      case '<':
        return !(is_alpha(next) || next == '/' || next == '&' || next == '~' || next == ' ' ||
                 next == '(' || next == at(end_) || next == '.' || next == '$');
      default: return false;
    }
  }

 private:
  bool follows_item() const {
    if (sign_ == 0) return false;
    const char last = text_[sign_ - 1];
    if (is_word(last)) return follows_word();
    switch (last) {
      case ')': return count('(', sign_) >= count(')', sign_);
      case ']':
      case '}':
      case '+':
      case '?':
      case '$':
      case '^':
      case '.': return is_pattern_sign();
      case '*': return true;
      case '"':
      case '\'': return count(last, sign_) % 2 == 0 && at(sign_ + 1) == last;
      case '\\': return is_pattern_sign();
      default: return false;
    }
  }

  bool follows_word() const {
    size_t begin = sign_;
    bool letters = false;
    bool dotted = false;
    bool escaped = false;
    while (begin > 0 && sign_ - begin < kMaxItem && may_be_in_item(text_[begin - 1])) {
      const char c = text_[--begin];
      letters = letters || is_of(c, kAlphaByte | kWideByte);
      dotted = dotted || (c == '.' && begin > 0 && is_word(text_[begin - 1]));
      escaped = escaped || c == '\\';
    }
    const std::string_view item = text_.substr(begin, sign_ - begin);
    if (item[0] == '/' || item == "localhost" || item.find_first_of("@/") < item.size())
      return false;
    const bool word = letters && !dotted && (is_pattern_sign() || !escaped);
    // x;id and no more: what is tried first, and no list that anybody writes.
    if (word) return begin > 0 || item.size() > 1 || is_long();
    // Numbers, names of files, paths with a drive: behind the first item of a longer list.
    return is_long() && std::count(item.begin(), item.end(), '.') < 2 &&
           (begin > 0 || (english_ && !dotted));
  }

  static bool may_be_in_item(char c) {
    return is_word(c) || c == '.' || c == '-' || c == '\\' || c == ':' || c == '@' || c == '/';
  }

  // |id|name|date|
  bool is_row() const {
    const char sign = text_[sign_];
    return sign == '|' && text_.front() == sign && text_.back() == sign &&
           count(sign, text_.size()) > 3;
  }

  std::string_view text_;
  size_t sign_;
  size_t end_;
  bool english_;
};

}  // namespace

bool ends_item(std::string_view text, size_t end) { return Joint(text, 0, end, false).ends(); }

bool joins_items(std::string_view text, size_t sign, size_t end, bool english) {
  return Joint(text, sign, end, english).joins();
}

}  // namespace agentmesh::policy::scan
