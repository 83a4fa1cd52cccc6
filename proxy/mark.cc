#include "proxy/mark.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/skeleton.h"

namespace agentmesh::proxy {

namespace {

// Clients stop reading at 10 MiB per line (protocol, section 9).
constexpr size_t kClientLineLimit = 10U << 20;
constexpr std::string_view kOurPrefix = "io.agentmesh/";
// A text larger than this that begins and ends like JSON is taken for JSON without being read.
constexpr size_t kReadAsJson = 256U << 10;

// Members of one JSON object, in the order in which they are added.
class Object {
 public:
  void text(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    begin(key);
    json::append_string(json_, value);
  }
  void number(std::string_view key, std::optional<uint64_t> value) {
    if (value) raw(key, fmt::to_string(*value));
  }
  void raw(std::string_view key, std::string_view value) {
    begin(key);
    json_ += value;
  }
  bool empty() const { return json_.empty(); }
  std::string done() const { return '{' + json_ + '}'; }

 private:
  void begin(std::string_view key) {
    if (!json_.empty()) json_ += ',';
    json::append_string(json_, key);
    json_ += ':';
  }
  std::string json_;
};

std::string findings_json(const std::vector<MarkFinding>& findings) {
  std::string out = "[";
  for (const MarkFinding& finding : findings) {
    Object object;
    object.text("id", finding.id);
    object.text("severity", finding.severity);
    object.text("where", finding.where);
    if (out.size() > 1) out += ',';
    out += object.done();
  }
  return out + ']';
}

std::string verdict_in_words(const Mark& mark) {
  const std::string rule = mark.rule.empty() ? mark.policy : mark.policy + '/' + mark.rule;
  if (mark.decision == "deny") return "denied by " + rule;
  if (mark.decision == "would_deny") return "would be denied by " + rule + " (shadow)";
  if (mark.decision == "would_require_approval")
    return "would need approval by " + rule + " (shadow)";
  return "allowed by " + rule;
}

std::string record_in_words(const Mark& mark) {
  if (!mark.writer.empty())
    return mark.outcome_wseq ? fmt::format("audit {}:{} queued", mark.writer, *mark.outcome_wseq)
                             : "audit queued";
  if (mark.outcome_seq)
    return fmt::format("audit #{} {}", *mark.outcome_seq, mark.leaf.substr(0, 8));
  return "outcome not recorded";
}

// A text that a program may want to parse: an object or array, or several of them one after the other.
bool is_json_text(json::View text) {
  std::string scratch;
  std::string_view content = text.string(scratch);
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = content.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return false;
  content = content.substr(first, content.find_last_not_of(kBlanks) - first + 1);
  const bool begins = content.front() == '{' || content.front() == '[';
  const bool ends = content.back() == '}' || content.back() == ']';
  if (!begins || !ends) return false;
  if (content.size() > kReadAsJson) return true;
  json::Reader reader;
  const json::Fault fault = reader.read(content).fault;
  return fault == json::Fault::kNone || fault == json::Fault::kTrailing;
}

bool has_json_text(json::View content) {
  for (const json::View block : content.elements())
    if (is_json_text(block.find("text"))) return true;
  return false;
}

// The footer would displace or break what a program reads: only --footer text insists.
bool takes_text(json::View result, Footer footer) {
  if (footer == Footer::kText) return true;
  return footer == Footer::kBoth && !result.find("structuredContent").present() &&
         !has_json_text(result.find("content"));
}

bool in_our_name(std::string_view key) {
  if (key.starts_with(kOurPrefix)) return true;
  // Names that only look like ours are as good as ours to a person.
  static const std::string ours = skeleton(kOurPrefix);
  return skeleton(key).starts_with(ours);
}

}  // namespace

std::string mark_json(const Mark& mark) {
  Object object;
  object.text("decision", mark.decision);
  object.text("policy", mark.policy);
  object.text("rule", mark.rule);
  object.text("server", mark.server);

  Object trust;
  if (mark.score) trust.raw("score", fmt::to_string(*mark.score));
  trust.text("tier", mark.tier);
  if (!trust.empty()) object.raw("trust", trust.done());

  Object audit;
  audit.text("log", mark.log);
  if (mark.writer.empty()) {
    audit.number("decision", mark.decision_seq);
    audit.number("outcome", mark.outcome_seq);
    audit.text("leaf", mark.leaf);
  } else {
    audit.text("w", mark.writer);
    audit.number("decision_wseq", mark.decision_wseq);
    audit.number("outcome_wseq", mark.outcome_wseq);
  }
  if (!audit.empty()) object.raw("audit", audit.done());

  object.raw("findings", findings_json(mark.findings));
  object.text("mode", mark.mode);
  object.text("notice", mark.notice);
  return object.done();
}

std::string footer_sentence(const Mark& mark) {
  const bool plain = mark.decision == "allow";
  std::string out = fmt::format("{} AgentMesh · {}", plain ? "✓" : "⚠", verdict_in_words(mark));
  if (mark.score) {
    out += fmt::format(" · trust {}", *mark.score);
    if (!mark.tier.empty()) out += fmt::format(" ({})", mark.tier);
  }
  if (mark.findings.size() == 1) {
    out += " · 1 finding: " + mark.findings.front().id;
  } else if (!mark.findings.empty()) {
    out += fmt::format(" · {} findings", mark.findings.size());
  }
  out += " · " + record_in_words(mark);
  if (!mark.notice.empty()) out += " · " + mark.notice;
  return out;
}

std::string footer_block(const Mark& mark) {
  std::string text;
  json::append_string(text, footer_sentence(mark));
  return fmt::format(R"({{"type":"text","text":{},"annotations":{{"audience":["user"]}}}})", text);
}

ResultShape shape_of(json::View result) {
  const json::View type = result.find("resultType");
  const std::string name = type.string();
  if (name == "input_required") return ResultShape::kInputRequired;
  if (name == "task") return ResultShape::kTask;
  const bool complete = !type.present() || name == "complete";
  if (complete && result.find("content").is_array()) return ResultShape::kCallToolResult;
  if (!type.present() && result.find("task").is_object()) return ResultShape::kTask;
  return ResultShape::kOther;
}

size_t strip_forged_marks(Splice& splice, json::View result) {
  const json::View meta = result.find("_meta");
  std::string scratch;
  size_t stripped = 0;
  for (const auto& member : meta.members()) {
    if (!in_our_name(member.key.string(scratch))) continue;
    splice.remove_member(meta, member);
    ++stripped;
  }
  return stripped;
}

Marked add_mark(Splice& splice, json::View result, ResultShape shape, const Mark& mark,
                Footer footer, size_t line_bytes) {
  Marked added;
  if (!result.is_object() || footer == Footer::kOff) return added;
  if (shape == ResultShape::kInputRequired || shape == ResultShape::kTask) return added;
  const json::View meta = result.find("_meta");
  const json::View content = result.find("content");

  added.mark = footer != Footer::kText && (!meta.present() || meta.is_object());
  added.text = shape == ResultShape::kCallToolResult && takes_text(result, footer);
  const std::string value = added.mark ? mark_json(mark) : std::string();
  const std::string block = added.text ? footer_block(mark) : std::string();

  if (line_bytes <= kClientLineLimit) {
    // Commas, quotes, colons and the braces of a new _meta.
    constexpr size_t kFrame = kMarkKey.size() + sizeof(R"(,"_meta":{"":})");
    const size_t before = line_bytes + splice.growth();
    const auto too_long = [&] {
      return before + (added.mark ? value.size() + kFrame : 0) +
                 (added.text ? block.size() + 1 : 0) >
             kClientLineLimit;
    };
    if (added.text && too_long()) added.text = false;
    if (added.mark && too_long()) added.mark = false;
  }

  if (added.mark) {
    if (meta.present()) {
      splice.append_member(meta, kMarkKey, value);
    } else {
      splice.append_member(result, "_meta", fmt::format(R"({{"{}":{}}})", kMarkKey, value));
    }
  }
  if (added.text) splice.append_element(content, block);
  return added;
}

}  // namespace agentmesh::proxy
