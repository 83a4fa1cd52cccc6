// The JSON Schema that editors use, against what it must accept (presets, library files) and refuse, and against the
// reader's own keys: neither may know one that the other does not.

#include <set>

#include "base/files.h"
#include "base/json.h"
#include "config/builtin.h"
#include "config/policy_file.h"
#include "config/yaml.h"
#include "policy/policy.h"
#include "tests/catch.h"

namespace agentmesh::config {
namespace {

// As much of draft 7 as the schema uses. "" if it fits, else where and why.
class Validator {
 public:
  explicit Validator(json::View schema) : root_(schema) {}

  std::string check(json::View value) const { return check(root_, value, "policy"); }

 private:
  static bool is_type(std::string_view type, json::View value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_true() || value.is_false();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_number() && value.integer().has_value();
    return type == "number" && value.is_number();
  }

  std::string check(json::View schema, json::View value, const std::string& at) const {
    if (const json::View ref = schema.find("$ref"); ref.present()) {
      const std::string path = ref.string();
      REQUIRE(path.starts_with("#/definitions/"));
      const json::View target = root_.find("definitions").find(path.substr(14));
      REQUIRE(target.present());
      if (auto why = check(target, value, at); !why.empty()) return why;
    }
    for (const json::View::Member& member : schema.members()) {
      const std::string key = member.key.string();
      const json::View rule = member.value;
      if (key == "type") {
        bool fits = rule.is_string() && is_type(rule.string(), value);
        for (const json::View type : rule.elements()) fits = fits || is_type(type.string(), value);
        if (!fits) return at + ": type";
      } else if (key == "enum") {
        bool fits = false;
        for (const json::View choice : rule.elements())
          fits = fits || choice.raw() == value.raw() ||
                 (choice.is_string() && value.is_string() && choice.string() == value.string());
        if (!fits) return at + ": enum";
      } else if (key == "const") {
        if (!value.is_string() || rule.string() != value.string()) return at + ": const";
      } else if (key == "anyOf") {
        bool fits = false;
        for (const json::View choice : rule.elements())
          fits = fits || check(choice, value, at).empty();
        if (!fits) return at + ": anyOf";
      } else if (key == "not") {
        if (check(rule, value, at).empty()) return at + ": not";
      } else if (key == "required") {
        for (const json::View name : rule.elements())
          if (!value.find(name.string()).present()) return at + ": required " + name.string();
      } else if (key == "items") {
        for (const json::View item : value.elements())
          if (auto why = check(rule, item, at + "[]"); !why.empty()) return why;
      } else if (key == "minItems") {
        if (value.is_array() && value.elements().begin() == value.elements().end())
          return at + ": minItems";
      } else if (key == "maxLength") {
        if (value.is_string() && value.string().size() > static_cast<size_t>(*rule.integer()))
          return at + ": maxLength";
      } else if (key == "minLength") {
        if (value.is_string() && value.string().empty()) return at + ": minLength";
      } else if (key == "minimum") {
        if (value.integer().value_or(0) < rule.integer().value_or(0)) return at + ": minimum";
      } else if (key == "maximum") {
        if (value.integer().value_or(0) > rule.integer().value_or(0)) return at + ": maximum";
      }
    }
    const json::View known = schema.find("properties");
    const json::View others = schema.find("additionalProperties");
    for (const json::View::Member& member : value.members()) {
      const std::string key = member.key.string();
      const std::string where = at + "." + key;
      if (const json::View property = known.find(key); property.present()) {
        if (auto why = check(property, member.value, where); !why.empty()) return why;
      } else if (others.is_false()) {
        return where + ": unknown";
      } else if (others.is_object()) {
        if (auto why = check(others, member.value, where); !why.empty()) return why;
      }
    }
    return "";
  }

