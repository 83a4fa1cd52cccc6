// Removing a directory with all that is in it, made by somebody who may not want that.
//
// Links are not followed. However deep it is: what is found below the first level is moved up to it, so three descriptors and
// no memory to speak of are enough. Directories that were closed (chmod 0) are opened again.
// Cost: `patience_ms` at most, for somebody may still make files in it.
// Failure: says what stays, and why. What is not there is removed.

#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace agentmesh {

// A directory of ours, opened and made ours to change, whatever mode somebody gave it. None, with errno: it is no directory (a
// link is none), or not ours.
Fd open_whatever_mode(int at, const char* name);

Result<void> remove_tree(const std::string& path, int64_t patience_ms);

}  // namespace agentmesh
