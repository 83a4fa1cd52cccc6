#include "policy/cel/parser.h"

#include <string>

#include "fixture.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

namespace {
std::string repeated(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}
}  // namespace

TEST_CASE("operators bind as the language says") {
  struct Case {
    const char* text;
    const char* value;
  };
  const Case cases[] = {
      {"1 + 2 * 3", "7"},
      {"(1 + 2) * 3", "9"},
      {"10 - 3 - 2", "5"},
      {"100 / 10 / 2", "5"},
      {"-2 * 3", "-6"},
      {"1 + 1 == 2 && 2 < 3", "true"},
      {"true || false && false", "true"},
      {"(true || false) && false", "false"},
      {"!false == true", "true"},
      {"not true or true", "true"},
      {"false ? 1 : true ? 2 : 3", "2"},
      {"true ? false ? 1 : 2 : 3", "error"},  // the middle of ? : needs parentheses for another one
      {"1 in [1] == true", "true"},
      {"[[1, 2], [3]][0][1]", "2"},
      {"{'a': {'b': [7,],},}.a.b[0]", "7"},
      {"2 > 1 == true", "true"},
  };
  const Names names;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    if (std::string_view(c.value) == "error") {
      CHECK_FALSE(compile(c.text, names.environment));
    } else {
      CHECK(value_of(c.text) == c.value);
    }
  }
}

TEST_CASE("what is not an expression is refused where it goes wrong") {
  struct Case {
    const char* text;
    const char* why;
  };
  const Case cases[] = {
      {"", "1:1: the expression is empty"},
      {"  // nothing", "1:13: the expression is empty"},
      {"tool ==", "1:8: the expression ends where a value should follow"},
      {"tool == == 'x'", "1:9: '==' where a value should be"},
      {"(tool", "1:6: the expression ends where ')' should follow"},
      {"tool tool", "1:6: 'tool' where an operator or the end should be"},
      {"[1, 2", "1:6: the expression ends where ',' or ']' should follow"},
      {"{'a' 1}", "1:6: '1' where ':' should be"},
      {"true ? 1", "1:9: the expression ends where ':' should follow"},
      {"args.", "1:6: the expression ends where the name of a field should follow"},
      {"args.3", "1:5: '.3' where an operator or the end should be"},
      {"args.in", "1:6: 'in' where the name of a field should be"},
      {"has(args)", "1:1: has is used as has(x.field)"},
      {"has(args['x'])", "1:1: has is used as has(x.field)"},
      {"paths.exists(p.x, true)", "1:14: exists is used as x.exists(name, condition)"},
      {"paths.exists(p)", "1:14: exists is used as x.exists(name, condition)"},
      {"paths.all(p, true, false)", "1:7: all is used as x.all(name, condition)"},
      {"paths.exists(if, true)", "1:14: 'if' is a reserved word"},
      {"Point{x: 1}", "1:6: messages cannot be made here; write a map: {'key': value}"},
      {"[?1]", "1:2: '?' where a value should be"},
      {"tool == 'a' AND true",
       "1:13: 'AND' where an operator or the end should be; did you mean 'and'?"},
      {"tool contains 'a'",
       "1:6: 'contains' where an operator or the end should be; contains is used as x.contains(string)"},
      {"tool == 'a' or", "1:15: the expression ends where a value should follow"},
  };
  const Names names;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(refused(names, c.text) == c.why);
  }
}

TEST_CASE("nesting is bounded, in whichever way it is written") {
  const Names names;
  const std::string deep[] = {
      repeated("(", 5000) + "1" + repeated(")", 5000),
      repeated("[", 5000) + repeated("]", 5000),
      repeated("{1:", 5000) + "1" + repeated("}", 5000),
      repeated("!", 20000) + "true",
      repeated("!-", 10000) + "1",
      repeated("size(", 4000) + "1" + repeated(")", 4000),
      "1" + repeated("+1", 10000),
      "args" + repeated(".a", 10000),
      "args" + repeated("[0]", 8000),
      repeated("true ? 1 : ", 2500) + "1",
      "1 " + repeated("== 1 ", 5000),
      repeated("[1].map(x, ", 20) + "1" + repeated(")", 20),
  };
  for (const std::string& text : deep) {
    CAPTURE(text.substr(0, 20));
    const std::string why = refused(names, text);
    CHECK((why.find("nested more than 250 levels deep") != std::string::npos ||
           why.find("more than 16 macros inside each other") != std::string::npos));
  }
  CHECK(refused(names, std::string(40000, ' ') + "1") ==
        "1:1: the expression is longer than 32768 bytes");
}

TEST_CASE("a long chain of conditions is not deep") {
  CHECK(value_of("tool == 'x'" + repeated(" || tool == 'y'", 1500)) == "false");
  CHECK(value_of("true" + repeated(" && true", 3000)) == "true");
  CHECK(value_of(repeated("(", 200) + "1" + repeated(")", 200)) == "1");
}

}  // namespace agentmesh::policy::cel
