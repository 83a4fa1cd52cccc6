#include "trust/shape.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "trust/definition.h"

namespace agentmesh::trust {

namespace {

constexpr uint32_t kObject = 1;
constexpr uint32_t kArray = 2;
constexpr uint32_t kString = 4;
constexpr uint32_t kNumber = 8;
constexpr uint32_t kInteger = 16;
constexpr uint32_t kBoolean = 32;
constexpr uint32_t kNull = 64;

uint32_t type_named(std::string_view name) {
  if (name == "object") return kObject;
  if (name == "array") return kArray;
  if (name == "string") return kString;
  if (name == "number") return kNumber | kInteger;
  if (name == "integer") return kInteger;
  if (name == "boolean") return kBoolean;
  return name == "null" ? kNull : 0;
}

double number_in(json::View value) {
  return std::strtod(std::string(value.raw()).c_str(), nullptr);
}

uint32_t type_of(json::View value) {
  switch (value.kind()) {
    case json::Kind::kObject: return kObject;
    case json::Kind::kArray: return kArray;
    case json::Kind::kString: return kString;
    case json::Kind::kNull: return kNull;
    case json::Kind::kNumber: {
      const double number = number_in(value);  // 1.0 and 1e3 are integers too
      return std::isinf(number) || number == std::floor(number) ? kInteger : kNumber;
    }
    default: return kBoolean;
  }
}

bool is_scalar(json::View value) { return !value.is_object() && !value.is_array(); }

// A value of an enum in one form; numbers that are equal have one spelling.
std::string form_of(json::View value) {
  return value.is_number() ? std::to_string(number_in(value)) : canonical(value);
}

}  // namespace

Shape::Shape(json::View schema) {
  if (schema.raw().size() > kMaxBytes) return;
  root_ = add(schema, 0);
  if (root_ != kAnything) bytes_ = schema.raw().size();
}

uint32_t Shape::add(json::View schema, int depth) {
  // With $ref, older drafts look at nothing else.
  if (!schema.is_object() || depth > kMaxDepth || nodes_.size() >= kMaxNodes ||
      schema.find("$ref").present())
    return kAnything;
  const auto at = static_cast<uint32_t>(nodes_.size());
  nodes_.emplace_back();
  Node node;
  read_types(schema, node);
  read_members(schema, depth, node);
  read_lengths(schema, node);
  const json::View items = schema.find("items");
  if (items.is_object() && !schema.find("prefixItems").present())
    node.items = add(items, depth + 1);
  nodes_[at] = std::move(node);
  return at;
}

void Shape::read_types(json::View schema, Node& node) const {
  const json::View type = schema.find("type");
  bool known = true;
  const auto allow = [&](json::View name) {
    const uint32_t bits = type_named(name.string());
    known = known && bits != 0;
    node.types |= bits;
  };
  if (type.is_string()) allow(type);
  for (const json::View name : type.elements()) allow(name);
  if (!known) node.types = 0;
  const bool nullable = schema.find("nullable").is_true();
  if (node.types != 0 && nullable) node.types |= kNull;

  const json::View constant = schema.find("const");
  const json::View choice = schema.find("enum");
  if (constant.present() && is_scalar(constant)) {
    node.listed = true;
    node.allowed.push_back(form_of(constant));
  } else if (choice.is_array()) {
    node.listed = true;
    for (const json::View one : choice.elements()) {
      node.listed = node.listed && is_scalar(one);
      if (node.listed) node.allowed.push_back(form_of(one));
    }
  }
  if (node.allowed.size() > kMaxNames || !node.listed) {
    node.listed = false;
    node.allowed = {};
  }
  if (node.listed && nullable) node.allowed.emplace_back("null");
  std::sort(node.allowed.begin(), node.allowed.end());
}

void Shape::read_members(json::View schema, int depth, Node& node) {
  for (const json::View name : schema.find("required").elements())
    if (name.is_string()) node.required.push_back(name.string());
  if (node.required.size() > kMaxNames) node.required.clear();
  std::sort(node.required.begin(), node.required.end());
  node.required.erase(std::unique(node.required.begin(), node.required.end()), node.required.end());
  for (const json::View::Member& member : schema.find("properties").members())
    node.properties.emplace_back(member.key.string(), add(member.value, depth + 1));
  std::stable_sort(node.properties.begin(), node.properties.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (schema.find("patternProperties").present()) return;
  const json::View others = schema.find("additionalProperties");
  node.closed = others.is_false();
  if (others.is_object()) node.others = add(others, depth + 1);
}

void Shape::read_lengths(json::View schema, Node& node) const {
  if (const json::View pattern = schema.find("pattern"); pattern.is_string())
    node.pattern = pattern.string();
  const auto count = [&](const char* key, size_t& into) {
    if (const auto number = schema.find(key).integer(); number && *number >= 0)
      into = static_cast<size_t>(*number);
  };
  count("minLength", node.min_length);
  count("maxLength", node.max_length);
  node.format = schema.find("format").present();
  for (const char* key :
       {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
    node.range = node.range || schema.find(key).present();
}

bool Shape::fits(json::View value) const {
  Asking asking;
  return fits(root_, value, {}, asking);
}

bool Shape::still_fits(json::View value, json::View was, const Matches& matches) const {
  Asking asking;
  asking.matches = &matches;
  return fits(root_, value, was, asking);
}

bool Shape::takes_changed(const Node& node, json::View value, const Asking& asking) const {
  if (value.is_number()) return !node.range;
  if (!value.is_string()) return true;
  if (node.format) return false;
  const std::string text = value.string();
  const auto length = static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0U) != 0x80U; }));
  return length >= node.min_length && length <= node.max_length &&
         (!node.pattern || (*asking.matches)(*node.pattern, text));
}

