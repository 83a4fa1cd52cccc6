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
  std::vector<std::string> hashes = {};  // approve only these offers, shown or not: SHA-256, hex64
};
// Accepts the offers that wait and were shown as they stand: by `pins list`, or by this command, which shows the others and
// accepts none of them. A server chooses when it offers something else, so "all that waits" alone says nothing about what.
// Whoever names an offer by its hash has seen it elsewhere (a script in `pins list --json`; one that is too long to be shown).
// Writes a tools.pinned record each, then the rows, then wakes running proxies.
// 0: everything asked for is accepted; 1: something was not; 2: the state cannot be used, or a hash is none.
int pins_approve(const PinsAnswerOptions& options, const Recorder& record);
// Refuses them, seen or not: they stay out, and so does whatever replaces them, until a person approves.
int pins_reject(const PinsAnswerOptions& options, const Recorder& record);

}  // namespace agentmesh::cli
