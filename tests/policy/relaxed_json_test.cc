#include "policy/relaxed_json.h"

#include <random>
#include <string>

#include "tests/catch.h"

namespace agentmesh::policy {
namespace {

std::string read(const std::string& text) {
  json::Reader reader;
  return relaxed_json(reader, text, 128).value_or("none");
}

}  // namespace

TEST_CASE("JSON stays as it is, but for blanks around it") {
  for (const char* text :
       {R"({"a":1})", R"([1e400,"\u0061\ud800", {"a" : [ ] }])", R"({"a":{},"a":null})"})
    CHECK(read(text) == text);
  CHECK(read("\n {\"a\":1}\t") == R"({"a":1})");
}

TEST_CASE("what patient readers take is read as they read it") {
  CHECK(read("{'a': 'it\\'s \"b\"', b_2: [1, -2.5, 1e3,], c: None, d: True, e: true, f: NaN,}") ==
        R"({"a":"it's \"b\"","b_2":[1,-2.5,1e3],"c":null,"d":null,"e":true,"f":null})");
  CHECK(read("\xEF\xBB\xBF{\"a\": 1} # why") == R"({"a":1})");
  CHECK(read("{/* a */ \"a\": // b\n 1}") == R"({"a":1})");
  CHECK(read("{\"a\": \"two\nlines\"}") == R"({"a":"two lines"})");
  CHECK(read(R"("{\"a\":\"b\"}")") == R"({"a":"b"})");
  CHECK(read(R"("\"{\\\"a\\\":1}\"")") == R"({"a":1})");
  for (const char* text :
       {"", "{", "{'a'", "[INFO] started", "{a b}", "{\"a\" 1}", "\"", "{}", "[]", "[a-z]+"})
    CHECK(read(text) == "none");
  CHECK(read(std::string(200, '[') + "1" + std::string(200, ']')) == "none");
}

TEST_CASE("a text may be JSON by how it begins") {
  for (const char* text : {"{", " [1", "\"{\\\"a\\\"", "\xEF\xBB\xBF{", "\xC2\xA0{"})
    CHECK(may_be_json(text));
  for (const char* text : {"", "a{", "note: {", "(["}) CHECK_FALSE(may_be_json(text));
  CHECK_FALSE(may_be_json(std::string(5000, ' ') + "{"));
  for (const char* text : {"{\"a\"", "{ 'a'", "[{", "[ {\"a\""}) CHECK(is_meant_as_json(text));
  for (const char* text : {"{}", "{a}", "[INFO]", "[1", "{{ a }}", "", "a"})
    CHECK_FALSE(is_meant_as_json(text));
}

TEST_CASE("whatever is read is JSON") {
  std::mt19937 random(7);
  const std::string pieces[] = {
      "{", "}",  "[", "]", ":", ",", "\"",   "'",   "\\",       "\\u00",        "//",   "/*",  "*/",
      "#", "\n", " ", "a", "1", "-", "true", "NaN", "\xC2\xA0", "\xEF\xBB\xBF", "\x80", "\x01"};
  json::Reader reader;
  json::Reader strict;
  size_t read = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text = "{\"a\":";
    for (auto left = random() % 12; left > 0; --left) text += pieces[random() % std::size(pieces)];
    text += random() % 2 == 0 ? "}" : "]}";
    const auto json = relaxed_json(reader, text, 128);
    if (!json) continue;
    ++read;
    INFO(text);
    REQUIRE(strict.read(*json).fault == json::Fault::kNone);
  }
  CHECK(read > 1000);
}

}  // namespace agentmesh::policy
