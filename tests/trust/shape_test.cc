#include "trust/shape.h"

#include <string>

#include "base/json.h"
#include "tests/catch.h"

using agentmesh::json::Reader;
using agentmesh::trust::Shape;

namespace {

bool fits(const std::string& schema, const std::string& value) {
  Reader reader;
  REQUIRE(reader.read(schema).fault == agentmesh::json::Fault::kNone);
  const Shape shape(reader.root());
  Reader other;
  REQUIRE(other.read(value).fault == agentmesh::json::Fault::kNone);
  return shape.fits(other.root());
}

bool still_fits(const std::string& schema, const std::string& was, const std::string& now) {
  Reader reader;
  REQUIRE(reader.read(schema).fault == agentmesh::json::Fault::kNone);
  const Shape shape(reader.root());
  Reader before;
  Reader after;
  REQUIRE(before.read(was).fault == agentmesh::json::Fault::kNone);
  REQUIRE(after.read(now).fault == agentmesh::json::Fault::kNone);
  return shape.still_fits(after.root(), before.root(),
                          [](std::string_view pattern, std::string_view text) {
                            return pattern == "^AKIA" && text.substr(0, 4) == "AKIA";
                          });
}

}  // namespace

TEST_CASE(
    "a text that was masked has to fit what the schema says of texts; one that was not is the server's own") {
  struct Case {
    const char* schema;  // of property a
    const char* was;
    const char* now;
    bool fits;
  };
  const Case cases[] = {
      {R"({"type":"string"})", R"("key")", R"("[redacted]")", true},
      {R"({"pattern":"^AKIA"})", R"("AKIA1")", R"("[redacted]")", false},
      {R"({"pattern":"^AKIA"})", R"("AKIA1")", R"("AKIA[redacted]")", true},
      {R"({"pattern":"^AKIA"})", R"("other")", R"("other")", true},
      {R"({"maxLength":4})", R"("\u001bé")", R"("<ESC>é")", false},
      {R"({"maxLength":6})", R"("\u001bé")", R"("<ESC>é")", true},
      {R"({"maxLength":2})", R"("abc")", R"("abc")", true},
      {R"({"minLength":4})", R"("abcd")", R"("abc")", false},
      {R"({"enum":["AKIA1","x"]})", R"("AKIA1")", R"("[redacted]")", false},
      {R"({"const":"AKIA1"})", R"("AKIA1")", R"("[redacted]")", false},
      {R"({"type":"string","format":"email"})", R"("a@b.org")", R"("[redacted]")", false},
      {R"({"type":"string","format":"email"})", R"("a@b.org")", R"("a@b.org")", true},
      {R"({"type":"integer","minimum":1})", "4111", "0", false},
      {R"({"type":"integer"})", "4111", "0", true},
      {R"({"items":{"pattern":"^AKIA"}})", R"(["AKIA1","AKIA2"])", R"(["AKIA1","[redacted]"])",
       false},
      {R"({"items":{"maxLength":3}})", R"(["abcd","x"])", R"(["abcd","y"])", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.schema, c.was, c.now);
    const std::string schema = std::string(R"({"properties":{"a":)") + c.schema + "}}";
    CHECK(still_fits(schema, std::string(R"({"b":1,"a":)") + c.was + "}",
                     std::string(R"({"b":1,"a":)") + c.now + "}") == c.fits);
  }
  CHECK_FALSE(still_fits(R"({"required":["AKIA1"]})", R"({"AKIA1":1})", R"({"[redacted]":1})"));
  CHECK_FALSE(still_fits(R"({"properties":{"AKIA1":{}},"additionalProperties":false})",
                         R"({"AKIA1":1})", R"({"[redacted]":1})"));
}

