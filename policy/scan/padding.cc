#include "policy/scan/padding.h"

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestUnit = 16;  // bytes
constexpr size_t kRun = 48;          // bytes of a unit over and over that are padding
constexpr size_t kLongWord = 80;     // letters and digits that are
constexpr size_t kSamples = 64;      // bytes from one look to the next

bool is_again(std::string_view text, size_t at, size_t unit) {
  return eight_bytes(text.data() + at) == eight_bytes(text.data() + at + unit);
}

bool is_in_word(std::string_view text, size_t at) {
  return alnums_first(eight_lower(text.data() + at)) == 8;
}

// A look at every 64th byte finds each run that is twice as long.
bool has_padding(std::string_view text) {
  for (size_t at = 0; at + 8 + kLongestUnit <= text.size(); at += kSamples) {
    for (size_t unit = 5; unit <= kLongestUnit; ++unit)  // those of 1 to 4 are of 5 to 8 as well
      if (is_again(text, at, unit)) return true;
    if (is_in_word(text, at) && is_in_word(text, at + 8) && is_in_word(text, at + 16)) return true;
  }
  return false;
}

// Bytes from `at` on that repeat what stands `unit` bytes before them.
size_t repeated_from(std::string_view text, size_t at, size_t unit) {
  size_t same = 0;
  while (at + unit + same + 8 <= text.size() && is_again(text, at + same, unit)) same += 8;
  while (at + unit + same < text.size() && text[at + same] == text[at + unit + same]) ++same;
  return same;
}

}  // namespace

std::string_view without_padding(std::string_view text, size_t most, std::string& room) {
  if (!has_padding(text)) return text;
  std::string out;
  size_t at = 0;
  while (at < text.size() && out.size() <= most) {
    size_t run = 1;
    size_t kept = 1;
    for (size_t unit = 1; unit <= kLongestUnit && run < kRun; ++unit) {
      if (at + unit + 8 > text.size() || !is_again(text, at, unit)) continue;
      const size_t longer = unit + repeated_from(text, at, unit);
      if (longer <= run) continue;
      run = longer;
      kept = run < kRun ? run : unit;
    }
    if (run < kRun && is_of(text[at], kAlphaByte | kDigitByte)) {
      run = end_of_alnums(text, at) - at;
      kept = run < kLongWord ? run : 8;
    }
    out.append(text, at, kept);
    at += run;
  }
  room = std::move(out);
  return room;
}

}  // namespace agentmesh::policy::scan
