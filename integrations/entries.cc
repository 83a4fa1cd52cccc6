#include "integrations/entries.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace agentmesh::integrations {
namespace {

bool any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string base_name(std::string_view path) {
  std::string name(path.substr(path.find_last_of("/\\") + 1));  // npos + 1 is 0
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

bool is_agentmesh(std::string_view command) {
  return any_of(base_name(command), {"agentmesh", "agentmesh.exe"});
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

// "npx -y @a/b": a space, and no path separator before the first one.
bool is_command_line(std::string_view command) {
  const size_t space = command.find(' ');
  return space != std::string_view::npos &&
         command.substr(0, space).find_first_of("/\\") == std::string_view::npos;
}

// What the members say, read once.
struct Keys {
  size_t commands = 0;
  size_t args = 0;
  bool url = false;
  bool remote_type = false;   // says that it is remote
  bool unknown_type = false;  // neither stdio nor remote
};

Keys read_keys(const JsonSpans& json, Entry& entry) {
  Keys keys;
  for (size_t i = 0; i < entry.members.size(); ++i) {
    const Member& member = entry.members[i];
    const std::string key = json.string(member.key);
    if (key == "command") {
      ++keys.commands;
      entry.command = member.value;
    } else if (key == "args") {
      ++keys.args;
      entry.args_member = i;
    } else if (any_of(key, {"url", "serverUrl", "httpUrl"})) {
      keys.url = true;
    } else if (any_of(key, {"type", "transport", "transportType"})) {
      const std::string type = json.is_string(member.value) ? json.string(member.value) : "";
      if (any_of(type, {"http", "sse", "streamable-http", "streamableHttp", "ws"})) {
        keys.remote_type = true;
      } else if (type != "stdio") {
        keys.unknown_type = true;
      }
    }
  }
  return keys;
}

// A non-empty string and a list of strings, or no list.
bool read_command(const JsonSpans& json, Entry& entry) {
  if (!json.is_string(entry.command)) return false;
  entry.command_word = json.string(entry.command);
  if (entry.command_word.empty()) return false;
  if (!entry.has_args()) return true;
  const Span list = entry.members[entry.args_member].value;
  if (!json.is_array(list)) return false;
  entry.args = json.elements(list);
  for (const Span element : entry.args) {
    if (!json.is_string(element)) return false;
    entry.words.push_back(json.string(element));
  }
  return true;
}

Standing stand(const JsonSpans& json, Entry& entry) {
  if (!json.is_object(entry.value)) return Standing::kNotAServer;
  entry.members = json.members(entry.value);
  const Keys keys = read_keys(json, entry);
  if (keys.commands == 0)
    return keys.url || keys.remote_type ? Standing::kRemote : Standing::kNotAServer;
  const bool twice = keys.commands > 1 || keys.args > 1;
  const bool readable = !twice && read_command(json, entry);
  // What is ours stays ours, whatever was written beside it: undo must find it.
  if (readable) {
    const Standing wrapped = structure(entry.command_word, entry.words, entry.dashes);
    if (wrapped != Standing::kStdio) return wrapped;
  }
  if (keys.url || keys.remote_type) return Standing::kMixed;
  if (twice) return Standing::kDuplicateKey;
  if (!readable || keys.unknown_type) return Standing::kShape;
  return is_command_line(entry.command_word) ? Standing::kCommandLine : Standing::kStdio;
}

}  // namespace

std::string_view word_of(Standing standing) {
  switch (standing) {
    case Standing::kStdio: return "";
    case Standing::kOurs:
    case Standing::kForeign: return "already";
    case Standing::kNotAServer: return "not-a-server";
    case Standing::kRemote: return "remote";
    case Standing::kMixed: return "mixed";
    case Standing::kDuplicateKey: return "duplicate-key";
    case Standing::kShape: return "shape";
    case Standing::kCommandLine: return "command-line";
  }
  return "";
}

std::string_view meaning_of(Standing standing) {
  switch (standing) {
    case Standing::kStdio:
    case Standing::kOurs: return "";
    case Standing::kForeign: return "wrapped in a way that this command does not write: left alone";
    case Standing::kNotAServer: return "not a map, or neither command nor url";
    case Standing::kRemote: return "there is no process to stand in front of";
    case Standing::kMixed:
      return "both a command and a url: which one the client uses is not certain";
    case Standing::kDuplicateKey: return "`command` or `args` twice in one entry";
    case Standing::kShape: return "command, args or type is not what a stdio server has";
    case Standing::kCommandLine:
      return "command holds a whole command line: split it into command and args";
  }
  return "";
}

Result<std::vector<Entry>> find_entries(const JsonSpans& json, const Client& client) {
  std::vector<Entry> entries;
  if (!json.root()) return entries;
  if (!json.is_object(*json.root()))
    return fail_at(json.text(), json.root()->begin, "the top level is not a map");
  std::map<std::string, size_t> seen;
  for (const Member& top : json.members(*json.root())) {
    if (json.string(top.key) != client.key) continue;
    if (!json.is_object(top.value))
      return fail_at(json.text(), top.value.begin, fmt::format("\"{}\" is not a map", client.key));
    for (const Member& member : json.members(top.value)) {
      Entry entry;
      entry.name = json.string(member.key);
      entry.occurrence = seen[entry.name]++;
      entry.key = member.key;
      entry.value = member.value;
      entry.standing = stand(json, entry);
      entries.push_back(std::move(entry));
    }
  }
  // Lines, in one walk over the text.
  size_t line = 1;
  size_t at = 0;
  for (Entry& entry : entries) {
    line += place_of(json.text().substr(at, entry.key.begin - at), entry.key.begin - at).line - 1;
    at = entry.key.begin;
    entry.line = line;
  }
  return entries;
}

}  // namespace agentmesh::integrations
