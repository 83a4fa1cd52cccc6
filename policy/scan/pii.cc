#include "policy/scan/pii.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/check_digits.h"
#include "policy/scan/decode.h"
#include "policy/scan/escapes.h"
#include "policy/scan/sixteen.h"

namespace agentmesh::policy::scan {
namespace {

// True if one of `words` (lower case) stands, as whole words, within 48 bytes before `at` or 16 after `end`.
template <size_t N>
bool has_word_near(std::string_view text, size_t at, size_t end,
                   const std::array<std::string_view, N>& words) {
  const size_t begin = at > 48 ? at - 48 : 0;
  const std::string before = ascii_lower(text.substr(begin, at - begin));
  const std::string after = ascii_lower(text.substr(end, 16));
  const auto holds = [](const std::string& where, std::string_view word) {
    for (size_t i = where.find(word); i != std::string::npos; i = where.find(word, i + 1)) {
      const bool starts = begins_word(where, i);
      const bool ends = i + word.size() == where.size() || !is_alnum(where[i + word.size()]);
      if (starts && ends) return true;
    }
    return false;
  };
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return holds(before, word) || holds(after, word);
  });
}

constexpr std::array<std::string_view, 5> kSsnWords = {"ssn", "social security", "social-security",
                                                       "ss#", "tax id"};
constexpr std::array<std::string_view, 2> kNhsWords = {"nhs", "nhs number"};
constexpr std::array<std::string_view, 5> kTaxWords = {"steuer-id", "steueridentifikationsnummer",
                                                       "idnr", "steuer-idnr", "tin"};
constexpr std::array<std::string_view, 4> kAadhaarWords = {"aadhaar", "aadhar", "uidai", "uid"};
constexpr std::array<std::string_view, 3> kBsnWords = {"bsn", "burgerservicenummer", "sofinummer"};
constexpr std::array<std::string_view, 1> kPeselWords = {"pesel"};
constexpr std::array<std::string_view, 2> kCpfWords = {"cpf", "cadastro de pessoas"};
constexpr std::array<std::string_view, 5> kInseeWords = {"insee", "sécurité sociale",
                                                         "securite sociale", "nir", "nss"};
constexpr std::array<std::string_view, 12> kPhoneWords = {
    "phone", "tel", "telephone", "mobile",  "cell",  "fax",
    "call",  "sms", "whatsapp",  "telefon", "handy", "mob"};

// A run of digits with single separators, as found.
struct Number {
  static constexpr size_t kMost = 24;
  std::array<char, kMost> first{};
  size_t count = 0;
  size_t begin = 0;
  size_t end = 0;
  char separator = '\0';  // the first one
  bool plus = false;

  std::string_view digits() const { return {first.data(), count}; }
};

// 2026-03-18, 2026/03/18
bool is_date(std::string_view text, const Number& number) {
  const std::string_view d = number.digits();
  return d.size() == 8 && number.end - number.begin == 10 && (d[0] == '1' || d[0] == '2') &&
         (number.separator == '-' || number.separator == '/') &&
         text[number.begin + 4] == number.separator && text[number.begin + 7] == number.separator;
}

void judge(std::string_view text, const Number& number, std::vector<Hit>& hits) {
  const std::string_view d = number.digits();
  if (is_date(text, number)) return;
  const auto near = [&](const auto& words) {
    return has_word_near(text, number.begin, number.end, words);
  };
  const auto put = [&](std::string_view id, Severity severity) {
    hits.push_back({id, severity, number.begin, number.end});
  };
  if (number.plus) {
    if (d.size() >= 9 && d.size() <= 15 && d[0] != '0') put("pii.phone", Severity::kLow);
    return;
  }
  if (d.size() >= 13 && d.size() <= 19 &&
      (number.separator == '\0' || number.separator == ' ' || number.separator == '-') &&
      is_card(d))
    return put("pii.card", Severity::kMedium);
  if (d.size() == 9 && number.separator == '-' && number.end - number.begin == 11 &&
      text[number.begin + 3] == '-' && text[number.begin + 6] == '-' && is_social_security(d))
    return put("pii.national-id", Severity::kMedium);
  const bool national =
      (d.size() == 9 &&
       ((is_social_security(d) && near(kSsnWords)) || (is_bsn(d) && near(kBsnWords)))) ||
      (d.size() == 10 && is_nhs(d) && near(kNhsWords)) ||
      (d.size() == 11 && ((is_tax_id(d) && near(kTaxWords)) || (is_pesel(d) && near(kPeselWords)) ||
                          (is_cpf(d) && (number.separator == '.' || near(kCpfWords))))) ||
      (d.size() == 12 && is_aadhaar(d) && near(kAadhaarWords)) ||
      (d.size() == 15 && is_insee(d) && (number.separator == ' ' || near(kInseeWords)));
  if (national) return put("pii.national-id", Severity::kMedium);
  if (d.size() >= 7 && d.size() <= 14 && number.separator != '\0' && near(kPhoneWords))
    put("pii.phone", Severity::kLow);
}

