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

TEST_CASE("a JSON text that is spelled out for a person means what it meant") {
  const std::string text = R"({"tool":"naïve 漢字 🎉 \u001b a\"b"})";
  CHECK(printable_json(text) == text);
  CHECK(printable_json("[\"\u009B31m\u202E\u200B\x7F\U000E0041\"]") ==
        R"(["\u009b31m\u202e\u200b\u007f\udb40\udc41"])");
  CHECK(printable_json("\x1B[2J\x9B") == R"(\u001b[2J\ufffd)");  // a line that is none
}

}  // namespace
}  // namespace agentmesh