TEST_CASE("a value fits the schema it was promised by, or surely does not") {
  struct Case {
    const char* schema;
    const char* value;
    bool fits;
  };
  const Case cases[] = {
      {R"({})", R"([1,"x",null])", true},
      {R"(true)", R"(1)", true},
      {R"({"type":"object"})", R"({"a":1})", true},
      {R"({"type":"object"})", R"([1])", false},
      {R"({"type":"string"})", R"("")", true},
      {R"({"type":"string"})", R"(null)", false},
      {R"({"type":"string","nullable":true})", R"(null)", true},
      {R"({"type":["string","null"]})", R"(null)", true},
      {R"({"type":["string","null"]})", R"(false)", false},
      {R"({"type":"boolean"})", R"(false)", true},
      {R"({"type":"number"})", R"(7)", true},
      {R"({"type":"integer"})", R"(7)", true},
      {R"({"type":"integer"})", R"(7.0)", true},
      {R"({"type":"integer"})", R"(1e400)", true},
      {R"({"type":"integer"})", R"(7.5)", false},
      {R"({"type":"something-new"})", R"(7.5)", true},
      {R"({"enum":["a",1,null]})", R"("a")", true},
      {R"({"enum":["a",1,null]})", R"("\u0061")", true},
      {R"({"enum":["a",1,null]})", R"(1.0)", true},
      {R"({"enum":["a",1,null]})", R"("b")", false},
      {R"({"enum":["a",{"x":1}]})", R"("b")", true},
      {R"({"const":"a"})", R"("b")", false},
      {R"({"required":["a"]})", R"({"a":null})", true},
      {R"({"required":["a"]})", R"({"\u0061":null})", true},
      {R"({"required":["a"]})", R"({"b":1})", false},
      {R"({"required":["b","a","a"]})", R"({"a":1,"b":1})", true},
      {R"({"required":["b","a","a"]})", R"({"a":1,"a":1})", false},
      {R"({"required":["a"]})", R"("no object")", true},
      {R"({"properties":{"a":{"type":"string"}}})", R"({"a":"x","b":1})", true},
      {R"({"properties":{"a":{"type":"string"}}})", R"({"a":1})", false},
      {R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1})", true},
      {R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1,"b":1})", false},
      {R"({"properties":{"a":{}},"patternProperties":{"^b":{}},"additionalProperties":false})",
       R"({"a":1,"b":1})", true},
      {R"({"additionalProperties":{"type":"number"}})", R"({"a":1})", true},
      {R"({"additionalProperties":{"type":"number"}})", R"({"a":"1"})", false},
      {R"({"items":{"type":"number"}})", R"([1,2])", true},
      {R"({"items":{"type":"number"}})", R"([1,"2"])", false},
      {R"({"prefixItems":[{"type":"string"}],"items":{"type":"number"}})", R"(["1",2])", true},
      {R"({"type":"object","properties":{"a":{"items":{"required":["n"]}}}})",
       R"({"a":[{"n":1},{"m":1}]})", false},
      {R"({"$ref":"#/x","type":"string"})", R"(1)", true},
      {R"({"anyOf":[{"type":"string"}],"type":"number"})", R"("x")", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.schema, c.value);
    CHECK(fits(c.schema, c.value) == c.fits);
  }
}

TEST_CASE("a schema deeper, wider or longer than is looked at promises nothing there") {
  std::string deep = R"({"type":"string"})";
  std::string value = "1";
  for (int i = 0; i <= Shape::kMaxDepth; ++i) {
    deep = R"({"items":)" + deep + "}";
    value = "[" + value + "]";
  }
  CHECK(fits(deep, value));
  std::string names;
  for (size_t i = 0; i <= Shape::kMaxNames; ++i)
    names += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\"";
  CHECK(fits(R"({"required":[)" + names + "]}", "{}"));
  CHECK(fits(R"({"enum":[)" + names + "]}", "\"other\""));
  std::string wide = "{\"p\":1";
  std::string properties = R"("p":{"type":"number"})";
  for (size_t i = 0; i < Shape::kMaxNodes; ++i) {
    properties += ",\"q" + std::to_string(i) + R"(":{"type":"number"})";
    wide += ",\"q" + std::to_string(i) + "\":1";
  }
  CHECK(fits(R"({"properties":{)" + properties + R"(,"z":{"type":"number"}}})",
             wide + R"(,"z":"x"})"));
  CHECK_FALSE(fits(R"({"properties":{)" + properties + "}}", R"({"p":"x"})"));
  std::string long_names = "\"" + std::string(Shape::kMaxBytes, 'n') + "\"";
  CHECK(fits(R"({"required":[)" + long_names + "]}", "{}"));
  CHECK(fits(R"({"type":"string","properties":{)" + long_names + ":{}}}", "{}"));
  std::string many = "[0";
  for (size_t i = 1; i < Shape::kMaxValues; ++i) many += ",0";
  CHECK(fits(R"({"items":{"type":"number"}})", many + ",\"x\"]"));
  CHECK_FALSE(fits(R"({"items":{"type":"number"}})", R"(["x")" + many.replace(0, 1, ",") + "]"));
}
