// agentmesh pins: what servers offer, what waits for a person, and that person's answer.

#pragma once

#include <string>
#include <vector>

#include "cli/recorder.h"

namespace agentmesh::cli {

struct PinsListOptions {
  std::string state_dir;
  std::string server;  // "": all
  bool json = false;
};
// Every pin, with a readable difference for those that wait. Notes which offers were shown.
int pins_list(const PinsListOptions& options);

struct PinsAnswerOptions {
  std::string state_dir;
  std::string server;
  std::vector<std::string> names;  // tools (or prompts, …); none: all that is waiting
  bool json = false;
};
// Accepts the offers that wait: those that `pins list` showed, if it was asked; an offer that changed since is not
// accepted. Writes a tools.pinned record each, then the rows, then wakes running proxies.
// 0: everything asked for is accepted; 1: something was not; 2: the state cannot be used.
int pins_approve(const PinsAnswerOptions& options, const Recorder& record);
// Refuses them: they stay out, and so does whatever replaces them, until a person approves.
int pins_reject(const PinsAnswerOptions& options, const Recorder& record);

}  // namespace agentmesh::cli
