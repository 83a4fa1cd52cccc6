#include "base/printable.h"

#include <string>

#include "tests/catch.h"

namespace agentmesh {
namespace {

TEST_CASE("what moves a cursor, hides or turns a text is spelled out, and letters are left alone") {
  CHECK(printable("naïve 漢字 🎉 a b") == "naïve 漢字 🎉 a b");
  CHECK(printable("a\x1B[2J\nb") == "a\\u{1B}[2J\\u{A}b");
  CHECK(printable("\u009B\u202E\u2028\u200B\U000E0041") ==
        "\\u{9B}\\u{202E}\\u{2028}\\u{200B}\\u{E0041}");
  CHECK(printable("\x9B"
                  "1m\xE2\x80") == "\\x9B1m\\xE2\\x80");
  CHECK(printable("abcdef", 3) == "abc…");
}

TEST_CASE("of a text of several lines the line ends stay, and nothing is cut") {
  CHECK(printable_lines("").empty());
  CHECK(printable_lines("one\n\ttwo\x1B[31m\r\n") == "one\n\ttwo\\u{1B}[31m\\u{D}\n");
  const std::string long_line(10'000, 'x');
  CHECK(printable_lines(long_line + "\n" + long_line) == long_line + "\n" + long_line);
}

}  // namespace
}  // namespace agentmesh
