#include <limits>

#include "base/json.h"
#include "tests/catch.h"

namespace agentmesh::json {
namespace {

using namespace std::string_view_literals;

TEST_CASE("a view knows what it is") {
  struct Case {
    std::string_view text;
    Kind kind;
  };
  const Case cases[] = {{"", Kind::kAbsent},      {"null", Kind::kNull},     {"true", Kind::kBool},
                        {"false", Kind::kBool},   {"-1.5e3", Kind::kNumber}, {"0", Kind::kNumber},
                        {R"("")", Kind::kString}, {"[]", Kind::kArray},      {"{}", Kind::kObject}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const View view(c.text);
    CHECK(view.kind() == c.kind);
    CHECK(view.present() == (c.kind != Kind::kAbsent));
    CHECK(view.is_null() == (c.kind == Kind::kNull));
    CHECK(view.is_string() == (c.kind == Kind::kString));
    CHECK(view.is_object() == (c.kind == Kind::kObject));
    CHECK(view.is_array() == (c.kind == Kind::kArray));
    CHECK(view.is_number() == (c.kind == Kind::kNumber));
    CHECK(view.raw() == c.text);
  }
  CHECK(View("true").is_true());
  CHECK(View("false").is_false());
  CHECK_FALSE(View(R"("true")").is_true());
}

TEST_CASE("a string's content is what its escapes mean") {
  struct Case {
    std::string_view text;
    std::string_view content;
  };
  const Case cases[] = {
      {R"("")", ""},
      {R"("plain é")", "plain é"},
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0000")", "\0"sv},
      {R"("a\u0041b\u00e9c\u20acd")",
       "aAb\xc3\xa9"
       "c\xe2\x82\xac"
       "d"},
      {R"("\uD83D\ude00")", "\xf0\x9f\x98\x80"},
      {R"("\udbff\udfff")", "\xf4\x8f\xbf\xbf"},
      {R"("\ud83d")", "\xef\xbf\xbd"},
      {R"("x\ude00y")", "x\xef\xbf\xbdy"},
      {R"("\ud83d\ud83d\ude00")", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
      {R"("\ud83d\u0041")",
       "\xef\xbf\xbd"
       "A"},
      {R"("\\u0041")", "\\u0041"},
      {"17", ""},
      {"null", ""},
      {R"(["a"])", ""},
      {"", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    std::string scratch = "left over";
    CHECK(View(c.text).string(scratch) == c.content);
    CHECK(View(c.text).string() == c.content);
  }
}

TEST_CASE("a string without escapes is seen where it is, without a copy") {
  const std::string_view text = R"("no escapes here")";
  std::string scratch;
  CHECK(View(text).string(scratch).data() == text.data() + 1);
  CHECK(scratch.empty());
  CHECK(View(R"("\n")").string(scratch).data() == scratch.data());
}

TEST_CASE("an integer is one that is spelled as one and fits") {
  struct Case {
    std::string_view text;
    std::optional<int64_t> value;
  };
  const Case cases[] = {{"0", 0},
                        {"-0", 0},
                        {"7", 7},
                        {"-5", -5},
                        {"9007199254740993", 9007199254740993},
                        {"9223372036854775807", std::numeric_limits<int64_t>::max()},
                        {"-9223372036854775808", std::numeric_limits<int64_t>::min()},
                        {"9223372036854775808", {}},
                        {"-9223372036854775809", {}},
                        {"7.0", {}},
                        {"7e0", {}},
                        {"1e400", {}},
                        {R"("7")", {}},
                        {"true", {}},
                        {"null", {}},
                        {"[7]", {}},
                        {"", {}}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(View(c.text).integer() == c.value);
  }
}

TEST_CASE("members are found by what their key means") {
  const View view(
      R"({ "a" : 1 , "b\u0062":"]}\"{[" ,"c":{"a":[1,{"x":"}"}],"d\/":null} , "\u0000":true,"":2})");
  CHECK(view.find("a").raw() == "1");
  CHECK(view.find("bb").raw() == R"("]}\"{[")");
  CHECK_FALSE(view.find("b\\u0062").present());
  CHECK(view.find("c").find("a").at(1).find("x").string() == "}");
  CHECK(view.find("c").find("d/").is_null());
  CHECK(view.find("\0"sv).is_true());
  CHECK(view.find("").integer() == 2);
  for (const std::string_view absent : {"A"sv, "aa"sv, "a "sv, "x"sv, "\0\0"sv, "\"a\""sv}) {
    CAPTURE(absent);
    CHECK_FALSE(view.find(absent).present());
  }
  CHECK_FALSE(View(R"(["a"])").find("a").present());
  CHECK_FALSE(View().find("a").find("b").at(3).present());
  CHECK(View(R"({"k":1,"k":2})").find("k").raw() == "1");
}

