#include "policy/scan/sixteen.h"

#include <array>
#include <string>

#include "policy/scan/base64_runs.h"
#include "policy/scan/byte_classes.h"
#include "tests/catch.h"

namespace agentmesh::policy::scan {

TEST_CASE("sixteen bytes at once are asked what each is asked") {
  for (unsigned first = 0; first < 256; first += 16) {
    std::array<char, 16> bytes;
    for (unsigned i = 0; i < 16; ++i) bytes[i] = static_cast<char>(first + i);
    const Sixteen asked = Sixteen::at(bytes.data());
    const Sixteen small = asked | Sixteen::all(0x20);
    for (unsigned i = 0; i < 16; ++i) {
      const unsigned c = first + i;
      const auto bit = [i](Sixteen answer) { return (answer.bits() >> i & 1U) != 0; };
      CAPTURE(c);
      CHECK(bit(asked.is('a')) == (c == 'a'));
      CHECK(bit(asked.is('\xC2')) == (c == 0xC2));
      CHECK(bit(asked.within('a', 'z')) == (c >= 'a' && c <= 'z'));
      CHECK(bit(asked.within(' ', '~')) == (c >= ' ' && c <= '~'));
      CHECK(bit(asked.above(' ')) == (c > ' ' && c < 0x80));
      CHECK(bit(small.within('a', 'z')) == is_of(static_cast<char>(c), kAlphaByte));
      CHECK(bit(asked.is('a') | asked.is('b')) == (c == 'a' || c == 'b'));
      CHECK(bit(asked.within('a', 'm') & asked.within('k', 'z')) == (c >= 'k' && c <= 'm'));
    }
  }
}

TEST_CASE("a run of base64 is found where it begins, wherever that is") {
  for (size_t before = 0; before < 200; ++before)
    for (const size_t length : {15U, 16U, 17U, 64U, 100U}) {
      std::string text(before, '.');
      text += std::string(length, 'A') + "." + std::string(80, ' ');
      CAPTURE(before, length);
      CHECK(find_base64_run(text, 0) == (length < kLeastRun ? std::string::npos : before));
      if (length >= kLeastRun) CHECK(end_of_base64_run(text, before) == before + length);
    }
  CHECK(find_base64_run("short", 0) == std::string::npos);
}

TEST_CASE("the first byte that is asked for is found at any place, and no other behind the end") {
  const auto zero = [](Sixteen bytes) { return bytes.is('0') | bytes.is('\0'); };
  for (size_t size = 0; size < 40; ++size) {
    CHECK(find_of(std::string(size, '.'), 0, zero) == size);
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, '.');
      text[at] = '0';
      for (size_t from = 0; from <= size; ++from)
        CHECK(find_of(text, from, zero) == (from <= at ? at : size));
    }
  }
}

}  // namespace agentmesh::policy::scan
