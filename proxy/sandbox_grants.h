// Grants: which places a server gets, and which it does not although they were asked for: what is ours, and what only the server
// itself may have led to.
//
// A link that lies where the server can write says what the server wants, not what a person wanted: at one start it would be
// planted, at the next one be followed to a key. So it opens nothing; nor does a script's first line. What such a link leads to
// is open only where it is anyway, and else that is said.
// Our state directory stays closed, by its real name and by every link that leads to it: nothing on the way can be moved.
// What decides how the server is started next time (sandbox_kept.h) can be read in a root and not changed.
//
// Order: add_writable() once, add() any number of times, finish(). Private to sandbox.cc and its tests.
// Thread: any. Cost: a few looks at the disk for each wish.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/sandbox.h"
#include "proxy/sandbox_kept.h"

namespace agentmesh {
struct Way;
}

namespace agentmesh::proxy {

struct Wish {
  std::string path;  // absolute and normal, links and all
  Reach reach = Reach::kReadAndRun;
  std::string_view why;  // as in Grant
  std::string led_by;    // what led to it and can be changed by the server; "": nothing
};

class Grants {
 public:
  explicit Grants(const SandboxWorld& world);

  // All that the server is to write, together: none of them may be reached through another one.
  void add_writable(const std::vector<Wish>& wishes);
  // False if it is not given, or not yet known to be.
  bool add(const Wish& wish);
  void remark(std::string sentence) { remarks_.push_back(std::move(sentence)); }

  // Whether the server can change what is at `path` (without links in it).
  bool changeable(std::string_view path) const;
  // The first link on the way that the server can change; "" if there is none.
  std::string changeable_link(const Way& way) const;

  void finish(SandboxPlan& plan);

 private:
  bool place(const std::string& end, const Wish& wish);
  void put(Grant grant);
  bool holds(const std::string& path, Reach reach) const;
  bool closed(const std::string& path) const;
  bool holds_state(const std::string& directory) const;
  bool in_part(const std::string& path, Reach reach) const;
  void carve(const std::string& directory, const Wish& wish);
  void carve_below(const std::string& directory, const Wish& wish,
                   std::vector<std::string>& levels);
  void open_declared(const std::string& path);
  void remark_led();

  std::vector<std::string> state_dirs_;  // ours and others', without links
  std::string tmp_;                      // the part of ours that is the server's
  Kept kept_;
  std::vector<std::string> written_;  // what was to be written, whole or in part; without links
  std::vector<Grant> grants_;
  std::map<std::string, std::vector<Grant>>
      led_;  // by what led there: to be given only if given anyway
  std::vector<std::string> remarks_;
};

}  // namespace agentmesh::proxy
