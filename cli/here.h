// Here: the state directory and the settings that a command works with, found the way `proxy` finds them.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/recorder.h"
#include "config/settings.h"
#include "policy/rules.h"

namespace agentmesh::cli {

struct Here {
  std::string state_dir;
  std::string config_file;
  config::Settings settings;
};

// `state_dir` and `config` as given on the command line, "" for none. Nothing: it was complained about on stderr.
std::optional<Here> find_here(const std::string& state_dir, const std::string& config = "");
// The same for what must not wait until somebody has mended the settings: those that cannot be used are complained about, and
// the sound part of them counts.
std::optional<Here> find_here_despite_settings(const std::string& state_dir);

// Of a directory that was named on the command line: complains if it is not there. A slip of the hand looks like a machine on
// which nothing ever happened.
void tell_if_not_there(const std::string& given, const std::string& state_dir);

// True, with a complaint, if something else than a directory is at `state_dir`.
bool is_no_directory(const std::string& state_dir);

// What stands behind `agentmesh COMMAND` in what a command prints, so that it reaches this state directory from the terminal
// in which that was printed (config/paths.h).
std::string state_words(const std::string& state_dir);

// The settings that commands go by which take no --config, as far as they are sound; and their file. `failed`: they cannot be used
// as they are, and `diagnostics` say why.
struct UsualSettings {
  std::string file;
  config::Settings settings;
  bool failed = false;
  std::vector<policy::Diagnostic> diagnostics;
};
UsualSettings usual_settings();
// What commands mean that are typed without --log.
std::string usual_log();
// What stands behind `agentmesh audit COMMAND`, besides state_words(), so that it is about this log.
std::string log_words(const std::string& log);

// Errors (and, with `warnings`, warnings) on stderr. True if there was an error.
bool complain_about(const std::vector<policy::Diagnostic>& diagnostics, bool warnings);

// Of a policy that does not load although the settings choose it: where they do. Nothing if they do not.
void complain_of_choice(const config::Settings& settings);

// Appends one record to the machine's log, and returns when it is written.
Recorder recorder(const Here& here);

}  // namespace agentmesh::cli
