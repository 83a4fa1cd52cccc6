#include "policy/cel/reads.h"

#include <string>

#include "fixture.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

namespace {
// "tool action action.type args args.x! ": ! marks a key that is not guarded.
std::string listed(const std::vector<Read>& reads) {
  std::string out;
  for (const Read& read : reads) out += read.path + (read.guarded ? " " : "! ");
  return out;
}
}  // namespace

TEST_CASE("what an expression reads is listed, in the order of its text") {
  const Names names;
  struct Case {
    const char* text;
    const char* reads;
  };
  const Case cases[] = {
      {"tool == 'x'", "tool "},
      {"action.type == 'api_call' && args.path == tool",
       "action action.type args args.path! tool "},
      {"args['path'].size() > 3", "args args.path! "},
      {"args.a.b", "args args.a! args.a.b! "},
      {"findings.exists(f, f.id == 'x')", "findings "},
      {"args.exists(k, args[k] == 1)", "args args "},
      {"tool == 'x' && false", ""},
      {"has(args.x)", "args "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(listed(reads(compiled(names, c.text).program)) == c.reads);
  }
}

TEST_CASE("a key is guarded where its has() must hold for the read to matter") {
  const Names names;
  struct Case {
    const char* text;
    bool guarded;
  };
  const Case cases[] = {
      {"has(args.x) && args.x == 1", true},
      {"args.x == 1 && has(args.x)", true},
      {"tool == 'y' && has(args.x) && args.x == 1", true},
      {"has(args.x) && (tool == 'y' || args.x == 1)", true},
      {"!has(args.x) || args.x == 1", true},
      {"has(args.x) ? args.x == 1 : false", true},
      {"!has(args.x) ? false : args.x == 1", true},
      {"'x' in args && args.x == 1", true},
      {"has(args.x) && paths.exists(p, p == args.x)", true},
      {"has(args.x) && !(args.x == 1)", true},
      {"!(has(args.x) && args.x == 1)", true},
      {"(has(args.x) && tool == 'a' || has(args.x)) && args.x == 1", true},
      {"args.x == 1", false},
      {"has(args.y) && args.x == 1", false},
      {"has(args.x) || args.x == 1", false},
      {"!has(args.x) && args.x == 1", false},
      {"has(args.x) ? false : args.x == 1", false},
      {"(has(args.x) || tool == 'a') && args.x == 1", false},
      {"(has(args.x) ? true : true) && args.x == 1", false},
      {"!(has(args.x) || args.x == 1)", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Compiled got = compiled(names, c.text);
    bool found = false;
    for (const Read& read : reads(got.program)) {
      if (read.what != Read::What::kKey) continue;
      found = true;
      CHECK(read.guarded == c.guarded);
    }
    CHECK(found);
  }
}

TEST_CASE("has() of a deeper key vouches for the ones above it") {
  const Names names;
  CHECK(listed(reads(compiled(names, "has(args.a.b) && args.a.b == args.a.c").program)) ==
        "args args.a! args args.a args.a.b args args.a args.a.c! ");
}

TEST_CASE("a condition guards its unless, and the other way round only by what must not hold") {
  const Names names;
  const Compiled has = compiled(names, "has(args.x)");
  const Compiled reads_x = compiled(names, "args.x == 1");
  const Compiled has_not = compiled(names, "!has(args.x)");
  CHECK(reads(&has.program, &reads_x.program).unless.back().guarded);
  CHECK_FALSE(reads(&reads_x.program, &has.program).condition.back().guarded);
  CHECK(reads(&reads_x.program, &has_not.program).condition.back().guarded);
  CHECK(reads(nullptr, &reads_x.program).condition.empty());
  CHECK_FALSE(reads(nullptr, &reads_x.program).unless.back().guarded);
}

}  // namespace agentmesh::policy::cel
