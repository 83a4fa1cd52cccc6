// Init: `agentmesh init-integration` but for its command line: a plan for one file of a client, carried out, what is said of it
// (summary.h), what is remembered of it (lesson.h), and the exit status.
//
// Thread: one. Cost: disk and parsing. Failure: status 2, one sentence on err, and nothing changed.

#pragma once

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
  std::string config_path;  // "": the first of the client's default files that exists
  // The name that led to config_path when that was wrapped, and does no more: it decides which keys count, and is what is remembered.
  std::string known_as = {};         // "": config_path's own
  std::vector<std::string> servers;  // none: all
  bool dry_run = false;
  bool undo = false;
  RunOptions run;         // what wrapped entries say; not read by undo
  std::string state_dir;  // where memory.h keeps its file
  // Others that are to know as well, as their servers are to leave the file alone: of a file that is in no usual place of its client.
  std::vector<std::string> other_state_dirs;
  // Those whose memory counts beside `state_dir`, where an undo asks whether an args key was ours.
  std::vector<std::string> remembering;
};

struct InitReport {
  int status = 0;        // 0: done, or nothing to do; 2: refused, nothing changed
  bool changes = false;  // the file was changed, or would be (dry run)
  bool ours = false;     // something of ours was in it
  std::string out;       // whole lines, for stdout
  std::string err;       // whole lines, for stderr
};

// `hook`: for tests that stop or disturb it between its steps.
InitReport init_integration(const InitRequest& request, const config::Environment& environment,
                            const Clock& clock, const StepHook& hook = {});

}  // namespace agentmesh::integrations
