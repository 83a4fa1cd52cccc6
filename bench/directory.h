// Directory: a temporary directory that goes with its owner.

#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace agentmesh::bench {

class Directory {
 public:
  Directory()
      : path_((std::filesystem::temp_directory_path() / "agentmesh-bench-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace agentmesh::bench
