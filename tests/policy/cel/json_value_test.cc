#include "policy/cel/json_value.h"

#include <string>

#include "fixture.h"
#include "policy/cel/collection.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

TEST_CASE("a JSON integer is int, then uint, then double; a point or exponent makes a double") {
  struct Case {
    const char* json;
    const char* value;
  };
  const Case cases[] = {
      {"7", "7"},
      {"-0", "0"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775808", R"({"$uint":"9223372036854775808"})"},
      {"18446744073709551615", R"({"$uint":"18446744073709551615"})"},
      {"18446744073709551616", R"({"$double":18446744073709551616.0})"},
      {"-9223372036854775809", R"({"$double":-9223372036854775808.0})"},
      {"7.0", R"({"$double":7.0})"},
      {"7e0", R"({"$double":7.0})"},
      {"1e400", R"({"$double":"Infinity"})"},
      {"-1e400", R"({"$double":"-Infinity"})"},
      {"1e-400", R"({"$double":0.0})"},
      {"0.00001e309", R"({"$double":1e+304})"},
      {"1e9223372036854775807", R"({"$double":"Infinity"})"},
      {"1e-9223372036854775807", R"({"$double":0.0})"},
      {"1e99999999999999999999", R"({"$double":"Infinity"})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.json);
    CHECK(value_of("args.x", std::string(R"({"x":)") + c.json + "}") == c.value);
  }
}

TEST_CASE("strings and keys are read without their escapes") {
  CHECK(value_of("args.path", R"({"p\u0061th":"\/a\u00e9\n\ud83d\udc31"})") == "\"/aé\\n🐱\"");
  CHECK(value_of("has(args.path) && 'path' in args", R"({"p\u0061th":1})") == "true");
  CHECK(value_of("args.map(k, k)", R"({"\u0062":1,"a":2})") == R"(["b","a"])");
}

TEST_CASE("each level of JSON is read once, however many conditions look") {
  const std::string text = R"({"a":{"b":["\u0041",2]},"c":1})";
  Context context;
  context.reset();
  context.start();
  const Value root = json_value(json::View(text), context);
  REQUIRE(open(root, context));
  const Value first = element(root, find(root, "a"), context);
  const Value second = element(root, find(root, "a"), context);
  CHECK(&first.node() == &second.node());
  REQUIRE(open(first, context));
  const Value list = element(first, 0, context);
  REQUIRE(open(list, context));
  CHECK(element(list, 0, context).as_text() == "A");
  CHECK(element(list, 0, context).as_text().data() == element(list, 0, context).as_text().data());
  CHECK(find(root, "nope") == kNotFound);
}

TEST_CASE("absent arguments are null, which has no fields") {
  Context context;
  CHECK(json_value(json::View(), context).kind() == Kind::kNull);
}

}  // namespace agentmesh::policy::cel
