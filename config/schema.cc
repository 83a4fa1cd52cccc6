#include "config/schema.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "config/nearest.h"

namespace agentmesh::config {

namespace {

void wrong_type(const Node& node, const std::string& path, std::string_view expected,
                Findings& out) {
  out.error(node.place, fmt::format("{}: expected {}, found {}", path, expected, describe(node)));
}

// What people write who come from another tool, and what it is called here.
constexpr std::pair<std::string_view, std::string_view> kOtherWords[] = {
    {"block", "deny"},
    {"blocked", "deny"},
    {"denied", "deny"},
    {"forbid", "deny"},
    {"refuse", "deny"},
    {"reject", "deny"},
    {"accept", "allow"},
    {"pass", "allow"},
    {"permit", "allow"},
    {"approval", "require_approval"},
    {"approve", "require_approval"},
    {"ask", "require_approval"},
    {"confirm", "require_approval"},
    {"hold", "require_approval"},
    {"mask", "redact"},
    {"escape", "neutralise"},
    {"sanitize", "neutralise"},
    {"alert", "warn"},
    {"audit", "log"},
    {"record", "log"},
    {"audit", "shadow"},
    {"dry-run", "shadow"},
    {"dry_run", "shadow"},
    {"monitor", "shadow"},
    {"observe", "shadow"},
    {"output", "result"},
    {"response", "result"},
    {"arguments", "args"},
    {"call", "tool"},
    {"decision", "action"},
    {"effect", "action"},
    {"except", "unless"},
    {"id", "name"},
    {"if", "condition"},
    {"import", "extends"},
    {"include", "extends"},
    {"inherits", "extends"},
    {"match", "condition"},
    {"message", "description"},
    {"rate", "limit"},
    {"rate_limit", "limit"},
    {"reason", "description"},
    {"verdict", "action"},
    {"when", "condition"},
};

// Which of `words` was meant, as far as can be guessed; else "".
std::string_view meant(std::string_view given, const std::vector<std::string_view>& words) {
  for (const auto& [other, ours] : kOtherWords)
    if (other == given && std::find(words.begin(), words.end(), ours) != words.end()) return ours;
  return nearest(given, words);
}

std::string with_colon(std::string path) {
  if (path.ends_with('.')) path.pop_back();
  return path.empty() ? "" : path + ": ";
}

}  // namespace

Schema::Schema(const Node& map, std::string path, Findings& out)
    : map_(map), path_(std::move(path)), out_(out) {}

const Node* Schema::take(std::string_view key) {
  asked_.push_back(key);
  return map_.find(key);
}

const Node* Schema::take_either(std::string_view key, std::string_view older) {
  const Node* const now = take(key);
  const Node* const then = take(older);
  if (now == nullptr || then == nullptr) return now != nullptr ? now : then;
  const Node* const second = now->place.line > then->place.line ? now : then;
  for (const Entry& entry : map_.entries)
    if (&entry.value == second)
      out_.error(entry.key.place, fmt::format("{}'{}' and '{}' say the same; keep one",
                                              with_colon(path_), key, older));
  return now;
}

std::optional<Text> Schema::text(std::string_view key) {
  const Node* const node = take(key);
  return node == nullptr ? std::nullopt : read_text(*node, path(key), out_);
}

std::optional<std::string> Schema::string(std::string_view key) {
  auto out = text(key);
  return out ? std::optional(std::move(out->value)) : std::nullopt;
}

std::optional<bool> Schema::boolean(std::string_view key) {
  const Node* const node = take(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_scalar() || type_of(*node) != Type::kBool) {
    wrong_type(*node, path(key), "true or false", out_);
    return std::nullopt;
  }
  return node->text.value[0] == 't' || node->text.value[0] == 'T';
}

std::optional<int64_t> Schema::integer(std::string_view key, int64_t least, int64_t most) {
  const Node* const node = take(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_scalar() || type_of(*node) != Type::kInteger) {
    wrong_type(*node, path(key), "a whole number", out_);
    return std::nullopt;
  }
  std::string_view digits = node->text.value;
  if (digits.front() == '+') digits.remove_prefix(1);
  int64_t value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fault != std::errc() || end != digits.data() + digits.size() || value < least ||
      value > most) {
    error(
        node->place, key,
        fmt::format("'{}' is not a whole number between {} and {}", node->text.value, least, most));
    return std::nullopt;
  }
  return value;
}

