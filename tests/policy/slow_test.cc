#include "policy/slow.h"

#include <random>
#include <string>

#include "policy/match.h"
#include "policy/regex_tree.h"
#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

TEST_CASE("a pattern that costs too much for every byte of a text is found") {
  const char* const slow[] = {
      "[ab]*a[ab]{12}c",
      "a.{14}c",
      "a......................c",
      "[x-z]{0,3}y[xyz]{15}q",
      "(?i)A.{14}C",
      "(a.{14}c|b)$x",
      "[\\x61-\\x62]*a[\\x61-\\x62]{12}c",
      "[\\141-\\142]*a[\\141-\\142]{12}c",
      "[\\.-\\/]*\\.[\\.-\\/]{14}c",
      "a(.{5}){3}c",
      "a(...){5}c",
      "a(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)c",
      "Q.{14}Z",
      "5\\d{14}Z",
      "key.{40}end"};
  for (const char* regex : slow) {
    CAPTURE(regex);
    CHECK(cost_of(regex) == PatternCost::kSlow);
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
                                  "^(drop|purge|truncate|erase|wipe|shred|destroy)_",
                                  "(abc){40}",
                                  "\\bgit(\\s+-[cC]\\s+\\S+|\\s+-\\S+)*\\s+push\\b"};
  for (const char* regex : ordinary) {
    CAPTURE(regex);
    CHECK(cost_of(regex) == PatternCost::kOrdinary);
  }
}

TEST_CASE("a pattern that is too large to be tried is no ordinary one") {
  std::string deep = "a.{14}c";
  for (int i = 0; i < RegexTree::kMaxDepth; ++i) deep = "(" + deep + ")";
  CHECK(cost_of(deep) == PatternCost::kSlow);
  CHECK(cost_of("(" + deep + ")") == PatternCost::kTooLarge);
  const auto wide = [](int thousands) {
    std::string out = "^";
    for (int i = 0; i < thousands; ++i) out += "[a-z]{1000}-";
    return out;
  };
  CHECK(cost_of(wide(19)) == PatternCost::kOrdinary);
  CHECK(cost_of(wide(20)) == PatternCost::kTooLarge);
  CHECK(tests::load("rules: [{name: a, tool: '/" + wide(20) + "/'}]")
            .remarks.starts_with("p.yaml:1:25: rules[0].tool: this pattern is too large to tell"));
  std::string words = "^(";
  for (int i = 0; i < 5000; ++i) words += "word-" + std::to_string(i) + "|";
  CHECK(cost_of(words + "x)$") == PatternCost::kOrdinary);  // large, but there is nothing to try
}

TEST_CASE("what costs too much does not load, wherever it is written") {
  CHECK(tests::load("rules: [{name: a, tool: '/a.{14}c/'}]")
            .remarks.starts_with("p.yaml:1:25: rules[0].tool: this pattern takes too much work"));
  CHECK(tests::load("rules: [{name: a, args: {x: '/a.{14}c/'}}]")
            .remarks.starts_with("p.yaml:1:29: rules[0].args.x: this pattern takes too much work"));
  CHECK(tests::load("rules: [{name: a, condition: \"tool.matches('a.{14}c')\"}]")
            .remarks.starts_with("p.yaml:1:36: rules[0].condition: this pattern takes too much"));
}

// The characters of ASCII that a class has, by the tree and by the engine that matches.
void check_class(const std::string& regex) {
  CAPTURE(regex);
  const auto pattern = Pattern::compile("/\\A(?s:" + regex + ")\\z/");
  if (!pattern) return;  // RE2 refuses it
  const auto tree = RegexTree::read(regex);
  REQUIRE(tree);
  const RegexTree* single = &*tree;
  while (single->kind == RegexTree::Kind::kInOrder) single = &single->parts.at(0);
  REQUIRE(single->kind == RegexTree::Kind::kBytes);
  for (int byte = 0; byte < 0x80; ++byte) {
    CAPTURE(byte);
    REQUIRE(single->bytes.test(static_cast<size_t>(byte)) ==
            pattern->matches(std::string(1, static_cast<char>(byte))));
  }
}

TEST_CASE("classes are read as RE2 reads them") {
  for (const char* regex : {"[\\x61-\\x62]",
                            "[\\x{61}-\\x{7a}]",
                            "[\\141-z]",
                            "[\\n-\\r]",
                            "[+--]",
                            "[\\]-a]",
                            "[\\\\-a]",
                            "[a\\-z]",
                            "[^\\x00-\\x1f]",
                            "[]-a]",
                            "[^]]",
                            "[a-c\\d_]",
                            "[[:^alpha:]-]",
                            "(?i:[a-c])",
                            "\\x41",
                            "\\101",
                            "\\0",
                            "[!-~]",
                            "[é-ü]",
                            "[a-é]",
                            "[\\x41-\\x{e9}]",
                            "[\\w-]"})
    check_class(regex);
  std::mt19937 random(11);
  const char* const ends[] = {"a",   "z",   "A",    "0", "\\x41", "\\x{7a}", "\\101", "\\n",
                              "\\]", "\\-", "\\\\", ".", "^",     "~",       "é"};
  for (int n = 0; n < 2000; ++n) {
    std::string regex = random() % 3 == 0 ? "[^" : "[";
    for (size_t k = 0; k <= random() % 3; ++k) {
      regex += ends[random() % std::size(ends)];
      if (random() % 2 == 0) regex += std::string("-") + ends[random() % std::size(ends)];
    }
    check_class(regex + "]");
  }
}

}  // namespace
}  // namespace agentmesh::policy
