// Shell printed: what echo, printf and cat say, where their own words tell it. For shell_expand.cc, shell_flow.cc and shell.cc alone. Pure
// function, any thread.

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

inline constexpr size_t kLongestPrinted = size_t{1} << 16;

// `here`: the command's here-document. What is beyond kLongestPrinted bytes is left out. "": nothing, or it is not known.
std::string printed_by(std::string_view name, std::span<const std::string> arguments,
                       const std::string& here);

}  // namespace agentmesh::policy::scan
