#include "policy/match.h"

#include <algorithm>
#include <random>

#include "tests/catch.h"

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

}  // namespace
}  // namespace agentmesh::policy
