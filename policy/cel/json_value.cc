#include "policy/cel/json_value.h"

#include <charconv>

#include "policy/cel/number.h"

namespace agentmesh::policy::cel {

namespace {

Value number_value(std::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  int64_t as_int = 0;
  if (const auto got = std::from_chars(begin, end, as_int);
      got.ec == std::errc() && got.ptr == end) {
    return Value::integer(as_int);
  }
  uint64_t as_uint = 0;
  if (const auto got = std::from_chars(begin, end, as_uint);
      got.ec == std::errc() && got.ptr == end) {
    return Value::unsigned_integer(as_uint);
  }
  return Value::real(parse_double(text).value_or(0));
}

// The content of a JSON string (quotes included in `view`), in the text itself or in the arena.
std::string_view string_content(json::View view, Context& context) {
  const std::string_view content = view.string(context.scratch());
  return content.data() == context.scratch().data() ? context.arena().copy(content) : content;
}

}  // namespace

Value json_value(json::View view, Context& context) {
  switch (view.kind()) {
    case json::Kind::kAbsent:
    case json::Kind::kNull: return Value::null();
    case json::Kind::kBool: return Value::boolean(view.is_true());
    case json::Kind::kNumber: return number_value(view.raw());
    case json::Kind::kString: return Value::string(string_content(view, context));
    case json::Kind::kArray:
    case json::Kind::kObject: break;
  }
  JsonNode* const node = context.arena().make(JsonNode{view.raw(), {}, false});
  return Value::json(view.is_array() ? Kind::kList : Kind::kMap, node);
}

bool index(JsonNode& node, Context& context) {
  if (node.indexed) return true;
  if (!context.spend_bytes(node.text.size())) return false;
  std::vector<JsonMember>& found = context.members();
  found.clear();
  const json::View view(node.text);
  if (view.is_array()) {
    for (const json::View element : view.elements()) {
      found.push_back(JsonMember{{}, Value::unread(element.raw())});
    }
  } else {
    for (const json::View::Member& member : view.members()) {
      found.push_back(
          JsonMember{string_content(member.key, context), Value::unread(member.value.raw())});
    }
  }
  if (!context.spend(static_cast<int64_t>(found.size()))) return false;
  node.members = context.arena().array<JsonMember>(found.size());
  std::copy(found.begin(), found.end(), node.members.begin());
  node.indexed = true;
  return true;
}

Value read(JsonMember& member, Context& context) {
  if (member.value.form() == Value::Form::kUnread) {
    member.value = json_value(json::View(member.value.as_text()), context);
  }
  return member.value;
}

}  // namespace agentmesh::policy::cel
