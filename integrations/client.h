// Integrations: other programs' configuration files, so that AgentMesh stands where an MCP server's command stood.
//
// What this folder does: finds a client's file (here and find_file.h), reads it without losing a byte (entries.h, and under it
// json_entries.h, toml_entries.h, yaml_entries.h; shapes.h for entries of another shape), says which entries are stdio servers
// (starts.h) and puts the proxy in front of them or takes it away again (wrap.h), tells that (summary.h, cautions.h) and shows it as
// a diff (diff.h), writes it so that the file is the old or the new one at every moment (edit_file.h), and remembers the little that
// undo cannot see, and which files were wrapped (lesson.h, memory.h). init.h is all of it together.
// What it does not do: create a client's file, print a document anew (it edits spans, never documents), print environment values or
// arguments, start a server, load a policy.
//
// Start here, then wrap.h and init.h. A new client is a row in the table of client.cc.
// Thread: any; everything is a value. Cost: disk and parsing, linear in the file; nothing here is on a message's path.
// Failure: one sentence with file, line and column; nothing was changed then. What cannot be edited with certainty is left
// alone, with the reason.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/paths.h"

namespace agentmesh::integrations {

enum class Syntax { kJson, kToml, kYaml };

// What a client fills in when it starts a server.
enum class Placeholders {
  kNone,
  kBraces,        // ${VAR}, ${VAR:-default}
  kColon,         // ${env:VAR}, ${userHome} and more
  kDollar,        // $VAR, ${VAR}
  kDoubleBraces,  // ${{ secrets.VAR }}
  kBare,          // {env:VAR}, {file:PATH}; ${env:VAR} too
};

// How an entry says what is started (shapes.h).
enum class Shape {
  kCommandAndArgs,  // command: "npx", args: ["-y", "a"]
  kOneList,         // command: ["npx", "-y", "a"], or as above
  kMap,             // command: {path: "npx", args: ["-y", "a"]}, or as above
  kCmd,             // cmd: npx, args: [-y, a]
};

// The keys that count in a file of that name; a * at its begin or end stands for anything.
struct KeysOfFile {
  std::string_view name;
  std::span<const std::string_view> keys;
};

// What an entry has, or where it stands, for which wrapping means more than that its server is governed.
struct Caution {
  std::string_view key;         // a member; "": none is asked for
  std::string_view value;       // the text that it is, "true" for a truth; "": any
  std::string_view member;      // a key in the map that it is; "": whatever is in it
  std::string_view what;        // behind the server's name; {state} is the state directory
  std::string_view under = {};  // the path of keys that the entry stands under; "": any
  bool elsewhere = false;  // its client starts it on another machine than the one with the file
};

struct Client {
  std::string_view flag;   // of the command line, without dashes: "claude"
  std::string_view title;  // "Claude Desktop"
  Syntax syntax;
  bool strict_json;  // the client reads no comments and no trailing commas
  Placeholders placeholders;
  // Where the servers are: paths of keys with / between, * for any key. YAML: the key of the list (Shape::kCmd: of the map).
  std::span<const std::string_view> keys;
  // Where its file is, the first that exists counts. {home} is the home directory, {config} the XDG one, {code} VS Code's user
  // folder, {user} that or a fork's, {remote} what these keep on a machine that is worked on from another, {project} the working
  // directory, {claude}, {codex}, {cline}, {opencode} and {opencode-dir} what their variables say; a * stands for every directory
  // there, at the end for every .yaml, .yml and .json file. What begins with ? is not chosen unless it is named.
  std::span<const std::string_view> places;
  std::string_view next_steps;  // what a person does for the change to count
  Shape shape = Shape::kCommandAndArgs;
  bool one_as_line = false;  // one more server is a command line: mcp.serverCommand
  std::span<const Caution> cautions = {};
  // Where they differ from `keys`, by the file's name; the first that fits counts.
  std::span<const KeysOfFile> keys_of_files = {};
};

std::span<const Client> clients();
// By its flag; nullptr if there is none.
const Client* find_client(std::string_view flag);

// The keys that count in that file, by its name.
std::span<const std::string_view> keys_in(const Client& client, std::string_view file);

struct DefaultFile {
  std::string path;            // absolute
  bool only_if_named = false;  // listed, but not chosen
};
// The client's default files on this machine, in the order they count, whether they exist or not; each once. `project` is
// the directory whose files count beside the user's, "" for none.
std::vector<DefaultFile> default_files(const Client& client, const config::Environment& environment,
                                       const std::string& project);

// The files that decide how the clients of a home start their servers, whether they exist or not: theirs, those of editors that
// they live in, and directories in which any file would do. Who writes there can take the governor out. Absolute, each once.
std::vector<std::string> steering_files(const config::Environment& environment);
// Those of a project, relative to its directory.
std::vector<std::string> project_files();

}  // namespace agentmesh::integrations
