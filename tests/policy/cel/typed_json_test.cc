#include "policy/cel/typed_json.h"

#include <string>

#include "fixture.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

TEST_CASE("typed JSON keeps every type on its way in and out") {
  const char* const texts[] = {
      "null",
      "true",
      "-7",
      R"("a\"\n")",
      R"({"$uint":"18446744073709551615"})",
      R"({"$double":1.5})",
      R"({"$double":-0.0})",
      R"({"$double":1e+300})",
      R"({"$double":"NaN"})",
      R"({"$double":"-Infinity"})",
      R"({"$bytes":"AP8="})",
      R"({"$timestamp":"2009-02-13T23:31:30.5Z"})",
      R"({"$duration":"-1.5s"})",
      R"({"$type":"null_type"})",
      R"({"$type":"google.protobuf.Timestamp"})",
      "[1,[],{}]",
      R"({"a":{"b":[null]},"$c":1})",
      R"({"$map":[[1,2],[true,{"$uint":"3"}]]})",
      R"({"$map":[["$x",1]]})",
  };
  for (const char* text : texts) {
    CAPTURE(text);
    Context context;
    const auto value = from_typed_json(json::View(text), context);
    REQUIRE(value);
    const auto back = to_typed_json(*value, context);
    REQUIRE(back);
    CHECK(*back == text);
  }
}

TEST_CASE("other spellings of numbers are read too") {
  Context context;
  CHECK(from_typed_json(json::View(R"({"$int":"-9223372036854775808"})"), context)->as_int() ==
        INT64_MIN);
  CHECK(from_typed_json(json::View("1.0"), context)->kind() == Kind::kDouble);
}

TEST_CASE("what is no typed JSON is refused, and so is what cannot be printed") {
  Context context;
  for (const char* text :
       {R"({"$uint":"-1"})", R"({"$int":""})", R"({"$int":"9223372036854775808"})",
        R"({"$double":"x"})", R"({"$bytes":"!"})", R"({"$timestamp":"yesterday"})",
        R"({"$type":"thing"})", R"({"$what":1})", R"({"$map":[[1.5,2]]})", R"({"$map":[[1]]})"}) {
    CAPTURE(text);
    CHECK_FALSE(from_typed_json(json::View(text), context));
  }
  const std::string deep = std::string(2000, '[') + std::string(2000, ']');
  CHECK_FALSE(from_typed_json(json::View(deep), context));
  CHECK(value_of("args", R"({"a":)" + deep + "}") ==
        "error: the value is nested too deeply to print");
}

}  // namespace agentmesh::policy::cel
