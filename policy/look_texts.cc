#include <algorithm>

#include "policy/examine.h"
#include "policy/facts.h"
#include "policy/look.h"
#include "policy/result_text.h"
#include "policy/scan/pii.h"
#include "policy/scan/secrets.h"
#include "policy/scan/text.h"
#include "policy/scan/unicode.h"

namespace agentmesh::policy {

namespace {

// What matters of a content block, in one go through its members: of members with one name, the first.
struct Block {
  json::View type, data, resource;

  explicit Block(json::View block) {
    std::string scratch;
    for (const json::View::Member& member : block.members()) {
      const std::string_view key = member.key.string(scratch);
      json::View* const into = key == "type"       ? &type
                               : key == "data"     ? &data
                               : key == "resource" ? &resource
                                                   : nullptr;
      if (into != nullptr && !into->present()) *into = member.value;
    }
  }
};

// Bytes of pictures and sound: content blocks `{type: image|audio, data}`, resources with a `blob`. Passed over, whatever their
// mimeType says: a client that shows one to its model decodes it, and what it then is only the client knows (SECURITY.md).
class Media {
 public:
  void block(const Block& block) {
    if (block.type.raw() == R"("image")" || block.type.raw() == R"("audio")") add(block.data);
    if (block.resource.present()) add(block.resource.find("blob"));
  }
  void resource(json::View content) { add(content.find("blob")); }
  bool holds(const Walk& walk) const {
    return std::find(starts_.begin(), starts_.end(), walk.raw().data()) != starts_.end();
  }

 private:
  void add(json::View view) {
    if (view.is_string()) starts_.push_back(view.raw().data());
  }
  std::vector<const char*> starts_;
};

// What a text hides from its reader, and what it would have him read.
void hidden(const Walk& walk, std::string_view text, Inspection& inspection) {
  std::vector<scan::Hit>& hits = inspection.hits();
  const size_t before = hits.size();
  scan::find_hidden(text, false, hits);
  if (hits.size() == before) return;
  std::vector<Inspection::Cut> cuts;
  for (scan::Edit& edit : scan::neutralise(text)) {
    // A key from which something is merely dropped could become another one.
    if (edit.text.empty() && walk.what() == Walk::What::kKey) edit.text = "<hidden>";
    cuts.push_back({Span::What::kHidden, edit.begin, edit.end, std::move(edit.text)});
  }
  inspection.add_spans(walk, cuts);
  const std::string message = scan::hidden_message(text);
  if (!message.empty()) scan::find_instructions(message, scan::TextKind::kResult, hits);
}

// One text that comes from a server and is meant for the model.
void incoming(const Walk& walk, std::string_view text, Inspection& inspection) {
  std::vector<scan::Hit>& hits = inspection.hits();
  scan::Reading reading(text);
  scan::find_instructions(reading, scan::TextKind::kResult, {}, hits, walk.key());
  const size_t own = hits.size();
  scan::find_forged_mark(reading, hits);
  std::vector<Inspection::Cut> forged;
  for (size_t i = own; i < hits.size(); ++i)
    forged.push_back({Span::What::kHidden, hits[i].begin, hits[i].begin, "[not from AgentMesh] "});
  inspection.add_spans(walk, forged);
  hidden(walk, text, inspection);
  scan::find_secrets(reading, walk.key(), hits);
  const size_t before_personal = hits.size();
  scan::find_pii(text, hits);
  // What people keep with a server is theirs to read: a fact for rules, no alarm.
  for (size_t i = before_personal; i < hits.size(); ++i) hits[i].severity = Severity::kLow;
}

}  // namespace

void look_at_result(const RuleSet& set, Inspection& inspection) {
  const Input& input = inspection.input();
  Seen& seen = inspection.seen();
  const NameSet read = set.stages[static_cast<size_t>(Stage::kResult)].reads;
  const bool wants_text = (read & name_bit(Name::kResult)) != 0;
  ResultText whole(seen.result_text, 2 * input.max_inspected_bytes);
  Media media;
  for (const json::View element : input.result.find("content").elements())
    media.block(Block(element));
  for (const json::View content : input.result.find("contents").elements()) media.resource(content);
  for (Walk walk(input.result, ""); walk.next();) {
    if (walk.what() == Walk::What::kNumber || media.holds(walk)) continue;
    if (wants_text) whole.add(walk);
    const std::string_view text = inspection.take(walk);
    if (text.empty()) continue;
    constexpr size_t kShort = 16;  // bytes of a key that says nothing
    if (walk.what() == Walk::What::kKey && text.size() < kShort)
      hidden(walk, text, inspection);
    else
      incoming(walk, text, inspection);
    inspection.settle(walk);
  }
  seen.result_cut = whole.cut();
}

void look_at_server_request(Inspection& inspection) {
  look_at_what_is_asked(inspection);
  for (Walk walk(inspection.input().args, "params"); walk.next();) {
    if (walk.what() != Walk::What::kString) continue;
    const std::string_view text = inspection.take(walk);
    if (text.empty()) continue;
    incoming(walk, text, inspection);
    inspection.settle(walk);
  }
}

void look_at_definition(Inspection& inspection) {
  const Input& input = inspection.input();
  inspection.seen().description = input.definition.find("description").string();
  for (Walk walk(input.definition, ""); walk.next();) {
    if (walk.what() == Walk::What::kNumber) continue;
    const std::string_view text = inspection.take(walk);
    if (text.empty()) continue;
    std::vector<scan::Hit>& hits = inspection.hits();
    scan::find_instructions(text, scan::TextKind::kDescription, hits);
    scan::find_hidden(text, true, hits);
    const std::string hidden = scan::hidden_message(text);
    if (!hidden.empty()) scan::find_instructions(hidden, scan::TextKind::kDescription, hits);
    if (walk.top_key() == "name" && walk.key() == "name" && scan::mixes_scripts(text))
      inspection.add("tool.look-alike", Severity::kHigh, [] { return std::string("name"); });
    if (!hits.empty()) inspection.settle(walk);
  }
}

std::vector<Finding> examine_definition(json::View definition) {
  Input input;
  input.stage = Stage::kList;
  input.definition = definition;
  Seen seen;
  Inspection inspection(input, seen);
  look_at_definition(inspection);
  return std::move(seen.findings);
}

}  // namespace agentmesh::policy
