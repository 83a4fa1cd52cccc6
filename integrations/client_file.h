// A client's file, read by whoever looks into one: the same limit for all, so that what one command wraps every other one sees.
//
// Thread: any. Failure: an error that names the file; one that is larger (EFBIG) is to be said, as a client reads it all the same.

#pragma once

#include <cstddef>
#include <string>

#include "base/files.h"

namespace agentmesh::integrations {

inline constexpr size_t kLargestClientFile = 64U << 20;

inline Result<std::string> read_client_file(const std::string& path) {
  return read_regular(path, kLargestClientFile);
}

}  // namespace agentmesh::integrations
