// A configured server on doctor's way through the checks, and the one that asks whether its command is there.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor.h"
#include "cli/trial.h"
#include "config/settings.h"
#include "integrations/entries.h"
#include "proxy/policy_in_use.h"

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

// What the proxy in front of an entry runs with, as far as it can be told from here; of one that is not wrapped, what it would.
struct InUse {
  std::string server;       // its name in policy and trust
  std::string policy_name;  // a preset's name or a file
  bool names_policy =
      false;         // itself or by settings of its own: not the default, which is looked at anyway
  std::string mode;  // --mode, a mode or not; "": not given, or not known
  std::map<std::string, std::string> unfilled;  // of its options, what only the client can fill in
  std::string state_dir;
  std::string config_file;
  config::Settings settings;
  std::vector<std::string> command;  // the server's
  proxy::PolicyInUse policy;
};
InUse in_use(const Patient& patient, const ClientFile& file, const integrations::Entry& entry);

struct Server {
  const ClientFile* file;
  const integrations::Entry* entry;
  std::string place;  // FILE:LINE
  TrialPlan plan;
  proxy::PolicyInUse policy;
  bool can_start = true;
  std::string why_not;
  std::string state_dir;  // of its proxy; "" if only its client knows
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
// has none and asks for none.
void check_walls(const Patient& patient, const ClientFile& file, const integrations::Entry& entry,
                 const InUse& now);

// policy.mode, audit.on_error, audit.durability, state.halted: where calls pass that the policy would hold back, or whose record may be
// missing, and where none passes; nothing where all is as it comes.
void check_watched(const Patient& patient, const ClientFile& file, const integrations::Entry& entry,
                   const InUse& now);

}  // namespace agentmesh::cli
