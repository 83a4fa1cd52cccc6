// Any bytes as a client's configuration file: refused with a place, or every span lies inside and wrapping can be undone to
// the byte.

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "integrations/json_spans.h"
#include "integrations/wrap.h"

namespace agentmesh::integrations {

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_spans(const JsonSpans& json, Span value, int depth) {
  require(value.begin < value.end && value.end <= json.text().size());
  if (depth > 3) return;
  if (json.is_string(value)) (void)json.string(value);
  if (json.is_object(value)) {
    for (const Member& member : json.members(value)) {
      require(member.key.begin >= value.begin && member.key.end <= member.value.begin);
      require(member.value.end <= value.end && json.is_string(member.key));
      check_spans(json, member.value, depth + 1);
    }
  }
  if (json.is_array(value)) {
    for (const Span element : json.elements(value)) {
      require(element.begin > value.begin && element.end < value.end);
      check_spans(json, element, depth + 1);
    }
  }
}

void check_entries(const Document& document) {
  const auto inside = [&](Span span) {
    require(span.begin <= span.end && span.end <= document.text.size());
  };
  for (const Entry& entry : document.entries) {
    require(entry.begin <= document.text.size() && entry.line > 0);
    for (const Field& field : entry.fields) {
      inside(field.key_span);
      inside(field.value);
      for (const Span element : field.elements) inside(element);
      require(!field.strings || field.words.size() == field.elements.size());
    }
  }
}

void check_client(std::string_view text, const Client& client) {
  const RunOptions run{"/opt/bin/agentmesh", "strict", "", ""};
  const auto document = read_document(text, client, "f");
  if (!document) {
    require(document.error().what.find(':') != std::string::npos);
    return;
  }
  check_entries(*document);
  const auto plan = wrap(*document, {}, run);
  if (!plan) {
    require(!plan.error().what.empty());
    return;
  }
  const std::string after = edited(text, plan->edits);
  const auto again = read_document(after, client, "f");
  require(again.has_value());
  const auto twice = wrap(*again, {}, run);
  require(twice && twice->edits.empty());
  if (plan->edits.empty()) return;

  std::set<EntryId> added;
  for (const Outcome& outcome : plan->outcomes) {
    // What was wrapped before us, in our own form, is undone or updated too: its text is not ours to expect.
    if (outcome.action != Action::kWrapped && outcome.action != Action::kSkipped) return;
    if (outcome.args_added) added.insert(outcome.entry.id());
  }
  const auto undo =
      unwrap(*again, {}, [&](const Entry& entry) { return added.contains(entry.id()); });
  require(undo.has_value());
  require(edited(after, undo->edits) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto json = JsonSpans::read(text)) {
    if (json->first_comment()) require(*json->first_comment() < size);
    if (json->root()) check_spans(*json, *json->root(), 0);
  }
  for (const Client& client : clients()) check_client(text, client);
  return 0;
}

}  // namespace agentmesh::integrations
