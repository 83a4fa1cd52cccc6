// Shell printed: what echo, printf and cat say, where their own words tell it. For shell_expand.cc, shell_flow.cc and shell.cc alone. Pure
// function, any thread.

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

inline constexpr size_t kLongestPrinted = size_t{1} << 18;

struct Printed {
  std::string text;  // "": nothing, or it is not known
  bool cut = false;  // there is more than kLongestPrinted bytes, or than could be found out
};
// `here`: the command's here-document.
Printed printed_by(std::string_view name, std::span<const std::string> arguments,
                   const std::string& here);

}  // namespace agentmesh::policy::scan
