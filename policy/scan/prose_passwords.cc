#include "policy/scan/prose_passwords.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/chosen_passwords.h"
#include "policy/scan/decode.h"
#include "policy/scan/secret_names.h"
#include "policy/scan/secret_values.h"
#include "policy/scan/sixteen.h"

namespace agentmesh::policy::scan {
namespace {

// Where the next "sw" stands, as in "password"; the text's size if there is none.
size_t next_word(std::string_view text, size_t from) {
  for (; from + 17 <= text.size(); from += 16) {
    const unsigned found = Sixteen::at(text.data() + from).is('s').bits() &
                           Sixteen::at(text.data() + from + 1).is('w').bits();
    if (found != 0) return from + static_cast<size_t>(std::countr_zero(found));
  }
  return std::min(text.find("sw", from), text.size());
}

// True if "password" or "Passwort" stands around `at`, where its "sw" does, as a word.
bool is_word(std::string_view text, size_t at) {
  if (at < 3 || (at > 3 && is_of(text[at - 4], kWordByte))) return false;
  const std::string word = ascii_lower(text.substr(at - 3, 8));
  return (word == "password" || word == "passwort") &&
         (at + 5 >= text.size() || !is_of(text[at + 5], kWordByte));
}

// The verbs of the sentences of a text, asked about by place: what was searched in vain is not searched again.
class Verbs {
 public:
  explicit Verbs(std::string_view text) : text_(text) {}

  // Behind the verb of the sentence that goes on at `at`; npos if there is none near.
  size_t behind_next(size_t at) {
    const size_t until = std::min(at + kFar, text_.size());
    for (size_t i = std::max(at, none_before_); i < until; ++i) {
      if (kSentenceEnds.holds(text_[i])) {
        none_before_ = i;
        break;
      }
      if (text_[i] != ' ') continue;
      for (const std::string_view verb :
           {"is now ", "is ", "is: ", "ist ", "lautet ", "es ", "est "})
        if (text_.substr(i + 1, verb.size()) == verb) return i + 1 + verb.size();
      none_before_ = i;
    }
    return std::string_view::npos;
  }

 private:
  static constexpr size_t kFar = 80;
  static constexpr ByteSet kSentenceEnds{[](uint8_t c) {
    return std::string_view("\n.;?!=<>{}|").find(static_cast<char>(c)) != std::string_view::npos;
  }};

  std::string_view text_;
  size_t none_before_ = 0;
};

std::optional<Hit> value_at(std::string_view text, size_t begin) {
  constexpr size_t kLongest = 48;
  const bool quoted = begin < text.size() && std::string_view("\"'`").find(text[begin]) < 3;
  const char quote = quoted ? text[begin++] : ' ';
  size_t end = begin;
  while (end < text.size() && end - begin <= kLongest && static_cast<uint8_t>(text[end]) > ' ' &&
         text[end] != quote && text[end] != '"')
    ++end;
  while (!quoted && end > begin && std::string_view(".,;:)?").find(text[end - 1]) < 6) --end;
  const std::string_view value = text.substr(begin, end - begin);
  if (value.size() < kLeastPassword || value.size() > kLongest || !is_chosen_password(value) ||
      value.find_first_of("/=") != std::string_view::npos || !(quoted || is_random(value)))
    return std::nullopt;
  auto hit = secret_value(text, "password", begin, end, kLeastPassword);
  if (hit) hit->severity = std::min(hit->severity, Severity::kMedium);
  return hit;
}

}  // namespace

void passwords_of_prose(std::string_view text, std::vector<Hit>& hits) {
  Verbs verbs(text);
  for (size_t at = next_word(text, 0); at < text.size(); at = next_word(text, at + 1)) {
    if (!is_word(text, at)) continue;
    const size_t begin = verbs.behind_next(at + 5);
    if (begin == std::string_view::npos) continue;
    const auto hit = value_at(text, begin);
    if (hit && (hits.empty() || hits.back().begin != hit->begin)) hits.push_back(*hit);
  }
}

}  // namespace agentmesh::policy::scan
