#include "integrations/json_entries.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "integrations/json_spans.h"

namespace agentmesh::integrations {
namespace {

class JsonEntries {
 public:
  JsonEntries(const JsonSpans& json, Document& document) : json_(json), document_(document) {}

  Result<void> read() {
    if (!json_.root()) return {};
    if (!json_.is_object(*json_.root()))
      return fail_at(json_.text(), json_.root()->begin, "the top level is not a map");
    for (const std::string_view key : keys_in(*document_.client, document_.file))
      if (auto walked = walk(*json_.root(), key, key, ""); !walked) return walked;
    if (document_.client->one_as_line) read_lines();
    std::stable_sort(document_.entries.begin(), document_.entries.end(),
                     [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
    return {};
  }

 private:
  // Follows what is left of `under`, a path of keys, from `object` and reads the servers at its end.
  Result<void> walk(Span object, std::string_view under, std::string_view path,
                    const std::string& scope) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view key = path.substr(0, slash);
    const std::string_view rest = path.substr(std::min(slash + 1, path.size()));
    std::map<std::string, std::vector<size_t>> seen;
    for (const Member& member : json_.members(object)) {
      const std::string name = json_.string(member.key);
      if (key != "*" && name != key) continue;
      seen[name].push_back(member.key.begin);
      // Programs that write every member say so of one that is not there.
      if (is_null(member.value)) continue;
      if (!json_.is_object(member.value))
        return fail_at(json_.text(), member.value.begin, fmt::format("\"{}\" is not a map", name));
      if (rest.empty()) {
        read_servers(member.value, std::string(under), scope);
      } else if (auto walked = walk(member.value, under, rest, key == "*" ? name : scope);
                 !walked) {
        return walked;
      }
    }
    for (auto& [name, at] : seen)
      if (at.size() > 1) add_doubled({name, std::move(at)});
    return {};
  }

  bool is_null(Span value) const { return value.of(json_.text()) == "null"; }

  // Several paths may go through one key.
  void add_doubled(Doubled doubled) {
    for (const Doubled& known : document_.doubled)
      if (known.at == doubled.at) return;
    document_.doubled.push_back(std::move(doubled));
  }

  // Gemini CLI's own setting for one server more: a command line.
  void read_lines() {
    const auto take = [this](const Member& member, const std::string& name) {
      if (!json_.is_string(member.value) || json_.string(member.value).empty()) return;
      Entry entry;
      entry.name = name;
      entry.begin = member.key.begin;
      entry.is_map = entry.whole_line = true;
      Field command;
      command.key = "command";
      command.key_span = member.key;
      command.value = member.value;
      command.kind = Kind::kString;
      command.text = json_.string(member.value);
      entry.fields.push_back(std::move(command));
      document_.entries.push_back(std::move(entry));
    };
    for (const Member& member : json_.members(*json_.root())) {
      const std::string key = json_.string(member.key);
      if (key == "mcpServerCommand") take(member, key);  // as it was called once
      if (key != "mcp" || !json_.is_object(member.value)) continue;
      for (const Member& inner : json_.members(member.value))
        if (json_.string(inner.key) == "serverCommand") take(inner, "mcp.serverCommand");
    }
  }

  // opencode, from version 2 on: `servers` is no server, but holds them. One of these may be called as a member of a server is: that
  // is told by its being a map.
  bool holds_servers(const Member& member) const {
    if (document_.client->shape != Shape::kOneList || json_.string(member.key) != "servers" ||
        !json_.is_object(member.value))
      return false;
    const std::vector<Member> members = json_.members(member.value);
    return std::none_of(members.begin(), members.end(), [this](const Member& inner) {
      const std::string key = json_.string(inner.key);
      return (key == "type" || key == "command" || key == "url") &&
             (json_.is_string(inner.value) || json_.is_array(inner.value));
    });
  }

  // `inner`: of what holds_servers().
  void read_servers(Span servers, const std::string& under, const std::string& scope,
                    bool inner = false) {
    for (const Member& member : json_.members(servers)) {
      if (!inner && holds_servers(member)) {
        read_servers(member.value, under + "/servers", scope, true);
        continue;
      }
      if (inner && !json_.is_object(member.value)) continue;  // a setting beside them
      Entry entry;
      entry.under = under;
      entry.scope = scope;
      entry.name = json_.string(member.key);
      entry.begin = member.key.begin;
      entry.is_map = json_.is_object(member.value);
      if (entry.is_map) entry.fields = fields(member.value, 0);
      document_.entries.push_back(std::move(entry));
    }
  }

  std::vector<Field> fields(Span object, int level) const {
    std::vector<Field> out;
    for (const Member& member : json_.members(object)) {
      Field field;
      field.key = json_.string(member.key);
      field.key_span = member.key;
      field.value = member.value;
      if (json_.is_string(member.value)) {
        field.kind = Kind::kString;
        field.text = json_.string(member.value);
      } else if (json_.is_array(member.value)) {
        read_list(field);
      } else if (json_.is_object(member.value)) {
        field.kind = Kind::kMap;
        if (level < 2) field.members = fields(member.value, level + 1);
      } else if (member.value.of(json_.text()) == "true") {
        field.kind = Kind::kTrue;
      } else if (is_null(member.value)) {
        field.kind = Kind::kNull;
      }
      out.push_back(std::move(field));
    }
    return out;
  }

  void read_list(Field& field) const {
    field.kind = Kind::kList;
    field.elements = json_.elements(field.value);
    for (const Span element : field.elements) {
      const bool text = json_.is_string(element);
      if (text && field.texts == field.words.size()) ++field.texts;
      field.words.push_back(text ? json_.string(element) : std::string(element.of(json_.text())));
    }
    field.strings = field.texts == field.elements.size();
  }

  const JsonSpans& json_;
  Document& document_;
};

}  // namespace

Result<void> read_json_entries(Document& document) {
  const auto json = JsonSpans::read(document.text);
  if (!json) return tl::unexpected(json.error());
  document.comment = json->first_comment();
  document.trailing_comma = json->first_trailing_comma();
  return JsonEntries(*json, document).read();
}

}  // namespace agentmesh::integrations
