// Entries: the servers in a client's file, where their parts stand, and which of them a proxy can be put in front of.
//
// Pure functions; an entry's spans are bytes of the text it was found in. Cost: linear in the text.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "integrations/client.h"
#include "integrations/json_spans.h"

namespace agentmesh::integrations {

// What an entry is to us. The order of the reasons is the one in which they are looked for.
enum class Standing {
  kStdio,         // a server process: can be wrapped
  kOurs,          // wrapped, by structure: agentmesh proxy … -- COMMAND
  kForeign,       // wrapped in a way that we never write: left alone, by undo too
  kNotAServer,    // not a map, or neither command nor url
  kRemote,        // has a url: there is no process to stand in front of
  kMixed,         // command and url
  kDuplicateKey,  // `command` or `args` twice
  kShape,         // command, args or type of another kind
  kCommandLine,   // a whole command line in `command`
};
// The reason's word: "remote"; "already" for what is wrapped; "" for kStdio.
std::string_view word_of(Standing standing);
// What the reason means to a person; "" for kStdio and kOurs.
std::string_view meaning_of(Standing standing);

struct Entry {
  std::string name;
  size_t occurrence =
      0;  // among the entries of this name, from 0: clients disagree on which of them counts
  size_t line = 0;  // of its key
  Span key;
  Span value;
  Standing standing = Standing::kNotAServer;

  // kStdio and kOurs only.
  std::vector<Member> members;
  size_t args_member = kNone;  // index in members; kNone: there is no args
  Span command;
  std::vector<Span> args;
  std::vector<std::string> words;  // args, unescaped
  std::string command_word;        // command, unescaped
  size_t dashes = 0;               // kOurs: the index of the bare -- in args

  static constexpr size_t kNone = static_cast<size_t>(-1);
  bool has_args() const { return args_member != kNone; }
};

// The entries under the client's key, in the order of the text; none if the key is not there.
// Errors: "LINE:COLUMN: …": the top level, or the key's value, is not a map.
Result<std::vector<Entry>> find_entries(const JsonSpans& json, const Client& client);

}  // namespace agentmesh::integrations
