#include "proxy/approval_dialog.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "policy/mask.h"
#include "policy/scan/secrets.h"
#include "trust/definition.h"

namespace agentmesh::proxy {
namespace {

constexpr size_t kValueShown = 160;     // bytes of one text, number or key among the arguments
constexpr size_t kValueScanned = 8192;  // and of what of it is looked at for secrets
constexpr int kDepthShown = 5;
constexpr size_t kQuestionArguments = 700;
constexpr size_t kNameShown = 32;   // bytes of the name of one member beside the arguments
constexpr size_t kNamesShown = 80;  // all of them, until no further one is begun
constexpr std::string_view kMasked = "[secret]";

// In quotes, with those inside it marked: a value cannot pose as another argument.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// Behind what is not all there.
std::string cut_mark(size_t bytes) { return fmt::format("… ({} bytes)", bytes); }

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

// A key as people read JSON: quoted where it could pass for something else, and its cut told. `bytes`: of the whole key.
void append_key(std::string& out, std::string_view shown, size_t max_bytes, size_t bytes,
                bool cut) {
  cut |= shown.size() > max_bytes;
  if (is_plain_key(shown) && !cut)
    out += shown;
  else
    append_quoted(out, cut_utf8(shown, max_bytes));
  if (cut) out += cut_mark(bytes);
}

// Writes arguments as people read JSON, masks secrets, and stops when there is enough.
class Brief {
 public:
  explicit Brief(size_t max_bytes) : max_bytes_(max_bytes) {}

  void value(json::View value, const std::string& key, int depth) {
    if (full()) return;
    switch (value.kind()) {
      case json::Kind::kObject: return object(value, depth);
      case json::Kind::kArray: return array(value, key, depth);
      case json::Kind::kString: return text(value, key);
      default: scalar(value.raw());
    }
  }

  bool masked() const { return masked_; }
  std::string take() {
    std::string shown = trust::printable(out_, max_bytes_);
    bool cut = full();
    // What is invisible is spelled out, and longer so.
    if (!cut && shown.size() > max_bytes_) {
      shown = std::string(cut_utf8(shown, max_bytes_)) + "…";
      cut = true;
    }
    if (cut) shown += " (cut: there is more in this call than is shown here)";
    return shown;
  }

 private:
  bool full() const { return out_.size() > max_bytes_; }

  void object(json::View object, int depth) {
    if (depth == 0) {
      out_ += "{…}";
      return;
    }
    out_ += '{';
    bool first = true;
    // Of many arguments each is shown shorter, so that the last ones are seen as well.
    if (depth == kDepthShown) {
      size_t count = 1;
      for ([[maybe_unused]] const json::View::Member& member : object.members()) ++count;
      value_shown_ = std::clamp(max_bytes_ / count, size_t{16}, kValueShown);
    }
    for (const json::View::Member& member : object.members()) {
      if (full()) return;
      if (!first) out_ += ", ";
      first = false;
      const std::string key = member.key.string();
      const std::string_view seen = cut_utf8(key, kValueScanned);
      const std::string shown = without_secrets(seen, "");
      append_key(out_, shown, kValueShown, key.size(),
                 shown != kMasked && seen.size() < key.size());
      out_ += ": ";
      value(member.value, key, depth - 1);
    }
    out_ += '}';
  }

  void array(json::View array, const std::string& key, int depth) {
    if (depth == 0) {
      out_ += "[…]";
      return;
    }
    out_ += '[';
    bool first = true;
    for (const json::View element : array.elements()) {
      if (full()) return;
      if (!first) out_ += ", ";
      first = false;
      value(element, key, depth - 1);
    }
    out_ += ']';
  }

  void text(json::View value, const std::string& key) {
    std::string scratch;
    const std::string_view whole = value.string(scratch);
    const std::string_view seen = cut_utf8(whole, kValueScanned);
    const std::string shown = without_secrets(seen, key);
    const bool cut =
        shown.size() > value_shown_ || (shown != kMasked && seen.size() < whole.size());
    append_quoted(out_, cut_utf8(shown, value_shown_));
    if (cut) out_ += cut_mark(whole.size());
  }

  // Its first digits alone would be another number.
  void scalar(std::string_view raw) {
    out_ += raw.substr(0, value_shown_);
    if (raw.size() > value_shown_) out_ += cut_mark(raw.size());
  }

