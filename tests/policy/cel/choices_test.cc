#include "policy/cel/choices.h"

#include <string>

#include "fixture.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

TEST_CASE("an older spelling means what it stands for, in ==, != and in") {
  const Names names;
  struct Case {
    const char* text;
    const char* types;  // for which the condition holds
  };
  const Case cases[] = {
      {"action.type == 'api_call'", "network query message export "},
      {"'api_call' == action.type", "network query message export "},
      {"action.type != 'api_call'", "read write delete execute unknown "},
      {"action.type in ['api_call', 'read']", "read query network export message "},
      {"!(action.type in ['api_call'])", "read write delete execute unknown "},
      {"action['type'] == ('api_call')", "network query message export "},
      {"'api_call' in [action.type]", "network query message export "},
      {"[action].exists(a, a.type == 'api_call')", "network query message export "},
      {"action.type == 'read'", "read "},
  };
  const char* const types[] = {"read",    "write",  "delete",  "execute", "query",
                               "network", "export", "message", "unknown"};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Compiled got = compiled(names, c.text);
    CHECK(got.warnings.empty());
    for (const char* type : types) {
      CAPTURE(type);
      Asked asked(names, "{}", "x", type);
      const bool wanted = std::string(c.types).find(std::string(type) + " ") != std::string::npos;
      CHECK(got.program.test(asked.values, asked.context) ==
            (wanted ? Truth::kTrue : Truth::kFalse));
    }
  }
}

TEST_CASE("a literal that a choice can never be loads with a warning that says what it could be") {
  const Names names;
  struct Case {
    const char* text;
    uint32_t column;
    const char* message;
  };
  const Case cases[] = {
      {"action.type == 'exprt'", 16, "action.type is never 'exprt'; did you mean 'export'?"},
      {"'zzz' != action.type", 1, "action.type is never 'zzz'"},
      {"action.type in ['read', 'Write']", 25,
       "action.type is never 'Write'; did you mean 'write'?"},
      {"action.type == 'apicall'", 16, "action.type is never 'apicall'; did you mean 'api_call'?"},
      {"action.type >= 'read'", 13,
       "'>=' compares action.type by the alphabet; did you mean 'in'?"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Compiled got = compiled(names, c.text);
    REQUIRE(got.warnings.size() == 1);
    CHECK(got.warnings[0].column == c.column);
    CHECK(got.warnings[0].message == c.message);
    CHECK_FALSE(got.program.constant());
  }
}

TEST_CASE("a choice is an ordinary string everywhere else") {
  const Names names;
  Asked asked(names, "{}", "x", "network");
  CHECK(value_of(names, "action.type.startsWith('net') && size(action.type) == 7", asked) ==
        "true");
  CHECK(value_of(names, "action.type + '!' == 'api_call'", asked) == "false");
  CHECK(value_of(names, "tool == 'api_call'", asked) == "false");
}

}  // namespace agentmesh::policy::cel