std::optional<double> Schema::real(std::string_view key, double least, double most) {
  const Node* const node = take(key);
  if (node == nullptr) return std::nullopt;
  const Type type = node->is_scalar() ? type_of(*node) : Type::kText;
  if (type != Type::kInteger && type != Type::kReal) {
    wrong_type(*node, path(key), "a number", out_);
    return std::nullopt;
  }
  const double value = std::strtod(node->text.value.c_str(), nullptr);
  if (!(value >= least && value <= most)) {
    error(node->place, key,
          fmt::format("'{}' is not a number between {} and {}", node->text.value, least, most));
    return std::nullopt;
  }
  return value;
}

std::optional<std::vector<Text>> Schema::texts(std::string_view key) {
  const Node* const node = take(key);
  return node == nullptr ? std::nullopt : read_texts(*node, path(key), out_);
}

std::vector<std::string> Schema::strings(std::string_view key) {
  std::vector<std::string> out;
  if (auto found = texts(key))
    for (Text& text : *found) out.push_back(std::move(text.value));
  return out;
}

std::optional<size_t> Schema::word(std::string_view key,
                                   const std::vector<std::string_view>& words) {
  auto given = text(key);
  if (!given) return std::nullopt;
  const auto it = std::find(words.begin(), words.end(), given->value);
  if (it != words.end()) return static_cast<size_t>(it - words.begin());
  error(given->place, key, choose(given->value, words));
  return std::nullopt;
}

void Schema::finish() {
  for (const Entry& entry : map_.entries) {
    if (std::find(asked_.begin(), asked_.end(), entry.key.value) != asked_.end()) continue;
    const std::string_view near = meant(entry.key.value, asked_);
    out_.error(entry.key.place,
               fmt::format("{}unknown key '{}'{}", with_colon(path_), entry.key.value,
                           near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
}

void Schema::error(const Place& place, std::string_view key, std::string_view message) {
  out_.error(place, fmt::format("{}: {}", path(key), message));
}

std::optional<Text> read_text(const Node& node, const std::string& path, Findings& out) {
  if (node.is_scalar() && type_of(node) == Type::kText) return node.text;
  if (node.is_scalar() && type_of(node) != Type::kNull)
    out.error(node.place, fmt::format("{}: expected a text, found {} (put '{}' in quotes)", path,
                                      describe(node), node.text.value));
  else
    wrong_type(node, path, "a text", out);
  return std::nullopt;
}

std::optional<std::vector<Text>> read_texts(const Node& node, const std::string& path,
                                            Findings& out) {
  std::vector<Text> texts;
  if (node.is_scalar()) {
    auto text = read_text(node, path, out);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
    return texts;
  }
  if (!node.is_list()) {
    wrong_type(node, path, "a text or a list of texts", out);
    return std::nullopt;
  }
  for (size_t i = 0; i < node.items.size(); ++i)
    if (auto text = read_text(node.items[i], fmt::format("{}[{}]", path, i), out))
      texts.push_back(std::move(*text));
  return texts;
}

bool expect_map(const Node& node, const std::string& path, Findings& out) {
  if (node.is_map()) return true;
  wrong_type(node, path, "a map", out);
  return false;
}

bool expect_list(const Node& node, const std::string& path, Findings& out) {
  if (node.is_list()) return true;
  wrong_type(node, path, "a list", out);
  return false;
}

std::string choose(std::string_view given, const std::vector<std::string_view>& words) {
  const std::string_view near = meant(given, words);
  return fmt::format("unknown '{}' (use {}){}", given, fmt::join(words, ", "),
                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

}  // namespace agentmesh::config
