// Uses: what a call does with the path of an argument, by the kind of the call, the tool's name and the argument's key. For
// argument_paths.cc and realms.cc.
//
// Pure functions, any thread. links_led_to() passes over all arguments: once a call, never once an argument.

#pragma once

#include <string_view>
#include <unordered_set>

#include "base/json.h"
#include "policy/rules.h"
#include "policy/scan/paths.h"

namespace agentmesh::policy {

// True if the tool's name says that it reads or writes files.
bool is_file_tool(std::string_view tool);

// By the kind of the call, and under keys that say where something goes.
scan::Use use_by_kind(Kind kind, std::string_view key);
// The texts of `args` under a key "target" that a link leads to, by where they are spelled: those beside a text that says where the
// link stands ("link_path"; "path", as programs that make links take it), and beside none that is called a source. None where the
// tool makes no links. Beside any other key a target is where the link is put.
std::unordered_set<const char*> links_led_to(std::string_view tool, json::View args);
// The same, where what no key calls a path or a prefix is written to nowhere (the value of a setting), and what is a program by its key is run
// ("shell", "entrypoint", "pythonPath") and a certificate read, unless the tool is one for files, or puts something in the place of
// another, or has the word in its own name (generate_ssl and "ssl_path"). What a link leads to, and the source of a copy, is only
// read, unless the tool moves or deletes as well.
// `names_path`: the key of the argument, or the policy, says that it is one. `led_to`: the text is one of links_led_to().
scan::Use use_of(Kind kind, std::string_view tool, std::string_view key, bool names_path,
                 bool led_to);

}  // namespace agentmesh::policy
