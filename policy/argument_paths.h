// Argument paths: what a call's arguments name on the disk, or hide; what may be relative to what; what could not be followed. Told
// in Seen (paths, path_texts, hidden_paths, parts, lost_path) and, where a path is sensitive or a way out, in findings.
//
// One per call; not for threads. The call's own paths are judged by the presets' findings and roots; of the hidden ones only where
// they lead, by the hard rules (hidden_paths.h). Cost: a PathReader's for what its key or its form makes a path, little elsewhere.

#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "policy/hidden_paths.h"
#include "policy/look.h"
#include "policy/realms.h"
#include "policy/rule_set.h"
#include "policy/scan/paths.h"
#include "policy/uses.h"
#include "policy/walk.h"

namespace agentmesh::policy {

// Keys of text meant for people or a model that never names a file or a place: what looks like one there is talked about.
bool is_talk_key(std::string_view key);
// "file:…": a path in a URL's clothes.
bool is_file_url(std::string_view text);
// True if `tools:` names this argument in `list`.
bool is_named_in(const std::vector<std::string>& list, const Walk& walk);

class ArgumentPaths {
 public:
  // Must outlive it.
  explicit ArgumentPaths(Inspection& inspection)
      : inspection_(inspection),
        input_(inspection.input()),
        seen_(inspection.seen()),
        entry_(inspection.nesting().tool->entry()),
        reader_(input_.surroundings, seen_.roots, &inspection.nesting().paths),
        hidden_(input_.surroundings, seen_.roots, &inspection.nesting().hidden),
        uses_(inspection.nesting().tool->uses()),
        realms_(input_.tool, uses_, input_.args),
        led_to_(links_led_to(uses_, input_.args)) {}

  // The text of an argument: a path, one in a word for a program, or one that only some server makes of it.
  void string(const Walk& walk, std::string_view text);
  // A key of an argument: {"files": {"/etc/x": "…"}}.
  void key(const Walk& walk, std::string_view text);
  // What is known to be one.
  void path(const Walk& walk, std::string_view text);
  // What stands in the request beside its arguments, where only what protects itself is at stake; answers to what the server asked
  // are held against roots as well.
  void beside(const Walk& walk);

 private:
  bool names_path(const Walk& walk, std::string_view text) const;
  bool keys_name_files(const Walk& walk) const;
  scan::Use use(const Walk& walk) const;
  // By what the call does, or what its name says, whichever is worse: what it turns out to do besides makes it no milder.
  template <class UseOf>
  scan::Use worse_use(UseOf use_of) const {
    const scan::Use use = use_of(seen_.kind);
    return seen_.by_name == Kind::kUnknown ? use : std::max(use, use_of(seen_.by_name));
  }
  bool is_output(const Walk& walk, std::string_view text) const;
  bool follows_output(const Walk& walk) const;
  void read(const Walk& walk, std::string_view text, scan::Use use);
  void weigh(const Walk& walk, std::string_view text, size_t before);
  bool is_in_store(std::string_view text, std::string_view place) const;
  void note_part(const Walk& walk, std::string_view text, bool is_path);
  void word_path(const Walk& walk, std::string_view text, std::string_view option);
  void hidden_path(const Walk& walk, std::string_view text, bool talk, bool for_roots = true);
  void hide(const Walk& walk, std::string path, bool for_roots);
  void add(const Walk& walk, std::string path);
  void lose(const Walk& walk, const std::vector<scan::Hit>& unused);

  Inspection& inspection_;
  const Input& input_;
  Seen& seen_;
  const ToolEntry* entry_;
  scan::PathReader reader_;
  HiddenPaths hidden_;
  const ToolUses& uses_;
  Realms realms_;
  std::unordered_set<const char*> led_to_;           // what links lead to (uses.h)
  std::unordered_map<std::string, size_t> numbers_;  // of the paths in Seen
  std::string_view
      output_;  // the text before this one, as it is spelled, if it is an option that says where something goes
};

}  // namespace agentmesh::policy
