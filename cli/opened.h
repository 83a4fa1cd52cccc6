// Opened: the state of this machine as commands open it. To change something: made where it is missing, and what was broken is
// set aside with a notice. To read: nothing is made or changed, and what is not there is null.
//
// Thread: one. Failure: a complaint was made, and false comes back.

#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/crypto.h"
#include "trust/shared.h"
#include "trust/store.h"

namespace agentmesh::cli {

struct Opened {
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<trust::Store> store;
  std::unique_ptr<trust::Shared> shared;

  bool open_store(const std::string& state_dir);
  bool open_shared(const std::string& state_dir);
  bool read_store(const std::string& state_dir);
  bool read_shared(const std::string& state_dir);
};

}  // namespace agentmesh::cli
