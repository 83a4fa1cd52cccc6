#include "trust/wake.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/files.h"

namespace agentmesh::trust {

std::string wake_path(const std::string& state_dir) { return state_dir + "/wake"; }

Result<void> touch_wake(const std::string& state_dir) {
  if (auto made = make_directories(state_dir); !made) return made;
  const std::string path = wake_path(state_dir);
  const auto file = open_own(path, O_WRONLY | O_CREAT);
  if (!file) return tl::unexpected(file.error());
  // A write and the close after it are what inotify tells (a changed time alone may be told late or not at all).
  if (::pwrite(file->get(), "\n", 1, 0) != 1) return fail_errno(path);
  return {};
}

}  // namespace agentmesh::trust
