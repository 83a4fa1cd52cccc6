#include "integrations/entries.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "integrations/json_entries.h"
#include "integrations/shapes.h"
#include "integrations/starts.h"
#include "integrations/toml_entries.h"
#include "integrations/yaml_entries.h"

namespace agentmesh::integrations {
namespace {

constexpr std::string_view kTwice = "`command` or `args` twice in one entry";
constexpr std::string_view kAliased = "a YAML anchor, alias or merge key in it";
constexpr std::string_view kTagged = "a YAML tag in it, such as !!str";

bool any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string in_small_letters(std::string_view word) {
  std::string small(word);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

// "npx -y @a/b": a space, and no path separator before the first one. Spaces in a placeholder (${input:my command},
// ${{ secrets.COMMAND }}) and at the end part nothing.
bool is_command_line(std::string_view command) {
  while (command.ends_with(' ')) command.remove_suffix(1);
  for (size_t at = 0; at < command.size(); ++at) {
    if (command[at] == '/' || command[at] == '\\') return false;
    if (command[at] == ' ') return true;
    if (!command.substr(at).starts_with("${")) continue;
    const std::string_view close = command.substr(at).starts_with("${{") ? "}}" : "}";
    const size_t end = command.find(close, at);
    if (end != std::string_view::npos) at = end + close.size() - 1;
  }
  return false;
}

// "local" is GitHub Copilot's word for it.
bool is_stdio(std::string_view type) { return any_of(in_small_letters(type), {"stdio", "local"}); }

// What the fields say, read once.
struct Keys {
  size_t commands = 0;
  size_t args = 0;
  bool args_elsewhere = false;  // in another map than the command
  bool null_command = false;
  bool url = false;
  bool remote_type = false;   // says that it is remote
  bool unknown_type = false;  // neither stdio nor remote
};

Keys read_keys(Entry& entry) {
  Keys keys;
  const Field* const first = entry.find("command");
  const size_t map = first == nullptr ? 0 : first->map;
  for (size_t i = 0; i < entry.fields.size(); ++i) {
    const Field& field = entry.fields[i];
    // Programs that write every member say of one that is not there that it is null, or "".
    const bool left_out =
        field.kind == Kind::kNull || (field.kind == Kind::kString && field.text.empty());
    if (field.key == "command") {
      keys.null_command = field.kind == Kind::kNull;
      ++keys.commands;
      entry.command = i;
    } else if (field.key == "args" && field.map != map) {
      keys.args_elsewhere = true;
    } else if (field.key == "args") {
      ++keys.args;
      entry.args = i;
    } else if (left_out) {
      continue;
    } else if (any_of(field.key, {"url", "serverUrl", "httpUrl"})) {
      keys.url = true;
    } else if (any_of(field.key, {"type", "transport", "transportType"})) {
      if (any_of(field.text, {"http", "sse", "streamable-http", "streamableHttp", "ws"})) {
        keys.remote_type = true;
      } else if (!is_stdio(field.text)) {
        keys.unknown_type = true;
      }
    }
  }
  return keys;
}

// Something that cannot be edited with certainty, and where it stands. `what` is "": nothing.
struct Trouble {
  std::string what;
  size_t at = 0;
};

Trouble trouble_of_command(const Field& command) {
  const size_t at = command.key_span.begin;
  if (command.kind != Kind::kString) return {"command is no text", at};
  if (command.text.empty()) return {"command is empty", at};
  // Behind a -- it would read as an option of the proxy's that was moved there.
  if (command.text.starts_with('-')) return {"command is an option, and no program", at};
  if (!command.movable)
    return {"command is written over several lines, or in a way of its own", at};
  return {};
}

// null, which counts as not there. In JSON only: undo has to know it again (layout.cc).
bool is_left_out(const Field& args, Syntax syntax) {
  return args.kind == Kind::kNull && syntax == Syntax::kJson;
}

Trouble trouble_of_args(const Entry& entry, bool readable) {
  const Field& args = entry.args_field();
  const size_t at = args.key_span.begin;
  if (args.kind != Kind::kList) return {"args is no list", at};
  if (readable) return {};
  if (args.texts == args.elements.size())
    return {"args is written over several lines, or in a way of its own", at};
  const std::string which = entry.one_list ? fmt::format("command[{}]", args.texts + 1)
                                           : fmt::format("args[{}]", args.texts);
  return {which + " is no text that stands on one line",
          std::max(args.elements[args.texts].begin, at)};
}

// What these words start is governed, or was meant to be.
bool starts_agentmesh(const std::vector<std::string>& words) {
  if (words.empty()) return false;
  const Starts what = start_of(words.front(), {words.begin() + 1, words.end()}).what;
  return what == Starts::kUs || what == Starts::kThroughAnother || what == Starts::kBent;
}

// Runs agentmesh as a proxy, as far as can be seen, whatever else is there. A list in `command` is read as a command line, alone and
// with `args` behind it.
bool runs_agentmesh(const Entry& entry) {
  bool named = false;  // as a command by itself
  bool proxy = false;  // in an args that may be what it is given
  for (const Field& field : entry.fields) {
    if (field.key == "args")
      proxy = proxy || field.kind != Kind::kList ||
              start_of("agentmesh", field.words).what != Starts::kOther;
    if (field.key != "command") continue;
    named = named || is_agentmesh(field.text);
    if (field.kind == Kind::kList && starts_agentmesh(field.words)) return true;
  }
  if (named && proxy) return true;
  const Field* const command = entry.find("command");
  const Field* const args = entry.find("args");
  if (command == nullptr || args == nullptr || command->kind != Kind::kList) return false;
  std::vector<std::string> words = command->words;
  words.insert(words.end(), args->words.begin(), args->words.end());
  return starts_agentmesh(words);
}

// A text that is a command line as a whole: there is no place for arguments of ours in it.
Standing stand_of_line(const Entry& entry, Trouble& trouble) {
  trouble = {"a whole command line: write its server under mcpServers, and take it out here",
             entry.begin};
  switch (start_of("sh", {"-c", entry.fields.front().text}).what) {
    case Starts::kThroughAnother: return Standing::kForeign;
    case Starts::kBent: return Standing::kStuck;
    case Starts::kInDoubt: return Standing::kInDoubt;
    default: return Standing::kCommandLine;
  }
}

// Whether a shell that is given `command` as its line, and these words behind it, would start us.
bool is_our_line(const std::string& command, std::vector<std::string> words) {
  if (command.find_first_of(" \t") == std::string::npos) return false;
  if (starts_agentmesh({"sh", "-c", command})) return true;
  words.insert(words.begin(), {"env", "-S", command});
  return starts_agentmesh(words);
}

Standing stand(Entry& entry, Syntax syntax, Trouble& trouble) {
  if (entry.whole_line) return stand_of_line(entry, trouble);
  const bool marked = entry.alias || entry.tag;
  if (!entry.is_map)
    return entry.alias ? Standing::kAlias : entry.tag ? Standing::kTag : Standing::kNotAServer;
  const Keys keys = read_keys(entry);
  const bool twice = keys.commands > 1 || keys.args > 1;
  bool whole = false;     // every word of args can be edited
  bool in_doubt = false;  // it may start us
  std::string_view bend;  // it starts us, and not as a whole
  std::vector<std::string> words;
  if (keys.commands == 1 && !twice) {
    trouble = trouble_of_command(entry.command_field());
    const bool command_readable = trouble.what.empty();
    whole = command_readable;
    if (entry.has_args() && !is_left_out(entry.args_field(), syntax)) {
      const Field& args = entry.args_field();
      words.assign(args.words.begin(),
                   args.words.begin() + static_cast<std::ptrdiff_t>(args.texts));
      whole = whole && args.strings && args.texts == args.elements.size();
      if (command_readable) trouble = trouble_of_args(entry, args.strings);
    }
    // What is ours stays ours, whatever was written beside it: undo must find it, and needs only its own words.
    const Start start = command_readable ? start_of(entry.command_field().text, words) : Start{};
    entry.dashes = start.dashes;
    if (start.what == Starts::kUs) return Standing::kOurs;
    // What it starts is governed: a second proxy in front would take the first one's marks for forged.
    if (start.what == Starts::kThroughAnother) return Standing::kForeign;
    in_doubt = start.what == Starts::kInDoubt;
    bend = start.bend;
    whole = whole && !keys.args_elsewhere;
    if (trouble.what.empty() && keys.args_elsewhere)
      trouble = {"args stands beside the map that command is, not in it", entry.begin};
  }
  if ((marked || !whole) && runs_agentmesh(entry)) {
    if (twice) trouble = {std::string(kTwice), entry.begin};
    if (trouble.what.empty() && marked)
      trouble = {std::string(entry.alias ? kAliased : kTagged), entry.begin};
    if (trouble.what.empty()) trouble = trouble_of_args(entry, false);
    return Standing::kStuck;
  }
  if (!bend.empty()) {
    trouble = {std::string(bend),
               (entry.has_args() ? entry.args_field() : entry.command_field()).key_span.begin};
    return Standing::kBent;
  }
  // What cannot be edited with certainty comes first: a merged map may hold any key.
  if (marked) return entry.alias ? Standing::kAlias : Standing::kTag;
  const bool remote = keys.url || keys.remote_type;
  if (keys.commands == 0 || (keys.null_command && remote && !twice))
    return remote ? Standing::kRemote : Standing::kNotAServer;
  if (remote) return Standing::kMixed;
  if (twice) return Standing::kDuplicateKey;
  if (!trouble.what.empty()) return Standing::kShape;
  if (keys.unknown_type) {
    trouble = {"its type is none that is known here", entry.begin};
    return Standing::kShape;
  }
  if (in_doubt) return Standing::kInDoubt;
  const std::string& command = entry.command_field().text;
  // "agentmesh proxy -- npx", or "npx agentmesh" with the rest in args: somebody made one line of what we wrote.
  if (is_our_line(command, std::move(words))) {
    trouble = {"command holds a whole command line", entry.command_field().key_span.begin};
    return Standing::kStuck;
  }
  return is_command_line(command) ? Standing::kCommandLine : Standing::kStdio;
}

Result<void> read_entries(Document& document) {
  // Continue also takes the JSON of other clients, with a map of servers and not a list.
  if (document.written == Syntax::kYaml && document.file.ends_with(".json")) {
    document.written = Syntax::kJson;
    if (read_json_entries(document)) return {};
    document.written = Syntax::kYaml;
    document.entries.clear();
    document.doubled.clear();
    document.comment.reset();
    document.trailing_comma.reset();
  }
  return document.written == Syntax::kJson   ? read_json_entries(document)
         : document.written == Syntax::kToml ? read_toml_entries(document)
                                             : read_yaml_entries(document);
}

}  // namespace

std::string_view word_of(Standing standing) {
  switch (standing) {
    case Standing::kStdio: return "";
    case Standing::kOurs:
    case Standing::kForeign:
    case Standing::kStuck: return "already";
    case Standing::kBent: return "bent";
    case Standing::kNotAServer: return "not-a-server";
    case Standing::kRemote: return "remote";
    case Standing::kMixed: return "mixed";
    case Standing::kDuplicateKey: return "duplicate-key";
    case Standing::kAlias: return "alias";
    case Standing::kTag: return "tag";
    case Standing::kShape: return "shape";
    case Standing::kCommandLine: return "command-line";
    case Standing::kInDoubt: return "in-doubt";
  }
  return "";
}

std::string meaning_of(const Entry& entry) {
  switch (entry.standing) {
    case Standing::kStdio:
    case Standing::kOurs: return "";
    case Standing::kForeign: return "wrapped in a way that this command does not write: left alone";
    case Standing::kStuck: return "wrapped, and cannot be changed: " + entry.trouble;
    case Standing::kBent:
      return fmt::format(
          "no whole agentmesh proxy … -- COMMAND: {}; it does not start so: mend it by hand (command: agentmesh; args: "
          "proxy, --name, the entry's name, --, the server's own command and arguments), or write its own command there",
          entry.trouble);
    case Standing::kNotAServer: return "not a map, or neither command nor url";
    case Standing::kRemote: return "there is no process to stand in front of";
    case Standing::kMixed:
      return "both a command and a url: which one the client uses is not certain";
    case Standing::kDuplicateKey: return std::string(kTwice);
    case Standing::kAlias: return std::string(kAliased) + ": wrap it by hand";
    case Standing::kTag: return std::string(kTagged) + ": take it out, or wrap it by hand";
    case Standing::kShape: return entry.trouble;
    case Standing::kCommandLine:
      return entry.whole_line
                 ? entry.trouble
                 : "command holds a whole command line: split it into command and args";
    case Standing::kInDoubt:
      return "it may run agentmesh through another program, which cannot be told: left alone; wrap or change it by hand";
  }
  return "";
}

const Field* Entry::find(std::string_view key) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [key](const Field& field) { return field.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

Result<Document> read_document(std::string_view text, const Client& client,
                               const std::string& file) {
  Document document;
  document.text = text;
  document.client = &client;
  document.written = client.syntax;
  document.file = file;
  if (auto valid = check_utf8(text); !valid) return tl::unexpected(valid.error());
  const auto read = read_entries(document);
  if (!read) return tl::unexpected(read.error());

  std::map<EntryId, size_t> seen;  // by the id of the first
  // Lines, in one walk over the text.
  size_t line = 1;
  size_t at = 0;
  for (Entry& entry : document.entries) {
    entry.occurrence = seen[entry.id()]++;
    Trouble trouble;
    tell_as_command_and_args(client, entry);
    entry.standing = stand(entry, document.written, trouble);
    const std::string_view between = text.substr(at, entry.begin - at);
    line += place_of(between, between.size()).line - 1;
    at = entry.begin;
    entry.line = line;
    if (entry.standing == Standing::kShape || entry.standing == Standing::kStuck ||
        entry.standing == Standing::kBent || entry.whole_line)
      entry.trouble = fmt::format("{}, line {}", trouble.what, place_of(text, trouble.at).line);
  }
  return document;
}

bool is_ours(const Entry& entry) {
  return entry.standing == Standing::kOurs || entry.standing == Standing::kStuck ||
         entry.standing == Standing::kBent;
}

Result<bool> holds_ours(const Client& client, std::string_view text, const std::string& file) {
  const auto document = read_document(text, client, file);
  if (!document) return tl::unexpected(document.error());
  return std::any_of(document->entries.begin(), document->entries.end(), is_ours);
}

}  // namespace agentmesh::integrations
