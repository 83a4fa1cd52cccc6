// Realms: where the path of an argument leads if not to a file of this machine, by what its key, those above it and the tool are
// called. For argument_paths.cc.
//
// Only what calms is decided here: which findings of a path count. Where a path leads is held against roots and self-protection
// whatever its realm. The caller chooses keys: a tool that is called like one for files takes none of them for something else, and of
// the others only what is called like a thing of the realm is calmed, by every reading of it and as it is plainly spelled
// (ArgumentPaths::weigh).
//
// One per call; not for threads. Asked only where a path has a finding; the tool's name and the arguments are looked at once.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json.h"
#include "policy/rules.h"
#include "policy/uses.h"
#include "policy/walk.h"

namespace agentmesh::policy {

enum class Realm : uint8_t {
  kMachine,
  kContainer,  // mountPath, the target of a mount
  kRoute,      // that is registered with a web server: by the tool and the key
  kPage,  // the same of a page, a dashboard, a route that is there, which may be written to a file
  kCalledSo,  // the prefix of names in a store, a route: by the key
  kValue,     // of a variable: Windows' own directories are what a program is started with
  kStore,     // a repository elsewhere
};

// {"owner", "repo"}: the arguments say whose repository they are about.
bool names_repository(json::View args);

class Realms {
 public:
  // All must outlive it. `uses`: what the tool's name says.
  Realms(std::string_view tool, const ToolUses& uses, json::View args)
      : tool_(tool), uses_(uses), args_(args) {}

  // `kind`: of the call.
  Realm of(const Walk& walk, std::string_view text, Kind kind);

 private:
  enum class Tool : uint8_t { kOther, kOfFiles, kOfRoutes, kOfPages, kOfStore, kOfThisStore };
  Tool tool();
  bool names_object();

  std::string_view tool_;
  const ToolUses& uses_;
  json::View args_;
  std::optional<Tool> known_;
  std::optional<bool> names_object_;
};

// True if a path of the realm may be called like this place of the machine, which is a directory or file of the system's.
bool may_be_called(Realm realm, std::string_view place);

}  // namespace agentmesh::policy
