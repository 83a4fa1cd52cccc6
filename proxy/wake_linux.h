// WakeFile: notices that a file was touched, made or replaced (inotify). `<state>/wake` is how the command line tells the
// proxies that something changed (trust.md, State).
//
// The directory is what is watched, so that the file need not be there yet and may be replaced.
// Thread: one. Failure: watch() where the system allows no more watches; the caller then looks now and then.

#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace agentmesh::proxy {

class WakeFile {
 public:
  static Result<WakeFile> watch(const std::string& path);

  int fd() const { return fd_.get(); }  // readable when something happened in the directory
  // Takes what happened off the list; was it about the file?
  bool touched();

 private:
  WakeFile(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  Fd fd_;
  std::string name_;
};

}  // namespace agentmesh::proxy
