#include "integrations/json_spans.h"

#include "tests/catch.h"

namespace agentmesh::integrations {
namespace {

TEST_CASE("what people keep in configuration files is read, and every value's place is known") {
  const std::string text =
      "\xEF\xBB\xBF// top\r\n{ \"a\" : [1, -2.5e+3, \"x\\\"]\", /* c */ {}, ], \"a\": null, }\n//end";
  const auto json = JsonSpans::read(text);
  REQUIRE(json);
  const auto members = json->members(*json->root());
  REQUIRE(members.size() == 2);
  CHECK(members[0].key.of(text) == "\"a\"");
  CHECK(members[1].value.of(text) == "null");
  const auto elements = json->elements(members[0].value);
  REQUIRE(elements.size() == 4);
  CHECK(json->string(elements[2]) == "x\"]");
  CHECK(elements[3].of(text) == "{}");
  CHECK(place_of(text, *json->first_comment()).line == 1);
  CHECK(place_of(text, *json->first_trailing_comma()).line == 2);
}

TEST_CASE("a text with nothing in it has no root") {
  for (const char* text : {"", " \r\n", "\xEF\xBB\xBF", "// only\n", "/**/"}) {
    CAPTURE(text);
    const auto json = JsonSpans::read(text);
    REQUIRE(json);
    CHECK_FALSE(json->root());
  }
}

TEST_CASE("what is not JSON is refused with its line and column in characters") {
  struct Case {
    std::string text;
    const char* why;
  };
  const Case cases[] = {
      {"{", "1:1: this '{' is never closed"},
      {"{\"a\":1", "1:1: this '{' is never closed"},
      {"[1,", "1:1: this '[' is never closed"},
      {"{\n \"ü\" 1}", "2:6: expected ':' after the key"},
      {"{\r\n\"a\":\r\n  'x'}", "3:3: JSON strings take double quotes"},
      {"\xEF\xBB\xBF{a:1}", "1:2: expected a key in double quotes, or '}'"},
      {"[1,,2]", "1:4: expected a value"},
      {"[,]", "1:2: expected a value"},
      {"{\"a\":NaN}", "1:6: expected a value"},
      {"{\"a\":}", "1:6: expected a value"},
      {"[01]", "1:2: a number does not start with 0"},
      {"[1.]", "1:4: expected a digit"},
      {"[1e]", "1:4: expected a digit"},
      {"[-]", "1:3: expected a digit"},
      {"[\"a\nb\"]", "1:2: this string is not closed on its line"},
      {"[\"a", "1:2: this string is never closed"},
      {"[\"a\\", "1:4: this escape is cut off"},
      {"[\"\\x\"]", "1:3: JSON has no such escape"},
      {"[\"\\u12g4\"]", "1:3: \\u needs four hexadecimal digits"},
      {"[\"\t\"]", "1:3: a control character in a string must be escaped"},
      {"{} x", "1:4: something follows the end of the value"},
      {"{} /* x", "1:4: this comment is never closed"},
      {"{ / }", "1:3: '/' starts neither a value nor a comment"},
      {"[\"\xFF\"]", "1:3: this byte is not UTF-8"},
      {"\xFF\xFE{", "1:1: this file is UTF-16; it must be UTF-8"},
      {std::string("[\0]", 3), "1:2: expected a value"},
      {std::string(129, '['), "1:129: nested deeper than 128"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto json = JsonSpans::read(c.text);
    REQUIRE_FALSE(json);
    CHECK(json.error().what == c.why);
  }
}

TEST_CASE("a text cut off or changed anywhere is read or refused, without harm") {
  const std::string text =
      "\xEF\xBB\xBF{ // c\r\n\"a\": [\"\\u0041\\n\", -1.5e+2, true, null,], /* d */ \"b\": {\"c\": {}}}\n";
  for (size_t size = 0; size < text.size(); ++size) {
    (void)JsonSpans::read(std::string_view(text).substr(0, size));
    for (const char c : {'\0', '"', '\\', '{', ']', ',', '/', '*', '\n', '\xC3'}) {
      std::string changed = text;
      changed[size] = c;
      const auto json = JsonSpans::read(changed);
      if (!json || !json->root() || !json->is_object(*json->root())) continue;
      for (const Member& member : json->members(*json->root())) {
        CHECK(member.value.end <= changed.size());
        CHECK(member.key.end <= member.value.begin);
      }
    }
  }
}

}  // namespace
}  // namespace agentmesh::integrations
