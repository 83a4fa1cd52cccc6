#include "policy/limits.h"

#include "tests/catch.h"

namespace agentmesh::policy {
namespace {

TEST_CASE("a rate is read in every spelling a policy may use") {
  struct Case {
    const char* text;
    uint32_t calls;
    int64_t seconds;
  };
  const Case cases[] = {
      {"10/second", 10, 1},     {"10/minute", 10, 60},    {"100/hour", 100, 3600},
      {"5/day", 5, 86400},      {"100/1m", 100, 60},      {"1/30s", 1, 30},
      {"5/24h", 5, 86400},      {"100000/1s", 100000, 1}, {"7/90m", 7, 5400},
      {"12/86400s", 12, 86400},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto rate = parse_rate(c.text);
    REQUIRE(rate);
    CHECK(rate->calls == c.calls);
    CHECK(rate->window_us == c.seconds * 1'000'000);
  }
}

TEST_CASE("a rate that can be read two ways is refused, and says why") {
  struct Case {
    const char* text;
    const char* why;
  };
  const Case cases[] = {
      {"10", "'10' is not COUNT/UNIT, such as 10/minute"},
      {"", "'' is not COUNT/UNIT, such as 10/minute"},
      {"+1/hour", "'+1' is not a count between 1 and 100000"},
      {"1 /hour", "'1 ' is not a count between 1 and 100000"},
      {"0/hour", "'0' is not a count between 1 and 100000"},
      {"100001/hour", "'100001' is not a count between 1 and 100000"},
      {"99999999999999999999/hour", "'99999999999999999999' is not a count between 1 and 100000"},
      {"10/m", "unknown unit 'm' (use second, minute, hour, day, or 30s, 1m, 24h)"},
      {"10/minutes", "unknown unit 'minutes' (use second, minute, hour, day, or 30s, 1m, 24h)"},
      {"10/25h", "unknown unit '25h' (use second, minute, hour, day, or 30s, 1m, 24h)"},
      {"10/0s", "unknown unit '0s' (use second, minute, hour, day, or 30s, 1m, 24h)"},
      {"10/ 1m", "unknown unit ' 1m' (use second, minute, hour, day, or 30s, 1m, 24h)"},
      {"10/", "unknown unit '' (use second, minute, hour, day, or 30s, 1m, 24h)"},
      {"10/1d", "unknown unit '1d' (use second, minute, hour, day, or 30s, 1m, 24h)"},
      {"10/1m/2", "unknown unit '1m/2' (use second, minute, hour, day, or 30s, 1m, 24h)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto got = parse_rate(c.text);
    REQUIRE_FALSE(got);
    CHECK(got.error().what == c.why);
  }
}

TEST_CASE("a span of time has a unit and an end") {
  CHECK(parse_span("50s").value() == 50'000'000);
  CHECK(parse_span("500ms").value() == 500'000);
  CHECK(parse_span("10m").value() == 600'000'000);
  CHECK(parse_span("7d").value() == 7LL * 86'400 * 1'000'000);
  for (const char* bad : {"", "s", "50", "-5s", "5 s", "0s", "1.5h", "400d", "50S", "5sm"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_span(bad));
  }
}

TEST_CASE("a limit counts apart what limit_by names, and no two names run into each other") {
  const auto key = [](std::vector<Subject> by) {
    return charge_key("p", "r", by, "ann", "files", "read_file");
  };
  CHECK(key({}) == R"(["p","r","agent","ann","server","files"])");
  CHECK(key({Subject::kRule}) == R"(["p","r"])");
  CHECK(key({Subject::kTool}) == R"(["p","r","tool","read_file"])");
  CHECK(key({Subject::kTool, Subject::kAgent}) == R"(["p","r","agent","ann","tool","read_file"])");
  CHECK(charge_key("p", "r", {}, "a\",\"server\",\"b", "c", "") !=
        charge_key("p", "r", {}, "a", "b\",\"c", ""));
}

}  // namespace
}  // namespace agentmesh::policy
