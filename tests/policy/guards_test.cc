#include "policy/guards.h"

#include <array>
#include <vector>

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

TEST_CASE("operands that ask for the kind alone are settled by it, and no others") {
  struct Case {
    const char* condition;
    std::vector<uint32_t> settled;
  };
  const Case cases[] = {
      {"action.type == 'delete' && args.x == 1", {0}},
      {"args.x == 1 && action.type in ['read', 'write'] && !(action.type == 'read')", {1, 2}},
      {"(action.type == 'delete' || 'write' == action.type) && session.tainted", {0}},
      {"action.type == 'api_call' && has(args.x)", {0}},
      {"action.type == 'delete'", {}},
      {"action.type == 'delete' && action.type != 'read'", {0}},  // one stays
      {"(action.type == 'delete' || args.x == 1) && session.tainted", {}},
      {"action.type == tool && session.tainted", {}},
      {"!(action.type == 'delete' && args.x == 1) && session.tainted", {}},
      {"action.type == 'delete' || session.tainted", {}},
      {"tool == 'delete' && session.tainted", {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.condition);
    auto compiled = cel::compile_condition(c.condition, environment());
    REQUIRE(compiled);
    CHECK(read_guard(compiled->program).settled == c.settled);
  }
}

TEST_CASE("what is left of an && without some operands is the others") {
  cel::Environment names;
  for (const char* name : {"a", "b", "c"}) names.declare(name, cel::Type::dyn(), {});
  const auto truth = [&](const std::vector<uint32_t>& without, std::array<cel::Value, 3> values) {
    auto compiled = cel::compile_condition("a && b && c", names);
    REQUIRE(compiled);
    compiled->program.leave_out(without);
    cel::Context context;
    return compiled->program.test(values, context);
  };
  const cel::Value yes = cel::Value::boolean(true);
  auto negated = cel::compile_condition("!a", names);
  REQUIRE(negated);
  negated->program.leave_out({});
  cel::Context context;
  CHECK(negated->program.test(std::array{yes}, context) == cel::Truth::kFalse);
  const cel::Value no = cel::Value::boolean(false);
  const cel::Value odd = cel::Value::integer(1);
  CHECK(truth({}, {yes, yes, no}) == cel::Truth::kFalse);
  CHECK(truth({2}, {yes, yes, no}) == cel::Truth::kTrue);
  CHECK(truth({0}, {no, yes, yes}) == cel::Truth::kTrue);
  CHECK(truth({0, 2}, {no, no, yes}) == cel::Truth::kFalse);
  CHECK(truth({0, 1}, {no, no, yes}) == cel::Truth::kTrue);
  CHECK(truth({1}, {yes, no, odd}) == cel::Truth::kError);
  CHECK(truth({0, 1}, {yes, yes, odd}) == cel::Truth::kError);
}

}  // namespace
}  // namespace agentmesh::policy
