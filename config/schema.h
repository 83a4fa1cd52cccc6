// Schema: reads the keys of one YAML map, each once, and says what is wrong in the words of the file.
//
// Order: take what may be there, then finish(), which reports every key that nobody asked for, with the nearest one that
// somebody did. Every error names the place and the key's path ("rules[2].limit: …").
// Thread: one; borrows the node and the findings.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml.h"

namespace agentmesh::config {

class Schema {
 public:
  // `path` stands before every key in messages: "" or "rules[2]."
  Schema(const Node& map, std::string path, Findings& out);

  // Null: the key is not there. A key with nothing behind it is there, and of the wrong type.
  const Node* take(std::string_view key);
  // Of two spellings at most one may be there.
  const Node* take_either(std::string_view key, std::string_view older);

  std::optional<Text> text(std::string_view key);
  std::optional<std::string> string(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<int64_t> integer(std::string_view key, int64_t least, int64_t most);
  std::optional<double> real(std::string_view key, double least, double most);
  // A text, or a list of texts.
  std::optional<std::vector<Text>> texts(std::string_view key);
  std::vector<std::string> strings(std::string_view key);
  // One of `words`; its index.
  std::optional<size_t> word(std::string_view key, const std::vector<std::string_view>& words);

  void finish();

  std::string path(std::string_view key) const { return path_ + std::string(key); }
  Findings& findings() { return out_; }
  void error(const Place& place, std::string_view key, std::string_view message);
  const Node& node() const { return map_; }

 private:
  const Node& map_;
  std::string path_;
  Findings& out_;
  std::vector<std::string_view> asked_;
};

// The text of a scalar that is one; null, numbers and booleans without quotes are errors under `path`.
std::optional<Text> read_text(const Node& node, const std::string& path, Findings& out);
std::optional<std::vector<Text>> read_texts(const Node& node, const std::string& path,
                                            Findings& out);
// True if it is a map; else an error under `path`.
bool expect_map(const Node& node, const std::string& path, Findings& out);
bool expect_list(const Node& node, const std::string& path, Findings& out);
// "use allow or deny; did you mean 'deny'?"
std::string choose(std::string_view given, const std::vector<std::string_view>& words);

}  // namespace agentmesh::config
