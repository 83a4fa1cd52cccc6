#include "proxy/listing.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "proxy/recording.h"

namespace agentmesh::proxy {
namespace {

constexpr size_t kMaxRemarks = 4096;  // bytes of one page's remarks

}  // namespace

Listing::Listing(const Options& options, Session& session, Pipeline& pipeline, Standing& standing,
                 trust::PinSet& pins, const Clock& clock)
    : options_(options),
      session_(session),
      pipeline_(pipeline),
      standing_(standing),
      pins_(pins),
      clock_(clock),
      charge_(pipeline) {}

void Listing::stale() {
  pins_.list_changed(trust::PinKind::kTool);
  whole_ = false;
}

void Listing::record_change(const trust::Seen& seen, std::string_view action, bool poisoned,
                            Turn& turn) {
  audit::ToolsChanged record;
  record.server = session_.server();
  record.tool = seen.name;
  record.old_hash = seen.old_hash;
  record.new_hash = seen.hash;
  record.parts = seen.difference.parts;
  record.action = action;
  record.events =
      events_of(pipeline_.evidence_of_definition(true, poisoned, seen.name, charge_.charged()));
  turn.add(std::move(record));
}

void Listing::record_poisoned(const trust::Seen& seen, std::string_view action, Turn& turn) {
  audit::ToolsChanged record;
  record.server = session_.server();
  record.tool = seen.name;
  record.new_hash = seen.hash;
  record.parts = {"poisoned"};
  record.action = action;
  record.events =
      events_of(pipeline_.evidence_of_definition(false, true, seen.name, charge_.charged()));
  turn.add(std::move(record));
}

void Listing::record_gone(std::string_view name, Turn& turn) {
  session_.found_in(std::string(name), {});
  const trust::Pin* pin = pins_.find(trust::PinKind::kTool, name);
  if (pin == nullptr || pin->hash.empty()) return;
  audit::ToolsChanged record;
  record.server = session_.server();
  record.tool = std::string(name);
  record.old_hash = pin->hash;
  record.parts = {"gone"};
  record.action = "accepted";
  turn.add(std::move(record));
}

void Listing::compare_names(std::string_view name, std::vector<policy::Finding>& findings) {
  const auto like = names_.find(session_.server(), name);
  if (!like) return;
  findings.push_back({std::string(trust::finding_id(*like)),
                      static_cast<policy::Severity>(trust::severity_of(*like, name)), "name"});
}

void Listing::remark(std::string_view name, std::span<const policy::Finding> findings) {
  std::string ids;
  for (const policy::Finding& f : findings)
    if (f.severity >= policy::Severity::kMedium && ids.find(f.id) == std::string::npos)
      ids +=
          fmt::format("{}{} in {}", ids.empty() ? "" : ", ", f.id, trust::printable(f.where, 64));
  if (ids.empty() || remarks_.size() > kMaxRemarks) return;
  remarks_ += fmt::format("agentmesh: tool {} of {}: {}; see `agentmesh pins list{} {}`\n",
                          trust::printable(name, 64), session_.server(), ids, options_.state_words,
                          session_.server());
}

// Nothing is kept of it: a server that renames its tools at each list takes no more memory for that.
bool Listing::no_room() {
  if (!std::exchange(told_of_too_many_, true))
    remarks_ +=
        fmt::format("agentmesh: {} has offered more than {} tools; what is new beyond them {}\n",
                    session_.server(), trust::PinSet::kMaxPins,
                    options_.shadow ? "is not pinned" : "is withheld");
  return options_.shadow;
}

bool Listing::offered(std::string_view name, json::View definition, Turn& turn) {
  trust::Seen seen = pins_.see(trust::PinKind::kTool, name, definition);
  if (seen.sight == trust::Sight::kTooMany) return no_room();
  standing_.manners().listed(name, definition);
  listed_.push_back({seen.hash, std::string(name)});
  const bool changed = seen.sight == trust::Sight::kChanged || seen.sight == trust::Sight::kWaiting;
  std::vector<policy::Finding> findings;
  if (changed) findings.push_back({"tool.changed", policy::Severity::kHigh, "tools"});
  compare_names(name, findings);
  const policy::Verdict verdict =
      pipeline_.judge_definition(name, definition, changed, std::move(findings));
  const policy::Policy& policy = pipeline_.policy();
  const std::string tool(name);
  std::vector<policy::Finding> lasting = verdict.findings;
  std::erase_if(lasting, [](const policy::Finding& f) { return f.id == "tool.changed"; });
  session_.found_in(tool, std::move(lasting));
  // What is withheld is told in each session: the reason may stand where no pin looks (`_meta`, icons).
  const bool denied = verdict.action == policy::Action::kDeny;
  if (seen.sight == trust::Sight::kFirst || seen.sight == trust::Sight::kChanged ||
      (denied && !refused_.contains(tool)))
    remark(name, verdict.findings);

  if (denied) {
    session_.withhold(
        tool, {std::string(verdict.rule),
               verdict.reason.empty() ? "its definition is not let through" : verdict.reason,
               texts_of(verdict.tags)});
    refused_.insert(tool);
  } else if (!refused_.contains(tool)) {
    session_.no_longer_withheld(tool);
  }
  const bool clean =
      std::none_of(verdict.findings.begin(), verdict.findings.end(), [](const policy::Finding& f) {
        return f.severity >= policy::Severity::kMedium && f.id != "tool.changed";
      });
  const bool poisoned =
      std::any_of(verdict.findings.begin(), verdict.findings.end(), attacks_reader);
  const int64_t now = clock_.wall_us();
  if (seen.sight == trust::Sight::kFirst) {
    if (poisoned) record_poisoned(seen, denied ? "withheld" : "warned", turn);
    const bool hold = policy.first_sight() == policy::FirstSight::kHold ||
                      verdict.action == policy::Action::kRequireApproval;
    if (!hold) {
      audit::ToolsPinned record;
      record.server = session_.server();
      record.tool = tool;
      record.hash = seen.hash;
      record.by = "first-use";
      turn.add(std::move(record));
    }
    touched_ = true;
    pins_.settle(std::move(seen), hold ? trust::Settle::kHold : trust::Settle::kPin, now);
  } else if (seen.sight == trust::Sight::kChanged) {
    trust::Settle how = trust::Settle::kWithhold;
    std::string_view action = "withheld";
    switch (policy.changed_pin()) {
      case policy::ChangedPin::kWithhold: break;
      case policy::ChangedPin::kWarn:
        how = trust::Settle::kPin;
        action = "warned";
        break;
      case policy::ChangedPin::kReview:
        if (clean && !seen.difference.wider) {
          how = trust::Settle::kPin;
          action = "accepted";
          session_.notify(fmt::format("the definition of {} changed and was accepted",
                                      trust::printable(name, 64)));
        } else {
          how = trust::Settle::kReview;
          action = "denied";
        }
        break;
    }
    if (seen.state == trust::PinState::kRejected)
      action = "withheld";  // a person said no: only a person says yes
    record_change(seen, action, poisoned, turn);
    touched_ = true;
    pins_.settle(std::move(seen), how, now);
  }
  if (options_.shadow) return true;
  if (refused_.contains(tool)) return false;
  const auto state = pins_.standing(trust::PinKind::kTool, name);
  return !state || !trust::is_hidden(*state);
}

Step Listing::page(const Message& message, std::string_view bytes, bool first, Turn& turn) {
  Step step = forward(bytes);
  if (first) charge_.begin();
  const json::View tools = message.member("tools");
  if (!tools.is_array()) return step;
  if (first) {
    listed_.clear();
    refused_.clear();
    names_.renew();
    whole_ = true;
  }
  const json::View cursor = message.member("nextCursor");
  const bool last = !cursor.is_string();

  std::vector<std::string> names;
  for (const json::View tool : tools.elements()) {
    names.push_back(tool.find("name").string());
    names_.add(session_.server(), names.back());
  }
  std::string kept = "[";
  bool hidden = false;
  size_t at_name = 0;
  for (const json::View tool : tools.elements()) {
    if (!offered(names[at_name++], tool, turn)) {
      hidden = true;
      continue;
    }
    if (kept.size() > 1) kept += ',';
    kept += tool.raw();
  }
  kept += ']';
  for (const std::string& gone : pins_.page(trust::PinKind::kTool, first, last, names))
    record_gone(gone, turn);
  if (hidden) {
    Splice splice(bytes);
    const size_t at = splice.offset_of(tools.raw());
    splice.replace(at, at + tools.raw().size(), kept);
    step.text = splice.apply();
  }
  if (last && std::exchange(whole_, false)) {
    audit::ToolsListed record;
    record.count = static_cast<int64_t>(listed_.size());
    std::vector<std::string> hashes;
    for (const auto& tool : listed_) hashes.push_back(tool.hash + "\n");
    std::sort(hashes.begin(), hashes.end());
    std::string set;
    for (const std::string& hash : hashes) set += hash;
    record.set = to_hex(sha256(set));
    record.tools = std::exchange(listed_, {});
    std::sort(record.tools.begin(), record.tools.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    turn.add(std::move(record));
  }
  return step;
}

}  // namespace agentmesh::proxy
