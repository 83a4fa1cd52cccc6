#include "proxy/mark.h"

#include <algorithm>

namespace agentmesh::proxy {

namespace {

// Clients stop reading at 10 MiB per line (protocol, section 9).
constexpr size_t kClientLineLimit = 10U << 20;
// A text larger than this that begins and ends like JSON is taken for JSON without being read.
constexpr size_t kReadAsJson = 256U << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Writes one JSON object into a text, member by member; the next one inside it may be another Object.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  ~Object() { out_ += '}'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  // `key` needs no escapes. The value is to be appended next.
  std::string& begin(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += key;
    out_ += "\":";
    return out_;
  }
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) json::append_string(begin(key), value);
  }
  void number(std::string_view key, std::optional<uint64_t> value) {
    if (value) json::append_integer(begin(key), static_cast<int64_t>(*value));
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_findings(std::string& out, const std::vector<MarkFinding>& findings) {
  out += '[';
  for (const MarkFinding& finding : findings) {
    if (&finding != &findings.front()) out += ',';
    Object object(out);
    object.text("id", finding.id);
    object.text("severity", finding.severity);
    object.text("where", finding.where);
  }
  out += ']';
}

void append_trust(Object& into, const Mark& mark) {
  if (!mark.score && mark.tier.empty()) return;
  Object trust(into.begin("trust"));
  if (mark.score) json::append_integer(trust.begin("score"), *mark.score);
  trust.text("tier", mark.tier);
}

void append_audit(Object& into, const Mark& mark) {
  const bool queued = !mark.writer.empty();
  if (!queued && mark.log.empty() && !mark.decision_seq && !mark.outcome_seq && mark.leaf.empty())
    return;
  Object audit(into.begin("audit"));
  audit.text("log", mark.log);
  if (queued) {
    audit.text("w", mark.writer);
    audit.number("decision_wseq", mark.decision_wseq);
    audit.number("outcome_wseq", mark.outcome_wseq);
  } else {
    audit.number("decision", mark.decision_seq);
    audit.number("outcome", mark.outcome_seq);
    audit.text("leaf", mark.leaf);
  }
}

void append_change(Object& into, const Mark& mark) {
  if (mark.change.empty()) return;
  Object result(into.begin("result"));
  result.text("action", mark.change);
  result.text("rule", mark.change_rule);
}

void append_verdict(std::string& out, const Mark& mark) {
  const bool would_deny = mark.decision == "would_deny";
  const bool would_ask = mark.decision == "would_require_approval";
  out += mark.decision == "deny" ? "denied by "
         : would_deny            ? "would be denied by "
         : would_ask             ? "would need approval by "
                                 : "allowed by ";
  out += mark.policy;
  if (!mark.rule.empty()) {
    out += '/';
    out += mark.rule;
  }
  if (would_deny || would_ask) out += " (shadow)";
}

void append_record(std::string& out, const Mark& mark) {
  if (!mark.writer.empty()) {
    out += "audit ";
    if (mark.outcome_wseq) {
      out += mark.writer;
      out += ':';
      json::append_integer(out, static_cast<int64_t>(*mark.outcome_wseq));
      out += ' ';
    }
    out += "queued";
  } else if (mark.outcome_seq) {
    out += "audit #";
    json::append_integer(out, static_cast<int64_t>(*mark.outcome_seq));
    out += ' ';
    out += std::string_view(mark.leaf).substr(0, 8);
  } else {
    out += mark.fetched_again ? "outcome recorded before" : "outcome not recorded";
  }
}

// Blanks around JSON, of which a string holds most as escapes.
std::string_view without_escaped_blanks(std::string_view inner) {
  const auto blank_escape = [](std::string_view two) {
    return two == "\\n" || two == "\\r" || two == "\\t";
  };
  for (;;) {
    if (inner.starts_with(' ')) {
      inner.remove_prefix(1);
    } else if (inner.ends_with(' ')) {
      inner.remove_suffix(1);
    } else if (blank_escape(inner.substr(0, 2))) {
      inner.remove_prefix(2);
    } else if (inner.size() >= 2 && blank_escape(inner.substr(inner.size() - 2))) {
      inner.remove_suffix(2);
    } else {
      return inner;
    }
  }
}

// A text that a program may want to parse: an object or array, or several of them one after the other. Most texts are
// told by their ends, without taking the string apart.
bool is_json_text(json::View text) {
  if (!text.is_string()) return false;
  const std::string_view raw = text.raw();
  std::string_view inner = without_escaped_blanks(raw.substr(1, raw.size() - 2));
  if (inner.starts_with(kByteOrderMark)) inner.remove_prefix(kByteOrderMark.size());
  if (inner.empty()) return false;
  const bool begins = inner.front() == '{' || inner.front() == '[' || inner.starts_with("\\u");
  if (!begins) return false;
  const bool ends = inner.back() == '}' || inner.back() == ']';
  if (inner.size() > kReadAsJson) return ends;
  std::string scratch;
  std::string_view read = text.string(scratch);
  if (read.starts_with(kByteOrderMark)) read.remove_prefix(kByteOrderMark.size());
  json::Reader reader;
  const json::Fault fault = reader.read(read).fault;
  const bool one =
      fault == json::Fault::kNone && (reader.root().is_object() || reader.root().is_array());
  // Python writes and reads NaN and Infinity, which are no JSON.
  const bool pythons =
      read.find("NaN") != std::string_view::npos || read.find("Infinity") != std::string_view::npos;
  return one || (ends && (fault == json::Fault::kTrailing || pythons));
}

bool has_json_text(json::View content) {
  for (const json::View block : content.elements())
    if (is_json_text(block.find("text"))) return true;
  return false;
}

// The footer would displace or break what a program reads: only --footer text insists.
bool takes_text(const ResultParts& result, Footer footer) {
  if (footer == Footer::kText) return true;
  return footer == Footer::kBoth && !result.structured.present() && !has_json_text(result.content);
}

}  // namespace

void Mark::clear() {
  for (std::string* text : {&decision, &policy, &rule, &server, &tier, &log, &leaf, &writer,
                            &change, &change_rule, &mode, &notice})
    text->clear();
  score.reset();
  for (std::optional<uint64_t>* number :
       {&decision_seq, &outcome_seq, &decision_wseq, &outcome_wseq})
    number->reset();
  fetched_again = false;
  findings.clear();
}

namespace {

void append_mark(std::string& out, const Mark& mark) {
  Object object(out);
  object.text("decision", mark.decision);
  object.text("policy", mark.policy);
  object.text("rule", mark.rule);
  object.text("server", mark.server);
  append_trust(object, mark);
  append_audit(object, mark);
  append_change(object, mark);
  append_findings(object.begin("findings"), mark.findings);
  object.text("mode", mark.mode);
  object.text("notice", mark.notice);
}

void append_sentence(std::string& out, const Mark& mark) {
  const bool plain = mark.decision == "allow";
  out += plain ? "✓" : "⚠";
  out += ' ';
  out += policy::kOurName;
  out += " · ";
  append_verdict(out, mark);
  if (mark.score) {
    out += " · trust ";
    json::append_integer(out, *mark.score);
    if (!mark.tier.empty()) {
      out += " (";
      out += mark.tier;
      out += ')';
    }
  }
  if (!mark.change.empty()) {
    out += " · text changed by ";
    out += mark.change_rule;
  }
  if (mark.findings.size() == 1) {
    out += " · 1 finding: ";
    out += mark.findings.front().id;
  } else if (!mark.findings.empty()) {
    out += " · ";
    json::append_integer(out, static_cast<int64_t>(mark.findings.size()));
    out += " findings";
  }
  out += " · ";
  append_record(out, mark);
  if (!mark.notice.empty()) {
    out += " · ";
    out += mark.notice;
  }
}

void append_block(std::string& out, std::string_view sentence) {
  out += R"({"type":"text","text":)";
  json::append_string(out, sentence);
  out += R"(,"annotations":{"audience":["user"]}})";
}

}  // namespace

std::string mark_json(const Mark& mark) {
  std::string out;
  append_mark(out, mark);
  return out;
}

std::string footer_sentence(const Mark& mark) {
  std::string out;
  append_sentence(out, mark);
  return out;
}

std::string footer_block(const Mark& mark) {
  std::string out;
  append_block(out, footer_sentence(mark));
  return out;
}

ResultParts::ResultParts(json::View result) : whole(result) {
  for (const json::View::Member& member : result.members()) take(member.key, member.value);
}

ResultParts::ResultParts(json::View result, std::span<const json::Entry> members) : whole(result) {
  for (const json::Entry& member : members) take(member.key, member.value);
}

void ResultParts::take(json::View key, json::View value) {
  std::string scratch;
  const std::string_view name = key.string(scratch);
  json::View* const part = name == "content"             ? &content
                           : name == "_meta"             ? &meta
                           : name == "structuredContent" ? &structured
                           : name == "isError"           ? &is_error
                           : name == "resultType"        ? &type
                           : name == "task"              ? &task
                           : name == "contents"          ? &contents
                           : name == "messages"          ? &messages
                                                         : nullptr;
  if (part != nullptr) *part = value;
}

ResultShape shape_of(const ResultParts& parts) {
  const std::string name = parts.type.string();
  if (name == "input_required") return ResultShape::kInputRequired;
  if (name == "task") return ResultShape::kTask;
  const bool complete = !parts.type.present() || name == "complete";
  if (complete && parts.content.is_array()) return ResultShape::kCallToolResult;
  if (!parts.type.present() && parts.task.is_object()) return ResultShape::kTask;
  return ResultShape::kOther;
}

Marked add_mark(Splice& splice, const ResultParts& parts, ResultShape shape, const Mark& mark,
                Footer footer, size_t line_bytes, MarkTexts& texts) {
  Marked added;
  if (!parts.whole.is_object() || footer == Footer::kOff) return added;
  if (shape == ResultShape::kInputRequired || shape == ResultShape::kTask) return added;
  added.mark = footer != Footer::kText && (!parts.meta.present() || parts.meta.is_object());
  added.text = shape == ResultShape::kCallToolResult && takes_text(parts, footer);
  texts.clear();
  std::string& value = texts.mark;
  std::string& block = texts.block;
  if (added.mark) append_mark(value, mark);
  if (added.text) {
    append_sentence(texts.sentence, mark);
    append_block(block, texts.sentence);
  }

  if (line_bytes <= kClientLineLimit) {
    // Commas, quotes, colons and the braces of a new _meta.
    constexpr size_t kFrame = kMarkKey.size() + sizeof(R"(,"_meta":{"":})");
    const auto with = [&](size_t before) {
      return before + (added.mark ? value.size() + kFrame : 0) +
             (added.text ? block.size() + 1 : 0);
    };
    const auto too_long = [&] {
      return with(line_bytes + splice.added()) > kClientLineLimit &&
             with(line_bytes + splice.growth()) > kClientLineLimit;
    };
    if (added.text && too_long()) added.text = false;
    if (added.mark && too_long()) added.mark = false;
  }

  if (added.mark) {
    if (parts.meta.present()) {
      splice.append_member(parts.meta, kMarkKey, value);
    } else {
      Object(texts.meta).begin(kMarkKey) += value;
      splice.append_member(parts.whole, "_meta", texts.meta);
    }
  }
  if (added.text) splice.append_element(parts.content, block);
  return added;
}

}  // namespace agentmesh::proxy
