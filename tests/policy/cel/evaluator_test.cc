#include "policy/cel/evaluator.h"

#include <string>
#include <thread>

#include "fixture.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

TEST_CASE("conditions of real policies give what a reader expects") {
  const Names names;
  struct Case {
    const char* text;
    const char* args;
    const char* value;
  };
  const Case cases[] = {
      {"action.type == 'write' && !paths.all(p, under(p, '/srv'))", "{}", "false"},
      {"action.type == 'read' && !paths.all(p, under(p, '/srv'))", "{}", "true"},
      {"has(args.command) && args.command.matches(r'\\brm\\s+(-\\w*[rf]|--recursive)')",
       R"({"command":"rm -rf /"})", "true"},
      {"has(args.command) && args.command.matches(r'\\brm\\s+(-\\w*[rf]|--recursive)')", "{}",
       "false"},
      {"each(args.to).exists(t, !t.endsWith('@corp.example'))", R"({"to":"a@corp.example"})",
       "false"},
      {"each(args.to).exists(t, !t.endsWith('@corp.example'))",
       R"({"to":["a@corp.example","b@evil.example"]})", "true"},
      {"args.amount > 1000", R"({"amount":1000.5})", "true"},
      {"args.amount > 1000", R"({"amount":1000})", "false"},
      {"args.amount > 1000", R"({"amount":18446744073709551615})", "true"},
      {"args.amount > 1000", R"({"amount":"2000"})", "error: '>' cannot compare string with int"},
      {"!args.all(k, k in ['path', 'encoding'])", R"({"path":"x","mode":1})", "true"},
      {"has(args.operation) && !(args.operation in ['add', 'subtract'])", R"({"operation":"mul"})",
       "true"},
      {"args.path.startsWith('/tmp/')", "{}", "error: there is no 'path'"},
      {"args.a.b[1].c", R"({"a":{"b":[0,{"c":"deep"}]}})", "\"deep\""},
      {"args['a b']", R"({"a b":1})", "1"},
      {"findings.exists(f, f.severity == 'high' && f.id.startsWith('path.'))", "{}", "true"},
      {"sql.class in ['none', 'read_only']", "{}", "true"},
      {"size(args)", R"({"a":1,"b":2})", "2"},
      {"args == {'a': [1, {'b': null}]}", R"({"a":[1,{"b":null}]})", "true"},
      {"args.x == args.y", R"({"x":{"p":1,"q":[1,2]},"y":{"q":[1.0,2],"p":1.0}})", "true"},
      {"now > timestamp('2023-01-01T00:00:00Z') && now.getFullYear() == 2023", "{}", "true"},
      {"dyn(action).type + ' ' + dyn(action).tool", "{}", R"("read read_file")"},
      {"dyn(action).nope", "{}", "error: there is no 'nope'"},
      {"action == action && findings == findings", "{}", "true"},
      {"findings", "{}", R"([{"id":"path.sensitive","severity":"high"}])"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text, c.args);
    Asked asked(names, c.args);
    CHECK(value_of(names, c.text, asked) == c.value);
  }
}

