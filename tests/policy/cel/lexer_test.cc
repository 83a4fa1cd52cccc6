#include "policy/cel/lexer.h"

#include <string>

#include "fixture.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

TEST_CASE("and, or and not are operators, but only as whole words") {
  CHECK(value_of("true and not false or false") == "true");
  CHECK(value_of("{'android': 1}.android + {'notes': 2}.notes + {'order': 3}.order") == "6");
}

TEST_CASE("the words and, or, not and the reserved words may still be fields of data") {
  CHECK(value_of("args.and + args.or + args.not + args.import",
                 R"({"and":1,"or":2,"not":3,"import":4})") == "10");
}

TEST_CASE("what cannot be read is refused where it stands, with what to write instead") {
  struct Case {
    const char* text;
    const char* why;
  };
  const Case cases[] = {
      {"tool = 'x'", "1:6: '=' does not compare; use '=='"},
      {"true & false", "1:6: unknown operator '&'; use '&&' or 'and'"},
      {"true | false", "1:6: unknown operator '|'; use '||' or 'or'"},
      {"tool == “x”", "1:9: a typographic quote; use ' or \""},
      {"tool == 'x", "1:9: a string is not closed"},
      {"tool == 'x\n'", "1:9: a string is not closed on its line"},
      {"'''a''", "1:1: a string is not closed"},
      {"tool # x", "1:6: unexpected character '#'"},
      {"1 == 2 é", "1:8: unexpected character 'é'"},
      {"'é' == 'ü' $", "1:12: unexpected character '$'"},
      {"tool ==\n  'a' ~", "2:7: unexpected character '~'"},
      {"3x == 1", "1:2: a number runs into a name"},
      {"0x == 1", "1:1: '0x' needs hexadecimal digits"},
      {"9223372036854775808", "1:1: 9223372036854775808 is too large for an int"},
      {"18446744073709551616u", "1:1: 18446744073709551616 is too large for a uint"},
      {"'a\\.b'", "1:3: unknown escape '\\.'; in a pattern, use a raw string: r'…'"},
      {"'\\u12'", "1:2: this escape needs 4 digits"},
      {"'\\ud800'", "1:2: this escape is no Unicode character"},
      {"b'\\u0041'", "1:3: \\u is for strings; bytes have \\x and octal escapes"},
      {"if", "1:1: 'if' is a reserved word"},
      {"args.`a\"b`",
       "1:6: a quoted name holds letters, digits, '_', '.', '-', '/' and blanks only"},
      {"\x01", "1:1: an invisible control character"},
      {"'\xff'", "1:1: the text is not UTF-8"},
  };
  const Names names;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(refused(names, c.text) == c.why);
  }
}

TEST_CASE("a comment runs to the end of its line") {
  CHECK(value_of("1 + // one\n 2 // two") == "3");
  CHECK(value_of("'// no comment'") == "\"// no comment\"");
}

TEST_CASE("a raw string keeps its backslashes and ends at the first quote") {
  CHECK(value_of(R"(r'\d+\.')") == R"("\\d+\\.")");
  CHECK(value_of(R"(size(r'\'))") == "1");
  CHECK(value_of(R"(rb'\x41' == b'\\x41')") == "true");
}

TEST_CASE("the smallest int can be written, and its negation overflows") {
  CHECK(value_of("-9223372036854775808") == "-9223372036854775808");
  CHECK(
      value_of("--9223372036854775808").starts_with("error: '-' gives a number that is too large"));
  CHECK(value_of("-0x10") == "-16");
}

}  // namespace agentmesh::policy::cel
