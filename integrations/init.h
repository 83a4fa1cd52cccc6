// Init: `agentmesh init-integration` but for its command line: which file, what changes, what is said, and the exit status.
//
// Thread: one. Cost: disk and parsing. Failure: status 2, one sentence on err, and nothing changed.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/paths.h"
#include "integrations/client.h"
#include "integrations/edit_file.h"
#include "integrations/wrap.h"

namespace agentmesh::integrations {

struct InitRequest {
  const Client* client = nullptr;
  std::string config_path;           // "": the first of the client's default files that exists
  std::vector<std::string> servers;  // none: all
  bool dry_run = false;
  bool undo = false;
  RunOptions run;         // what wrapped entries say; not read by undo
  std::string state_dir;  // where memory.h keeps its file
  // Others that are to know as well, as their servers are to leave the file alone: of a file that is in no usual place of its client.
  std::vector<std::string> other_state_dirs;
};

struct InitReport {
  int status = 0;        // 0: done, or nothing to do; 2: refused, nothing changed
  bool changes = false;  // the file was changed, or would be (dry run)
  std::string out;       // whole lines, for stdout
  std::string err;       // whole lines, for stderr
};

// How the summary of a dry run ends.
inline constexpr std::string_view kDryRunLine = "dry run: nothing was written\n";

// The client's file: `config_path` if it was given, else the first default that exists.
struct ClientFile {
  std::string path;                 // absolute, links not followed
  std::vector<std::string> others;  // defaults that are there as well
};
// Errors: there is none; names every path looked at.
Result<ClientFile> find_file(const Client& client, const std::string& config_path,
                             const config::Environment& environment);

// All of the client's default files that are there, in order; those that count only when they are named as well.
std::vector<std::string> files_here(const Client& client, const config::Environment& environment);

// Whether agentmesh runs in it, whether it can be taken out or not; and in any entry that this client would find in `text` (`file`: its
// name decides which keys count). Error: the client's servers in there cannot be told, which is not that there are none.
bool is_ours(const Entry& entry);
Result<bool> holds_ours(const Client& client, std::string_view text, const std::string& file);

// `text` as a terminal may show it: control characters and marks that turn the direction of text are spelled out.
std::string printable(std::string_view text);

// What a summary says of each entry, a line each. An undo is silent about what was never wrapped; a dry run says what would be.
std::string entry_lines(const Plan& plan, bool undo, bool dry_run = false);
// Why nothing can be done about these servers: one of them is not there.
std::optional<std::string> unknown_server(const std::vector<Entry>& entries,
                                          const std::vector<std::string>& servers);
// Why nothing is undone: an entry runs agentmesh and cannot be edited.
std::optional<std::string> stuck(const Plan& plan);

// `hook`: for tests that stop or disturb it between its steps.
InitReport init_integration(const InitRequest& request, const config::Environment& environment,
                            const Clock& clock, const StepHook& hook = {});

}  // namespace agentmesh::integrations
