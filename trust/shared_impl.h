// What the files behind Shared have in common; included by shared*.cc only.

#pragma once

#include "base/crypto.h"
#include "trust/shared.h"
#include "trust/shared_file.h"

namespace agentmesh::trust {

struct Shared::Impl {
  Impl(std::string path, Random& random, Hash state_key)
      : file(std::move(path), random), key(state_key) {}
  SharedFile file;
  Hash key;  // seals the answers of tickets (state_key.h)
};

}  // namespace agentmesh::trust
