#include "proxy/offers.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "policy/examine.h"
#include "proxy/recording.h"

namespace agentmesh::proxy {
namespace {

constexpr size_t kMaxRemarks = 4096;

std::string described(trust::PinKind kind, std::string_view name) {
  return name.empty() ? std::string(to_string(kind))
                      : fmt::format("{} {}", to_string(kind), trust::printable(name, 64));
}

// The ids of what is more than a fact, each once: "tool.poisoned, tool.hidden-text".
std::string ids_of(std::span<const policy::Finding> findings) {
  std::string ids;
  for (const policy::Finding& f : findings)
    if (f.severity >= policy::Severity::kMedium && ids.find(f.id) == std::string::npos)
      ids += (ids.empty() ? "" : ", ") + f.id;
  return ids;
}

}  // namespace

Offers::Offers(const Options& options, Session& session, Pipeline& pipeline, trust::PinSet& pins,
               const Clock& clock)
    : options_(options),
      session_(session),
      pipeline_(pipeline),
      pins_(pins),
      clock_(clock),
      instructions_(pipeline),
      prompts_(pipeline),
      templates_(pipeline) {}

void Offers::remark(trust::PinKind kind, std::string_view name, std::string_view what) {
  if (remarks_.size() > kMaxRemarks) return;
  remarks_ += fmt::format("agentmesh: {} of {}: {}; see `agentmesh pins list{} {}`\n",
                          described(kind, name), session_.server(), what, options_.state_words,
                          session_.server());
}

void Offers::record_poisoned(const trust::Seen& seen, ListingCharge& charge, Turn& turn) {
  audit::ToolsChanged record;
  record.server = session_.server();
  record.kind = to_string(seen.kind);
  record.tool = seen.name;
  record.new_hash = seen.hash;
  record.parts = {"poisoned"};
  record.action = "warned";
  record.events = events_of(pipeline_.evidence_of_definition(false, true, {}, charge.charged()));
  turn.add(std::move(record));
}

void Offers::settle(trust::Seen seen, json::View text, ListingCharge& charge, Turn& turn) {
  const trust::PinKind kind = seen.kind;
  const std::string name = seen.name;
  // Another command line under a name that is known is a change, though this one is seen for the first time.
  const bool other_command = kind == trust::PinKind::kCommand &&
                             seen.sight == trust::Sight::kFirst && pins_.knows_other_commands();
  if (seen.sight != trust::Sight::kFirst && seen.sight != trust::Sight::kChanged) return;
  touched_ = true;

  const std::vector<policy::Finding> findings = policy::examine_definition(text);
  const bool poisoned = std::any_of(findings.begin(), findings.end(), attacks_reader);
  if (const std::string found = ids_of(findings); !found.empty()) {
    remark(kind, name, found);
    session_.taint();  // the client has read it by now
  }

  const bool withholds = pipeline_.policy().changed_pin() == policy::ChangedPin::kWithhold;
  if (seen.sight == trust::Sight::kFirst && !other_command) {
    audit::ToolsPinned record;
    record.server = session_.server();
    record.kind = to_string(kind);
    record.tool = name;
    record.hash = seen.hash;
    record.by = "first-use";
    turn.add(std::move(record));
    if (poisoned) record_poisoned(seen, charge, turn);
    pins_.settle(std::move(seen), trust::Settle::kPin, clock_.wall_us());
    return;
  }
  const bool held = withholds || seen.state == trust::PinState::kRejected;
  audit::ToolsChanged record;
  record.server = session_.server();
  record.kind = to_string(kind);
  record.tool = name;
  record.old_hash = seen.old_hash;
  record.new_hash = seen.hash;
  record.parts = other_command ? std::vector<std::string>{"arguments"} : seen.difference.parts;
  record.action = held ? "withheld" : "accepted";
  if (kind != trust::PinKind::kCommand)  // that one is a person's doing
    record.events =
        events_of(pipeline_.evidence_of_definition(true, poisoned, {}, charge.charged()));
  turn.add(std::move(record));
  remark(kind, name,
         other_command ? "another command line than before under this name" : "changed");
  pins_.settle(std::move(seen),
               !held           ? trust::Settle::kPin
               : other_command ? trust::Settle::kHold
                               : trust::Settle::kWithhold,
               clock_.wall_us());
}

void Offers::command(std::string_view form, Turn& turn) {
  settle(pins_.see_text(trust::PinKind::kCommand, "", form), json::View(), instructions_, turn);
}

void Offers::introduced(json::View result, Turn& turn) {
  const json::View itself = result.find("serverInfo");
  if (const std::string found = ids_of(policy::examine_definition(itself)); !found.empty()) {
    remarks_ += fmt::format("agentmesh: what {} says of itself: {}\n", session_.server(), found);
    session_.taint();
  }
  instructions_.begin();
  const json::View text = result.find("instructions");
  if (!text.is_string()) return;
  settle(pins_.see_text(trust::PinKind::kInstructions, "", text.string()), text, instructions_,
         turn);
}

void Offers::listed(std::string_view method, json::View result, bool first, Turn& turn) {
  const bool prompts = method == "prompts/list";
  const trust::PinKind kind = prompts ? trust::PinKind::kPrompt : trust::PinKind::kResource;
  ListingCharge& charge = prompts ? prompts_ : templates_;
  if (first) charge.begin();
  const json::View list = result.find(prompts ? "prompts" : "resourceTemplates");
  if (!list.is_array()) return;
  std::vector<std::string> names;
  for (const json::View one : list.elements()) {
    names.push_back(one.find(prompts ? "name" : "uriTemplate").string());
    settle(pins_.see(kind, names.back(), one), one, charge, turn);
  }
  (void)pins_.page(kind, first, !result.find("nextCursor").is_string(), names);
}

void Offers::list_changed(std::string_view notification) {
  if (notification == "notifications/prompts/list_changed")
    pins_.list_changed(trust::PinKind::kPrompt);
  if (notification == "notifications/resources/list_changed")
    pins_.list_changed(trust::PinKind::kResource);
}

}  // namespace agentmesh::proxy
