// Carriers: comments of HTML and Markdown, and elements that are styled away: what a model reads and a person does not.
// For text.cc alone.
//
// Cost: nothing before the first question, then a few passes. Not for two threads at once.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

// The text must outlive it.
class Carriers {
 public:
  explicit Carriers(std::string_view text) : text_(text) {}
  // Whether the byte at `at` stands in one.
  bool holds(size_t at);

 private:
  struct Region {
    size_t begin = 0;
    size_t end = 0;
  };
  void find();
  void find_between(std::string_view open, std::string_view close, size_t most);

  std::string_view text_;
  std::vector<Region> regions_;
  bool found_ = false;
};

}  // namespace agentmesh::policy::scan
