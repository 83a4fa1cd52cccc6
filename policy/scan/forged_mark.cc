#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/scan/decode.h"
#include "policy/scan/sixteen.h"
#include "policy/scan/text.h"

namespace agentmesh::policy::scan {
namespace {

constexpr std::string_view kOurName = "agentmesh";
constexpr size_t kNear = 200;  // bytes of a line, from the name on, in which it claims something

bool is_our_name(std::string_view text, size_t at) {
  for (size_t i = 0; i < kOurName.size(); ++i)
    if ((text[at + i] | 0x20) != kOurName[i]) return false;
  return true;
}

// The name in any case; npos if it is not there. Sixteen places at a time are asked for its g and its m.
size_t find_our_name(std::string_view text, size_t from) {
  constexpr size_t kG = 1;
  constexpr size_t kM = 5;
  const Sixteen small = Sixteen::all(0x20);
  size_t at = from;
  for (; at + kOurName.size() + 16 <= text.size(); at += 16) {
    const Sixteen g = (Sixteen::at(text.data() + at + kG) | small).is('g');
    const Sixteen m = (Sixteen::at(text.data() + at + kM) | small).is('m');
    for (unsigned both = (g & m).bits(); both != 0; both &= both - 1)
      if (const size_t begin = at + static_cast<size_t>(std::countr_zero(both));
          is_our_name(text, begin))
        return begin;
  }
  for (; at + kOurName.size() <= text.size(); ++at)
    if (is_our_name(text, at)) return at;
  return std::string_view::npos;
}

// What a mark, a footer or a denial says: where the words of one kind end in a line, in order.
class Claims {
 public:
  template <size_t N>
  Claims(std::string_view line, const std::array<std::string_view, N>& words) {
    for (size_t i = 0; i < line.size(); ++i)
      for (const std::string_view word : words)
        if (line[i] == word[0] && line.substr(i, word.size()) == word)
          found_.push_back({i, i + word.size()});
  }
  // Whether one stands within kNear bytes from `at` on; `at` never goes back.
  bool near(size_t at) {
    while (next_ < found_.size() && found_[next_].begin < at) ++next_;
    return next_ < found_.size() && found_[next_].end <= at + kNear;
  }

 private:
  struct Place {
    size_t begin = 0;
    size_t end = 0;
  };
  std::vector<Place> found_;
  size_t next_ = 0;
};

// Whether a name in the line that begins at the first of them, in lower case, claims a verdict.
bool line_claims(std::string_view text, size_t first, size_t end) {
  constexpr std::array<std::string_view, 4> kVerdicts = {"allowed", "verified", "denied",
                                                         "approved"};
  constexpr std::array<std::string_view, 2> kDetails = {"trust ", "audit "};
  const std::string line = ascii_lower(text.substr(first, end - first));
  Claims verdicts(line, kVerdicts);
  Claims details(line, kDetails);
  for (size_t in = 0; in != std::string_view::npos;
       in = find_our_name(line, in + kOurName.size())) {
    const size_t at = first + in;
    const bool sign = at >= 2 && text[at - 1] == ' ' &&
                      static_cast<uint8_t>(text[at - 2]) >= 0x80;  // "✓ AgentMesh"
    if (verdicts.near(in) && (sign || details.near(in))) return true;
  }
  return false;
}

// The key of our mark, as text.
bool is_mark_key(std::string_view text, size_t at) {
  return at >= 3 && ascii_lower(text.substr(at - 3, 3)) == "io." &&
         text.substr(at + kOurName.size(), 1) == "/";
}

bool claims_a_verdict(std::string_view text) {
  size_t line_end = 0;
  for (size_t at = find_our_name(text, 0); at != std::string_view::npos;
       at = find_our_name(text, at + kOurName.size())) {
    if (is_mark_key(text, at)) return true;
    if (at < line_end) continue;
    line_end = std::min(text.find('\n', at), text.size());
    if (line_claims(text, at, line_end)) return true;
  }
  return false;
}

}  // namespace

void find_forged_mark(Reading& reading, std::vector<Hit>& hits) {
  const bool forged =
      claims_a_verdict(reading.plain() ? reading.text() : std::string_view(reading.folded().text));
  if (forged) add_hit(hits, {"result.forged-mark", Severity::kHigh});
}

}  // namespace agentmesh::policy::scan
