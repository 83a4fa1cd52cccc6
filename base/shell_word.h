// A word of a command line as a person can paste it: quoted where a POSIX shell needs it. Controls are left out.
//
// Thread: pure.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh {

std::string shell_word(std::string_view word);
// The last word that is no option: behind `--` where it would be taken for one.
std::string last_operand(std::string_view word);

}  // namespace agentmesh
