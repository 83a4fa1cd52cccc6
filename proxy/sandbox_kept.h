// Kept: what a server may not change though it lies where the server writes, since it decides how the server is started next time:
// the policy in force, agentmesh.yaml, the clients' configurations, our program; and whatever leads to our state directory.
//
// A file is kept by its own content and by every name on the way to it: who may move a directory away and make another one can
// put there what was not there before. So in each directory that a name is looked up in, nothing may be made, moved or removed.
// What is not there yet is kept in the same way, in the deepest directory that is there; but for the configurations that clients
// keep in a project, which are kept where they are: a client asks before it takes up a new one, and a project in which nothing
// new can be made is no place to work in.
//
// Order: open() for what a person declared, then the questions. Private to sandbox_grants.cc.
// Thread: any. Cost: a look at each part of some 60 paths, once; the questions ask no disk.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/sandbox.h"

namespace agentmesh::proxy {

class Kept {
 public:
  explicit Kept(const SandboxWorld& world);

  // A person named `declared` (without links) as a place to write: if it is a project or lies in one, the clients' configurations
  // that the project has there are not kept. Returns whether there are such.
  bool open(std::string_view declared);

  // Whether `path` (without links) is kept, or lies in a directory that is.
  bool is(std::string_view path) const;
  // Whether something is kept in `directory` or below it, or a name on the way to it is looked up there.
  bool leads_through(std::string_view directory) const;

  bool leads_to_state(std::string_view directory) const;

  // What is kept below `directory`, but for the way to our state; what is there first.
  std::vector<std::string> governing(std::string_view directory) const;
  // The projects that all of it belongs to; none if not all of it does.
  std::vector<std::string> projects(std::string_view directory) const;

 private:
  enum class What { kState, kGoverning, kProject };
  struct Place {
    std::string end;                       // without links, there or not
    std::vector<std::string> directories;  // that a name is looked up in
    What what;
    std::string project;  // of kProject: its directory, without links
  };
  static Place place_of(const std::string& path, What what);
  static bool through(const Place& place, std::string_view directory);

  std::vector<Place> places_;
};

}  // namespace agentmesh::proxy
