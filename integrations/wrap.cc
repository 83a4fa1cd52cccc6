#include "integrations/wrap.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"

namespace agentmesh::integrations {
namespace {

std::string quoted(std::string_view word) {
  std::string out;
  json::append_string(out, word);
  return out;
}

// An option and its value, as tokens. A value that starts with a dash would read as an option of its own.
void append_option(std::vector<std::string>& run, const std::string& option,
                   const std::string& value) {
  if (value.empty()) return;
  if (value.starts_with('-')) {
    run.push_back(quoted(option + "=" + value));
  } else {
    run.push_back(quoted(option));
    run.push_back(quoted(value));
  }
}

std::vector<std::string> run_tokens(const Entry& entry, const RunOptions& options,
                                    std::string_view raw_command) {
  std::vector<std::string> run = {quoted("proxy")};
  append_option(run, "--name", entry.name);
  append_option(run, "--policy", options.policy);
  append_option(run, "--state-dir", options.state_dir);
  append_option(run, "--config", options.config);
  run.push_back(quoted("--"));
  run.emplace_back(raw_command);
  return run;
}

// What stands between two tokens of a run in front of `first`: as the list is laid out.
std::string separator_before(std::string_view text, Span first) {
  size_t at = first.begin;
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  if (at == 0 || (text[at - 1] != '\n' && text[at - 1] != '\r')) return ", ";
  --at;
  if (text[at] == '\n' && at > 0 && text[at - 1] == '\r') --at;
  return "," + std::string(text.substr(at, first.begin - at));
}

void wrap_entry(const JsonSpans& json, const Entry& entry, const RunOptions& options,
                std::vector<Edit>& edits) {
  const auto run = run_tokens(entry, options, entry.command.of(json.text()));
  edits.push_back({entry.command, quoted(options.own_path)});
  if (!entry.has_args()) {
    edits.push_back({{entry.command.end, entry.command.end},
                     fmt::format(", \"args\": [{}]", fmt::join(run, ", "))});
    return;
  }
  const size_t inside = entry.members[entry.args_member].value.begin + 1;
  if (entry.args.empty()) {
    edits.push_back({{inside, inside}, fmt::format("{}", fmt::join(run, ", "))});
    return;
  }
  const Span first = entry.args.front();
  const std::string separator = separator_before(json.text(), first);
  std::string inserted;
  for (const std::string& token : run) inserted += token + separator;
  edits.push_back({{first.begin, first.begin}, std::move(inserted)});
}

// The options of a run that choose the policy: replaced, or added behind the name.
void choose_policy(const JsonSpans& json, const Entry& entry, const std::string& policy,
                   std::vector<Edit>& edits) {
  bool there = false;
  size_t behind_name = 1;
  for (size_t i = 1; i < entry.dashes; ++i) {
    const std::string& word = entry.words[i];
    const bool has_value = i + 1 < entry.dashes;
    if ((word == "--policy" || word == "-p") && has_value) {
      there = true;
      if (entry.words[++i] != policy) edits.push_back({entry.args[i], quoted(policy)});
    } else if (word.starts_with("--policy=")) {
      there = true;
      if (word != "--policy=" + policy)
        edits.push_back({entry.args[i], quoted("--policy=" + policy)});
    } else if (word.starts_with("-p") && word.size() > 2) {
      there = true;
      if (word != "-p" + policy) edits.push_back({entry.args[i], quoted("-p" + policy)});
    } else {
      // Every other option of `proxy` that is spelled without = takes the next word.
      const bool takes_next = word.starts_with("--") && word.find('=') == std::string::npos &&
                              word != "--pump" && has_value;
      if (takes_next) ++i;
      if (word == "--name" || word.starts_with("--name=")) behind_name = i + 1;
    }
  }
  if (there) return;
  const Span between = {entry.args[0].end, entry.args[1].begin};
  const std::string separator =
      json.gap(between).comment ? ", " : std::string(between.of(json.text()));
  const size_t at = entry.args[behind_name].begin;
  edits.push_back({{at, at}, quoted("--policy") + separator + quoted(policy) + separator});
}

// Takes the bytes between two tokens away; comments stay, with the layout around them.
void erase_gap(const JsonSpans& json, Span between, std::vector<Edit>& edits) {
  const auto gap = json.gap(between);
  if (!gap.comment) {
    if (between.size() > 0) edits.push_back({between, ""});
  } else if (gap.comma) {
    edits.push_back({{*gap.comma, *gap.comma + 1}, ""});
  }
}

// Takes the args member and one comma away.
void erase_args(const JsonSpans& json, const Entry& entry, std::vector<Edit>& edits) {
  const Member& args = entry.members[entry.args_member];
  edits.push_back({{args.key.begin, args.value.end}, ""});
  if (entry.args_member > 0) {
    erase_gap(json, {entry.members[entry.args_member - 1].value.end, args.key.begin}, edits);
  } else {
    erase_gap(json, {args.value.end, entry.members[1].key.begin}, edits);
  }
}

void unwrap_entry(const JsonSpans& json, const Entry& entry, bool args_added,
                  std::vector<Edit>& edits) {
  const size_t moved = entry.dashes + 1;
  edits.push_back({entry.command, std::string(entry.args[moved].of(json.text()))});
  const Span list = entry.members[entry.args_member].value;
  const bool alone = moved + 1 == entry.args.size();
  const auto inside_comment = json.gap({list.begin + 1, entry.args[0].begin}).comment ||
                              json.gap({entry.args[moved].end, list.end - 1}).comment;
  bool comments = inside_comment;
  for (size_t i = 0; i < moved; ++i)
    comments = comments || json.gap({entry.args[i].end, entry.args[i + 1].begin}).comment;
  if (alone && args_added && !comments) {
    erase_args(json, entry, edits);
    return;
  }
  for (size_t i = 0; i <= moved; ++i) {
    edits.push_back({entry.args[i], ""});
    if (i < moved || !alone) erase_gap(json, {entry.args[i].end, entry.args[i + 1].begin}, edits);
  }
  // Behind the last element only a trailing comma is ours to take; blanks were there before us.
  if (!alone) return;
  if (const auto gap = json.gap({entry.args[moved].end, list.end - 1}); gap.comma)
    edits.push_back({{*gap.comma, *gap.comma + 1}, ""});
}

bool asked_for(const Entry& entry, const Names& names) {
  return names.empty() || names.contains(entry.name);
}

Result<std::string> unwrapped(const std::string& text, const Client& client,
                              const ArgsAdded& args_added) {
  auto json = JsonSpans::read(text);
  if (!json) return tl::unexpected(json.error());
  auto plan = unwrap(*json, client, {}, args_added);
  if (!plan) return tl::unexpected(plan.error());
  return edited(text, plan->edits);
}

tl::unexpected<Error> internal_error() { return fail("internal error, nothing changed"); }

// Our result, read back: what was wrapped is ours now, and with every run taken away it is the text we started from (with
// the runs that were there before taken away as well).
Result<void> check_wrapped(const JsonSpans& json, const Client& client, const Plan& plan,
                           const RunOptions& options) {
  const auto key = [](const Entry& entry) { return std::pair(entry.name, entry.occurrence); };
  std::set<std::pair<std::string, size_t>> added;
  std::set<std::pair<std::string, size_t>> changed;
  for (const Outcome& outcome : plan.outcomes) {
    if (outcome.args_added) added.insert(key(outcome.entry));
    if (outcome.action == Action::kWrapped || outcome.action == Action::kUpdated)
      changed.insert(key(outcome.entry));
  }
  const std::string result = edited(json.text(), plan.edits);
  const auto read = JsonSpans::read(result);
  if (!read) return internal_error();
  const auto entries = find_entries(*read, client);
  if (!entries) return internal_error();
  for (const Entry& entry : *entries)
    if (changed.contains(key(entry)) &&
        (entry.standing != Standing::kOurs || entry.command_word != options.own_path))
      return internal_error();

  // What we found wrapped may hold comments in its run; both sides lose it the same way. What we wrapped must be whole.
  const auto before =
      unwrapped(std::string(json.text()), client, [](const Entry&) { return false; });
  const auto after =
      unwrapped(result, client, [&](const Entry& entry) { return added.contains(key(entry)); });
  if (!before || !after || *before != *after) return internal_error();
  return {};
}

// Our result, read back: every entry means what it meant, except that those restored run their own command.
Result<void> check_unwrapped(const JsonSpans& json, const Client& client, const Plan& plan,
                             const std::vector<Entry>& before) {
  std::set<size_t> restored;
  for (const Outcome& outcome : plan.outcomes)
    if (outcome.action == Action::kRestored) restored.insert(outcome.entry.key.begin);
  const std::string result = edited(json.text(), plan.edits);
  const auto read = JsonSpans::read(result);
  if (!read) return internal_error();
  const auto after = find_entries(*read, client);
  if (!after || after->size() != before.size()) return internal_error();
  for (size_t i = 0; i < before.size(); ++i) {
    const Entry& old_entry = before[i];
    const Entry& new_entry = (*after)[i];
    if (old_entry.name != new_entry.name) return internal_error();
    if (!restored.contains(old_entry.key.begin)) {
      if (old_entry.value.of(json.text()) != new_entry.value.of(result)) return internal_error();
      continue;
    }
    const size_t moved = old_entry.dashes + 1;
    const auto tail = old_entry.words.begin() + static_cast<std::ptrdiff_t>(moved) + 1;
    if (old_entry.args[moved].of(json.text()) != new_entry.command.of(result) ||
        !std::equal(tail, old_entry.words.end(), new_entry.words.begin(), new_entry.words.end()))
      return internal_error();
  }
  return {};
}

}  // namespace

Result<Plan> wrap(const JsonSpans& json, const Client& client, const Names& names,
                  const RunOptions& options) {
  auto entries = find_entries(json, client);
  if (!entries) return tl::unexpected(entries.error());
  Plan plan;
  for (const Entry& entry : *entries) {
    if (!asked_for(entry, names)) continue;
    Outcome outcome{entry};
    if (entry.standing == Standing::kStdio) {
      outcome.action = Action::kWrapped;
      outcome.args_added = !entry.has_args();
      wrap_entry(json, entry, options, plan.edits);
    } else if (entry.standing == Standing::kOurs) {
      const size_t before = plan.edits.size();
      if (entry.command_word != options.own_path)
        plan.edits.push_back({entry.command, quoted(options.own_path)});
      if (!options.policy.empty()) choose_policy(json, entry, options.policy, plan.edits);
      outcome.action = plan.edits.size() == before ? Action::kAlready : Action::kUpdated;
    } else if (entry.standing == Standing::kForeign) {
      outcome.action = Action::kAlready;
    }
    plan.outcomes.push_back(std::move(outcome));
  }
  sort_edits(plan.edits);
  if (!plan.edits.empty())
    if (auto checked = check_wrapped(json, client, plan, options); !checked)
      return tl::unexpected(checked.error());
  return plan;
}

Result<Plan> unwrap(const JsonSpans& json, const Client& client, const Names& names,
                    const ArgsAdded& args_added) {
  auto entries = find_entries(json, client);
  if (!entries) return tl::unexpected(entries.error());
  Plan plan;
  for (const Entry& entry : *entries) {
    if (!asked_for(entry, names)) continue;
    Outcome outcome{entry};
    if (entry.standing == Standing::kOurs) {
      outcome.action = Action::kRestored;
      unwrap_entry(json, entry, args_added(entry), plan.edits);
    } else if (entry.standing == Standing::kForeign) {
      outcome.action = Action::kAlready;
    }
    plan.outcomes.push_back(std::move(outcome));
  }
  sort_edits(plan.edits);
  if (!plan.edits.empty())
    if (auto checked = check_unwrapped(json, client, plan, *entries); !checked)
      return tl::unexpected(checked.error());
  return plan;
}

}  // namespace agentmesh::integrations