TEST_CASE("&& || all and exists absorb an error if another operand decides, on either side") {
  struct Case {
    const char* text;
    const char* value;
  };
  const Case cases[] = {
      {"args.x == 1 || tool == 'read_file'", "true"},
      {"tool == 'read_file' || args.x == 1", "true"},
      {"args.x == 1 && tool == 'x'", "false"},
      {"tool == 'x' && args.x == 1", "false"},
      {"args.x == 1 || tool == 'x'", "error: there is no 'x'"},
      {"args.x && args.y && tool == 'x'", "false"},
      {"args.x && args.y", "error: there is no 'x'"},
      {"args.y || args.x || false", "error: there is no 'y'"},
      {"!(args.x == 1)", "error: there is no 'x'"},
      {"paths.all(p, args.x == p || p == '/srv/a')", "error: there is no 'x'"},
      {"paths.all(p, args.x == p && p == '/srv/a')", "false"},
      {"paths.exists(p, args.x == p || p == '/srv/a')", "true"},
      {"paths.exists_one(p, args.x == p || p == '/srv/a')", "error: there is no 'x'"},
      {"paths.filter(p, args.x == p)", "error: there is no 'x'"},
      {"paths.map(p, args.x)", "error: there is no 'x'"},
      {"args.x ? 1 : 2", "error: there is no 'x'"},
      {"true ? 1 : args.x", "1"},
      {"[1, args.x]", "error: there is no 'x'"},
      {"{'a': args.x}", "error: there is no 'x'"},
      {"size(args.x)", "error: there is no 'x'"},
      {"tool in args.x", "error: there is no 'x'"},
      {"args.x[args.y]", "error: there is no 'x'"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(value_of(c.text) == c.value);
  }
}

TEST_CASE("a wrong type in the data is an error, never a guess") {
  struct Case {
    const char* text;
    const char* value;
  };
  const Case cases[] = {
      {"args.n && true", "error: '&&' takes bools, not int"},
      {"!args.n", "error: '!' takes bools, not int"},
      {"args.n ? 1 : 2", "error: '?' takes bools, not int"},
      {"args.s + 1", "error: '+' does not take string and int"},
      {"args.n + 1.5", "error: '+' does not take int and double"},
      {"args.n.x", "error: int has no fields"},
      {"has(args.l.x)", "error: list has no fields"},
      {"args.n[0]", "error: int cannot be indexed"},
      {"args.l['0']", "error: a list has no element number string"},
      {"args.l[1]", "error: the list has only 1 elements"},
      {"args.l[-1]", "error: the list has only 1 elements"},
      {"args.l[0.5 + args.zero]", "error: a list has no such element"},
      {"args[args.l]", "error: list is never a key"},
      {"args.s.exists(x, true)", "error: string is neither a list nor a map to go through"},
      {"args.l.all(x, x)", "error: the condition of a macro is int, not bool"},
      {"1 in args.s", "error: 'in' looks into a list or a map, not string"},
      {"args.s.startsWith(args.n)", "error: x.startsWith(string): startsWith does not take int"},
      {"args.n.matches('x')", "error: x.matches(pattern): matches does not take int"},
      {"args.s.matches(args.bad)",
       "error: the pattern cannot be used: RE2 does not read it, or it needs too much memory"},
      {"args.s < args.n", "error: '<' cannot compare string with int"},
      {"args.nothing < args.nothing", "error: '<' cannot compare null_type with null_type"},
      {"-args.s", "error: '-' does not take string"},
      {"{args.l: 1}", "error: list is never a key"},
      {"{args.s: 1, 'text': 2}", "error: a map has a key twice"},
      {"host_in(args.s, [args.n])", "error: host_in: every glob must be a string"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(value_of(c.text, R"({"n":7,"s":"text","l":[5],"bad":"(","nothing":null,"zero":0.0})") ==
          c.value);
  }
}

TEST_CASE("integers never wrap") {
  struct Case {
    const char* text;
    const char* args;
  };
  const Case cases[] = {
      {"args.a + args.b", R"({"a":9223372036854775807,"b":1})"},
      {"args.a - args.b", R"({"a":-9223372036854775808,"b":1})"},
      {"args.a * args.b", R"({"a":4611686018427387904,"b":2})"},
      {"args.a / args.b", R"({"a":-9223372036854775808,"b":-1})"},
      {"args.a % args.b", R"({"a":-9223372036854775808,"b":-1})"},
      {"-args.a", R"({"a":-9223372036854775808})"},
      {"args.a + args.b", R"({"a":18446744073709551615,"b":9223372036854775808})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text, c.args);
    const std::string got = value_of(c.text, c.args);
    CHECK(got.find("gives a number that is too large or too small") != std::string::npos);
  }
  CHECK(value_of("args.a / args.b", R"({"a":1,"b":0})") == "error: division by zero");
  CHECK(value_of("args.a % args.b", R"({"a":1,"b":0})") == "error: division by zero");
}

TEST_CASE("an error says where in the text it happened") {
  const Names names;
  Asked asked(names);
  Failure why;
  const Compiled got = compiled(names, "tool == 'x' || args.path == 'y'");
  REQUIRE(got.program.test(asked.values, asked.context, &why) == Truth::kError);
  CHECK(why.offset == 20);
  CHECK(why.message == "there is no 'path'");
}

TEST_CASE("no message about a condition that fails quotes a value of the call") {
  const std::string args =
      R"({"s":"hunter2","n":-7654321,"u":18446744073709551615,"d":7.654321e99,"p":"(hunter2"})";
  for (const char* text : {"int(args.s)",
                           "uint(args.s)",
                           "double(args.s)",
                           "bool(args.s)",
                           "duration(args.s)",
                           "timestamp(args.s)",
                           "uint(args.n)",
                           "timestamp(args.u)",
                           "int(args.u)",
                           "int(args.d)",
                           "uint(args.d)",
                           "timestamp(int(args.n) * 1000000000)",
                           "args.s.matches(args.p)",
                           "args[args.s]",
                           "args[args.s + 'x']",
                           "args.s > 7",
                           "args.s + 1",
                           "[1][int(args.n)]",
                           "args.s.nope",
                           "args.s.size",
                           "timestamp(0).getHours(args.s)",
                           "host_in(args.s, [args.n])",
                           "args.s == 'x' || args.s",
                           "-args.s",
                           "args.s ? 1 : 2",
                           "args.n.all(x, true)",
                           "{args.s: 1, args.s: 2}",
                           "under(args.n, '/')"}) {
    CAPTURE(text);
    const std::string value = value_of(text, args);
    CHECK(value.starts_with("error: "));
    CHECK(value.find("hunter2") == std::string::npos);
    CHECK(value.find("7654321") == std::string::npos);
    CHECK(value.find("7.654321") == std::string::npos);
    CHECK(value.find("18446744073709551615") == std::string::npos);
  }
}

TEST_CASE("a condition that gives no bool is an error") {
  const Names names;
  Asked asked(names, R"({"flag":"yes"})");
  Failure why;
  CHECK(compiled(names, "args.flag").program.test(asked.values, asked.context, &why) ==
        Truth::kError);
  CHECK(why.message == "the condition is string, not bool");
}

TEST_CASE("an evaluation stops when its budget is used up, and nothing absorbs that") {
  const Names names;
  std::string list = "[";
  for (int i = 0; i < 2000; ++i) list += "1,";
  list += "1]";
  Asked asked(names, R"({"l":)" + list + R"(,"s":")" + std::string(100'000, 'a') + "\"}");
  const char* const greedy[] = {
      "args.l.all(a, args.l.all(b, args.l.all(c, a == b)))",
      "args.l.exists(a, args.l.exists(b, args.nope == 1)) || true == args.l.all(c, true)",
      "args.l.map(a, args.l.map(b, 1)) == []",
      "args.l.exists(a, args.l.map(b, 1 / 0) == [])",
      "args.l.map(a, args.s + args.s) == []",
      "args.l.filter(a, args.s.contains('b')) == []",
      "args.l.all(a, args.s.lowerAscii() == args.s)",
      "args.l.all(a, !args.s.matches('b' + args.s.lowerAscii().size() == 0 ? 'x' : 'y'))",
      "args.l.all(a, args.l == args.l)",
      "args.l.all(a, args.l + args.l != [])",
  };
  size_t stopped = 0;
  for (const char* text : greedy) {
    CAPTURE(text);
    const auto program = compile(text, names.environment);
    if (!program) continue;  // the checker saw through it
    ++stopped;
    Failure why;
    CHECK(program->program.test(asked.values, asked.context, &why) == Truth::kError);
    CHECK(why.message == "the condition takes too many steps for this call");
  }
  CHECK(stopped >= std::size(greedy) / 2);
  // The next one starts afresh.
  CHECK(value_of(names, "size(args.l)", asked) == "2001");
}

TEST_CASE("data nested beyond reason is an error to compare, not the end of the stack") {
  const Names names;
  const std::string deep = std::string(50'000, '[') + std::string(50'000, ']');
  Asked asked(names, R"({"a":)" + deep + R"(,"b":)" + deep + "}");
  CHECK(value_of(names, "args.a == args.b", asked).starts_with("error:"));
  CHECK(value_of(names, "size(args.a)", asked) == "1");
}

TEST_CASE("a program is asked by many threads, each with its own context") {
  const Names names;
  const Compiled got =
      compiled(names, "args.s.matches('^a+$') && paths.exists(p, p.contains(args.s)) == false");
  std::vector<std::thread> threads;
  std::array<int, 4> right{};
  for (size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      Asked asked(names, R"({"s":"aaa"})");
      for (int i = 0; i < 1000; ++i) {
        right[t] += got.program.test(asked.values, asked.context) == Truth::kTrue ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int n : right) CHECK(n == 1000);
}

TEST_CASE("a slot that holds a failure is an error only where it is read") {
  const Names names;
  Asked asked(names);
  const Failure failure{"the result is not known yet", 0};
  asked.values[2] = Value::failure(&failure);
  CHECK(value_of(names, "args.x == 1", asked) == "error: the result is not known yet");
  CHECK(value_of(names, "tool == 'read_file' || args.x == 1", asked) == "true");
  asked.values.resize(2);
  CHECK(value_of(names, "args.x == 1", asked) == "error: 'args' has no value");
}

}  // namespace agentmesh::policy::cel
