#include "policy/cel/checker.h"

#include <string>

#include "fixture.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

TEST_CASE("a wrong name is refused with the one that was meant") {
  struct Case {
    const char* text;
    const char* why;
  };
  const Case cases[] = {
      {"tool_name == 'x'", "1:1: unknown name 'tool_name'; did you mean 'tool'?"},
      {"true && tol == 'x'", "1:9: unknown name 'tol'; did you mean 'tool'?"},
      {"arguments.path == 'x'", "1:1: unknown name 'arguments'; did you mean 'args'?"},
      {"Tool == 'x'", "1:1: unknown name 'Tool'; did you mean 'tool'?"},
      {"zzz == 'x'", "1:1: unknown name 'zzz'"},
      {"sql.verb == 'x'", "1:5: sql has no field 'verb'; did you mean 'sql.class'?"},
      {"sql.table == 'x'", "1:5: sql has no field 'table'; did you mean 'sql.tables'?"},
      {"sql.zzz == 'x'", "1:5: sql has no field 'zzz' (it has class, statements, tables)"},
      {"sql['verb'] == 'x'", "1:5: sql has no field 'verb'; did you mean 'sql.class'?"},
      {"has(action.pth)", "1:12: action has no field 'pth'; did you mean 'action.path'?"},
      {"findings.exists(f, f.sev == 'high')",
       "1:22: f has no field 'sev'; did you mean 'f.severity'?"},
      {"tool.name == 'x'", "1:6: 'tool' is a string and has no field 'name'"},
      {"tool.size == 1",
       "1:6: 'tool' is a string and has no field 'size'; size is a function: size(string, bytes, list or map)"},
      {"findings.id == 'x'",
       "1:10: 'findings' is a list(finding) and has no field 'id'; ask its elements: x.exists(e, e.id …)"},
      {"tool.startswith('x')", "1:6: unknown function 'startswith'; did you mean 'startsWith'?"},
      {"len(paths) > 1", "1:1: unknown function 'len'; did you mean 'size'?"},
      {"tool.toLowerCase() == 'x'",
       "1:6: unknown function 'toLowerCase'; did you mean 'lowerAscii'?"},
      {"paths.any(p, p == 'x')", "1:7: unknown function 'any'; did you mean 'exists'?"},
      {"startsWith(tool, 'x')", "1:1: startsWith is used as x.startsWith(string)"},
      {"tool.under('/x')", "1:6: under is used as under(path, directory)"},
      {"tool('x')", "1:1: 'tool' is not a function"},
      {"exists(paths, p, true)", "1:1: exists is used as x.exists(name, condition)"},
      {"timestamp == 1",
       "1:1: unknown name 'timestamp'; timestamp is a function: timestamp(timestamp, string or int)"},
  };
  const Names names;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(refused(names, c.text) == c.why);
  }
}

TEST_CASE("a type error that shows in the text is refused there") {
  struct Case {
    const char* text;
    const char* why;
  };
  const Case cases[] = {
      {"tool == 3", "1:6: '==' compares string with int, which are never equal"},
      {"tool == null", "1:6: '==' compares string with null, which are never equal"},
      {"paths == '/x'",
       "1:7: '==' compares list(string) with string, which are never equal; did you mean 'in'?"},
      {"tool in 'abc'",
       "1:6: 'in' looks into a list or a map, not string; did you mean x.contains(…)?"},
      {"tool in [1, 2]", "1:6: 'in' looks for string in list(int), where it can never be"},
      {"3 in args", "1:3: 'in' looks for int in map(string, dyn), where it can never be"},
      {"tool in action", "1:6: 'in' looks into a list or a map, not action"},
      {"tool < 3", "1:6: '<' cannot compare string with int"},
      {"[1] < [2]", "1:5: '<' cannot compare list(int) with list(int)"},
      {"tool + 1", "1:6: '+' does not take string and int"},
      {"1 + 1.5", "1:3: '+' does not take int and double; convert one of them, as in double(x)"},
      {"true + args.x", "1:6: '+' does not take bool and dyn"},
      {"not tool == 'x'",
       "1:1: 'tool' is a string, and '!' (not) takes a bool; to deny a comparison, write !(a == b)"},
      {"-tool", "1:1: 'tool' is a string, and '-' takes an int or a double"},
      {"tool && true", "1:1: 'tool' is a string, and '&&' joins bools"},
      {"tool == 'x' || 'y'",
       "1:16: this is a string, and '||' joins bools; for one of several values, write x in ['a', 'b']"},
      {"tool ? 1 : 2", "1:1: 'tool' is a string, and '?' asks a bool"},
      {"tool.exists(c, c == 'x')",
       "1:6: 'tool' is a string, and exists goes through a list or a map; did you mean each(x)?"},
      {"paths.all(p, p)", "1:14: 'p' is a string, and all needs a condition"},
      {"paths.contains('x')",
       "1:1: 'paths' is a list(string), but contains is used as x.contains(string)"},
      {"tool.matches(3)", "1:14: this is an int, but matches is used as x.matches(pattern)"},
      {"size(3)", "1:6: this is an int, but size is used as size(string, bytes, list or map)"},
      {"host_in(tool, [1])",
       "1:15: this is a list(int), but host_in is used as host_in(host, [globs])"},
      {"paths['x']", "1:7: a list has no element number string"},
      {"tool[0]", "1:5: 'tool' is a string and cannot be indexed"},
      {"{1.5: 2}", "1:2: a key is a bool, int, uint or string, not double"},
      {"tool.matches('a(')", "1:14: the pattern is not RE2: missing ): a("},
      {"paths.exists(p, p.matches(r'(?<a)'))",
       "1:27: the pattern is not RE2: invalid perl operator: (?<"},
      {"tool.matches('a' + '[')", "1:18: the pattern is not RE2: missing ]: ["},
  };
  const Names names;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(refused(names, c.text) == c.why);
  }
}

