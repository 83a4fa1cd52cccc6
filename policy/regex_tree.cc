#include "policy/regex_tree.h"

#include <algorithm>
#include <utility>

namespace agentmesh::policy {

namespace {

using Bytes = RegexTree::Bytes;
using Kind = RegexTree::Kind;

constexpr int kBeyondAscii = 0x80;  // any character beyond ASCII

Bytes range(int first, int last) {
  Bytes out;
  for (int byte = first; byte <= last; ++byte) out.set(static_cast<size_t>(byte));
  return out;
}
Bytes digits() { return range('0', '9'); }
Bytes letters() { return range('a', 'z') | range('A', 'Z'); }
Bytes words() { return letters() | digits() | range('_', '_'); }
Bytes blanks() { return range('\t', '\n') | range('\f', '\r') | range(' ', ' '); }
Bytes beyond_ascii() { return range(kBeyondAscii, 0xFF); }

int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}
bool is_octal(char c) { return c >= '0' && c <= '7'; }

RegexTree of(Kind kind) {
  RegexTree out;
  out.kind = kind;
  return out;
}
RegexTree of(const Bytes& bytes) {
  RegexTree out = of(Kind::kBytes);
  out.bytes = bytes;
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<RegexTree> read() {
    RegexTree out = either(0);
    if (failed_ || at_ < text_.size()) return std::nullopt;
    return out;
  }

 private:
  bool more() const { return at_ < text_.size(); }
  bool next_is(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool take(std::string_view what) {
    if (!next_is(what)) return false;
    at_ += what.size();
    return true;
  }
  void fail() {
    failed_ = true;
    at_ = text_.size();
  }
  void skip_past(char c) { at_ = std::min(text_.find(c, at_), text_.size() - 1) + 1; }

  RegexTree either(int depth) {
    if (depth > RegexTree::kMaxDepth) {
      fail();
      return {};
    }
    const bool ignores_case = ignores_case_;  // a flag holds to the end of its group
    RegexTree out = of(Kind::kEither);
    do out.parts.push_back(in_order(depth));
    while (take("|"));
    ignores_case_ = ignores_case;
    return out.parts.size() == 1 ? std::move(out.parts.front()) : out;
  }

  RegexTree in_order(int depth) {
    RegexTree out = of(Kind::kInOrder);
    while (more() && !next_is("|") && !next_is(")")) out.parts.push_back(repeated(depth));
    return out;
  }

  RegexTree repeated(int depth) {
    RegexTree out = single(depth);
    for (;;) {
      int least = 0;
      int most = RegexTree::kEndless;
      if (take("*")) {
      } else if (take("+")) {
        least = 1;
      } else if (take("?")) {
        most = 1;
      } else if (!count(least, most)) {
        return out;
      }
      RegexTree repeat = of(Kind::kRepeat);
      repeat.least = least;
      repeat.most = most;
      repeat.lazy = take("?");
      repeat.parts.push_back(std::move(out));
      out = std::move(repeat);
    }
  }

  // {n}, {n,}, {n,m}; anything else that begins with a brace is literal.
  bool count(int& least, int& most) {
    const size_t before = at_;
    const auto number = [this](int& out) {
      const size_t begin = at_;
      for (out = 0; more() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
        out = std::min(out * 10 + (text_[at_] - '0'), 100'000);
      return at_ > begin;
    };
    if (take("{") && number(least)) {
      most = least;
      if (take(",") && !number(most)) most = RegexTree::kEndless;
      if (take("}")) return true;
    }
    at_ = before;
    return false;
  }

  RegexTree single(int depth) {
    if (take("(")) return group(depth);
    if (take("[")) return of(bracket());
    if (take(".")) return of(~range('\n', '\n'));
    if (take("^")) return of(Kind::kBegin);
    if (take("$")) return of(Kind::kEnd);
    if (take("\\")) return escape();
    return of(folded(text_[at_++]));
  }

  RegexTree group(int depth) {
    if (take("?")) {
      if (take("P<") || take("<")) {
        skip_past('>');
      } else {
        bool on = true;
        while (more() && !next_is(":") && !next_is(")")) {
          if (text_[at_] == '-') on = false;
          if (text_[at_] == 'i') ignores_case_ = on;
          ++at_;
        }
        if (take(")")) return {};
        if (!take(":")) fail();
      }
    }
    RegexTree out = either(depth + 1);
    if (!take(")")) fail();
    return out;
  }

  // Behind a backslash, outside of brackets.
  RegexTree escape() {
    if (take("A")) return of(Kind::kBegin);
    if (take("z")) return of(Kind::kEnd);
    if (take("b") || take("B")) return {};
    if (take("C")) return of(range(0, 0xFF));
    if (take("Q")) {
      RegexTree out = of(Kind::kInOrder);
      while (more() && !take("\\E")) out.parts.push_back(of(folded(text_[at_++])));
      return out;
    }
    if (const auto some = escaped_class()) return of(*some);
    const int one = escaped_character();
    return of(folded(one, one));
  }

  // "d", "pL", "p{Greek}" …: a class, behind a backslash.
  std::optional<Bytes> escaped_class() {
    if (take("d")) return digits();
    if (take("D")) return ~digits();
    if (take("w")) return words();
    if (take("W")) return ~words();
    if (take("s")) return blanks();
    if (take("S")) return ~blanks();
    if (!take("p") && !take("P")) return std::nullopt;
    if (next_is("{"))
      skip_past('}');
    else
      at_ = std::min(at_ + 1, text_.size());
    return letters() | beyond_ascii();
  }

  // "n", "x41", "x{e9}", "101", "." …: one character, behind a backslash.
  int escaped_character() {
    if (!more()) {
      fail();
      return 0;
    }
    const char c = text_[at_++];
    switch (c) {
      case 'n': return '\n';
      case 't': return '\t';
      case 'r': return '\r';
      case 'f': return '\f';
      case 'v': return '\v';
      case 'a': return '\a';
      case 'x': return hexadecimal();
      default: break;
    }
    if (!is_octal(c)) return at_or_beyond(static_cast<unsigned char>(c));
    int value = c - '0';
    for (int i = 0; i < 2 && more() && is_octal(text_[at_]); ++i)
      value = value * 8 + (text_[at_++] - '0');
    return at_or_beyond(value);
  }

  int hexadecimal() {
    const bool braces = take("{");
    int value = 0;
    for (int i = 0; (braces || i < 2) && more() && hex_digit(text_[at_]) >= 0; ++i)
      value = std::min(value * 16 + hex_digit(text_[at_++]), 0x110000);
    if (braces && !take("}")) fail();
    return at_or_beyond(value);
  }

  static int at_or_beyond(int character) { return std::min(character, kBeyondAscii); }

  Bytes bracket() {
    const bool inverted = take("^");
    Bytes out;
    for (bool first = true; more() && (first || !next_is("]")); first = false) {
      if (take("[:")) {
        out |= named();
        continue;
      }
      const bool escaped = take("\\");
      if (escaped) {
        if (const auto some = escaped_class()) {
          out |= *some;
          continue;
        }
      }
      const int low = escaped ? escaped_character() : character();
      int high = low;
      if (next_is("-") && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        high = take("\\") ? escaped_character() : character();
      }
      out |= folded(low, high);
    }
    if (!take("]")) fail();
    return inverted ? ~out : out;
  }

  // A character in a bracket, all of its bytes.
  int character() {
    if (!more()) return 0;
    const int first = static_cast<unsigned char>(text_[at_++]);
    while (more() && (static_cast<unsigned char>(text_[at_]) & 0xC0U) == 0x80U) ++at_;
    return at_or_beyond(first);
  }

  Bytes named() {
    const size_t end = text_.find(":]", at_);
    if (end == std::string_view::npos) {
      fail();
      return {};
    }
    std::string_view name = text_.substr(at_, end - at_);
    at_ = end + 2;
    const bool inverted = name.starts_with('^');
    if (inverted) name.remove_prefix(1);
    const Bytes out = name == "digit"                       ? digits()
                      : name == "space"                     ? blanks()
                      : name == "upper"                     ? range('A', 'Z')
                      : name == "lower"                     ? range('a', 'z')
                      : name == "alpha"                     ? letters()
                      : name == "alnum" || name == "xdigit" ? letters() | digits()
                      : name == "word"                      ? words()
                                                            : range(0x20, 0x7E);
    return inverted ? ~out : out;
  }

  Bytes folded(char c) const {
    const int one = at_or_beyond(static_cast<unsigned char>(c));
    return folded(one, one);
  }
  // The bytes of all characters between two, in both cases where case does not matter.
  Bytes folded(int low, int high) const {
    Bytes out = range(low, std::min(high, kBeyondAscii - 1));
    if (high >= kBeyondAscii) out |= beyond_ascii();
    if (!ignores_case_) return out;
    for (size_t lower = 'a'; lower <= 'z'; ++lower) {
      const size_t upper = lower - ('a' - 'A');
      const bool either = out.test(lower) || out.test(upper);
      out.set(lower, either);
      out.set(upper, either);
    }
    return out;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool ignores_case_ = false;
  bool failed_ = false;
};

}  // namespace

std::optional<RegexTree> RegexTree::read(std::string_view regex) { return Reader(regex).read(); }

}  // namespace agentmesh::policy
