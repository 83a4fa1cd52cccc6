#include "base/skeleton.h"

#include <fstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/skeleton_table.h"
#include "tests/catch.h"

namespace agentmesh::tests {
namespace {

TEST_CASE("code points are read as UTF-8 has them, and what is none takes one byte") {
  struct Case {
    const char* text;
    std::vector<uint32_t> code_points;
  };
  const Case cases[] = {
      {"", {}},
      {"aé€😀", {'a', 0xE9, 0x20AC, 0x1F600}},
      {"\xC3", {0xFFFD}},
      {"\xE2\x82", {0xFFFD, 0xFFFD}},
      {"\xFF"
       "a",
       {0xFFFD, 'a'}},
      {"\xC3"
       "a",
       {0xFFFD, 'a'}},
      {"\x80\xBF", {0xFFFD, 0xFFFD}},
      {"\xC0\xAF", {0xFFFD, 0xFFFD}},
      {"\xF0\x9F\x98", {0xFFFD, 0xFFFD, 0xFFFD}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const std::string text = c.text;
    std::vector<uint32_t> got;
    for (size_t at = 0; at < text.size();) got.push_back(next_code_point(text, at));
    CHECK(got == c.code_points);
  }
}

TEST_CASE("every code point comes back from its UTF-8") {
  for (uint32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, code_point);
    size_t at = 0;
    const bool same = next_code_point(text, at) == code_point && at == text.size();
    if (!same) {
      CAPTURE(code_point);
      REQUIRE(same);
    }
  }
}

TEST_CASE("the table is sorted, and lists nothing of ASCII") {
  uint32_t before = 0;
  for (const auto& range : skeleton_table::kInvisible) {
    CHECK(range.first <= range.last);
    CHECK(range.first > before);
    before = range.last;
  }
  for (const auto& like : skeleton_table::kLike) {
    CHECK(like.ascii.size() == 1);
    for (size_t at = 0; at < like.text.size();) CHECK(next_code_point(like.text, at) >= 0x80);
  }
}

TEST_CASE("what shows nothing is invisible, what shows something is not") {
  for (const uint32_t code_point :
       {0x0U,     0x9U,     0x20U,    0x7FU,     0x85U,   0xA0U,   0xADU,   0x34FU,   0x61CU,
        0x115FU,  0x180EU,  0x2000U,  0x200BU,   0x200DU, 0x202EU, 0x2028U, 0x2060U,  0x2066U,
        0x2800U,  0x3000U,  0x3164U,  0xFE0FU,   0xFEFFU, 0xFFA0U, 0xFFF9U, 0x1D173U, 0xE0001U,
        0xE0041U, 0xE0100U, 0xF0000U, 0x10FFFFU, 0xE000U, 0x301U}) {
    CAPTURE(code_point);
    CHECK(is_invisible(code_point));
  }
  for (const uint32_t code_point :
       {0x21U, 0x41U, 0x7EU, 0xA1U, 0xE9U, 0x430U, 0x4E2DU, 0x1F600U, 0xAC00U}) {
    CAPTURE(code_point);
    CHECK_FALSE(is_invisible(code_point));
  }
}

TEST_CASE("characters of other scripts and alphabets look like the Latin ones they look like") {
  struct Case {
    const char* text;
    const char* skeleton;
  };
  const Case cases[] = {
      {"read_file", "read_flle"},  // l, i, 1 and | are one
      {"READ_FILE", "read_flle"},
      {"re\xC2\xAD"
       "ad_f\xE2\x80\x8Bile",
       "read_flle"},
      {"rеаd_filе", "read_flle"},
      {"ｒｅａｄ＿ｆｉｌｅ", "read_flle"},
      {"𝐫𝐞𝐚𝐝_𝓯𝓲𝓵𝓮", "read_flle"},
      {"𝕣𝕖𝕒𝕕_ﬁle", "read_flle"},
      {"ⓡⓔⓐⓓ_🄵🄸🄻🄴", "read_flle"},
      {"rêâd_fïlé", "read_flle"},
      {"re\xCC\x81"
       "ad_file",
       "read_flle"},
      {"read_fi1e", "read_flle"},
      {"g0_h0me", "go_home"},
      {"cornrnit", "commlt"},
      {"vvrite", "wrlte"},
      {"𝚨𝛢𝜶", "aaa"},
      {"ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhlkmnoptyx"},
      {"АВЕКМНОРСТУХ", "abekmhopctyx"},
      {"日本", "日本"},
      {"", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(skeleton(c.text) == c.skeleton);
  }
}

TEST_CASE("published confusables are known for what they look like") {
  std::ifstream in("tests/data/unicode/confusables.tsv");
  int rows = 0;
  for (std::string line; std::getline(in, line); ++rows) {
    CAPTURE(line);
    const std::string target(1, line.back());
    std::string text;
    append_utf8(text, static_cast<uint32_t>(std::stoul(line, nullptr, 16)));
    CHECK(skeleton(text) == skeleton(target));
  }
  CHECK(rows > 600);
}

TEST_CASE("a text could be read as a name if a careless reader would") {
  struct Case {
    const char* text;
    const char* ascii;
    bool could;
  };
  const Case cases[] = {
      {"name", "name", true},
      {"NAME", "name", true},
      {"name", "NAME", true},
      {"nam", "name", false},
      {"names", "name", false},
      {"", "name", false},
      {"na me", "name", true},
      {"\xE2\x80\x8Bname", "name", true},
      {"nаmе", "name", true},
      {"n中me", "name", true},
      {"中me", "name", false},
      {"中中me", "name", true},
      {"中中中e", "name", false},
      {"имя", "uri", false},
      {"методы", "method", false},
      {"metho中", "method", true},
      {"пaрaмс", "params", false},
      {"ﬁle", "file", true},
      {"read_ﬁle", "read_file", true},
      {"ｉｄ", "id", true},
      {"中d", "id", true},
      {"中中", "id", false},
      {"\xE2\x80\x8B\xE2\x80\x8B", "id", false},
      {"lD", "id", false},
      {"｜d", "id", true},
      {"ﬁﬁ", "fifi", true},
      {"\xFF"
       "ame",
       "name", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text, c.ascii);
    CHECK(could_be_read_as(c.text, c.ascii) == c.could);
  }
}

TEST_CASE("a text of invisible characters takes time in proportion to its length") {
  std::string text = "name";
  for (int i = 0; i < 300'000; ++i) text += "\xE2\x80\x8B";
  CHECK(could_be_read_as(text, "name"));
  CHECK(skeleton(text) == "name");
}

}  // namespace
}  // namespace agentmesh::tests
