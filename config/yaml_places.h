// Places in a YAML text: where a byte stands, and where each byte of a scalar's content stands, whatever its spelling.
//
// For yaml.cc alone. Thread: values, over a text that outlives them. Cost: a Ruler one pass over the text, a scalar one over its own.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/rules.h"

namespace agentmesh::config {

// Line and column of a byte of the text.
class Ruler {
 public:
  Ruler(std::string_view text, std::string file);

  policy::Place at(size_t offset) const;
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  std::string file_;
  std::vector<size_t> starts_;  // of lines
};

// A scalar's content that begins at this byte, with the places where it goes on behind a quote, an escape or a folded line.
policy::Text place_scalar(const Ruler& ruler, size_t begin, std::string value);

}  // namespace agentmesh::config
