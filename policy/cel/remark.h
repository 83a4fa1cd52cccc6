// Remark: what there is to say about a place in an expression: why it does not compile, or a doubt about it.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace agentmesh::policy::cel {

struct Remark {
  uint32_t offset = 0;  // bytes from the start of the text
  uint32_t line = 1;    // from 1
  uint32_t column = 1;  // from 1, in code points, within its line
  std::string message;  // with the hint: "unknown name 'tool_name'; did you mean 'tool'?"
};

// A remark about text[offset].
Remark remark_at(std::string_view text, uint32_t offset, std::string message);

// Result of the steps of compiling.
template <class T>
using Parsed = tl::expected<T, Remark>;

}  // namespace agentmesh::policy::cel
