#include "integrations/shapes.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace agentmesh::integrations {
namespace {

void rename(std::vector<Field>& fields, std::string_view from, std::string_view to) {
  for (Field& field : fields)
    if (field.key == from) field.key = to;
}

// The one field `command`; nullptr if there is none, or more.
Field* only_command(Entry& entry) {
  Field* found = nullptr;
  for (Field& field : entry.fields) {
    if (field.key != "command") continue;
    if (found != nullptr) return nullptr;
    found = &field;
  }
  return found;
}

// The command is the list's first element, args what is behind it.
void split_list(Entry& entry) {
  Field* const list = only_command(entry);
  if (list == nullptr || list->kind != Kind::kList || list->texts == 0 ||
      entry.find("args") != nullptr)
    return;
  Field args = std::move(*list);
  args.key = "args";
  Field command;
  command.key = "command";
  command.key_span = args.key_span;
  command.kind = Kind::kString;
  command.value = args.elements.front();
  command.text = args.words.front();
  args.elements.erase(args.elements.begin());
  args.words.erase(args.words.begin());
  --args.texts;
  *list = std::move(command);
  entry.fields.push_back(std::move(args));
  entry.one_list = true;
}

// The members of the map that `command` is stand in its place, `path` as `command`.
void unfold_map(Entry& entry) {
  const Field* const map = only_command(entry);
  if (map == nullptr || map->kind != Kind::kMap) return;
  std::vector<Field> members = map->members;
  const bool has_path = std::any_of(members.begin(), members.end(),
                                    [](const Field& member) { return member.key == "path"; });
  if (!has_path) return;
  rename(members, "path", "command");
  for (Field& member : members) member.map = map->value.begin;
  const auto at = entry.fields.begin() + (map - entry.fields.data());
  entry.fields.insert(entry.fields.erase(at), std::make_move_iterator(members.begin()),
                      std::make_move_iterator(members.end()));
}

}  // namespace

void tell_as_command_and_args(const Client& client, Entry& entry) {
  if (client.shape == Shape::kMap) unfold_map(entry);
  if (client.shape == Shape::kOneList) {
    rename(entry.fields, "environment", "env");
    split_list(entry);
  }
  if (client.shape == Shape::kCmd) {
    rename(entry.fields, "cmd", "command");
    rename(entry.fields, "envs", "env");
    rename(entry.fields, "uri", "url");
  }
}

}  // namespace agentmesh::integrations
