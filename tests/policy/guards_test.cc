#include "policy/guards.h"

#include "policy/names.h"
#include "policy/rules.h"
#include "tests/catch.h"

namespace agentmesh::policy {
namespace {

std::string guard_of(const char* condition) {
  auto compiled = cel::compile_condition(condition, environment());
  REQUIRE(compiled);
  const Guard guard = read_guard(compiled->program);
  std::string out;
  if (guard.kinds != kAllKinds)
    for (unsigned kind = 0; kind < 9; ++kind)
      if ((guard.kinds >> kind & 1U) != 0)
        out += std::string(to_string(static_cast<Kind>(kind))) + " ";
  if (guard.tools)
    for (const std::string& tool : *guard.tools) out += "tool:" + tool + " ";
  if ((guard.needs & name_bit(Name::kFindings)) != 0) out += "findings ";
  if ((guard.needs & name_bit(Name::kPaths)) != 0) out += "paths ";
  if ((guard.needs & name_bit(Name::kUrls)) != 0) out += "urls ";
  if (guard.argument) {
    out += "args." + guard.argument->name + (guard.argument->missing ? "?" : "");
    for (const Pattern& pattern : guard.argument->texts) out += " " + pattern.text();
    out += " ";
  }
  return out;
}

TEST_CASE("what must be so for a condition to hold is read off it, and nothing more") {
  struct Case {
    const char* condition;
    const char* guard;
  };
  const Case cases[] = {
      {"action.type == 'delete'", "delete "},
      {"'delete' == action.type", "delete "},
      {"action.type in ['read', 'write']", "read write "},
      {"action.type == 'api_call'", "query network message export "},
      {"action.type != 'read'", "unknown query write network message export execute delete "},
      {"!(action.type in ['read', 'query'])",
       "unknown write network message export execute delete "},
      {"action.type == 'delete' && args.x == 1", "delete "},
      {"args.x == 1 && action.type == 'delete'", "delete "},
      {"args.x == 'a'", "args.x? a "},
      {"has(args.x) && args.x.contains('a.b')", "args.x a\\.b "},
      {"has(args.y) && args['x'].startsWith('a')", "args.x? \\Aa "},
      {"args.x.matches('^a') || args.x in ['b', 'c']", "args.x? ^a b c "},
      {"args.x.matches('^a') || args.y == 'b'", ""},
      {"args.x != 'a'", ""},
      {"!args.x.contains('a')", ""},
      {"args.x.contains(tool)", ""},
      {"action.type == 'delete' || action.type == 'write'", "write delete "},
      {"action.type == 'delete' || args.x == 1", ""},
      {"(action.type == 'delete' || action.type == 'write') && action.type != 'write'", "delete "},
      {"!(action.type == 'delete' && args.x == 1)", ""},
      {"action.type == 'delete' ? true : false", ""},
      {"action.type == tool", ""},
      {"action.type in roots", ""},
      {"action.type.startsWith('de')", ""},
      {"tool == 'a'", "tool:a "},
      {"action.tool == 'a' or action.tool == 'b'", "tool:a tool:b "},
      {"tool in ['a', 'b'] && args.x == 1", "tool:a tool:b "},
      {"tool == 'a' || server == 's'", ""},
      {"tool != 'a'", ""},
      {"server == 'a'", ""},
      {"findings.exists(f, f.id == 'x')", "findings "},
      {"action.type == 'write' && findings.exists(f, f.id == 'x')", "write findings "},
      {"data.contains_pii || findings.exists(f, f.id == 'x')", ""},
      {"!findings.exists(f, f.id == 'x')", ""},
      {"findings.all(f, f.id == 'x')", ""},
      {"paths.exists(p, p == 'x')", "paths "},
      {"paths.exists(p, p == 'x') || findings.exists(f, f.id == 'x')", ""},
      {"urls.exists(u, u.private) && findings.exists(f, f.id == 'x')", "findings urls "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.condition);
    CHECK(guard_of(c.condition) == c.guard);
  }
}

}  // namespace
}  // namespace agentmesh::policy
