// TrialProcess: the proxy of a trial and the server behind it, alive as long as this.
//
// Order: start() once; then the pipes, which do not block. Thread: one.
// Failure: start() says what went wrong. The destructor takes up to five seconds to end what will not go.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "cli/trial.h"

namespace agentmesh::cli {

struct Pipe {
  Fd read, write;
};
std::optional<Pipe> make_pipe();

class TrialProcess {
 public:
  TrialProcess() = default;
  ~TrialProcess();
  TrialProcess(const TrialProcess&) = delete;
  TrialProcess& operator=(const TrialProcess&) = delete;

  // "" or what went wrong.
  std::string start(const Trial& trial, const std::string& state_dir);

  const Fd& input() const { return input_; }
  const Fd& output() const { return output_; }
  const Fd& errors() const { return errors_; }

 private:
  bool ended_within(int ms) const;

  pid_t pid_ = -1;
  Fd input_, output_, errors_;
};

}  // namespace agentmesh::cli
