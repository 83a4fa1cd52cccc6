#include "proxy/questions.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "policy/scan/our_words.h"
#include "proxy/recording.h"
#include "proxy/wording.h"

namespace agentmesh::proxy {
namespace {

// One request that an answer of the server makes of the client.
struct Asked {
  std::string key;  // of inputRequests
  std::string method;
  json::View params;
  std::string ambiguity;  // why it could be read in two ways, or ""
};

Asked asked_of(std::string key, std::string method, json::View params, json::View envelope) {
  Asked asked{std::move(key), std::move(method), params, {}};
  const Method* row = find_method(asked.method);
  const auto like = [&](json::View object, std::string_view keys) {
    for (const json::View::Member& member : object.members())
      if (const std::string_view word = folds_to_one_of(member.key.string(), keys); !word.empty())
        asked.ambiguity = fmt::format("a key looks like \"{}\" without being it", word);
  };
  like(envelope, "method params");
  if (row != nullptr) like(params, row->more_keys);
  if (const Method* other = look_alike_of(asked.method))
    asked.ambiguity = fmt::format("a method looks like \"{}\" without being it", other->name);
  return asked;
}

// A list where a map is due, or the other way round: what it holds might still be read as questions.
Asked misshapen() { return {{}, {}, {}, "what it asks for is not in the form of a request"}; }

void add_asked(json::View input_requests, std::vector<Asked>& all) {
  if (input_requests.is_array()) all.push_back(misshapen());
  for (const json::View::Member& member : input_requests.members())
    all.push_back(asked_of(member.key.string(), member.value.find("method").string(),
                           member.value.find("params"), member.value));
}

// What a client does because of this answer besides reading it: the inputRequests of 2026-07-28 (also in the result that a
// poll brings, which a client may read like any other), the pages of error -32042.
std::vector<Asked> asked_in(const Message& message, bool polled) {
  std::vector<Asked> all;
  if (message.kind == MessageKind::kResult) {
    add_asked(message.member("inputRequests"), all);
    if (!polled) return all;
    for (const json::View::Member& member : message.member("result").members()) {
      const std::string key = member.key.string();
      if (key == "inputRequests")
        add_asked(member.value, all);
      else if (!folds_to_one_of(key, kResultKeys).empty())
        all.push_back({{}, {}, {}, "a key of the nested result looks like a governed one"});
    }
  } else {  // of error -32042 (MCP 2025-11-25), however its number is spelled
    const json::View pages = message.member("data").find("elicitations");
    if (pages.is_object()) all.push_back(misshapen());
    for (const json::View page : pages.elements())
      all.push_back(asked_of({}, "elicitation/create", page, {}));
  }
  return all;
}

}  // namespace

AnswerPlan::Shape withheld_shape(const Call& call) {
  const bool handle_due = call.task && !call.modern;  // the client reads the answer as one
  return (call.method == "tools/call" && !handle_due) || call.method == "tasks/result"
             ? AnswerPlan::Shape::kWithheldResult
             : AnswerPlan::Shape::kDeniedError;
}

Questions::Questions(const Options& options, Session& session, Pipeline& pipeline)
    : options_(options), session_(session), pipeline_(pipeline) {}

bool Questions::any(const Message& message) { return !asked_in(message, false).empty(); }

bool Questions::judge(const Message& message, const Call& call, Step& step, Turn& turn) {
  const std::vector<Asked> all = asked_in(message, call.method == "tasks/get");
  if (all.empty()) return true;
  // What goes back if a request in it is denied, or cannot be recorded.
  step.fail_closed = true;
  step.answer = std::make_unique<AnswerPlan>();
  step.answer->shape = withheld_shape(call);
  step.answer->id_raw = call.id_raw;
  step.answer->modern = call.modern;
  bool passes = true;
  for (const Asked& one : all) {
    Message asked;
    asked.kind = MessageKind::kRequest;
    asked.method = one.method;
    asked.params = one.params;
    asked.governed = find_method(asked.method);
    Judgement judgement = one.ambiguity.empty() ? pipeline_.judge(asked, policy::Stage::kRequest)
                                                : pipeline_.ambiguous(one.ambiguity);
    // Under such a key the client's person would take the server's question for one of ours.
    if (one.key.starts_with(policy::kOurPrefix) && !options_.shadow)
      pipeline_.refuse_name_of_ours(judgement);
    for (audit::Record& before : judgement.before) turn.add(std::move(before));
    const int32_t at = turn.add(
        decision_record(asked, Direction::kServerToClient, judgement, session_, options_.shadow));
    if (judgement.forwards() || !passes) continue;
    passes = false;
    step.what = Step::What::kPlanned;
    step.decision = at;
    step.answer->text = denial_text(judgement, options_.state_words);
    step.answer->mark = pipeline_.mark_of_denial(judgement);
  }
  return passes;
}

}  // namespace agentmesh::proxy
