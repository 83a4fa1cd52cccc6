#include "base/passwd_home.h"

#include <pwd.h>
#include <unistd.h>

namespace agentmesh {

std::string passwd_home() {
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(16384, '\0');
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr || found->pw_dir == nullptr) {
    return {};
  }
  return found->pw_dir;
}

std::string passwd_state_dir() {
  const std::string home = passwd_home();
  return home.empty() ? home : home + "/.local/state/agentmesh";
}

}  // namespace agentmesh
