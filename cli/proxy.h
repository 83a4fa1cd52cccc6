// agentmesh proxy: settings, policy and command line brought together, and the session run.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace agentmesh::cli {

// As given on the command line; what was not given is empty and comes from agentmesh.yaml or the defaults.
struct ProxyOptions {
  std::vector<std::string> command;  // behind the first bare --, or --target words
  std::string policy;                // name or file; "": agentmesh.yaml's, else moderate
  std::string name;
  std::string agent;
  std::string mode;        // enforce | shadow
  std::string footer;      // both | text | meta | off
  std::string deny_as;     // result | error
  std::string durability;  // queued | written | durable
  std::string sandbox;     // off | files | files+net
  std::string state_dir;
  std::string config;
  bool pump = false;  // hidden, for measuring: bytes through, nothing read
};

// The exit status of the process.
int run_proxy(const ProxyOptions& given);

}  // namespace agentmesh::cli
