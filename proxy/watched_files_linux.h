// WatchedFiles: notices that files were touched, made or replaced (inotify). `<state>/wake` is how the command line tells the
// proxies that something changed (trust.md, State); a policy's files are watched for edits.
//
// The directories are what is watched, so that a file need not be there yet and may be replaced.
// Thread: one. Failure: watch() where the system allows no more watches; the caller then looks now and then.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::proxy {

class WatchedFiles {
 public:
  enum class Of : uint8_t {
    kTouch,  // any sign of life of the file itself
    kEdit,  // the file was written, or anything was moved into its directory (links that are swapped)
  };
  static Result<WatchedFiles> watch(const std::vector<std::string>& paths, Of what);

  int fd() const { return fd_.get(); }  // readable when something happened in a directory
  // Takes what happened off the list; was it about one of the files?
  bool touched();

 private:
  WatchedFiles(Fd fd, Of what) : fd_(std::move(fd)), what_(what) {}
  Fd fd_;
  Of what_;
  std::map<int, std::set<std::string, std::less<>>> names_;  // by watch: one per directory
};

}  // namespace agentmesh::proxy
