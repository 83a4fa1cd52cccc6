// Wrap: the proxy put in front of a server in a client's file, and taken away again.
//
// Per entry two edits: the command's token is replaced by our path, and a run of arguments goes in front of args, laid out as
// that list is:
//     "proxy", "--name", NAME, ["--policy", P,] ["--state-dir", D,] ["--config", F,] "--", COMMAND
// COMMAND is the raw token that stood in `command`, so that undo needs no memory; only whether an args key was there at
// all must be told (args_added). Wrap then unwrap gives the same bytes. One exception to "raw": a plain YAML scalar that
// brackets would break is quoted, its first character as \xNN, by which undo knows that it was plain. An args that was null in JSON
// is told by a p in "proxy" that is written \u0070.
//
// Pure functions: text in, edits out (layout.h makes them). Cost: linear in the text, a few passes.
// Failure: "LINE:COLUMN: …" for a text that cannot be read; an edit whose result does not read back as the original is an
// error that says that nothing was changed.

#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "integrations/edits.h"
#include "integrations/entries.h"

namespace agentmesh::integrations {

// What a wrapped entry says, beside its name. Empty: not said.
struct RunOptions {
  std::string own_path;  // absolute: `command`
  std::string policy;    // a preset's name or an absolute file
  std::string state_dir;
  std::string config;
  // The same two as they are for everybody, also where that goes without saying: an entry whose own variables would lead its
  // proxy elsewhere (own_places.h) says them all the same.
  std::string usual_state_dir = {};
  std::string usual_config = {};
  // A person asked for that state directory, those settings: an entry that is wrapped already gets them as well.
  bool chose_state_dir = false;
  bool chose_config = false;
  bool only_wrapped = false;  // what is not wrapped yet stays so, and out of the plan
};

enum class Action { kWrapped, kUpdated, kAlready, kSkipped, kRestored, kStuck };

struct Outcome {
  Entry entry;  // as it was
  Action action = Action::kSkipped;
  bool args_added = false;  // kWrapped: there was no args key
  std::string why = {};     // kSkipped for another reason than what it is: a word, and (more)
};

struct Plan {
  std::vector<Edit> edits;        // sorted; none: there is nothing to change
  std::vector<Outcome> outcomes;  // of the entries asked for, in the order of the text
};

// Which entries: by name; empty means all.
using Names = std::set<std::string>;
// Whether wrapping added this entry's args key.
using ArgsAdded = std::function<bool(const Entry&)>;

Result<Plan> wrap(const Document& document, const Names& names, const RunOptions& options);
// Entries that are not ours have the outcome kSkipped; kAlready those wrapped in a foreign way; kStuck those that run
// agentmesh and cannot be edited, or are bent.
Result<Plan> unwrap(const Document& document, const Names& names, const ArgsAdded& args_added);

}  // namespace agentmesh::integrations
