#include <limits>

#include "base/bytes.h"
#include "base/json.h"
#include "tests/catch.h"

namespace agentmesh::json {
namespace {

using namespace std::string_view_literals;

std::string written(std::string_view text) {
  std::string out = "before ";
  append_string(out, text);
  REQUIRE(out.starts_with("before \""));
  return out.substr(7);
}

TEST_CASE("a string is written with the escapes of RFC 8785 and no others") {
  struct Case {
    std::string_view text;
    std::string_view json;
  };
  const Case cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"\b\t\n\f\r\"\\", R"("\b\t\n\f\r\"\\")"},
      {"\0\x01\x0b\x1f"sv, R"("\u0000\u0001\u000b\u001f")"},
      {"/\x7f'<>&", "\"/\x7f'<>&\""},
      {"é€😀\xe2\x80\xa8\xc2\x85", "\"é€😀\xe2\x80\xa8\xc2\x85\""},
      {"\xef\xbb\xbf", "\"\xef\xbb\xbf\""},
      {"a long text without anything, then a \"quote\"",
       R"("a long text without anything, then a \"quote\"")"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(written(c.text) == c.json);
  }
}

TEST_CASE("bytes that are not UTF-8 are written as U+FFFD") {
#define BAD "\xef\xbf\xbd"
  struct Case {
    std::string_view text;
    std::string_view json;
  };
  const Case cases[] = {
      {"\xff", "\"" BAD "\""},
      {"a\x80\"b", "\"a" BAD "\\\"b\""},
      {"\xc0\xaf", "\"" BAD BAD "\""},
      {"\xed\xa0\x80", "\"" BAD BAD BAD "\""},
      {"\xf0\x9f\x98", "\"" BAD "\""},
      {"\xf0\x9f\x98x\xe2\x82", "\"" BAD "x" BAD "\""},
      {"\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""},
  };
#undef BAD
  for (const Case& c : cases) {
    CAPTURE(to_hex(as_bytes(c.text)));
    CHECK(written(c.text) == c.json);
  }
}

TEST_CASE("what was written reads back as the same text") {
  Reader reader;
  for (uint32_t c = 0; c < 0x11000; c += c < 0x900 ? 1 : 37) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text = "x";
    append_utf8(text, c);
    text += "0123456789abcdef";
    append_utf8(text, c);
    const std::string json = written(text);
    REQUIRE(reader.read(json).fault == Fault::kNone);
    REQUIRE(reader.root().string() == text);
  }
}

TEST_CASE("integers are written in decimal") {
  std::string out;
  for (const int64_t value :
       {int64_t{0}, int64_t{-1}, int64_t{1795000000003000}, std::numeric_limits<int64_t>::min(),
        std::numeric_limits<int64_t>::max()}) {
    append_integer(out, value);
    out += ' ';
  }
  CHECK(out == "0 -1 1795000000003000 -9223372036854775808 9223372036854775807 ");
}

}  // namespace
}  // namespace agentmesh::json
