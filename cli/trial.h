// Trial: a server started once through the proxy, as its client would start it, asked for its tools, and ended.
//
// Nothing of it stays: the state directory is a throwaway, in shadow mode, so that pins hold no tool back. Its environment is
// the little that clients hand on (HOME, LOGNAME, PATH, SHELL, TERM, USER and a few more), plus the entry's own.
// Thread: any. Cost: as long as the server takes, at most the timeout and a few seconds of farewell.
// Failure: a sentence in the result. No value of the environment and no argument is ever in it.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/paths.h"
#include "integrations/entries.h"

namespace agentmesh::cli {

struct Trial {
  std::vector<std::string> command;                            // the proxy's whole command line
  std::vector<std::pair<std::string, std::string>> variables;  // the entry's own
  std::string directory;                                       // "": ours
  std::string policy;                                          // of the entry; "": the default
  std::string mode;                                            // of the entry; "": it says none
  std::string name;                                            // the server's, in policy and trust
};

// The trial of an entry (kOurs, or kStdio as it would be wrapped), or why there can be none: it is switched off, runs on another
// machine, or holds a placeholder that only the client can fill in, or its envFile cannot be read.
struct TrialPlan {
  std::optional<Trial> trial;
  std::string why_not;
  bool switched_off = false;  // that is why not
  bool elsewhere = false;     // or this: it runs on another machine
  bool fails = false;         // its client could not start it either: the envFile is not there
};
TrialPlan plan_trial(const integrations::Document& document, const integrations::Entry& entry,
                     const std::string& file, const config::Environment& environment);

// The environment in which the client starts an entry, as far as it can be told here: HOME, the entry's own variables, and those
// of its envFile where that can be read.
config::Environment as_started(const integrations::Client& client, const integrations::Entry& entry,
                               const std::string& file, const config::Environment& environment);

struct SeenTool {
  std::string name;
  std::string definition;  // JSON
};

struct TrialResult {
  std::string trouble;  // "" if it answered both questions
  std::string
      last_words;  // the last line it wrote to stderr, if there was trouble; secrets blotted out
  bool junk =
      false;  // it wrote to stdout what is no message, which the proxy put beside its stderr; if there was trouble
  std::string protocol;  // the revision it chose
  std::vector<SeenTool> tools;
  int64_t ms = 0;
};
// What is said of junk on stdout, which is the most common mistake of a server.
inline constexpr std::string_view kJunkOnStdout =
    "it writes text to stdout that is no MCP message (a greeting, a log)";
TrialResult run_trial(const Trial& trial, std::chrono::milliseconds timeout);
// Several, a few at a time; results in the order of the trials.
std::vector<TrialResult> run_trials(const std::vector<Trial>& trials,
                                    std::chrono::milliseconds timeout);

// The project that a client's file belongs to: the directory above .vscode, .cursor, …; "" for a user's file.
std::string project_of(const std::string& file);

// What `program version` says in one line; "" if it says nothing within a few seconds.
std::string version_of(const std::string& program);

// The text of an entry's string with its client's placeholders filled in from the environment; nothing if one cannot be, and
// `unknown` says which.
std::optional<std::string> filled_in(const integrations::Client& client, const std::string& text,
                                     const std::string& file,
                                     const config::Environment& environment, std::string& unknown);

}  // namespace agentmesh::cli
