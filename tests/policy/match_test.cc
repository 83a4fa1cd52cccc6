#include "policy/match.h"

#include <algorithm>
#include <random>

#include "policy/slow.h"
#include "tests/catch.h"
#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

TEST_CASE("a glob is matched against the whole name, a regex is searched in it") {
  struct Case {
    const char* pattern;
    const char* name;
    bool fits;
  };
  const Case cases[] = {
      {"read_file", "read_file", true},
      {"read_file", "read_files", false},
      {"read_file", "Read_file", false},
      {"read_*", "read_", true},
      {"read_*", "xread_file", false},
      {"*_file", "read_file", true},
      {"*", "", true},
      {"*", "anything", true},
      {"?", "", false},
      {"?", "a", true},
      {"?", "ä", true},
      {"?", "ab", false},
      {"a?c", "äbc", false},
      {"a*b*c", "aXbXbXc", true},
      {"a*b*c", "aXcXb", false},
      {"a**c", "ac", true},
      {"*ä", "xyä", true},
      {"delete_?", "delete_é", true},
      {"/^(drop|purge)_/", "purge_all", true},
      {"/^(drop|purge)_/", "x_purge_all", false},
      {"/file/", "read_file_now", true},
      {"/FILE/", "read_file_now", false},
      {"/(?i)FILE/", "read_file_now", true},
      {"a.c", "abc", false},
      {"[ab]", "a", false},
      {"[ab]", "[ab]", true},
      {"/", "/", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.pattern, c.name);
    const auto pattern = Pattern::compile(c.pattern);
    REQUIRE(pattern);
    CHECK(pattern->matches(c.name) == c.fits);
  }
}

TEST_CASE("a regex that RE2 refuses is an error that says why") {
  const auto bad = Pattern::compile("/(unclosed/");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().what.find("missing )") != std::string::npos);
  CHECK_FALSE(Pattern::compile("/a(?=b)/"));
  CHECK_FALSE(Pattern::compile("//"));
}

TEST_CASE("the index finds the same owners as asking every pattern in turn") {
  std::mt19937 random(7);
  const auto pick = [&](size_t n) { return static_cast<size_t>(random() % n); };
  const std::string_view pieces[] = {"read", "write", "_", "*", "?", "file", "db", "x"};
  for (const size_t count : {size_t{0}, size_t{1}, PatternIndex::kLinear, size_t{200}}) {
    PatternIndex index;
    std::vector<Pattern> patterns;
    for (size_t i = 0; i < count; ++i) {
      std::string text;
      for (size_t k = 0; k <= pick(5); ++k) text += pieces[pick(std::size(pieces))];
      if (pick(5) == 0)
        text = "/" + std::string(pieces[pick(3)]) + ".?" + std::string(pieces[pick(3)]) + "/";
      patterns.push_back(Pattern::compile(text).value());
      index.add(patterns.back(), static_cast<uint32_t>(i));
    }
    index.seal();
    for (int n = 0; n < 300; ++n) {
      std::string name;
      for (size_t k = 0; k < pick(6); ++k) {
        const std::string_view piece = pieces[pick(std::size(pieces))];
        name += piece == "*" || piece == "?" ? "é" : piece;
      }
      std::vector<uint32_t> expected;
      for (size_t i = 0; i < count; ++i)
        if (patterns[i].matches(name)) expected.push_back(static_cast<uint32_t>(i));
      std::vector<uint32_t> got;
      index.find(name, got);
      std::sort(got.begin(), got.end());
      got.erase(std::unique(got.begin(), got.end()), got.end());
      CAPTURE(count, name);
      REQUIRE(got == expected);
    }
  }
}

TEST_CASE("a pattern that costs too much for every byte of a text does not load") {
  const char* const slow[] = {"[ab]*a[ab]{12}c",       "a.{14}c",     "a......................c",
                              "[x-z]{0,3}y[xyz]{15}q", "(?i)A.{14}C", "(a.{14}c|b)$x"};
  for (const char* regex : slow) {
    CAPTURE(regex);
    CHECK(is_slow(regex));
  }
  const char* const ordinary[] = {"(x+x+)+y",
                                  "-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----",
                                  "\\d{4}-\\d{4}-\\d{4}-\\d{4}",
                                  "[0-9a-f]{64}",
                                  "^.{0,200}$",
                                  ".*x.{20}$",
                                  "[[:alpha:]]{8,}\\s[[:^digit:]]{8}x",
                                  "\\p{L}{10,}\\x{41}[\\x41-\\x5a]{8}",
                                  "(?i)gh[pousr]_[a-z0-9]{36,255}",
                                  "(?:[0-9]{1,3}\\.){3}(?P<last>[0-9]{1,3}).{6}",
                                  "[]a-c]{9}\\Qa.b(\\E",
                                  "\\bgit(\\s+-[cC]\\s+\\S+|\\s+-\\S+)*\\s+push\\b"};
  for (const char* regex : ordinary) {
    CAPTURE(regex);
    CHECK_FALSE(is_slow(regex));
  }
  CHECK(tests::load("rules: [{name: a, tool: '/a.{14}c/'}]")
            .remarks.starts_with("p.yaml:1:25: rules[0].tool: this pattern takes too much work"));
  CHECK(tests::load("rules: [{name: a, condition: \"tool.matches('a.{14}c')\"}]")
            .remarks.starts_with("p.yaml:1:36: rules[0].condition: this pattern takes too much"));
}

}  // namespace
}  // namespace agentmesh::policy