  std::string without_secrets(std::string_view seen, std::string_view key) {
    std::vector<policy::scan::Hit> hits;
    policy::scan::find_secrets(seen, key, hits);
    std::sort(hits.begin(), hits.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    std::string shown;
    size_t from = 0;
    for (const policy::scan::Hit& hit : hits) {
      masked_ = true;
      if (hit.end == 0) return std::string(kMasked);  // the text as a whole
      if (hit.end <= from) continue;
      shown += seen.substr(from, std::max(hit.begin, from) - from);
      shown += kMasked;
      from = std::min(hit.end, seen.size());
    }
    return shown.append(seen.substr(from));
  }

  size_t max_bytes_;
  size_t value_shown_ = kValueShown;
  std::string out_;
  bool masked_ = false;
};

std::string line_with_id(std::string_view id, std::string_view rest) {
  std::string line = R"({"jsonrpc":"2.0","id":)";
  json::append_string(line, id);
  line += rest;
  return line;
}

}  // namespace

std::string brief_of(json::View args, const policy::Facts& facts, size_t max_bytes) {
  if (!args.present() || args.is_null() || args.empty()) return "";
  Brief brief(max_bytes);
  brief.value(args, "", kDepthShown);
  if (facts.secret && (facts.hides_data || !brief.masked()))
    return "(the arguments hold a secret and are not shown)";
  return brief.take();
}

std::string names_beside_arguments(json::View params) {
  std::string names;
  size_t more = 0;
  for (const json::View::Member& member : params.members()) {
    const std::string key = member.key.string();
    // What MCP puts there, and we with it.
    constexpr std::string_view kKnown[] = {"name",           "arguments",    "_meta",
                                           "inputResponses", "requestState", "task"};
    if (std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown)) continue;
    if (names.size() >= kNamesShown) {
      ++more;
      continue;
    }
    const std::string_view seen = cut_utf8(key, kValueScanned);
    std::string name;
    append_key(name, policy::without_secrets(seen), kNameShown, key.size(),
               seen.size() < key.size());
    names += (names.empty() ? "" : ", ") + trust::printable(name, name.size());
  }
  if (more > 0) names += fmt::format(" and {} more", more);
  return names;
}

std::string question_text(const Question& question) {
  const Judgement& judgement = *question.judgement;
  const auto shown = [](std::string_view text) {
    std::string out = trust::printable(policy::without_secrets(text), 128);
    std::replace(out.begin(), out.end(), '"',
                 '\'');  // it stands in quotes here, and ends with ours
    return out;
  };
  std::string text = question.agent.empty() ? std::string("An unnamed client")
                                            : fmt::format("\"{}\"", shown(question.agent));
  if (question.from_server)
    text = fmt::format("The server \"{}\" asks your client for {}.", shown(question.server),
                       shown(question.method));
  else if (question.tool.empty())
    text += fmt::format(" asks for {} on the server \"{}\".", shown(question.method),
                        shown(question.server));
  else
    text += fmt::format(" wants to call \"{}\" on the server \"{}\".", shown(question.tool),
                        shown(question.server));
  const std::string brief = brief_of(question.args, judgement.verdict.facts, kQuestionArguments);
  text += brief.empty() ? "\nIt has no arguments." : "\nArguments: " + brief;
  if (!question.beside.empty())
    text += fmt::format("\nBeside its arguments it has, not shown here: {}", question.beside);
  text += fmt::format("\nAgentMesh asks because of the rule {}/{}", shown(judgement.policy),
                      shown(judgement.rule));
  if (!judgement.rule_at.empty()) text += fmt::format(" ({})", shown(judgement.rule_at));
  if (!judgement.reason.empty()) text += ": " + trust::printable(judgement.reason, 512);
  text += fmt::format("\nA yes is for this one {}. No answer within {} s is a no.",
                      question.from_server ? "request" : "call",
                      std::max<int64_t>(1, question.timeout_us / 1'000'000));
  return text;
}

std::string dialog_params(std::string_view message, bool with_mode) {
  std::string params = with_mode ? R"({"mode":"form","message":)" : R"({"message":)";
  json::append_string(params, message);
  params +=
      R"(,"requestedSchema":{"type":"object","properties":{"approve":{"type":"boolean",)"
      R"("title":"Let this call through","description":"Yes lets this one call through; no refuses it"}},)"
      R"("required":["approve"]}})";
  return params;
}

std::string dialog_request(std::string_view id, std::string_view params) {
  return line_with_id(
      id, fmt::format(R"(,"method":"elicitation/create","params":{}}}{})", params, '\n'));
}

std::string dialog_withdrawn(std::string_view id, std::string_view reason) {
  std::string line =
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)";
  json::append_string(line, id);
  line += R"(,"reason":)";
  json::append_string(line, reason);
  line += "}}\n";
  return line;
}

std::string dialog_progress(std::string_view token_raw, int64_t count) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":{:.9f},)"
      R"("message":"AgentMesh waits for a person's answer"}}}}{})",
      token_raw, -1.0 / static_cast<double>(count + 1), '\n');
}

std::string input_required(std::string_view id_raw, std::string_view params,
                           std::string_view state) {
  std::string line = fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"result":{{"resultType":"input_required","inputRequests":{{"{}":)"
      R"({{"method":"elicitation/create","params":{}}}}},"requestState":)",
      id_raw, kApprovalKey, params);
  json::append_string(line, state);
  line += "}}\n";
  return line;
}

DialogAnswer dialog_answer(json::View result) {
  if (!result.is_object()) return DialogAnswer::kMalformed;
  const std::string action = result.find("action").string();
  if (action == "decline") return DialogAnswer::kNo;
  if (action == "cancel") return DialogAnswer::kDismissed;
  if (action != "accept") return DialogAnswer::kMalformed;
  const json::View approve = result.find("content").find("approve");
  if (approve.is_true()) return DialogAnswer::kYes;
  return approve.is_false() ? DialogAnswer::kNo : DialogAnswer::kMalformed;
}

}  // namespace agentmesh::proxy
