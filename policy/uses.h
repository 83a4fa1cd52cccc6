// Uses: what a call does with the path of an argument, by the kind of the call, the tool's name and the argument's key. For
// argument_paths.cc and realms.cc.
//
// Pure functions, any thread. ToolUses passes over the tool's name, which may be as long as a message, and links_led_to() over all
// arguments: once a call, never once an argument.

#pragma once

#include <string_view>
#include <unordered_set>

#include "base/json.h"
#include "policy/rules.h"
#include "policy/scan/paths.h"

namespace agentmesh::policy {

// What the words of a tool's name say of the paths in its call.
struct ToolUses {
  explicit ToolUses(std::string_view tool);

  bool names_path = false;  // as the key of a path does: "read_file"
  bool files = false;       // it reads or writes files
  bool links = false;
  bool copies = false;
  bool moves = false;
  bool replaces = false;
  bool certificates = false;  // it makes them, say, and does not go by them
  unsigned looked_up =
      0;  // of what is looked up elsewhere ("ssl"), a bit for each word it has itself
};

// By the kind of the call, and under keys that say where something goes.
scan::Use use_by_kind(Kind kind, std::string_view key);
// The texts of `args` under a key "target" that a link leads to, by where they are spelled: those beside a text that says where the
// link stands ("link_path"; "path", as programs that make links take it), and beside none that is called a source. None where the
// tool makes no links. Beside any other key a target is where the link is put.
std::unordered_set<const char*> links_led_to(const ToolUses& tool, json::View args);
// The same, where what no key calls a path or a prefix is written to nowhere (the value of a setting), and what is a program by its key is run
// ("shell", "entrypoint", "pythonPath") and a certificate read, unless the tool is one for files, or puts something in the place of
// another, or has the word in its own name (generate_ssl and "ssl_path"). What a link leads to, and the source of a copy, is only
// read, unless the tool moves or deletes as well.
// `names_path`: the key of the argument, or the policy, says that it is one. `led_to`: the text is one of links_led_to().
scan::Use use_of(Kind kind, const ToolUses& tool, std::string_view key, bool names_path,
                 bool led_to);

}  // namespace agentmesh::policy