TEST_CASE("numbers of different types compare, and data is compared with anything") {
  CHECK(value_of("1 == 1.0 && 1u == 1 && 2 > 1.5 && 1u < 2") == "true");
  CHECK(value_of("args.x == 1 || args.x == '1' || args.x == null", R"({"x":null})") == "true");
}

TEST_CASE("the type of an expression is known as far as the text tells") {
  struct Case {
    const char* text;
    const char* type;
  };
  const Case cases[] = {
      {"tool", "string"},
      {"action", "action"},
      {"args", "map(string, dyn)"},
      {"args.x", "dyn"},
      {"paths[0]", "string"},
      {"paths.map(p, size(p))", "list(int)"},
      {"paths.filter(p, true)", "list(string)"},
      {"args.filter(k, true)", "list(string)"},
      {"each(tool)", "list(string)"},
      {"each(paths)", "list(string)"},
      {"each(args.to)", "list"},
      {"findings.map(f, f.id)", "list(string)"},
      {"true ? 1 : 2", "int"},
      {"true ? 1 : 'x'", "dyn"},
      {"now - now", "duration"},
      {"now - args.x", "dyn"},
      {"[1, 'x']", "list"},
      {"{'a': 1}", "map(string, int)"},
      {"dyn(1)", "dyn"},
      {"type(1)", "type"},
      {"has(args.x)", "bool"},
  };
  const Names names;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(compiled(names, c.text).program.type().name() == c.type);
  }
}

TEST_CASE("a condition must be able to be true or false") {
  const Names names;
  CHECK(compile_condition("args.flag", names.environment));
  const auto refused = compile_condition("size(paths)", names.environment);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "a condition is true or false; this is int");
}

TEST_CASE("an operand that decides alone makes up for others of the wrong type") {
  CHECK(value_of("false && 32") == "false");
  CHECK(value_of("'x' || true") == "true");
}

TEST_CASE("a macro's variable hides a name, and a leading dot finds it again") {
  CHECK(value_of("['x'].exists(tool, tool == 'x')") == "true");
  CHECK(value_of("['x'].exists(tool, .tool == 'read_file')") == "true");
  CHECK(value_of("[1].all(x, [2].all(x, x == 2) && x == 1)") == "true");
}

TEST_CASE("has() on a field of fixed shape is always true and earns a warning") {
  const Names names;
  const Compiled got = compiled(names, "has(action.path) && tool == 'x'");
  REQUIRE(got.warnings.size() == 1);
  CHECK(got.warnings[0].column == 12);
  CHECK(got.warnings[0].message == "has() is always true here: 'action' always has 'path'");
}

TEST_CASE("without type checks, wrong types are left to the evaluation, and wrong names are not") {
  const Names names;
  Asked asked(names);
  struct Case {
    const char* text;
    const char* value;
  };
  const Case cases[] = {
      {"tool == 3", "false"},
      {"tool < 3", "error: '<' cannot compare string with int"},
      {"1 + 1.5", "error: '+' does not take int and double"},
      {"'x' && false", "false"},
      {"'x' && 'y'", "error: '&&' takes bools, not string"},
      {"!0", "error: '!' takes bools, not int"},
      {"-tool", "error: '-' does not take string"},
      {"'x' ? 1 : 2", "error: '?' takes bools, not string"},
      {"tool.name", "error: string has no fields"},
      {"paths['x']", "error: a list has no element number string"},
      {"args[[]]", "error: list is never a key"},
      {"tool[0]", "error: string cannot be indexed"},
      {"{1.5: 2}", "error: double is never a key"},
      {"tool in 'abc'", "error: 'in' looks into a list or a map, not string"},
      {"tool in [1]", "false"},
      {"tool.exists(x, true)", "error: string is neither a list nor a map to go through"},
      {"paths.all(p, p)", "error: the condition of a macro is string, not bool"},
      {"size(3)", "error: size(string, bytes, list or map): size does not take int"},
      {"host_in(tool, [1])", "error: host_in: every glob must be a string"},
      {"tool.matches(3)", "error: x.matches(pattern): matches does not take int"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto got = compile(c.text, names.environment, Checks::kNames);
    REQUIRE(got);
    const auto json =
        to_typed_json(got->program.evaluate(asked.values, asked.context), asked.context);
    CHECK((json ? *json : "error: " + json.error().what) == c.value);
  }
  for (const char* text : {"nope", "nope()", "action.nope", "size()", "tool.matches('[')", "1 +"}) {
    CAPTURE(text);
    CHECK_FALSE(compile(text, names.environment, Checks::kNames));
  }
}

}  // namespace agentmesh::policy::cel
