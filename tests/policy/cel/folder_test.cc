#include "policy/cel/folder.h"

#include <string>

#include "fixture.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

TEST_CASE("what does not depend on the call is known when it is compiled") {
  const Names names;
  struct Case {
    const char* text;
    bool value;
  };
  const Case cases[] = {
      {"false", false},
      {"1 == 2", false},
      {"tool == 'x' && false", false},
      {"false && args.x.y", false},
      {"args.x == 1 || true", true},
      {"tool == 'x' && 'a' in ['b']", false},
      {"!(tool == 'x' && 1 > 2)", true},
      {"[1, 2].exists(x, x == 3)", false},
      {"'abc'.matches('^b')", false},
      {"true ? 1 > 2 : tool == 'x'", false},
      {"has(action.path)", true},
      {"type(1) == int", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto constant = compiled(names, c.text).program.constant();
    REQUIRE(constant);
    CHECK(constant->is_bool(c.value));
  }
}

TEST_CASE("what depends on the call is no constant, even if it looks like one") {
  const Names names;
  for (const char* text :
       {"tool == tool", "action.type == 'nope'", "args.x && true", "paths.all(p, true)"}) {
    CAPTURE(text);
    CHECK_FALSE(compiled(names, text).program.constant());
  }
}

TEST_CASE("what always fails loads with a warning and fails when it is asked") {
  const Names names;
  const Compiled got = compiled(names, "tool == 'x' || int('seven') > 3");
  REQUIRE(got.warnings.size() == 1);
  CHECK(got.warnings[0].column == 16);
  CHECK(got.warnings[0].message == "this always fails: a string of 5 bytes is not an int");
  Asked asked(names);
  Failure why;
  CHECK(got.program.test(asked.values, asked.context, &why) == Truth::kError);
  CHECK(why.message == "a string of 5 bytes is not an int");
  CHECK(why.offset == 15);
}

TEST_CASE("constants of every kind survive their program's move") {
  const Names names;
  Asked asked(names);
  Compiled first =
      compiled(names, "{'a': ['x' + 'y', b'z', 1.5, {true: null}], 'now': timestamp(0)}");
  const Compiled second = std::move(first);
  CHECK(
      to_typed_json(second.program.evaluate(asked.values, asked.context), asked.context).value() ==
      R"({"a":["xy",{"$bytes":"eg=="},{"$double":1.5},{"$map":[[true,null]]}],"now":{"$timestamp":"1970-01-01T00:00:00Z"}})");
}

TEST_CASE("a constant that would be huge is left to the evaluation and its budget") {
  const Names names;
  std::string list = "[0";
  for (int i = 1; i < 60; ++i) list += "," + std::to_string(i);
  list += "]";
  const std::string text =
      list + ".map(a, " + list + ".map(b, " + list + ".map(c, a + b + c))) == []";
  const Compiled got = compiled(names, text);
  CHECK_FALSE(got.program.constant());
  Asked asked(names);
  CHECK(got.program.test(asked.values, asked.context) == Truth::kError);
}

}  // namespace agentmesh::policy::cel
