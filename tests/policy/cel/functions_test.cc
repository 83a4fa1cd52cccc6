#include "policy/cel/functions.h"

#include <string>

#include "fixture.h"
#include "policy/cel/names.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

TEST_CASE("under() means whole components, after . and .. are taken out") {
  struct Case {
    const char* path;
    const char* directory;
    bool under;
  };
  const Case cases[] = {
      {"/ok", "/ok", true},
      {"/ok/a", "/ok", true},
      {"/ok/a/b", "/ok/", true},
      {"/ok//a/./b", "/ok/.", true},
      {"/ok_evil", "/ok", false},
      {"/ok/../etc/passwd", "/ok", false},
      {"/ok/../ok/a", "/ok", true},
      {"/ok/..", "/ok", false},
      {"/", "/", true},
      {"/a", "/", true},
      {"/../../a", "/a", true},
      {"a/b", "a", true},
      {"./a/b", "a", true},
      {"a/b", "/a", false},
      {"/a/b", "a", false},
      {"a", ".", true},
      {"../a", ".", false},
      {"../a", "..", true},
      {"../../a", "..", false},
      {"", "/", false},
      {"/a", "", false},
      {"~/x", "~", true},
      {"/home/me/x", "~", true},
      {"~/../you", "~", false},
      {"~you/x", "~", false},
      {"/home/me", "~/", true},
      {"/OK/a", "/ok", false},
  };
  Arena arena;
  for (const Case& c : cases) {
    CAPTURE(c.path, c.directory);
    CHECK(path_is_under(c.path, c.directory, "/home/me", arena) == c.under);
  }
  CHECK(path_is_under("~/x", "~", "", arena));
  CHECK_FALSE(path_is_under("/home/me/x", "~", "", arena));
}

TEST_CASE("host_in() knows globs, and not case, a trailing dot or brackets") {
  struct Case {
    const char* host;
    const char* glob;
    bool in;
  };
  const Case cases[] = {
      {"corp.example", "corp.example", true},
      {"CORP.example.", "corp.EXAMPLE", true},
      {"a.corp.example", "*.corp.example", true},
      {"a.b.corp.example", "*.corp.example", true},
      {"corp.example", "*.corp.example", false},
      {"evilcorp.example", "*.corp.example", false},
      {"corp.example.evil", "corp.example", false},
      {"corp.example.evil", "*.corp.example", false},
      {"a1", "a?", true},
      {"a", "a?", false},
      {"x", "*", true},
      {"", "*", true},
      {"", "", true},
      {"x", "", false},
      {"[::1]", "::1", true},
      {"aXbXc", "a*b*c", true},
      {"aXbX", "a*b*c", false},
      {"aaaaaaaaaaaaaaaaaaaab", "a*a*a*a*a*c", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.host, c.glob);
    CHECK(host_matches(c.host, c.glob) == c.in);
  }
  CHECK(value_of("host_in('a.corp.example', ['x', '*.corp.example']) && !host_in('a', [])") ==
        "true");
}

TEST_CASE("each() makes a list of what is none") {
  CHECK(value_of("each(args.a) + each(args.b) + each(args.c)",
                 R"({"a":["x"],"b":"y","c":{"z":1}})") == R"(["x","y",{"z":1}])");
}

TEST_CASE("lowerAscii() changes A to Z and nothing else") {
  CHECK(value_of("'AbC ÄÖ zZ'.lowerAscii()") == R"("abc ÄÖ zz")");
  CHECK(value_of("args.s.lowerAscii()", R"({"s":"already"})") == R"("already")");
}

TEST_CASE("matches() searches anywhere, with computed patterns too") {
  CHECK(value_of("args.s.matches('b.d')", R"({"s":"abcde"})") == "true");
  CHECK(value_of("matches(args.s, '^b')", R"({"s":"abcde"})") == "false");
  CHECK(value_of("args.p.exists(p, args.s.matches(p))", R"({"s":"abcde","p":["^x","e$"]})") ==
        "true");
  CHECK(value_of("args.s.matches('.')", "{\"s\":\"\\u0000\"}") == "true");
  CHECK(value_of("args.s.matches(args.p)", R"({"s":"x","p":")" + std::string(2000, 'a') + "\"}") ==
        "error: the pattern cannot be used: a computed pattern is longer than 1024 bytes");
  std::string many = R"({"s":"x39","p":[)";
  for (int i = 0; i < 40; ++i) many += (i > 0 ? ",\"^x" : "\"^x") + std::to_string(i) + "$\"";
  CHECK(value_of("args.p.filter(p, args.s.matches(p))", many + "]}") == R"(["^x39$"])");
}

