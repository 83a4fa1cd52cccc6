#include "policy/scan/chosen_passwords.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/made_up.h"

namespace agentmesh::policy::scan {
namespace {

struct Letters {
  size_t upper = 0;
  size_t lower = 0;
  size_t digits = 0;
  size_t marks = 0;  // but for what joins words

  explicit Letters(std::string_view value) {
    for (const char c : value) {
      if (is_digit(c))
        ++digits;
      else if (is_of(c, kUpperByte))
        ++upper;
      else if (is_alpha(c))
        ++lower;
      else if (c > ' ' && c <= '~' && std::string_view("._-").find(c) > 2)
        ++marks;
    }
  }
  size_t kinds() const {
    return (upper != 0 ? 1U : 0U) + (lower != 0 ? 1U : 0U) + (digits != 0 ? 1U : 0U) +
           (marks != 0 ? 1U : 0U);
  }
};

// By which a line says what it is for.
constexpr std::array<std::string_view, 10> kForTests = {
    "test", "example", "demo", "sample", "dummy", "fake", "mock", "expect", "fixture", "invalid"};

// The line around [begin, end), as far as a person would look.
std::string_view line_of(std::string_view text, size_t begin, size_t end) {
  constexpr size_t kFar = 160;
  const size_t from = begin > kFar ? begin - kFar : 0;
  const size_t before = text.substr(from, begin - from).rfind('\n');
  const size_t first = before == std::string_view::npos ? from : from + before + 1;
  const std::string_view rest = text.substr(end, kFar);
  return text.substr(first, end + std::min(rest.find('\n'), rest.size()) - first);
}

}  // namespace

bool is_chosen_password(std::string_view value) {
  constexpr size_t kLongest = 40;
  constexpr double kLeastEntropy = 2.5;  // "Sommer2022" has 2.9, "Aaaaaa11" 1.5
  if (value.size() > kLongest) return false;
  const Letters letters(value);
  // "hash.Sha25", "user_Key22", "userPass[2]": a name in code.
  if (value.find_first_of(letters.marks == 0 ? "._" : "()[]{}<>") != std::string_view::npos)
    return false;
  return letters.kinds() >= 3 && letters.digits + letters.marks >= 2 &&
         entropy(value) >= kLeastEntropy;
}

bool is_usual_choice(std::string_view text, size_t begin, size_t end) {
  const std::string_view value = text.substr(begin, end - begin);
  if (Letters(value).kinds() < 4 || !is_usual_password(value)) return false;
  const std::string line = ascii_lower(line_of(text, begin, end));
  return std::none_of(kForTests.begin(), kForTests.end(),
                      [&line](std::string_view word) { return has(line, word); });
}

}  // namespace agentmesh::policy::scan
