// YAML as a tree of values that know where they stand.
//
// Read from yaml-cpp's events, not from its nodes: those lose repeated keys and quotes. Aliases are copied in, tags are
// refused (a condition that begins with `!` and lacks quotes is one). Scalars are read by YAML 1.2's core schema: true and
// false are booleans, yes and no are texts.
//
// Thread: any; values. Cost: proportional to the text, aliases included, up to kMaxNodes.
// Failure: diagnostics with line and column; nothing is returned then.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/rules.h"

namespace agentmesh::config {

using policy::Diagnostic;
using policy::Place;
using policy::Text;

inline constexpr size_t kMaxNodes = 200'000;

// Errors and warnings as they are found.
class Findings {
 public:
  void error(const Place& place, std::string message);
  void warn(const Place& place, std::string message);
  bool failed() const { return errors_ > 0; }
  size_t errors() const { return errors_; }
  std::vector<Diagnostic>& all() { return all_; }

 private:
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
};

// Why the file at `path` was not read, without its name: the place of a diagnostic has that already.
std::string why_unread(const Error& error, const std::string& path);

struct Entry;

struct Node {
  enum class Kind : uint8_t { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  bool quoted = false;  // a scalar in quotes or a block: always a text
  Place place;
  Text text;  // a scalar's content
  std::vector<Node> items;
  std::vector<Entry> entries;  // in order; keys are unique

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  const Node* find(std::string_view key) const;
};

struct Entry {
  Text key;
  Node value;
};

// What a plain scalar is by the core schema. A quoted one is a text.
enum class Type : uint8_t { kText, kBool, kInteger, kReal, kNull };
Type type_of(const Node& scalar);
// "a list", "a number", "true", …: what stands there, for messages.
std::string_view describe(const Node& node);

// What a file that holds nothing, or only comments, is.
enum class Empty : uint8_t { kError, kNothing };

// The one document of `text`. `file` is how errors name it. Nothing: there was an error, or the file is empty and may be.
// Errors: not UTF-8, control characters, bad YAML, several documents, a repeated key, a key that is no scalar, a tag, too
// large.
std::optional<Node> read_yaml(std::string_view text, const std::string& file, Findings& out,
                              Empty empty = Empty::kError);

// The value as JSON text: maps keep their order, plain scalars their type.
std::string to_json(const Node& node);

}  // namespace agentmesh::config
