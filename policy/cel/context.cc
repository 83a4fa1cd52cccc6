#include "policy/cel/context.h"

#include "policy/cel/json_value.h"
#include "policy/cel/regex.h"

namespace agentmesh::policy::cel {

Context::Context(int64_t steps)
    : arena_(first_), budget_(steps), regexes_(std::make_unique<RegexCache>()) {}

Context::~Context() = default;

void Context::reset() {
  arena_.clear();
  left_ = budget_;
}

Value Context::strings(std::span<const std::string> strings) {
  const std::span<Value> items = arena_.array<Value>(strings.size());
  for (size_t i = 0; i < items.size(); ++i) items[i] = Value::string(strings[i]);
  return Value::list(items);
}

Value Context::strings(std::span<const std::string_view> strings) {
  const std::span<Value> items = arena_.array<Value>(strings.size());
  for (size_t i = 0; i < items.size(); ++i) items[i] = Value::string(strings[i]);
  return Value::list(items);
}

Value Context::fail(uint32_t offset, std::string_view message) {
  return Value::failure(arena_.make(Failure{arena_.copy(message), offset}));
}

Value Context::fail_budget(uint32_t offset) {
  return Value::failure(
      arena_.make(Failure{"the condition takes too many steps for this call", offset}));
}

}  // namespace agentmesh::policy::cel
