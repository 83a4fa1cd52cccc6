// Is a schema wider than the one before? (definition.h). Answers yes when in doubt: what it says no to, a policy may
// accept without asking a person.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "trust/definition.h"

namespace agentmesh::trust {

namespace {

constexpr int kMaxDepth = 32;

template <size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Say nothing about what is accepted.
constexpr std::array<std::string_view, 11> kRemarks{
    "title",    "description", "$comment", "examples", "default", "deprecated",
    "readOnly", "writeOnly",   "$schema",  "$id",      "id"};
constexpr std::array<std::string_view, 5> kUpper{"maximum", "exclusiveMaximum", "maxLength",
                                                 "maxItems", "maxProperties"};
constexpr std::array<std::string_view, 5> kLower{"minimum", "exclusiveMinimum", "minLength",
                                                 "minItems", "minProperties"};
// May be added; a change or removal may open something.
constexpr std::array<std::string_view, 6> kOnlyTighten{
    "pattern", "format", "const", "multipleOf", "contentEncoding", "contentMediaType"};
constexpr std::array<std::string_view, 4> kSubschemas{"items", "additionalProperties",
                                                      "propertyNames", "additionalItems"};

bool wider(json::View was, json::View is, int depth);

// A list of strings, or one string.
std::vector<std::string> words(json::View value) {
  std::vector<std::string> out;
  if (value.is_string()) out.push_back(value.string());
  for (const json::View element : value.elements()) out.push_back(element.string());
  return out;
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool type_is_wider(json::View was, json::View is) {
  if (!was.present()) return false;
  if (!is.present()) return true;
  const auto before = words(was);
  for (const std::string& type : words(is)) {
    if (!has(before, type) && !(type == "integer" && has(before, "number"))) return true;
  }
  return words(is).empty();
}

bool enum_is_wider(json::View was, json::View is) {
  if (!was.present()) return false;
  if (!is.is_array()) return true;
  std::vector<std::string> before;
  for (const json::View element : was.elements()) before.push_back(canonical(element));
  for (const json::View element : is.elements()) {
    if (!has(before, canonical(element))) return true;
  }
  return false;
}

bool bound_is_wider(json::View was, json::View is, bool upper) {
  if (!was.present()) return false;
  if (!is.is_number() || !was.is_number()) return true;
  if (is.raw() == was.raw()) return false;
  const double before = std::strtod(std::string(was.raw()).c_str(), nullptr);
  const double now = std::strtod(std::string(is.raw()).c_str(), nullptr);
  if (!std::isfinite(before) || !std::isfinite(now)) return true;
  return upper ? now >= before : now <= before;  // equal doubles, other digits: cannot tell
}

bool required_is_shorter(json::View was, json::View is) {
  const auto now = words(is);
  const auto before = words(was);
  return std::any_of(before.begin(), before.end(),
                     [&](const std::string& name) { return !has(now, name); });
}

bool properties_are_wider(json::View was, json::View is, int depth) {
  if (is.present() && !is.is_object()) return true;
  for (const json::View::Member& member : is.members()) {
    const json::View before = was.find(member.key.string());
    if (!before.present() || wider(before, member.value, depth + 1)) return true;
  }
  return false;
}

// anyOf: each alternative now must be covered by one before.
bool alternatives_are_wider(json::View was, json::View is, int depth) {
  if (!was.is_array() || !is.is_array() || is.empty()) return true;
  for (const json::View now : is.elements()) {
    bool covered = false;
    for (const json::View before : was.elements())
      covered = covered || !wider(before, now, depth + 1);
    if (!covered) return true;
  }
  return false;
}

bool keyword_is_wider(std::string_view keyword, json::View was, json::View is, int depth) {
  if (is_one_of(keyword, kRemarks)) return false;
  if (was.raw() == is.raw()) return false;
  if (keyword == "type") return type_is_wider(was, is);
  if (keyword == "enum") return enum_is_wider(was, is);
  if (keyword == "required") return required_is_shorter(was, is);
  if (keyword == "properties") return properties_are_wider(was, is, depth);
  if (keyword == "$defs" || keyword == "definitions") {
    for (const json::View::Member& member : is.members()) {
      const json::View before = was.find(member.key.string());
      if (before.present() && wider(before, member.value, depth + 1)) return true;
    }
    return false;
  }
  if (keyword == "uniqueItems") return was.is_true();
  if (keyword == "anyOf") return alternatives_are_wider(was, is, depth);
  if (is_one_of(keyword, kUpper)) return bound_is_wider(was, is, true);
  if (is_one_of(keyword, kLower)) return bound_is_wider(was, is, false);
  if (is_one_of(keyword, kOnlyTighten)) return was.present();
  if (is_one_of(keyword, kSubschemas)) {
    if (!is.present()) return !was.is_true();
    // Absent means anything: naming something is narrower, unless it names properties to use.
    return wider(was.present() ? was : json::View("{}"), is, depth + 1);
  }
  return true;  // a keyword this comparison does not know
}

bool wider(json::View was, json::View is, int depth) {
  if (was.raw() == is.raw()) return false;
  if (is.is_false()) return false;
  if (depth > kMaxDepth) return true;
  if (was.is_true()) was = json::View("{}");
  if (is.is_true()) is = json::View("{}");
  if (!was.is_object() || !is.is_object()) return true;
  std::string scratch;
  for (const json::View::Member& member : was.members()) {
    const std::string_view keyword = member.key.string(scratch);
    const json::View now = is.find(keyword);
    if (keyword_is_wider(keyword, member.value, now, depth)) return true;
  }
  for (const json::View::Member& member : is.members()) {
    const std::string_view keyword = member.key.string(scratch);
    if (was.find(keyword).present()) continue;
    if (keyword_is_wider(keyword, json::View(), member.value, depth)) return true;
  }
  return false;
}

}  // namespace

bool schema_is_wider(json::View old_schema, json::View new_schema) {
  return wider(old_schema, new_schema, 0);
}

}  // namespace agentmesh::trust
