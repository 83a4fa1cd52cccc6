// Spoken: the lines of a text that are said in it, without those that it only quotes: what stands between code fences, in <pre>,
// behind `>` or `|`, after four blanks.
//
// A fence that is never closed quotes nothing. A part of a document (a file from its hundredth line on) may have lost where its
// fence began: its lines are taken for said. Cost: one pass, and one more over lines if there is a fence. The text must outlive it.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

class Spoken {
 public:
  explicit Spoken(std::string_view text);

  // The next of them; false behind the last.
  bool next(std::string_view& line);

 private:
  bool in_fence(size_t begin);
  bool in_pre(std::string_view line);

  std::string_view text_;
  std::vector<size_t> fences_;  // where lines begin that open or close one
  size_t next_fence_ = 0;
  size_t at_ = 0;
  bool pre_ = false;
};

}  // namespace agentmesh::policy::scan