TEST_CASE("elements are counted from zero") {
  const View view(R"([ 1 ,"two,]", [ 3 , [ ] ] ,{"4":[5]}, -6.5e1,null])");
  CHECK(view.at(0).raw() == "1");
  CHECK(view.at(1).string() == "two,]");
  CHECK(view.at(2).raw() == "[ 3 , [ ] ]");
  CHECK(view.at(3).find("4").at(0).integer() == 5);
  CHECK(view.at(4).raw() == "-6.5e1");
  CHECK(view.at(5).is_null());
  CHECK_FALSE(view.at(6).present());
  CHECK_FALSE(View(R"({"0":1})").at(0).present());
}

TEST_CASE("what holds nothing says so") {
  for (const std::string_view text : {"{}"sv, "[]"sv, "{ \n}"sv, "[\t ]"sv}) {
    CAPTURE(text);
    CHECK(View(text).empty());
    CHECK(View(text).members().begin() == View(text).members().end());
    CHECK(View(text).elements().begin() == View(text).elements().end());
  }
  for (const std::string_view text :
       {""sv, "null"sv, "0"sv, R"("")"sv, "[0]"sv, "[[]]"sv, R"({"":0})"sv}) {
    CAPTURE(text);
    CHECK_FALSE(View(text).empty());
  }
}

TEST_CASE("members and elements come in order, with their spelling") {
  std::string seen;
  for (const View::Member& member : View(R"({"b" :[1, 2],"\u0061": "x" })").members()) {
    seen.append(member.key.raw()).append("=").append(member.value.raw()).append(";");
  }
  CHECK(seen == R"("b"=[1, 2];"\u0061"="x";)");
  seen.clear();
  for (const View element : View(R"([ {"a": 1},[ ] , "," ])").elements()) {
    seen.append(element.raw()).append(";");
  }
  CHECK(seen == R"({"a": 1};[ ];",";)");
}

TEST_CASE("the end of a value is found without looking at what follows") {
  struct Case {
    std::string_view text;
    size_t size;
  };
  const Case cases[] = {
      {"", 0},
      {"1,2", 1},
      {"-1.5e+3]", 7},
      {"true}", 4},
      {"null null", 4},
      {R"("a\"b"x)", 6},
      {R"("\\","b")", 4},
      {R"("\\\"",1)", 6},
      {R"({"a":"}"}{})", 9},
      {"[[],[]]]", 7},
      {R"(["]"])", 5},
      {R"({"[":["{"]} )", 11},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(skip_value(c.text) == c.size);
  }
}

TEST_CASE("a value ends where it ends, wherever in it a long text with escapes stands") {
  for (const std::string_view inner : {R"()", R"(\")", R"(\\)", R"(}])", R"(\"}{\\)"}) {
    for (size_t before = 0; before < 200; ++before) {
      for (const size_t behind : {size_t{0}, size_t{63}, size_t{64}, size_t{150}}) {
        const std::string value = R"({"a":[")" + std::string(before, 'x') + std::string(inner) +
                                  std::string(behind, 'y') + R"(",{"b":"]"}],"c":"}"})";
        CAPTURE(value);
        REQUIRE(skip_value(value + ",\"more\":1}]") == value.size());
      }
    }
  }
}

TEST_CASE("a view of a text that nobody accepted reads nothing behind it and comes to an end") {
  const std::string_view texts[] = {"\"",  R"("\)", R"("abc)",     R"("abc\")", "{",
                                    "[",   "{\"",   R"({"a)",      R"({"a")",   R"({"a":)",
                                    "[,",  "[1",    "[[",          "]",         "}",
                                    "{{}", ",",     R"({,:,"a"})", "[:]",       "\\"};
  for (const std::string_view text : texts) {
    const std::vector<char> exact(text.begin(), text.end());
    const View view(std::string_view(exact.data(), exact.size()));
    CAPTURE(text);
    CHECK(skip_value(view.raw()) <= text.size());
    size_t steps = 0;
    for (const View::Member& member : view.members()) steps += 1 + member.key.string().size();
    for (const View element : view.elements()) steps += 1 + element.string().size();
    CHECK(steps <= 2 * text.size());
    CHECK(view.string().size() <= 3 * text.size());
    CHECK_FALSE(view.find("absent").present());
    CHECK_FALSE(view.at(9).present());
    (void)view.empty();
    (void)view.integer();
  }
}

}  // namespace
}  // namespace agentmesh::json
