// A configured server on doctor's way through the checks, and the one that asks whether its command is there.

#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor.h"
#include "cli/trial.h"
#include "integrations/entries.h"

namespace agentmesh::cli {

// What a program started from a dock or a session manager finds.
inline constexpr std::string_view kBarePath =
    "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

struct ClientFile {
  const integrations::Client* client;
  std::string path;
  std::string text;
  integrations::Document document;
  // It lies in no usual place of the user, but in the directory that we happen to stand in or where it was wrapped once, and nobody named
  // its client: whoever may write there (a repository's next commit) wrote it, and a diagnosis runs nothing for its sake.
  bool unasked = false;
};

struct Server {
  const ClientFile* file;
  const integrations::Entry* entry;
  std::string place;  // FILE:LINE
  TrialPlan plan;
  bool can_start = true;
  std::string why_not;
};

// As a check calls it.
std::string shown(const integrations::Entry& entry);
// A check about an entry, with its place.
Check& about(const Patient& patient, const ClientFile& file, const integrations::Entry& entry,
             const char* id, CheckStatus status, std::string detail, std::string fix = "");

// server.starts: each of them started once, as its client would, and asked for its tools; those that cannot or shall not be are told
// why. `broken_binaries`: commands of wrapped entries that are not there.
void start_servers(const Patient& patient, std::vector<Server>& servers,
                   const std::set<std::string>& broken_binaries);

// Why such a file is looked at, and runs nothing.
inline constexpr const char* kUnasked = "its file is in no usual place of yours; name its client";

// target.resolves: whether the server's own command is found, from a shell and without one.
void check_target(const Patient& patient, Server& server);

// policy.sandbox: the level that this entry asks for itself, and what a start of it from here would say of its walls; nothing where it
// has none and asks for none. What an entry gives the proxy, "" for what it leaves to the settings:
struct Walls {
  std::string policy;
  std::string state_dir;
  std::string config;
  std::string level;  // --sandbox
};
void check_walls(const Patient& patient, const ClientFile& file, const integrations::Entry& entry,
                 const Walls& walls);

}  // namespace agentmesh::cli
