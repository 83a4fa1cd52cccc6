#include "policy/cel/collection.h"

#include "policy/cel/compare.h"
#include "policy/cel/json_value.h"
#include "policy/cel/type.h"

namespace agentmesh::policy::cel {

bool open(const Value& collection, Context& context) {
  return collection.form() != Value::Form::kJson || index(collection.node(), context);
}

uint32_t count(const Value& collection) {
  switch (collection.form()) {
    case Value::Form::kJson: return static_cast<uint32_t>(collection.node().members.size());
    case Value::Form::kRecord:
      return static_cast<uint32_t>(collection.as_record().type->fields().size());
    case Value::Form::kPlain:
    case Value::Form::kUnread: break;
  }
  return static_cast<uint32_t>(collection.kind() == Kind::kList ? collection.items().size()
                                                                : collection.entries().size());
}

Value element(const Value& collection, uint32_t at, Context& context) {
  switch (collection.form()) {
    case Value::Form::kJson: return read(collection.node().members[at], context);
    case Value::Form::kRecord: return collection.as_record().fields[at];
    case Value::Form::kPlain:
    case Value::Form::kUnread: break;
  }
  return collection.kind() == Kind::kList ? collection.items()[at] : collection.entries()[at].value;
}

Value key(const Value& map, uint32_t at) {
  switch (map.form()) {
    case Value::Form::kJson: return Value::string(map.node().members[at].key);
    case Value::Form::kRecord: return Value::string(map.as_record().type->fields()[at].name);
    case Value::Form::kPlain:
    case Value::Form::kUnread: break;
  }
  return map.entries()[at].key;
}

uint32_t find(const Value& map, std::string_view key) {
  const uint32_t size = count(map);
  if (map.form() == Value::Form::kJson) {
    const std::span<const JsonMember> members = map.node().members;
    for (uint32_t i = 0; i < size; ++i) {
      if (members[i].key == key) return i;
    }
    return kNotFound;
  }
  for (uint32_t i = 0; i < size; ++i) {
    const Value candidate = cel::key(map, i);
    if (candidate.kind() == Kind::kString && candidate.as_text() == key) return i;
  }
  return kNotFound;
}

uint32_t find(const Value& map, const Value& key) {
  if (key.kind() == Kind::kString) return find(map, key.as_text());
  if (map.form() != Value::Form::kPlain) return kNotFound;  // their keys are strings
  const uint32_t size = count(map);
  for (uint32_t i = 0; i < size; ++i) {
    if (same_scalar(map.entries()[i].key, key)) return i;
  }
  return kNotFound;
}

}  // namespace agentmesh::policy::cel
