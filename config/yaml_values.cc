// What the values of a tree are by YAML 1.2's core schema, and as JSON.

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/json.h"
#include "config/yaml.h"

namespace agentmesh::config {

namespace {

bool digits_only(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_real(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return true;
  const size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    if (!exponent.empty() && (exponent.front() == '-' || exponent.front() == '+'))
      exponent.remove_prefix(1);
    if (!digits_only(exponent)) return false;
    text = text.substr(0, e);
  }
  const size_t point = text.find('.');
  if (point == std::string_view::npos) return e != std::string_view::npos && digits_only(text);
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = text.substr(point + 1);
  if (whole.empty() && part.empty()) return false;
  return (whole.empty() || digits_only(whole)) && (part.empty() || digits_only(part));
}

void json_scalar(const Node& node, std::string& out) {
  const std::string& text = node.text.value;
  switch (type_of(node)) {
    case Type::kNull: out += "null"; return;
    case Type::kBool: out += text[0] == 't' || text[0] == 'T' ? "true" : "false"; return;
    case Type::kInteger: {
      std::string_view digits = text;
      if (digits.starts_with("0x") || digits.starts_with("0o")) {
        out +=
            fmt::format("{}", std::strtoull(text.c_str() + 2, nullptr, digits[1] == 'x' ? 16 : 8));
        return;
      }
      const bool negative = digits.front() == '-';
      if (negative || digits.front() == '+') digits.remove_prefix(1);
      digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
      if (negative) out += '-';
      out += digits;
      return;
    }
    case Type::kReal: {
      if (text.find_first_of("nN") != std::string::npos) {
        out += "null";
        return;
      }
      out += fmt::format("{}", std::strtod(text.c_str(), nullptr));
      return;
    }
    case Type::kText: json::append_string(out, text); return;
  }
}

void append_json(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kNull: out += "null"; return;
    case Node::Kind::kScalar: return json_scalar(node, out);
    case Node::Kind::kList:
      out += '[';
      for (const Node& item : node.items) {
        if (out.back() != '[') out += ',';
        append_json(item, out);
      }
      out += ']';
      return;
    case Node::Kind::kMap:
      out += '{';
      for (const Entry& entry : node.entries) {
        if (&entry != &node.entries.front()) out += ',';
        json::append_string(out, entry.key.value);
        out += ':';
        append_json(entry.value, out);
      }
      out += '}';
      return;
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key.value == key) return &entry.value;
  return nullptr;
}

Type type_of(const Node& scalar) {
  if (scalar.is_null()) return Type::kNull;
  if (scalar.quoted) return Type::kText;
  std::string_view text = scalar.text.value;
  if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" ||
      text == "FALSE")
    return Type::kBool;
  if (text.empty() || text == "null" || text == "Null" || text == "NULL" || text == "~")
    return Type::kNull;
  if (text.starts_with("0x") && text.size() > 2 && text.size() <= 18 &&
      text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos)
    return Type::kInteger;
  if (text.starts_with("0o") && text.size() > 2 && text.size() <= 23 &&
      text.find_first_not_of("01234567", 2) == std::string_view::npos)
    return Type::kInteger;
  const std::string_view unsigned_text =
      text.front() == '-' || text.front() == '+' ? text.substr(1) : text;
  if (digits_only(unsigned_text)) return Type::kInteger;
  if (is_real(text) || text == ".nan" || text == ".NaN" || text == ".NAN") return Type::kReal;
  return Type::kText;
}

std::string_view describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return "nothing";
    case Node::Kind::kList: return "a list";
    case Node::Kind::kMap: return "a map";
    case Node::Kind::kScalar: break;
  }
  switch (type_of(node)) {
    case Type::kText: return "a text";
    case Type::kBool: return "true or false";
    case Type::kInteger:
    case Type::kReal: return "a number";
    case Type::kNull: return "nothing";
  }
  return "a text";
}

std::string to_json(const Node& node) {
  std::string out;
  append_json(node, out);
  return out;
}

}  // namespace agentmesh::config
