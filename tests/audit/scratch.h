// A directory of its own for a test, gone afterwards, and the options of a log in it.

#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "audit/options.h"
#include "tests/temp_directory.h"

namespace agentmesh::audit::tests {

class Scratch {
 public:
  const std::string& path() const { return directory_.path(); }
  Options options() const {
    Options options;
    options.state_dir = path();
    return options;
  }
  std::string log() const { return path() + "/audit/main"; }

 private:
  agentmesh::tests::TempDirectory directory_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void spill(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes;
}

}  // namespace agentmesh::audit::tests
