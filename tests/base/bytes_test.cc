#include "base/bytes.h"

#include "tests/catch.h"

namespace agentmesh {
namespace {

using namespace std::string_view_literals;

std::string text_of(const std::optional<std::vector<uint8_t>>& bytes) {
  return bytes ? std::string(bytes->begin(), bytes->end()) : "(nothing)";
}

TEST_CASE("bytes become lower-case hex, and hex of either case becomes bytes") {
  CHECK(to_hex(as_bytes("\x00\x1f\xa0\xff"sv)) == "001fa0ff");
  CHECK(to_hex({}).empty());
  CHECK(text_of(from_hex("001FA0fF")) == "\x00\x1f\xa0\xff"sv);
  CHECK(text_of(from_hex("")).empty());
}

TEST_CASE("what is not hex is refused") {
  for (const std::string_view bad :
       {"0"sv, "012"sv, "0g"sv, "g0"sv, "0 "sv, "0x"sv, "\xff\xff"sv, "0\0"sv}) {
    CAPTURE(bad);
    CHECK_FALSE(from_hex(bad));
  }
}

TEST_CASE("base64 is that of RFC 4648") {
  struct Case {
    std::string_view plain;
    std::string_view coded;
  };
  const Case cases[] = {{"", ""},
                        {"f", "Zg=="},
                        {"fo", "Zm8="},
                        {"foo", "Zm9v"},
                        {"foob", "Zm9vYg=="},
                        {"fooba", "Zm9vYmE="},
                        {"foobar", "Zm9vYmFy"},
                        {"\xfb\xff\xfe", "+//+"},
                        {"\0\0"sv, "AAA="}};
  for (const Case& c : cases) {
    CAPTURE(c.coded);
    CHECK(to_base64(as_bytes(c.plain)) == c.coded);
    CHECK(text_of(from_base64(c.coded)) == c.plain);
  }
}

TEST_CASE("base64 that is not spelled in the one canonical way is refused") {
  for (const std::string_view bad :
       {"Zg"sv, "Zg="sv, "Zg==="sv, "Z==="sv, "===="sv, "=Zg="sv, "Zh=="sv, "Zm9="sv, "Zm8=Zm8="sv,
        "Zg==Zg=="sv, "Zm9v\n"sv, "Zm 9"sv, "-__-"sv, "Zm=v"sv, "Zm\0v"sv, "Zm9\xe9"sv}) {
    CAPTURE(bad);
    CHECK_FALSE(from_base64(bad));
  }
}

TEST_CASE("every single byte survives hex and base64") {
  std::vector<uint8_t> all;
  for (int i = 0; i < 256; ++i) {
    all.push_back(static_cast<uint8_t>(i));
    CHECK(from_hex(to_hex(all)) == all);
    CHECK(from_base64(to_base64(all)) == all);
  }
}

TEST_CASE("a cut never goes through a character") {
  const std::string_view text =
      "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";  // a é € 😀 z: 1, 3, 6, 10, 11
  const size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (size_t max = 0; max < std::size(ends); ++max) {
    CAPTURE(max);
    CHECK(cut_utf8(text, max) == text.substr(0, ends[max]));
  }
}

TEST_CASE("UTF-8 is told from what only looks like it") {
  struct Case {
    std::string_view text;
    size_t valid;   // length of the valid prefix
    size_t broken;  // what one U+FFFD stands for behind it
  };
  const Case cases[] = {
      {"", 0, 0},
      {"plain ascii, longer than a word", 31, 0},
      {"\0"sv, 1, 0},
      {"\x7f", 1, 0},
      {"\xc2\x80", 2, 0},
      {"\xdf\xbf", 2, 0},
      {"\xe0\xa0\x80", 3, 0},
      {"\xed\x9f\xbf", 3, 0},
      {"\xee\x80\x80", 3, 0},
      {"\xef\xbf\xbf", 3, 0},
      {"\xf0\x90\x80\x80", 4, 0},
      {"\xf4\x8f\xbf\xbf", 4, 0},
      {"\x80", 0, 1},  // a continuation alone
      {"ab\xbf", 2, 1},
      {"\xc0\x80", 0, 1},          // overlong NUL
      {"\xc1\xbf", 0, 1},          // overlong
      {"\xe0\x9f\xbf", 0, 1},      // overlong
      {"\xf0\x8f\xbf\xbf", 0, 1},  // overlong
      {"\xed\xa0\x80", 0, 1},      // surrogate
      {"\xed\xbf\xbf", 0, 1},      // surrogate
      {"\xf4\x90\x80\x80", 0, 1},  // above U+10FFFF
      {"\xf5\x80\x80\x80", 0, 1},
      {"\xff", 0, 1},
      {"\xc3", 0, 1},  // broken off
      {"\xe2\x82", 0, 2},
      {"\xf0\x9f\x98", 0, 3},
      {"\xf0\x9f", 0, 2},
      {"\xc3(", 0, 1},
      {"\xe2\x82(", 0, 2},
      {"\xf0\x9f\x98(", 0, 3},
      {"12345678\xe2\x28\xa1", 8, 1},
  };
  for (const Case& c : cases) {
    CAPTURE(to_hex(as_bytes(c.text)));
    CHECK(valid_utf8_prefix(c.text) == c.valid);
    CHECK(is_utf8(c.text) == (c.valid == c.text.size()));
    if (c.valid < c.text.size()) CHECK(broken_utf8_length(c.text.substr(c.valid)) == c.broken);
  }
}

TEST_CASE("every code point is encoded, and only code points") {
  size_t wrong = 0;
  for (uint32_t c = 0; c < 0x110100; ++c) {
    std::string out;
    append_utf8(out, c);
    const bool scalar = c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
    const size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (scalar ? !is_utf8(out) || out.size() != length : out != "\xef\xbf\xbd") ++wrong;
  }
  CHECK(wrong == 0);
  std::string out;
  for (const uint32_t c : {0x24U, 0xA2U, 0x20ACU, 0x1F600U}) append_utf8(out, c);
  CHECK(out == "\x24\xc2\xa2\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST_CASE("words are stored with their lowest byte first") {
  uint8_t bytes[8];
  put_u64_le(bytes, 0x0102030405060708U);
  CHECK(to_hex(bytes) == "0807060504030201");
  CHECK(get_u64_le(bytes) == 0x0102030405060708U);
  put_u64_le(bytes, UINT64_MAX);
  CHECK(get_u64_le(bytes) == UINT64_MAX);
}

}  // namespace
}  // namespace agentmesh