// The number that begins at `at` (a digit or '+'): digits with one separator (space, - . / parentheses) between groups.
Number number_at(std::string_view text, size_t at) {
  Number number;
  number.begin = at;
  size_t i = at;
  if (text[i] == '+') {
    number.plus = true;
    ++i;
  }
  size_t gap = 0;
  for (; i < text.size() && number.count < Number::kMost; ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      number.first[number.count++] = c;
      number.end = i + 1;
      gap = 0;
    } else if ((c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')') && gap < 2) {
      if (number.separator == '\0') number.separator = c;
      ++gap;
    } else {
      break;
    }
  }
  if (number.count == 0) number.end = at + 1;
  return number;
}

bool is_mail_char(char c) {
  return is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}

// The address around the @ at `at`.
void judge_mail(std::string_view text, size_t at, std::vector<Hit>& hits) {
  size_t begin = at;
  while (begin > 0 && at - begin < 64 && is_mail_char(text[begin - 1])) --begin;
  while (begin < at && !is_alnum(text[begin])) ++begin;
  size_t end = at + 1;
  while (end < text.size() && end - at < 254 &&
         (is_alnum(text[end]) || text[end] == '-' || text[end] == '.'))
    ++end;
  while (end > at + 1 && !is_alnum(text[end - 1])) --end;
  const std::string_view name = text.substr(begin, at - begin);
  const std::string_view domain = text.substr(at + 1, end - at - 1);
  const size_t dot = domain.rfind('.');
  if (name.empty() || dot == std::string_view::npos || dot == 0 || domain.size() - dot - 1 < 2)
    return;
  for (const char c : domain.substr(dot + 1))
    if (!is_alpha(c)) return;
  if (begin > 0 && (text[begin - 1] == '/' || text[begin - 1] == ':' || text[begin - 1] == '@')) {
    if (text.substr(begin > 7 ? begin - 7 : 0, 7) != "mailto:") return;  // userinfo of a URL
  }
  if (end < text.size() && (text[end] == ':' || text[end] == '/') && end + 1 < text.size() &&
      is_alnum(text[end + 1]))
    return;  // git@host:repository
  const std::string lower = ascii_lower(domain);
  for (const std::string_view sample :
       {"example.com", "example.org", "example.net", "example.edu"}) {
    if (lower == sample || (lower.size() > sample.size() && lower.ends_with(sample) &&
                            lower[lower.size() - sample.size() - 1] == '.'))
      return;
  }
  if (lower.ends_with(".example") || lower.ends_with(".test") || lower.ends_with(".invalid") ||
      lower.ends_with("noreply.github.com"))
    return;
  const std::string who = ascii_lower(name);
  for (const std::string_view robot :
       {"noreply", "no-reply", "donotreply", "git", "postmaster", "mailer-daemon"})
    if (who == robot) return;
  hits.push_back({"pii.email", Severity::kLow, begin, end});
}

// An IBAN, in groups or not.
bool judge_iban(std::string_view text, size_t at, std::vector<Hit>& hits, size_t& after) {
  if (!is_of(text[at + 1], kUpperByte) || !is_digit(text[at + 2]) || !is_digit(text[at + 3]))
    return false;
  const size_t length = iban_length(text.substr(at, 2));
  if (length == 0) return false;
  std::array<char, kLongestIban> compact;
  size_t size = 0;
  size_t i = at;
  for (; i < text.size() && size < length; ++i) {
    if (is_digit(text[i]) || (text[i] >= 'A' && text[i] <= 'Z')) {
      compact[size++] = text[i];
    } else if (text[i] != ' ' || i == at) {
      break;
    }
  }
  if (size != length || (i < text.size() && is_alnum(text[i]))) return false;
  if (!is_iban({compact.data(), size})) return false;
  hits.push_back({"pii.iban", Severity::kMedium, at, i});
  after = i;
  return true;
}

// Numbers of people that have letters in them.
bool judge_letters(std::string_view text, size_t at, std::vector<Hit>& hits, size_t& after) {
  size_t end = at;
  while (end < text.size() && is_alnum(text[end]) && end - at < 20) ++end;
  const std::string_view word = text.substr(at, end - at);
  constexpr std::array<std::string_view, 4> kWords = {"dni", "nie", "nif", "documento"};
  if (!is_codice_fiscale(word) && !(is_dni(word) && has_word_near(text, at, end, kWords)))
    return false;
  hits.push_back({"pii.national-id", Severity::kMedium, at, end});
  after = end;
  return true;
}

