// agentmesh init-integration: AgentMesh put in front of the servers in a client's configuration, or taken away again.

#pragma once

#include <string>
#include <vector>

namespace agentmesh::cli {

struct InitIntegrationOptions {
  std::vector<std::string>
      clients;       // flags of integrations/client.h; none: all that are found here, after asking
  bool all = false;  // the same, said aloud
  bool yes = false;  // do not ask
  bool jetbrains = false;   // print what to paste, write nothing
  std::string config_path;  // "": the client's own default
  std::string policy;       // a preset's name or a file; "": not said in the entries
  std::vector<std::string> servers;
  bool dry_run = false;
  bool no_probe = false;  // do not start what was wrapped
  bool undo = false;
  std::string state_dir;
  std::string config;
  std::string self;  // argv[0]: what we were called by
};

// 0: done, or nothing to do; 1: a governed server asked; 2: refused or bad usage: nothing changed, but of `all` part may have been done.
int run_init_integration(const InitIntegrationOptions& given);

}  // namespace agentmesh::cli
