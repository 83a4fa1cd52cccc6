// What init-integration does to one file of one client, and to all of them (init_all.cc). Of init_integration.cc alone.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/client_files.h"
#include "cli/init_integration.h"
#include "config/paths.h"
#include "integrations/entries.h"
#include "integrations/init.h"

namespace agentmesh::cli {

// Everything that a run over one client needs, but the client.
struct Job {
  const InitIntegrationOptions& given;
  config::Environment environment;
  integrations::InitRequest request;
};

// One file of one client.
struct Target {
  const integrations::Client* client;
  std::string config_path;           // "": the client's default
  std::vector<std::string> servers;  // none: all
  // The state directory that remembers the file, if it is not in its client's usual place; "": the job's own.
  std::string remembered_in = {};
  bool only_wrapped = false;     // what is not wrapped in it stays so, and nothing of it is started
  std::string known_as = {};     // the name by which it is read (client_files.h); "": its own
  bool leads_elsewhere = false;  // than is remembered
};

integrations::InitReport run_one(const Job& job, const Target& target, bool dry_run);

// A remembered file that is not there any more, and what forgets it.
void complain_of_gone(const FileOfClient& gone);

// In the order in which a person reads them, wherever both streams go.
void print_report(const integrations::InitReport& report);

// The file as it is now, read; nothing if that fails (what was to be said about it was said).
struct ReadFile {
  std::string path;
  std::string text;
  integrations::Document document;
};
std::unique_ptr<ReadFile> read_client(const Job& job, const Target& target);

// Starts each wrapped server once and lists its tools by what the policy makes of them. Says what it sees; no verdict.
void probe(const Job& job, const Target& target);

// Every client that is found here. First all of them are looked at: one that must be refused changes none. An undo goes on
// with the others: who takes agentmesh out needs as many servers as can be had back.
int run_all(const Job& job);

}  // namespace agentmesh::cli