  json::View root_;
};

std::string validate(std::string_view yaml) {
  const std::string schema_text(policy_schema());
  json::Reader schema;
  REQUIRE(schema.read(schema_text).fault == json::Fault::kNone);
  Findings findings;
  const auto tree = read_yaml(yaml, "p.yaml", findings);
  REQUIRE(tree);
  const std::string text = to_json(*tree);
  json::Reader value;
  REQUIRE(value.read(text).fault == json::Fault::kNone);
  return Validator(schema.root()).check(value.root());
}

// Every name under some "properties".
void property_names(json::View schema, std::set<std::string>& out) {
  for (const json::View::Member& member : schema.members()) {
    if (member.key.string() == "properties")
      for (const json::View::Member& property : member.value.members())
        out.insert(property.key.string());
    property_names(member.value, out);
  }
  for (const json::View item : schema.elements()) property_names(item, out);
}

TEST_CASE("every preset and library file fits the schema") {
  for (const auto all : {presets(), library()})
    for (const Builtin& file : all) {
      CAPTURE(std::string(file.name));
      const std::string fault = validate(file.text);
      CAPTURE(fault);
      CHECK(fault.empty());
    }
}

TEST_CASE("the schema refuses what the reader refuses") {
  struct Wrong {
    const char* yaml;
    const char* why;
  };
  const Wrong cases[] = {
      {"defualt: allow", "policy.defualt: unknown"},
      {"default: maybe", "policy.default: enum"},
      {"version: '2.0'", "policy.version: enum"},
      {"{default: allow, default_action: deny}", "policy: not"},
      {"rules: {}", "policy.rules: type"},
      {"rules: [{action: deny}]", "policy.rules[]: required name"},
      {"rules: [{name: a, actoin: deny}]", "policy.rules[].actoin: unknown"},
      {"rules: [{name: a, action: block}]", "policy.rules[].action: enum"},
      {"rules: [{name: a, tool: []}]", "policy.rules[].tool: anyOf"},
      {"rules: [{name: a, condition: true}]", "policy.rules[].condition: type"},
      {"rules: [{name: a, priority: high}]", "policy.rules[].priority: type"},
      {"rules: [{name: default}]", "policy.rules[].name: not"},
      {"rules: [{name: a, limit_by: [moon]}]", "policy.rules[].limit_by: anyOf"},
      {"tools: {a: {type: reads}}", "policy.tools.a.type: enum"},
      {"extends: [{with: {a: 1}}]", "policy.extends: anyOf"},
      {"tests: [{tool: a}]", "policy.tests[]: required expect"},
  };
  for (const Wrong& c : cases) {
    CAPTURE(c.yaml);
    CHECK(validate(c.yaml) == c.why);
    const LoadedPolicy loaded = load_policy(
        "p.yaml", [&](const std::string&) { return Result<std::string>(std::string(c.yaml)); });
    bool failed = loaded.failed;
    if (!failed) failed = policy::Policy::compile(loaded.source).policy == nullptr;
    CHECK(failed);
  }
}

TEST_CASE("the schema and the reader know the same keys") {
  const auto source = read_file(AGENTMESH_SOURCE_DIR "/config/policy_reader.cc");
  REQUIRE(source);
  std::set<std::string> read;
  for (const std::string_view call :
       {"text(\"", "string(\"", "boolean(\"", "integer(\"", "texts(\"", "strings(\"", "word(\"",
        "take(\"", "take_either(\"", "json_of(keys, \""})
    for (size_t at = source->find(call); at != std::string::npos; at = source->find(call, at + 1)) {
      const size_t begin = at + call.size();
      const size_t end = source->find('"', begin);
      read.insert(source->substr(begin, end - begin));
      if (call == "take_either(\"") {
        const size_t second = source->find('"', end + 1) + 1;
        read.insert(source->substr(second, source->find('"', second) - second));
      }
    }
  const std::string schema_text(policy_schema());
  json::Reader schema;
  REQUIRE(schema.read(schema_text).fault == json::Fault::kNone);
  std::set<std::string> known;
  property_names(schema.root(), known);
  CHECK(known == read);
}

}  // namespace
}  // namespace agentmesh::config
