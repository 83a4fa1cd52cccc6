// RuleSet: a policy as the engine wants it: patterns compiled, rules sorted, what cannot match never looked at.
//
// compile.cc builds it from a PolicySource, decide.cc asks it. Not for use outside this folder.
// Thread: immutable once built.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/arg_index.h"
#include "policy/cel/cel.h"
#include "policy/guards.h"
#include "policy/limits.h"
#include "policy/match.h"
#include "policy/names.h"
#include "policy/policy.h"
#include "policy/rules.h"

namespace agentmesh::policy {

inline constexpr size_t kStageCount = 4;
inline constexpr size_t kKindCount = 9;

// One file of the chain: the policy itself is layer 0, its parents follow.
struct Layer {
  std::string name;
  std::string file;
  bool built_in = false;
  std::vector<Pattern> agents;  // empty: every agent
  std::vector<bool> ancestors;  // by layer: whose rules this file's allows cannot simply outrank
  std::optional<std::vector<std::string>> roots;
  // They are the same whoever started the proxy, and where.
  bool roots_are_absolute() const;
  Place roots_place;
  std::optional<std::vector<std::string>> hosts_allow;
  std::vector<std::string> hosts_deny;
  Place hosts_place;
};

struct ArgRule {
  std::string name;  // "*": any string at any depth
  std::vector<Pattern> patterns;
};

struct Limit {
  Rate rate;
  std::vector<Subject> by;
  std::string text;  // as written: "100/hour"
};

struct Rule {
  std::string name;
  std::string description;
  std::string identity;  // loosen.h
  uint32_t layer = 0;
  uint32_t order = 0;  // over all layers: the policy's own first
  int line = 0;
  Stage stage = Stage::kCall;
  Action action = Action::kDeny;
  bool limit_only = false;  // decides nothing while its limit lasts
  int64_t priority = 0;
  std::vector<Pattern> servers;  // empty: any
  std::vector<Pattern> agents;
  std::vector<ArgRule> args;
  std::optional<int64_t> trust_below;
  std::optional<Limit> limit;
  std::vector<std::string> approvers;
  std::optional<int64_t> timeout_us;
  bool overridable = false;
  bool durable = false;
  std::vector<std::string> tags;
  std::optional<cel::Program> condition;
  std::optional<cel::Program> unless;
  KindSet kinds = kAllKinds;  // of calls for which the condition may hold
  NameSet needs = 0;          // findings, paths, urls: the condition cannot hold while one is empty
  NameSet reads = 0;          // what condition and unless look at
  // What redaction replaces: what the condition asks about; both if it asks about neither.
  bool redacts_secrets = true;
  bool redacts_personal = true;

  // Lets the call through less readily than allow does, so a condition that fails counts as met.
  bool restricts() const {
    return !limit_only && (action == Action::kDeny || action == Action::kRequireApproval ||
                           action == Action::kRedact || action == Action::kNeutralise);
  }
  // A limit does so as well, by and by: a condition that fails counts the call.
  bool holds_back() const { return restricts() || limit.has_value(); }
};

// The rules of one stage, most decisive first (priority, then the order of the files), and which of them a tool's name
// leaves in play.
struct StageRules {
  std::vector<Rule> rules;
  std::array<std::vector<uint32_t>, kKindCount>
      any_tool;  // by kind of call: rules that name no tool
  PatternIndex by_tool;
  ArgIndex by_arg;    // rules that name no tool, but an argument
  NameSet reads = 0;  // by all its rules
};

// A line of `tools:`.
struct ToolEntry {
  Pattern pattern;
  std::optional<Kind> kind;
  std::optional<bool> reversible;
  std::vector<std::string> sql;  // names of arguments
  std::vector<std::string> shell;
  std::vector<std::string> url;
  std::vector<std::string> path;
};

struct ServerEntry {
  Pattern pattern;
  bool is_private = false;
  bool untrusted = false;
};

struct RuleSet {
  std::string name;
  std::optional<Mode> mode;
  FirstSight first_sight = FirstSight::kPin;
  ChangedPin changed_pin = ChangedPin::kReview;
  bool allow_unknown_methods = true;
  bool share_session = false;
  bool default_allow = false;
  Place default_place;
  std::vector<Layer> layers;
  std::array<StageRules, kStageCount> stages;
  size_t rule_count = 0;
  std::string classes;  // `tools` and `servers` of all files, as one text

  std::vector<ToolEntry> tools;  // most telling first among those that fit: see tool_entry()
  PatternIndex tool_index;
  std::vector<ServerEntry> servers;

  // The entry of `tools:` that speaks for a tool: its exact name, else the pattern with the most literal characters, else
  // the earlier one. Null: none.
  const ToolEntry* tool_entry(std::string_view tool) const;
  bool server_is_private(std::string_view server) const;
  bool server_is_untrusted(std::string_view server) const;
};

}  // namespace agentmesh::policy
