#include "policy/scan/base64_runs.h"

#include <bit>
#include <cstdint>

#include "policy/scan/byte_classes.h"
#include "policy/scan/sixteen.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kBlock = 64;

uint64_t base64_bits(const char* bytes) {
  return bits_of_64(bytes, [](Sixteen sixteen) {
    // '/' and the digits stand in a row.
    return (sixteen | Sixteen::all(0x20)).within('a', 'z') | sixteen.within('/', '9') |
           sixteen.is('+') | sixteen.is('-') | sixteen.is('_');
  });
}

// Where kLeastRun of them stand in a row.
uint64_t runs_in(uint64_t bits) {
  for (unsigned more = 1; more < kLeastRun; more *= 2) bits &= bits >> more;
  return bits;
}

}  // namespace

size_t find_base64_run(std::string_view text, size_t from) {
  // A run that begins in these of the 64 bytes is seen whole, as far as it has to be.
  constexpr size_t kSeen = kBlock - kLeastRun + 1;
  for (; from + kBlock <= text.size(); from += kSeen) {
    const char* const bytes = text.data() + from;
    // What has no blank in it is rare enough, and cheaper to ask for.
    if (runs_in(bits_of_64(bytes, [](Sixteen sixteen) { return sixteen.above(' '); })) == 0)
      continue;
    if (const uint64_t runs = runs_in(base64_bits(bytes)); runs != 0)
      return from + static_cast<size_t>(std::countr_zero(runs));
  }
  return find_run(text, from, kBase64Byte, kLeastRun);
}

size_t end_of_base64_run(std::string_view text, size_t from) {
  for (; from + kBlock <= text.size(); from += kBlock)
    if (const uint64_t others = ~base64_bits(text.data() + from); others != 0)
      return from + static_cast<size_t>(std::countr_zero(others));
  while (from < text.size() && is_of(text[from], kBase64Byte)) ++from;
  return from;
}

}  // namespace agentmesh::policy::scan
