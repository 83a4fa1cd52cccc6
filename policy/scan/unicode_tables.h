// The table of unicode_tables.cc, in ascending order of code points.

#pragma once

#include <cstddef>
#include <cstdint>

namespace agentmesh::policy::scan {

struct CodePointText {
  uint32_t code_point;
  char text[5];  // one to four ASCII characters, NUL at the end
};
extern const CodePointText kFold[];  // what NFKC makes of it, where that is ASCII
extern const size_t kFoldSize;

}  // namespace agentmesh::policy::scan
