// Entries: the servers in a client's file, where their parts stand, and which of them a proxy can be put in front of.
//
// The readers of the three syntaxes (json_entries.h, toml_entries.h, yaml_entries.h) say what is there, as Fields; what that
// is to us is decided here, once for all.
//
// Pure functions; spans are bytes of the text. Cost: linear in the text.
// Failure: "LINE:COLUMN: …" for a text that cannot be read, or whose servers are of another kind.

#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "integrations/client.h"
#include "integrations/spans.h"

namespace agentmesh::integrations {

// How a list is written: [a, b], or an item a line (YAML).
enum class ListStyle { kBrackets, kLines };

enum class Kind { kString, kList, kMap, kTrue, kNull, kOther };

// A member of an entry, or of a map in it.
struct Field {
  std::string key;  // unescaped
  Span key_span;    // as it is written; of a dotted key the last part
  // The value's token; of a list in brackets, both of them. For a list of lines: empty, where its first dash stands.
  Span value;
  Kind kind = Kind::kOther;
  // Where the map begins that it stands in, if that is one within the entry (shapes.h); 0: the entry itself.
  size_t map = 0;

  // kString
  std::string text;     // unescaped
  bool movable = true;  // the token means the same elsewhere: one line, no tag
  // kList
  ListStyle style = ListStyle::kBrackets;
  bool strings = false;  // every element is a string
  std::vector<Span>
      elements;  // of a list of lines: only the end of a movable one is known, else it is empty
  std::vector<std::string> words;  // of each element: a string unescaped, anything else as written
  size_t texts = 0;                // so many elements in front are strings whose tokens are whole
  // kMap: its members, one level (JSON: two)
  std::vector<Field> members;
};

// What an entry is to us. The order of the reasons is the one in which they are looked for.
enum class Standing {
  kStdio,         // a server process: can be wrapped
  kOurs,          // wrapped, by structure: agentmesh proxy … -- COMMAND
  kForeign,       // wrapped in a way that we never write: left alone, by undo too
  kStuck,         // runs agentmesh, in an entry that cannot be edited with certainty
  kBent,          // a proxy by words that are no whole wrapping: it does not start
  kNotAServer,    // not a map, or neither command nor url
  kRemote,        // has a url: there is no process to stand in front of
  kMixed,         // command and url
  kDuplicateKey,  // `command` or `args` twice
  kAlias,         // YAML: an anchor, alias or merge key in the entry
  kTag,           // YAML: a tag in the entry
  kShape,         // command, args or type of another kind
  kCommandLine,   // a whole command line in `command`
  kInDoubt,       // may run agentmesh through another program, which cannot be told
};
// The reason's word: "remote"; "already" for what is wrapped and works; "" for kStdio.
std::string_view word_of(Standing standing);

// Which entry of a file it is, told alike whichever client finds it there.
struct EntryId {
  std::string under;  // the path of keys that it was found by: "projects/*/mcpServers"
  std::string scope;  // Claude Code: the project's directory; else ""
  std::string name;
  size_t occurrence = 0;  // among those of that name there: clients disagree on which counts

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the zero that the compiler compares with for ours
  auto operator<=>(const EntryId&) const = default;
};

// The id's parts are read, and the occurrence counted.
struct Entry : EntryId {
  // Read.
  size_t begin = 0;  // where the entry begins: its key, or (YAML) itself
  size_t line = 0;   // of that
  bool is_map = false;
  bool alias = false;      // YAML: an anchor, alias or merge key in it
  bool tag = false;        // YAML: a tag in it
  bool inline_map = true;  // members stand between braces, not on lines of their own
  std::string key_front;   // TOML, { s.command = … }: what stands in front of each member's key
  std::vector<Field> fields;
  bool one_list =
      false;  // command is the first element of the list that args is the rest of (shapes.h)
  bool whole_line =
      false;  // no map but one text, a whole command line (Gemini CLI's mcp.serverCommand)

  // Decided.
  Standing standing = Standing::kNotAServer;
  std::string trouble;  // kShape, kStuck, kBent: what cannot be edited with certainty, and its line
  size_t command = kNone;  // indexes of fields; kNone: not there, or there twice
  size_t args = kNone;
  size_t dashes = 0;  // kOurs: the index of the bare -- in args

  static constexpr size_t kNone = static_cast<size_t>(-1);
  bool has_args() const { return args != kNone; }
  const Field& command_field() const { return fields[command]; }
  const Field& args_field() const { return fields[args]; }
  const std::vector<std::string>& words() const { return fields[args].words; }
  const Field* find(std::string_view key) const;  // the first of that name
  const EntryId& id() const { return *this; }
};

// What its standing means to a person; "" for kStdio and kOurs.
std::string meaning_of(const Entry& entry);

// A key above the entries that is there more than once in its map: clients take the first, the last or both.
struct Doubled {
  std::string key;
  std::vector<size_t> at;  // where each begins
};

// A client's file, read. `text` must outlive it.
struct Document {
  std::string_view text;
  const Client* client = nullptr;
  Syntax written = Syntax::kJson;  // the client's, but for what Continue keeps as JSON
  std::string file;                // its name decides which keys count
  std::vector<Entry> entries;      // in the order of the text
  // What a strict reader would trip over first: the offset of a comment or of a trailing comma.
  std::optional<size_t> comment;
  std::optional<size_t> trailing_comma;
  std::vector<Doubled> doubled;

  Syntax syntax() const { return written; }
};

Result<Document> read_document(std::string_view text, const Client& client,
                               const std::string& file);

// Whether agentmesh runs in it, whether it can be taken out or not; and in any entry that this client would find in `text` (`file`: its
// name decides which keys count). Error: the client's servers in there cannot be told, which is not that there are none.
bool is_ours(const Entry& entry);
Result<bool> holds_ours(const Client& client, std::string_view text, const std::string& file);

}  // namespace agentmesh::integrations
