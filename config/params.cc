#include "config/params.h"

#include <map>

#include <fmt/format.h>

#include "config/nearest.h"
#include "config/schema.h"

namespace agentmesh::config {

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// How a condition's text is to be continued at a point.
enum class Quoting : uint8_t { kCode, kString, kRawString };

Quoting quoting_at(std::string_view condition, size_t offset) {
  char quote = 0;
  bool raw = false;
  bool triple = false;
  for (size_t i = 0; i < offset; ++i) {
    const char c = condition[i];
    if (quote == 0) {
      if (c != '\'' && c != '"') continue;
      raw = i > 0 && (condition[i - 1] == 'r' || condition[i - 1] == 'R') &&
            (i < 2 || !is_word(condition[i - 2]) || condition[i - 2] == 'b' ||
             condition[i - 2] == 'B');
      triple = condition.substr(i, 3) == std::string(3, c);
      quote = c;
      if (triple) i += 2;
    } else if (c == '\\' && !raw) {
      ++i;
    } else if (c == quote && (!triple || condition.substr(i, 3) == std::string(3, c))) {
      if (triple) i += 2;
      quote = 0;
    }
  }
  if (quote == 0) return Quoting::kCode;
  return raw ? Quoting::kRawString : Quoting::kString;
}

bool is_number(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const size_t point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (point == std::string_view::npos) return digits(text);
  return digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '\'' || c == '"' || c == '`') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out;
}

class Substitution {
 public:
  Substitution(const Values& values, Findings& out) : values_(values), out_(out) {}

  void tree(Node& node, std::string_view key) {
    if (node.is_scalar()) return scalar(node, key == "condition" || key == "unless");
    for (Node& item : node.items) tree(item, key);
    for (Entry& entry : node.entries)
      if (entry.key.value != "params") tree(entry.value, entry.key.value);
  }

 private:
  void scalar(Node& node, bool condition) {
    std::string& text = node.text.value;
    for (size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at)) {
      size_t end = at + 2;
      while (end < text.size() && is_word(text[end])) ++end;
      const std::string_view name = std::string_view(text).substr(at + 2, end - at - 2);
      if (end >= text.size() || text[end] != '}' || name.empty() || name == "workspace") {
        at += 2;
        continue;
      }
      const auto it = values_.find(name);
      if (it == values_.end()) {
        out_.error(node.text.at(at), fmt::format("'{}' is no parameter of this file", name));
        at = end;
        continue;
      }
      std::string value = it->second;
      if (condition && !spell(text, at, value)) {
        out_.error(node.text.at(at),
                   fmt::format("the value of '{}' cannot stand in a raw string", name));
        return;
      }
      replace(node.text, at, end + 1 - at, value);
      at += value.size();
    }
  }

  static bool spell(std::string_view condition, size_t at, std::string& value) {
    switch (quoting_at(condition, at)) {
      case Quoting::kCode:
        if (!is_number(value)) value = "'" + escaped(value) + "'";
        return true;
      case Quoting::kString: value = escaped(value); return true;
      case Quoting::kRawString: return value.find_first_of("'\"\\\n\r") == std::string::npos;
    }
    return false;
  }

  // The new bytes all stand where `${` stood.
  static void replace(Text& text, size_t at, size_t length, const std::string& value) {
    const Place here = text.at(at);
    const Place after = text.at(at + length);
    std::vector<Text::Anchor> anchors;
    for (const Text::Anchor& anchor : text.anchors)
      if (anchor.offset < at) anchors.push_back(anchor);
    for (size_t i = 0; i < value.size(); ++i) anchors.push_back({at + i, here.line, here.column});
    anchors.push_back({at + value.size(), after.line, after.column});
    for (const Text::Anchor& anchor : text.anchors)
      if (anchor.offset > at + length)
        anchors.push_back({anchor.offset - length + value.size(), anchor.line, anchor.column});
    text.value.replace(at, length, value);
    text.anchors = std::move(anchors);
  }

  const Values& values_;
  Findings& out_;
};

}  // namespace

void put_in_params(Node& root, const std::vector<Entry>& arguments, const Place& with,
                   Findings& out) {
  const Node* const params = root.find("params");
  if (params == nullptr) {
    if (!arguments.empty()) out.error(with, "this file takes no parameters");
    return;
  }
  if (!expect_map(*params, "params", out)) return;
  Values values;
  std::vector<std::string_view> names;
  for (const Entry& param : params->entries) {
    names.push_back(param.key.value);
    if (param.value.is_scalar())
      values[param.key.value] = param.value.text.value;
    else if (!param.value.is_null())
      out.error(param.value.place,
                fmt::format("params.{}: a default is a text or a number", param.key.value));
  }
  for (const Entry& argument : arguments) {
    if (params->find(argument.key.value) == nullptr) {
      const std::string_view near = nearest(argument.key.value, names);
      out.error(with, fmt::format("unknown parameter '{}'{}", argument.key.value,
                                  near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    } else if (!argument.value.is_scalar()) {
      out.error(argument.value.place,
                fmt::format("with.{}: a parameter is a text or a number", argument.key.value));
    } else {
      values[argument.key.value] = argument.value.text.value;
    }
  }
  for (const Entry& param : params->entries)
    if (!values.contains(param.key.value)) {
      // Whoever names the file without parameters has no place for them.
      out.error(with.file.empty() ? param.key.place : with,
                fmt::format("parameter '{}' is missing", param.key.value));
      values[param.key.value] = "";
    }
  Substitution(values, out).tree(root, "");
}

}  // namespace agentmesh::config