bool Shape::fits(uint32_t at, json::View value, json::View was, Asking& asking) const {
  if (at == kAnything || asking.left == 0) return true;
  --asking.left;
  const Node& node = nodes_[at];
  if (node.types != 0 && (node.types & type_of(value)) == 0) return false;
  if (node.listed && (!is_scalar(value) || !std::binary_search(node.allowed.begin(),
                                                               node.allowed.end(), form_of(value))))
    return false;
  const bool changed = was.present() && was.raw() != value.raw();
  if (changed && !takes_changed(node, value, asking)) return false;
  if (value.is_object()) return fits_object(node, value, was, asking);
  if (node.items == kAnything) return true;
  const auto before = was.elements();
  auto old = before.begin();
  for (const json::View element : value.elements()) {
    if (asking.left == 0) return true;
    const json::View previous = old != before.end() ? *old : json::View();
    if (old != before.end()) ++old;
    if (!fits(node.items, element, previous, asking)) return false;
  }
  return true;
}

bool Shape::fits_object(const Node& node, json::View value, json::View was, Asking& asking) const {
  std::vector<bool> met(node.required.size());
  std::string scratch;
  const auto before = was.members();
  auto old = before.begin();
  for (const json::View::Member& member : value.members()) {
    if (asking.left == 0) return true;
    const json::View previous = old != before.end() ? (*old).value : json::View();
    if (old != before.end()) ++old;
    const std::string_view key = member.key.string(scratch);
    const auto needed = std::lower_bound(node.required.begin(), node.required.end(), key);
    if (needed != node.required.end() && *needed == key)
      met[static_cast<size_t>(needed - node.required.begin())] = true;
    const auto known = std::lower_bound(
        node.properties.begin(), node.properties.end(), key,
        [](const auto& property, std::string_view name) { return property.first < name; });
    const bool named = known != node.properties.end() && known->first == key;
    if (!named && node.closed) return false;
    if (!fits(named ? known->second : node.others, member.value, previous, asking)) return false;
  }
  return std::find(met.begin(), met.end(), false) == met.end();
}

}  // namespace agentmesh::trust
