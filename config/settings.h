// Settings: agentmesh.yaml as plain options (overview.md names every key and its default).
//
// Order: load_settings(), then the command line is laid over what came out. Mode: --mode, else the policy's own, else
// `mode` here. Thread: any.
// Failure: diagnostics with file, line, column and key; an unknown key is one of them.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/rules.h"
#include "proxy/options.h"

namespace agentmesh::config {

struct Settings {
  std::string policy =
      "moderate";  // a preset's name, or a file's path (relative ones are taken from the settings' directory)
  policy::Place policy_place;  // where the file says so; line 0: it does not
  std::optional<policy::Mode> mode;
  policy::Place mode_place;      // where the file says so
  bool on_damage_given = false;  // else a policy named strict makes it `deny` (audit.md section 1)
  std::map<std::string, std::vector<uint32_t>> groups;  // approvers: a group's name to uids
  proxy::Options proxy;                                 // with everything that the file says
};

struct LoadedSettings {
  Settings settings;
  std::vector<policy::Diagnostic> diagnostics;
  bool failed = false;
};

// `text` is the file's content, `file` its path.
LoadedSettings read_settings(std::string_view text, const std::string& file);

// A file that is not there gives the defaults, unless it is `required`.
LoadedSettings load_settings(const std::string& path, bool required);

}  // namespace agentmesh::config
