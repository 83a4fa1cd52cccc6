// A second reader of JSON, written from RFC 8259 and RFC 3629 alone: recursive, slow and plain. It shares nothing with
// base/json*.cc but the names of kinds and faults.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace agentmesh::tests {

struct Node {
  json::Kind kind = json::Kind::kAbsent;
  std::string raw;      // as spelled
  std::string content;  // of a string, unescaped; lone surrogates are U+FFFD
  std::vector<std::pair<Node, Node>> members;
  std::vector<Node> elements;
};

struct Opinion {
  json::Fault fault = json::Fault::kNone;
  size_t fault_at = 0;
  uint32_t depth = 0;
  std::vector<size_t> lone_surrogates;  // all of them
  std::vector<size_t> repeated_keys;    // all of them, in order
  Node root;
};

Opinion ask_oracle(std::string_view text);

// Asks both readers about `text` and walks what they read side by side; "" if they agree in everything.
std::string difference(json::Reader& reader, std::string_view text);

}  // namespace agentmesh::tests
