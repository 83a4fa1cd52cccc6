#include "integrations/entries.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "integrations/json_entries.h"
#include "integrations/toml_entries.h"
#include "integrations/yaml_entries.h"

namespace agentmesh::integrations {
namespace {

constexpr std::string_view kTwice = "`command` or `args` twice in one entry";
constexpr std::string_view kAliased = "a YAML anchor, alias or merge key in it";

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

std::string base_name(std::string_view path) {
  return in_small_letters(path.substr(path.find_last_of("/\\") + 1));  // npos + 1 is 0
}

bool is_agentmesh(std::string_view command) {
  return any_of(base_name(command), {"agentmesh", "agentmesh.exe"});
}

// Programs that start the one named among their words, or in a command line.
bool is_launcher(std::string_view command) {
  return any_of(
      base_name(command),
      {"env",         "sudo",     "doas",  "nice",    "ionice",  "nohup",   "setsid",
       "stdbuf",      "timeout",  "time",  "chrt",    "taskset", "exec",    "sh",
       "bash",        "dash",     "ash",   "zsh",     "ksh",     "fish",    "busybox",
       "systemd-run", "firejail", "bwrap", "unshare", "setpriv", "runuser", "flatpak-spawn"});
}

// "cd /x && /usr/bin/agentmesh proxy -- npx": a command line that runs us as a proxy.
bool is_line_of_ours(std::string_view line) {
  constexpr std::string_view kName = "agentmesh";
  for (size_t at = 0; (at = line.find(kName, at)) != std::string_view::npos; at += kName.size()) {
    if (at > 0 && std::string_view(" \t/\\\"';&|(").find(line[at - 1]) == std::string_view::npos)
      continue;
    std::string_view rest = line.substr(at + kName.size());
    if (rest.starts_with(".exe")) rest.remove_prefix(4);
    if (rest.starts_with('"') || rest.starts_with('\'')) rest.remove_prefix(1);
    const size_t word = rest.find_first_not_of(" \t");
    if (word == 0 || word == std::string_view::npos) continue;
    rest.remove_prefix(word);
    if (rest.starts_with("proxy ") && (rest.find(" -- ") != std::string_view::npos ||
                                       rest.find(" --target") != std::string_view::npos))
      return true;
  }
  return false;
}

// The command and its words: kOurs, with the index of its --; kForeign; kStdio for anyone else's.
Standing structure(const std::string& command, const std::vector<std::string>& words,
                   size_t& dashes) {
  if (any_of(base_name(command), {"cmd", "cmd.exe"})) {
    size_t at = 0;
    bool runs = false;
    while (at < words.size() && words[at].starts_with('/')) {
      runs = runs || any_of(base_name("/" + words[at]), {"c"});
      ++at;
    }
    if (!runs || at >= words.size() || !is_agentmesh(words[at])) return Standing::kStdio;
    size_t ignored = 0;
    const std::vector<std::string> behind(words.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                          words.end());
    return structure("agentmesh", behind, ignored) == Standing::kStdio ? Standing::kStdio
                                                                       : Standing::kForeign;
  }
  // What it starts is governed: a second proxy in front would take the first one's marks for forged.
  if (is_launcher(command)) {
    for (size_t i = 0; i < words.size(); ++i) {
      if (is_line_of_ours(words[i])) return Standing::kForeign;
      size_t ignored = 0;
      if (is_agentmesh(words[i]) &&
          structure("agentmesh", {words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end()},
                    ignored) != Standing::kStdio)
        return Standing::kForeign;
    }
    return Standing::kStdio;
  }
  if (!is_agentmesh(command) || words.empty() || words[0] != "proxy") return Standing::kStdio;
  const auto bare = std::find(words.begin(), words.end(), "--");
  if (std::any_of(words.begin(), bare, [](const std::string& word) {
        return word == "--target" || word.starts_with("--target=");
      }))
    return Standing::kForeign;
  if (bare == words.end() || bare + 1 == words.end()) return Standing::kStdio;
  dashes = static_cast<size_t>(bare - words.begin());
  // An option that waits for its value when the -- comes: not what we write, and not what a proxy would start with.
  for (size_t i = 1; i < dashes; ++i) {
    const std::string& word = words[i];
    const bool takes_next = word == "-p" || (word.starts_with("--") && word != "--pump" &&
                                             word.find('=') == std::string::npos);
    if (takes_next && ++i == dashes) return Standing::kForeign;
  }
  return Standing::kOurs;
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
  bool null_command = false;
  bool url = false;
  bool remote_type = false;   // says that it is remote
  bool unknown_type = false;  // neither stdio nor remote
};

Keys read_keys(Entry& entry) {
  Keys keys;
  for (size_t i = 0; i < entry.fields.size(); ++i) {
    const Field& field = entry.fields[i];
    // Programs that write every member say of one that is not there that it is null, or "".
    const bool left_out =
        field.kind == Kind::kNull || (field.kind == Kind::kString && field.text.empty());
    if (field.key == "command") {
      keys.null_command = field.kind == Kind::kNull;
      ++keys.commands;
      entry.command = i;
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
  if (!command.movable)
    return {"command is written over several lines, or in a way of its own", at};
  return {};
}

Trouble trouble_of_args(const Field& args, bool readable) {
  const size_t at = args.key_span.begin;
  if (args.kind != Kind::kList) return {"args is no list", at};
  if (readable) return {};
  if (args.texts == args.elements.size())
    return {"args is written over several lines, or in a way of its own", at};
  return {fmt::format("args[{}] is no text that stands on one line", args.texts),
          std::max(args.elements[args.texts].begin, at)};
}

// Runs agentmesh as a proxy, as far as can be seen, whatever else is there.
bool runs_agentmesh(const Entry& entry) {
  const auto any = [&entry](std::string_view key, bool (*holds)(const Field&)) {
    return std::any_of(entry.fields.begin(), entry.fields.end(),
                       [&](const Field& field) { return field.key == key && holds(field); });
  };
  return any("command", [](const Field& field) { return is_agentmesh(field.text); }) &&
         any("args", [](const Field& field) {
           return field.kind != Kind::kList || (!field.words.empty() && field.words[0] == "proxy");
         });
}

Standing stand(Entry& entry, Trouble& trouble) {
  if (!entry.is_map) return entry.alias ? Standing::kAlias : Standing::kNotAServer;
  const Keys keys = read_keys(entry);
  const bool twice = keys.commands > 1 || keys.args > 1;
  bool whole = false;  // every word of args can be edited
  if (keys.commands == 1 && !twice) {
    trouble = trouble_of_command(entry.command_field());
    const bool command_readable = trouble.what.empty();
    std::vector<std::string> words;
    whole = command_readable;
    if (entry.has_args()) {
      const Field& args = entry.args_field();
      words.assign(args.words.begin(),
                   args.words.begin() + static_cast<std::ptrdiff_t>(args.texts));
      whole = whole && args.strings && args.texts == args.elements.size();
      if (command_readable) trouble = trouble_of_args(args, args.strings);
    }
    // What is ours stays ours, whatever was written beside it: undo must find it, and needs only its own words.
    const Standing wrapped = command_readable
                                 ? structure(entry.command_field().text, words, entry.dashes)
                                 : Standing::kStdio;
    if (wrapped != Standing::kStdio) return wrapped;
  }
  if ((entry.alias || !whole) && runs_agentmesh(entry)) {
    if (twice) trouble = {std::string(kTwice), entry.begin};
    if (trouble.what.empty() && entry.alias) trouble = {std::string(kAliased), entry.begin};
    if (trouble.what.empty()) trouble = trouble_of_args(entry.args_field(), false);
    return Standing::kStuck;
  }
  // What cannot be edited with certainty comes first: a merged map may hold any key.
  if (entry.alias) return Standing::kAlias;
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
  return is_command_line(entry.command_field().text) ? Standing::kCommandLine : Standing::kStdio;
}

Result<void> read_entries(Document& document) {
  // Continue also takes the JSON of other clients, with a map of servers and not a list.
  if (document.written == Syntax::kYaml && document.file.ends_with(".json")) {
    document.written = Syntax::kJson;
    if (read_json_entries(document)) return {};
    document.written = Syntax::kYaml;
    document.entries.clear();
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
    case Standing::kNotAServer: return "not-a-server";
    case Standing::kRemote: return "remote";
    case Standing::kMixed: return "mixed";
    case Standing::kDuplicateKey: return "duplicate-key";
    case Standing::kAlias: return "alias";
    case Standing::kShape: return "shape";
    case Standing::kCommandLine: return "command-line";
  }
  return "";
}

std::string meaning_of(const Entry& entry) {
  switch (entry.standing) {
    case Standing::kStdio:
    case Standing::kOurs: return "";
    case Standing::kForeign: return "wrapped in a way that this command does not write: left alone";
    case Standing::kStuck: return "wrapped, and cannot be changed: " + entry.trouble;
    case Standing::kNotAServer: return "not a map, or neither command nor url";
    case Standing::kRemote: return "there is no process to stand in front of";
    case Standing::kMixed:
      return "both a command and a url: which one the client uses is not certain";
    case Standing::kDuplicateKey: return std::string(kTwice);
    case Standing::kAlias: return std::string(kAliased) + ": wrap it by hand";
    case Standing::kShape: return entry.trouble;
    case Standing::kCommandLine:
      return "command holds a whole command line: split it into command and args";
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

  std::map<std::pair<std::string, std::string>, size_t> seen;
  // Lines, in one walk over the text.
  size_t line = 1;
  size_t at = 0;
  for (Entry& entry : document.entries) {
    entry.occurrence = seen[{entry.scope, entry.name}]++;
    Trouble trouble;
    entry.standing = stand(entry, trouble);
    const std::string_view between = text.substr(at, entry.begin - at);
    line += place_of(between, between.size()).line - 1;
    at = entry.begin;
    entry.line = line;
    if (entry.standing == Standing::kShape || entry.standing == Standing::kStuck)
      entry.trouble = fmt::format("{}, line {}", trouble.what, place_of(text, trouble.at).line);
  }
  return document;
}

}  // namespace agentmesh::integrations