TEST_CASE("size() counts characters of strings, bytes of bytes, entries of the rest") {
  CHECK(value_of("[size('äöü€🐱'), size(b'ä'), size(paths), size(args), 'abc'.size()]",
                 R"({"a":1})") == "[5,2,2,1,3]");
}

TEST_CASE("conversions refuse what they would have to guess") {
  struct Case {
    const char* text;
    const char* value;
  };
  const Case cases[] = {
      {"int('-7') + int('+7')", "0"},
      {"int('')", "error: a string of 0 bytes is not an int"},
      {"int('7 ')", "error: a string of 2 bytes is not an int"},
      {"int('+-7')", "error: a string of 3 bytes is not an int"},
      {"int('0x10')", "error: a string of 4 bytes is not an int"},
      {"int('9223372036854775808')", "error: a string of 19 bytes is not an int"},
      {"int(0.0 / 0.0)", "error: the double does not fit an int"},
      {"uint(-1.0)", "error: the double does not fit a uint"},
      {"uint('-1')", "error: a string of 2 bytes is not a uint"},
      {"double('1e400')", R"({"$double":"Infinity"})"},
      {"double('-1e-400')", R"({"$double":-0.0})"},
      {"double('nan') == double('NaN')", "false"},
      {"double('-Infinity')", R"({"$double":"-Infinity"})"},
      {"double('1,5')", "error: a string of 3 bytes is not a double"},
      {"double('0x1p3')", "error: a string of 5 bytes is not a double"},
      {"double('')", "error: a string of 0 bytes is not a double"},
      {"string(1e21) + ' ' + string(1.0) + ' ' + string(-0.0)", R"("1e+21 1 -0")"},
      {"string(true) + string(7u)", R"("true7")"},
      {"bool('yes')", "error: a string of 3 bytes is not a bool"},
      {"string(b'\\xff')", "error: the bytes are not UTF-8"},
      {"duration('1h30m') == duration('5400s')", "true"},
      {"string(duration('1.5ms'))", R"("0.0015s")"},
      {"string(duration('-1.5s'))", R"("-1.5s")"},
      {"duration('0')", R"({"$duration":"0s"})"},
      {"duration('1')", "error: a string of 1 byte is not a duration, such as '1h30m' or '0.5s'"},
      {"duration('')", "error: a string of 0 bytes is not a duration, such as '1h30m' or '0.5s'"},
      {"duration('1d')", "error: a string of 2 bytes is not a duration, such as '1h30m' or '0.5s'"},
      {"duration('-')", "error: a string of 1 byte is not a duration, such as '1h30m' or '0.5s'"},
      {"timestamp('2024-02-29T00:00:00+01:30')", R"({"$timestamp":"2024-02-28T22:30:00Z"})"},
      {"timestamp('2023-02-29T00:00:00Z')",
       "error: a string of 20 bytes is not a timestamp, such as '2026-01-31T08:00:00Z'"},
      {"timestamp('2023-01-01')",
       "error: a string of 10 bytes is not a timestamp, such as '2026-01-31T08:00:00Z'"},
      {"timestamp('2023-01-01T00:00:00')",
       "error: a string of 19 bytes is not a timestamp, such as '2026-01-31T08:00:00Z'"},
      {"timestamp(-1).getHours()", "23"},
      {"timestamp(0).getDayOfWeek('-00:01')", "3"},
      {"timestamp(0).getHours('Mars/Base')",
       "error: the time zone must be 'UTC' or an offset such as '+02:00'"},
      {"timestamp('9999-12-31T23:59:59Z').getFullYear('+01:00')", "10000"},
      {"type(duration('1s')) == google.protobuf.Duration && type(null) == null_type", "true"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(value_of(c.text) == c.value);
  }
}

}  // namespace agentmesh::policy::cel
