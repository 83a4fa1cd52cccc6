#include "policy/scan/sql_hints.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "policy/scan/byte_classes.h"
#include "policy/scan/sixteen.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestName = 32;  // a text that is one name is read

bool is_sql_blank(char c) { return static_cast<uint8_t>(c) <= ' '; }
bool in_word(char c) { return is_of(c, kAlphaByte | kDigitByte | kWideByte) || c == '_'; }

// Where signs and words that a shape needs may stand, of sixteen bytes and those behind each of them: ; # -- :: /* */, sel(ect),
// (wai)tf(or), (ou)tf(ile), (dum)pf(ile), (proce)du(re), nu(ll).
unsigned places(const char* bytes) {
  const Sixteen here = Sixteen::at(bytes);
  const Sixteen next = Sixteen::at(bytes + 1);
  const Sixteen signs = here.is(';') | here.is('#') | (here.is('-') & next.is('-')) |
                        (here.is(':') & next.is(':')) | (here.is('/') & next.is('*')) |
                        (here.is('*') & next.is('/'));
  const Sixteen small = Sixteen::all(' ');  // the bit that tells a small letter from its capital
  const Sixteen first = here | small;
  const Sixteen second = next | small;
  const Sixteen third = Sixteen::at(bytes + 2) | small;
  const Sixteen words = (first.is('s') & second.is('e') & third.is('l')) |
                        ((first.is('t') | first.is('p')) & second.is('f')) |
                        ((first.is('d') | first.is('n')) & second.is('u'));
  return (signs | words).bits();
}

class Hints {
 public:
  explicit Hints(std::string_view text) : text_(text) {}

  bool any() {
    constexpr size_t kReach = 18;
    size_t at = 0;
    for (; at + kReach <= text_.size(); at += 16)
      if (any_of(places(text_.data() + at), at)) return true;
    std::array<char, kReach + 16> last{};
    std::copy(text_.begin() + static_cast<std::ptrdiff_t>(at), text_.end(), last.begin());
    return any_of(places(last.data()), at) || any_of(places(last.data() + 16), at + 16) ||
           (null_ && (comment_ || is_among(kQuotes, text_.substr(0, 1)))) ||
           (begins_with_bool() && behind_value(text_.size()));
  }

 private:
  bool any_of(unsigned places, size_t from) {
    for (; places != 0; places &= places - 1)
      if (hint(from + static_cast<size_t>(std::countr_zero(places)))) return true;
    return false;
  }

  bool hint(size_t at) {
    switch (lower(text_[at])) {
      case ';': return verb_at(behind_blanks(at + 1));
      case ':': return is_one_at(at + 2, kTypes);
      case '/':
      case '*': return true;  // a comment that stands for a blank: se/**/lect
      case '#':
      case '-': comment_ = true; return behind_value(at);
      case 's': return is_at(at, "select") && selects(at);
      case 't':
        return (at >= 3 && is_at(at - 3, "waitfor")) || (at >= 2 && is_at(at - 2, "outfile"));
      case 'p': return at >= 3 && is_at(at - 3, "dumpfile");
      case 'd':
        return at >= 5 && is_at(at - 5, "procedure") && is_at(behind_blanks(at + 4), "analy");
      default: null_ = null_ || is_at(at, "null"); return false;
    }
  }

  bool is_at(size_t at, std::string_view word) const {
    if (at > text_.size() || text_.size() - at < word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i)
      if (lower(text_[at + i]) != word[i]) return false;
    return true;
  }
  template <class Words>
  bool is_one_at(size_t at, const Words& words) const {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return is_at(at, word); });
  }
  template <class Words>
  bool ends_in_one(size_t end, const Words& words) const {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
      return word.size() <= end && is_at(end - word.size(), word);
    });
  }
  size_t behind_blanks(size_t at) const {
    while (at < text_.size() && is_sql_blank(text_[at])) ++at;
    return at;
  }
  size_t before_blanks(size_t end) const {
    while (end > 0 && is_sql_blank(text_[end - 1])) --end;
    return end;
  }

  bool begins_with_bool() const { return is_one_at(0, kBools); }
  bool verb_at(size_t at) const {
    return std::any_of(kVerbs.begin(), kVerbs.end(), [&](std::string_view verb) {
      const size_t end = at + verb.size();
      return is_at(at, verb) && (end == text_.size() || !in_word(text_[end]));
    });
  }

  // A number, true or false before a comment: or 1 --
  bool behind_value(size_t at) const {
    size_t end = before_blanks(at);
    while (end > 0 && (text_[end - 1] == ')' || is_sql_blank(text_[end - 1]))) --end;
    if (end == 0) return false;
    if (is_of(text_[end - 1], kDigitByte)) return true;
    if (ends_in_one(end, kTruths)) return true;
    size_t begin = end;  // 0xff
    while (begin > 0 && (in_word(text_[begin - 1]) || text_[begin - 1] == '.')) --begin;
    for (; begin + 1 < end; ++begin)
      if (text_[begin] == '0' && lower(text_[begin + 1]) == 'x') return true;
    return false;
  }

  // union all (select
  bool selects(size_t at) const {
    const size_t end = before_blanks(at);
    return (end > 0 && text_[end - 1] == '(') || ends_in_one(end, kBeforeSelect);
  }

  static constexpr std::array<std::string_view, 5> kBools = {"or", "and", "xor", "||", "&&"};
  static constexpr std::array<std::string_view, 2> kTruths = {"true", "false"};
  static constexpr std::array<std::string_view, 6> kBeforeSelect = {
      "union", "intersect", "except", "all", "distinct", "distinctrow"};
  static constexpr std::array<std::string_view, 4> kQuotes = {"'", "\"", "`", "\\"};
  static constexpr std::array<std::string_view, 6> kTypes = {"int",  "json",    "bool",
                                                             "text", "varchar", "numeric"};
  static constexpr std::array<std::string_view, 17> kVerbs = {
      "drop",   "truncate", "alter",     "create",   "delete",  "insert",
      "update", "exec",     "execute",   "declare",  "waitfor", "shutdown",
      "select", "sleep",    "benchmark", "pg_sleep", "set"};

  std::string_view text_;
  bool comment_ = false;
  bool null_ = false;
};

}  // namespace

bool hints_at_sql(std::string_view text) {
  while (!text.empty() && is_sql_blank(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_sql_blank(text.front())) text.remove_prefix(1);
  return text.size() <= kLongestName || Hints(text).any();
}

}  // namespace agentmesh::policy::scan