// Where personal data may begin, or an escape before it: 64 bytes are asked at once. All of it has an @ or a digit in it: a word
// that begins with a capital has one among its next seven characters, an escape may end just before such a word.
class Signs {
 public:
  explicit Signs(std::string_view text) : text_(text) {}

  // The first place at or behind `from` that has to be looked at; `fresh`: where the last escape ended.
  size_t next(size_t from, size_t fresh) {
    for (; from < text_.size(); from = begin_ + kBlock) {
      if (from < begin_ || from >= begin_ + kBlock || !known_) ask(from / kBlock * kBlock);
      const bool escaped = escapes_ || (fresh != 0 && fresh >= begin_);
      const uint64_t left = (escaped ? all_ : few_) & ~uint64_t{0} << from % kBlock;
      if (left != 0) return begin_ + static_cast<size_t>(std::countr_zero(left));
    }
    return text_.size();
  }

 private:
  static constexpr size_t kBlock = 64;

  void ask(size_t begin) {
    begin_ = begin;
    known_ = true;
    std::array<char, kBlock> last{};
    const char* bytes = text_.data() + begin;
    if (begin + kBlock > text_.size()) {
      std::copy(bytes, text_.data() + text_.size(), last.begin());
      bytes = last.data();
    }
    const uint64_t digits = bits_of_64(bytes, [](Sixteen s) { return s.within('0', '9'); });
    const uint64_t capitals = bits_of_64(bytes, [](Sixteen s) { return s.within('A', 'Z'); });
    const uint64_t small = bits_of_64(bytes, [](Sixteen s) { return s.within('a', 'z'); });
    const uint64_t marks = bits_of_64(bytes, [](Sixteen s) { return s.is('@') | s.is('+'); });
    const uint64_t escapes = bits_of_64(bytes, [](Sixteen s) {
      return s.is('\\') | s.is('%') | s.is('=') | s.is('[') | s.is('\x1B') | s.is('\xC2');
    });
    const uint64_t alnums = digits | capitals | small;
    const uint64_t starts = ~(alnums << 1U | uint64_t{begin > 0 && is_alnum(text_[begin - 1])});
    // What stands behind the 64 may be digits.
    uint64_t near = digits >> 1U | uint64_t{1} << 63U;
    for (const unsigned more : {1U, 2U, 3U}) near |= near >> more;
    all_ = digits | capitals | marks | escapes;
    few_ = marks | (starts & (digits | (capitals & near)));
    escapes_ = escapes != 0;
  }

  std::string_view text_;
  size_t begin_ = 0;
  bool known_ = false;
  bool escapes_ = false;
  uint64_t all_ = 0;
  uint64_t few_ = 0;  // those of a block without escapes
};

}  // namespace

void find_pii(std::string_view text, std::vector<Hit>& hits) {
  size_t fresh = 0;  // where the last escape ended: a word begins there
  Signs signs(text);
  for (size_t i = signs.next(0, 0); i < text.size(); i = signs.next(i, fresh)) {
    const char c = text[i];
    const bool starts = i == fresh || !is_alnum(text[i - 1]);
    if (kEscapeSigns.holds(c)) {
      fresh = std::max(fresh, end_of_escape(text, i));
      ++i;
    } else if (c == '@') {
      judge_mail(text, i, hits);
      ++i;
    } else if (starts && c >= 'A' && c <= 'Z' && i + 4 < text.size()) {
      size_t after = i + 1;
      if (!judge_iban(text, i, hits, after)) (void)judge_letters(text, i, hits, after);
      i = after;
    } else if ((is_digit(c) && starts) ||
               (c == '+' && i + 1 < text.size() && is_digit(text[i + 1]) && starts)) {
      size_t after = i + 1;
      if (is_digit(c) && judge_letters(text, i, hits, after)) {
        i = after;
        continue;
      }
      const Number number = number_at(text, i);
      const bool ends = number.end >= text.size() || !is_alnum(text[number.end]);
      const bool decimal =
          i >= 2 && (text[i - 1] == '.' || text[i - 1] == ',') && is_digit(text[i - 2]);
      if (ends && !decimal && number.count >= 7) judge(text, number, hits);
      if (fresh > i && fresh < number.end) {  // "%204539…": also without the digits of the escape
        i = fresh;
        continue;
      }
      i = std::max(number.end, i + 1);
      while (i < text.size() && is_digit(text[i])) ++i;
    } else {
      ++i;
    }
  }
}

}  // namespace agentmesh::policy::scan
