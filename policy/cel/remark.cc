#include "policy/cel/remark.h"

#include <algorithm>

namespace agentmesh::policy::cel {

Remark remark_at(std::string_view text, uint32_t offset, std::string message) {
  const size_t at = std::min<size_t>(offset, text.size());
  Remark remark{static_cast<uint32_t>(at), 1, 1, std::move(message)};
  for (const char c : text.substr(0, at)) {
    if (c == '\n') {
      ++remark.line;
      remark.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) {
      ++remark.column;
    }
  }
  return remark;
}

}  // namespace agentmesh::policy::cel
