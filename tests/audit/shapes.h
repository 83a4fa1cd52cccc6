// Shapes: logs as life makes them, made once and kept in memory: one segment or many, changed keys, several writers, every
// setting of payloads, pruned, erased, with tiles, and with records that no checkpoint covers yet.

#pragma once

#include <string>
#include <vector>

#include "tests/audit/intruder.h"

namespace agentmesh::audit::tests {

struct Shape {
  std::string name;
  Files files;                     // relative to the state directory
  bool sealed = false;             // it has payloads that can be opened
  bool one_key = true;             // its key was never changed
  std::vector<std::string> lines;  // records, in order
  uint64_t first_seq = 0;
  uint64_t signed_size = 0;     // of the newest checkpoint
  std::vector<uint64_t> sizes;  // of all checkpoints
};

inline constexpr const char* kLog = "audit/main/";

// All of them.
const std::vector<Shape>& shapes();

// Files of a directory, and a directory with these files.
Files read_files(const std::string& directory);
void write_files(const std::string& directory, const Files& files);

// Only those of the log, relative to it.
Files log_files(const Files& state);

}  // namespace agentmesh::audit::tests
