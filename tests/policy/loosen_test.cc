// Which edits of a policy loosen it, and so wait for a person where it is strict.

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::good;

TEST_CASE("what loosens a policy is named, and what tightens it is not") {
  const std::string base = R"(default: deny
roots: [/a, /b]
hosts: {allow: [x.example, y.example], deny: [z.example]}
pins: {first: hold, changed: review}
unknown_methods: deny
tools: {t: {type: read}}
rules:
  - {name: no, tool: x, action: deny}
  - {name: yes, tool: y, action: allow, condition: "args.a == 1"}
  - {name: few, tool: y, limit: 5/hour}
)";
  const auto changed = [&](std::string_view from, const std::string& to) {
    std::string text = base;
    if (!from.empty()) {
      REQUIRE(text.find(from) != std::string::npos);
      text.replace(text.find(from), from.size(), to);
    } else {
      text += to;
    }
    return good(text)->loosens(*good(base));
  };
  struct Change {
    const char* from;
    const char* to;
    const char* why;
  };
  const Change rows[] = {
      {"default: deny", "default: allow", "`default` is allow"},
      {"[/a, /b]", "[/a, /b, /c]", "`roots` are wider or gone"},
      {"[/a, /b]", "[/a]", ""},
      {"roots: [/a, /b]\n", "", "`roots` are wider or gone"},
      {"y.example", "w.example", "`hosts` are wider or gone"},
      {", y.example", "", ""},
      {", deny: [z.example]", "", "`hosts` are wider or gone"},
      {"first: hold", "first: pin", "`pins` ask less"},
      {"changed: review", "changed: withhold", ""},
      {"unknown_methods: deny", "unknown_methods: allow", "unknown methods are allowed"},
      {"type: read", "type: write", "`tools` or `servers` changed"},
      {"tool: x, action: deny", "tool: x, action: warn", "rule 'no' is gone or was changed"},
      {"name: no,", "name: other, description: the same,", ""},
      {"args.a == 1", "args.a >= 1", "rule 'yes' is new or was changed"},
      {"5/hour", "6/hour", "rule 'few' is gone or was changed"},
      {"", "  - {name: more, tool: q, action: deny}\n  - {name: l, limit: 9/day}\n", ""},
      {"", "  - {name: more, tool: q, action: require_approval}\n",
       "rule 'more' is new or was changed"},
      {"", "mode: shadow\n", "the mode is shadow"},
  };
  for (const Change& row : rows) {
    CAPTURE(row.from, row.to);
    CHECK(changed(row.from, row.to) == row.why);
  }
  CHECK(good("extends: strict")->is_strict());
  CHECK(good("name: strict")->is_strict());
  CHECK_FALSE(good(base)->is_strict());
}

}  // namespace
}  // namespace agentmesh::policy
