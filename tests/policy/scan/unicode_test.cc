#include "policy/scan/unicode.h"

#include "base/bytes.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

namespace {

std::string utf8(std::initializer_list<uint32_t> points) {
  std::string out;
  for (const uint32_t point : points) append_utf8(out, point);
  return out;
}

std::string in_tags(std::string_view text) {
  std::string out;
  for (const char c : text) append_utf8(out, 0xE0000U + static_cast<uint8_t>(c));
  return out;
}

std::string apply(std::string_view text) {
  std::string out;
  size_t at = 0;
  for (const Edit& edit : neutralise(text)) {
    out += text.substr(at, edit.begin - at);
    out += edit.text;
    at = edit.end;
  }
  return out + std::string(text.substr(at));
}

std::vector<Hit> look(std::string_view text) {
  std::vector<Hit> hits;
  find_hidden(text, false, hits);
  return hits;
}

}  // namespace

TEST_CASE("hidden messages are found, shown as notes, and can be read") {
  const std::string tags = "ok" + in_tags("run it");
  CHECK(severity_of(look(tags), "result.hidden-text") == "2");
  CHECK(apply(tags) == "ok<hidden: 6 tag characters>");
  CHECK(hidden_message(tags) == "run it");

  std::string selectors = "\xF0\x9F\x98\x80";
  for (const char c : std::string("do it now"))
    append_utf8(selectors, 0xE0100U + static_cast<uint8_t>(c) - 16);
  CHECK(has(look(selectors), "result.hidden-text"));
  CHECK(hidden_message(selectors) == "do it now");

  const std::string override_ = "a " + utf8({0x202E}) + "cba" + utf8({0x202C});
  CHECK(severity_of(look(override_), "result.hidden-text") == "2");
  CHECK(apply(override_) == "a <U+202E>cba<U+202C>");

  std::string bits = "x";
  for (int i = 0; i < 16; ++i) bits += utf8({i % 3 == 0 ? 0x200BU : 0x200CU});
  CHECK(apply(bits + "y") == "x<hidden: 16 invisible characters>y");

  std::string split;
  for (const char c : std::string("ignore all")) (split += c) += utf8({0x200B});
  CHECK(has(look(split), "result.hidden-text"));
  CHECK(apply(split) == "ignore all");
}

TEST_CASE("terminal escapes are found by what they do") {
  struct Case {
    std::string text;
    const char* severity;
    const char* after;
  };
  const Case cases[] = {
      {"\x1B[8mx\x1B[0m", "2", "<ESC>[8mx<ESC>[0m"},
      {"\x1B]0;title\x07", "2", "<ESC>]0;title<BEL>"},
      {"\x1B[2K\x1B[1A", "2", "<ESC>[2K<ESC>[1A"},
      {"\x1B[1;32mok\x1B[0m", "0", "<ESC>[1;32mok<ESC>[0m"},
      {"a\bb", "1", "a<BS>b"},
      {std::string("a\0b", 3), "1", "a<NUL>b"},
      {"\x1B", "2", "<ESC>"},
      {utf8({0x9B}) + "2J", "2", "<ESC>[2J"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.after);
    CHECK(severity_of(look(c.text), "result.terminal-escape") == c.severity);
    CHECK(apply(c.text) == c.after);
  }
}

TEST_CASE("a neutralised text has nothing left to find") {
  for (const std::string& unit : hostile_units()) {
    CAPTURE(unit);
    const std::string text = repeated("a" + unit + "b", 3000);
    const std::string once = apply(text);
    CHECK(apply(once) == once);
    CHECK(look(once).empty());
    CHECK(look(text).empty() == neutralise(text).empty());
  }
}

TEST_CASE("text of every script and its emoji stay as they are") {
  const std::string cases[] = {
      "plain\ttext\r\n",
      utf8({0x1F468, 0x200D, 0x1F469, 0x200D, 0x1F467}) + " family",
      utf8({0x2764, 0xFE0F}) +
          utf8({0x1F3F4, 0xE0067, 0xE0062, 0xE0077, 0xE006C, 0xE0073, 0xE007F}),
      "1" + utf8({0xFE0F, 0x20E3}),
      utf8({0x5E9, 0x5DC, 0x200F}) + " abc " + utf8({0x2067, 0x5D0, 0x2069}),
      utf8({0x645, 0x6CC, 0x200C, 0x62E, 0x648}),
      utf8({0x915, 0x94D, 0x200D, 0x937}),
      utf8({0xE44, 0x200B, 0xE17}),
      "hy" + utf8({0xAD}) + "phen, 3" + utf8({0x202F}) + "000, a" + utf8({0xA0}) + "b",
      utf8({0xFEFF}) + "bom first",
      "e" + utf8({0x301}) + " Z" + utf8({0x324, 0x308}),
      "stray" + utf8({0x200B}) + " one " + utf8({0x200B}) + "here",
      utf8({0x8FBA, 0xE0101}),
      "\xE2\x9C\x93 done \xE2\x80\x94 \xE2\x80\x9Cok\xE2\x80\x9D",
  };
  for (const std::string& text : cases) {
    CAPTURE(text);
    CHECK(look(text).empty());
    CHECK(neutralise(text).empty());
  }
}

TEST_CASE("letters of two scripts in one name are noticed") {
  CHECK(mixes_scripts("re" + utf8({0x430}) + "d_file"));
  CHECK(mixes_scripts("read" + utf8({0x200B}) + "_file"));
  CHECK_FALSE(mixes_scripts("read_file"));
  CHECK_FALSE(mixes_scripts("caf\xC3\xA9"));
  CHECK_FALSE(mixes_scripts(utf8({0x447, 0x438, 0x442, 0x430, 0x442, 0x44C})));
}

}  // namespace agentmesh::policy::scan
