// `args:` of a rule: plain matchers on arguments.

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

struct Row {
  const char* args;   // of the rule
  const char* given;  // by the client
  bool denies;        // a rule with `action: deny` matches
  bool allows;        // the same rule with `action: allow` matches
};

TEST_CASE(
    "every named argument must match; of several values one is enough to hold back, all are needed to allow") {
  const Row rows[] = {
      {"{command: '/rm -rf/'}", R"({"command":"sudo rm -rf x"})", true, true},
      {"{command: '/rm -rf/'}", R"({"command":"rm -r x"})", false, false},
      {"{command: '/rm -rf/'}", R"({"other":"rm -rf"})", false, false},
      {"{a: x, b: y}", R"({"a":"x","b":"y"})", true, true},
      {"{a: x, b: y}", R"({"a":"x","b":"z"})", false, false},
      {"{a: x, b: y}", R"({"a":"x"})", false, false},
      {"{a: [x, 'y*']}", R"({"a":"yy"})", true, true},
      {"{n: '7'}", R"({"n":7})", true, true},
      {"{n: '7'}", R"({"n":7.0})", false, false},
      {"{t: 'true'}", R"({"t":true})", true, true},
      {"{t: 'null'}", R"({"t":null})", false, false},
      {"{a: x}", R"({"a":["x","z"]})", true, false},
      {"{a: x}", R"({"a":["x","x"]})", true, true},
      {"{a: x}", R"({"a":{"b":["z",{"c":"x"}]}})", true, false},
      {"{a: x}", R"({"a":[]})", false, false},
      {"{'*': x}", R"({"a":{"b":["z",{"c":"x"}]}})", true, true},
      {"{'*': x}", R"({"x":"z"})", false, false},
      {"{'*': '7'}", R"({"a":7})", false, false},
      {"{a: x}", R"({"\u0061":"\u0078"})", true, true},
      {"{a: x}", "", false, false},
      {"{a: x}", "null", false, false},
      // Paths are compared as they are meant.
      {"{path: '/srv/*'}", R"({"path":"/srv/a"})", true, true},
      {"{path: '/srv/*'}", R"({"path":"/srv/../etc/x"})", true, false},
      {"{path: '/etc/*'}", R"({"path":"/srv/../etc/x"})", true, true},
      {"{path: '/etc/*'}", R"({"path":"/srv/%2e%2e/etc/x"})", true, true},
      {"{path: '/proj/*'}", R"({"path":"a.txt"})", true, true},
      {"{path: '~/secret/*'}", R"({"path":"/home/ann/secret/x"})", true, true},
      {"{path: '~/secret/*'}", R"({"path":"~/secret/x"})", true, true},
      {"{path: '~/secret/*'}", R"({"path":"/home/bob/secret/x"})", false, false},
      {"{'*': '/etc/*'}", R"({"x":[{"y":"/srv/../etc/x"}]})", true, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.args, row.given);
    const auto decide = [&](const char* action) {
      const auto policy = tests::good(
          std::string("default: ") + (action == std::string("deny") ? "allow" : "deny") +
          "\nrules: [{name: r, action: " + action + ", args: " + row.args + "}]");
      return tests::ask(*policy, tests::call("do_it", row.given)).rule == "r";
    };
    CHECK(decide("deny") == row.denies);
    CHECK(decide("allow") == row.allows);
  }
}

TEST_CASE("however many texts fit one rule, another rule's text behind them is found") {
  const auto policy = tests::good(
      "default: allow\nrules: [{name: a, args: {'*': 'x*'}, action: log}, {name: b, args: {'*': y}, action: deny}, "
      "{name: c, args: {'*': '/srv/x'}, action: require_approval}, {name: d, args: {'*': '~/y'}, action: deny}]");
  const auto flood = [](const char* one, const char* last) {
    std::string out = R"({"list":[)";
    for (int i = 0; i < 30'000; ++i) out += std::string("\"") + one + "\",";
    return out + "\"" + last + "\"]}";
  };
  const auto decide = [&](const char* one, const char* last) {
    return tests::say(tests::ask(*policy, tests::call("do_it", flood(one, last))));
  };
  CHECK(decide("x", "z") == "log by a");
  CHECK(decide("x", "y") == "deny by b");
  CHECK(decide("/srv/z", "/srv/./x") == "require_approval by c");
  CHECK(decide("/srv/z", "/home/ann/y") == "deny by d");
}

}  // namespace
}  // namespace agentmesh::policy
