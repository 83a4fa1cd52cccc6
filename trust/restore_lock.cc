#include "trust/restore_lock.h"

#include <fcntl.h>

#include "base/files.h"

namespace agentmesh::trust {

RestoreLock::RestoreLock(const std::string& state_dir)
    : file_(open_own(state_dir + "/restore.lock", O_RDWR | O_CREAT).value_or(Fd())) {
  constexpr auto kPatienceMs = std::chrono::milliseconds(kPatience).count();
  if (file_) (void)lock_file(file_.get(), "restore.lock", static_cast<int>(kPatienceMs));
}

}  // namespace agentmesh::trust
