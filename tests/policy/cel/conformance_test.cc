// The language's own conformance cases (tests/data/cel, from cel-spec) against our subset.

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "policy/cel/cel.h"
#include "policy/cel/typed_json.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

namespace {

// Cases we do not pass, and why. A case that begins to pass must leave this table.
constexpr const char* kZoneNames =
    "a time zone by name needs the machine's zone files; a policy reads no files";
const std::map<std::string, const char*> kExcluded{
    {"timestamps/timestamp_selectors_tz/getDate", kZoneNames},
    {"timestamps/timestamp_selectors_tz/getDayOfMonth_name_pos", kZoneNames},
    {"timestamps/timestamp_selectors_tz/getDayOfMonth_name_neg", kZoneNames},
    {"timestamps/timestamp_selectors_tz/getDayOfYear", kZoneNames},
    {"timestamps/timestamp_selectors_tz/getMinutes", kZoneNames},
};

// The value's typed JSON with the entries of maps in one order, so that texts can be compared.
std::string canonical(json::View json) {
  if (json.is_array()) {
    std::string out = "[";
    for (const json::View element : json.elements()) out += canonical(element) + ",";
    return out + "]";
  }
  if (!json.is_object()) return std::string(json.raw());
  std::set<std::string> members;
  for (const json::View::Member& member : json.members()) {
    if (member.key.string() == "$map") {
      for (const json::View entry : member.value.elements()) members.insert(canonical(entry));
      continue;
    }
    members.insert(member.key.string() + ":" + canonical(member.value));
  }
  std::string out = "{";
  for (const std::string& member : members) out += member + ",";
  return out + "}";
}
std::string canonical(const std::string& text) { return canonical(json::View(text)); }

// What the expression gives: typed JSON in one order, "error: …", or "refused: …" if it does not compile.
std::string answer(const std::string& expr, json::View vars, Checks checks) {
  Environment environment;
  Context context;
  std::vector<Value> values;
  for (const json::View::Member& variable : vars.members()) {
    environment.declare(variable.key.string(), Type::dyn());
    const auto value = from_typed_json(variable.value, context);
    REQUIRE(value);
    values.push_back(*value);
  }
  const auto compiled = compile(expr, environment, checks);
  if (!compiled) return "refused: " + compiled.error().message;
  const auto got = to_typed_json(compiled->program.evaluate(values, context), context);
  return got ? canonical(*got) : "error: " + got.error().what;
}

// What the case wants, written by us: 1.50 and 1.5e0 are one double.
std::string wanted(json::View expect) {
  if (expect.find("error").present()) return "error";
  Context context;
  const auto value = from_typed_json(expect.find("value"), context);
  REQUIRE(value);
  return canonical(to_typed_json(*value, context).value());
}

}  // namespace

TEST_CASE("the language's own cases give the value or the error they promise") {
  size_t count = 0;
  std::set<std::string> excluded_seen;
  for (const auto& file : std::filesystem::directory_iterator(CEL_CASES)) {
    if (file.path().extension() != ".jsonl") continue;
    std::ifstream in(file.path());
    for (std::string line; std::getline(in, line); ++count) {
      json::Reader reader;
      REQUIRE(reader.read(line).fault == json::Fault::kNone);
      const json::View root = reader.root();
      const std::string id = root.find("id").string();
      const std::string expr = root.find("expr").string();
      const std::string want = wanted(root.find("expect"));
      const bool checked = !root.find("unchecked").present();
      const std::string got =
          answer(expr, root.find("vars"), checked ? Checks::kTypes : Checks::kNames);
      const bool fails = got.starts_with("error: ") || got.starts_with("refused: ");
      const bool passes = want == "error" ? fails : got == want;
      CAPTURE(id, expr, want, got);
      // Where the source switches its type checker off, only a name can still be refused.
      if (!checked && got.starts_with("refused: ")) CHECK(got.starts_with("refused: unknown "));
      // What a strict checker would refuse is a value for ours as well, wherever the source has one.
      if (!checked && want != "error") {
        CHECK(answer(expr, root.find("vars"), Checks::kTypes) == want);
      }
      const auto excluded = kExcluded.find(id);
      if (excluded == kExcluded.end()) {
        CHECK(passes);
        continue;
      }
      INFO(excluded->second);
      CHECK_FALSE(passes);
      excluded_seen.insert(id);
    }
  }
  CHECK(count == 1084);
  CHECK(excluded_seen.size() == kExcluded.size());
}

}  // namespace agentmesh::policy::cel
