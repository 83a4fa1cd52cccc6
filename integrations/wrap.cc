#include "integrations/wrap.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "integrations/layout.h"

namespace agentmesh::integrations {
namespace {

// An option and its value, as words. A value that starts with a dash would read as an option of its own.
void append_option(std::vector<std::string>& run, const std::string& option,
                   const std::string& value) {
  if (value.empty()) return;
  if (value.starts_with('-')) {
    run.push_back(option + "=" + value);
  } else {
    run.push_back(option);
    run.push_back(value);
  }
}

std::vector<std::string> run_words(const Entry& entry, const RunOptions& options) {
  std::vector<std::string> run = {"proxy"};
  append_option(run, "--name", entry.name);
  append_option(run, "--policy", options.policy);
  append_option(run, "--state-dir", options.state_dir);
  append_option(run, "--config", options.config);
  run.emplace_back("--");
  return run;
}

// The options of a run that choose the policy: replaced, or added behind the name.
void choose_policy(const Document& document, const Entry& entry, const std::string& policy,
                   std::vector<Edit>& edits) {
  const std::vector<std::string>& words = entry.words();
  const auto replace = [&](size_t i, const std::string& word) {
    if (words[i] != word)
      edits.push_back({entry.args_field().elements[i], quoted(document.syntax(), word)});
  };
  bool there = false;
  size_t behind_name = 1;
  for (size_t i = 1; i < entry.dashes; ++i) {
    const std::string& word = words[i];
    const bool has_value = i + 1 < entry.dashes;
    if ((word == "--policy" || word == "-p") && has_value) {
      there = true;
      replace(++i, policy);
    } else if (word.starts_with("--policy=")) {
      there = true;
      replace(i, "--policy=" + policy);
    } else if (word.starts_with("-p") && word.size() > 2) {
      there = true;
      replace(i, "-p" + policy);
    } else {
      // Every other option of `proxy` that is spelled without = takes the next word.
      const bool takes_next = word.starts_with("--") && word.find('=') == std::string::npos &&
                              word != "--pump" && has_value;
      if (takes_next) ++i;
      if (word == "--name" || word.starts_with("--name=")) behind_name = i + 1;
    }
  }
  if (!there) insert_words(document, entry, behind_name, {"--policy", policy}, edits);
}

bool asked_for(const Entry& entry, const Names& names) {
  return names.empty() || names.contains(entry.name);
}

Result<std::string> unwrapped(const Document& document, const ArgsAdded& args_added) {
  auto plan = unwrap(document, {}, args_added);
  if (!plan) return tl::unexpected(plan.error());
  return edited(document.text, plan->edits);
}

tl::unexpected<Error> internal_error() { return fail("internal error, nothing changed"); }

using Key = std::tuple<std::string, std::string, size_t>;
Key key_of(const Entry& entry) { return {entry.scope, entry.name, entry.occurrence}; }

// Our result, read back: what was wrapped is ours now, and with every run taken away it is the text we started from (with
// the runs that were there before taken away as well).
Result<void> check_wrapped(const Document& document, const Plan& plan, const RunOptions& options) {
  std::set<Key> added;
  std::set<Key> changed;
  for (const Outcome& outcome : plan.outcomes) {
    if (outcome.args_added) added.insert(key_of(outcome.entry));
    if (outcome.action == Action::kWrapped || outcome.action == Action::kUpdated)
      changed.insert(key_of(outcome.entry));
  }
  const std::string result = edited(document.text, plan.edits);
  const auto read = read_document(result, *document.client, document.file);
  if (!read) return internal_error();
  for (const Entry& entry : read->entries)
    if (changed.contains(key_of(entry)) &&
        (entry.standing != Standing::kOurs || entry.command_field().text != options.own_path))
      return internal_error();

  // What we found wrapped may hold comments in its run; both sides lose it the same way. What we wrapped must be whole.
  const auto before = unwrapped(document, [](const Entry&) { return false; });
  const auto after =
      unwrapped(*read, [&](const Entry& entry) { return added.contains(key_of(entry)); });
  if (!before || !after || *before != *after) return internal_error();
  return {};
}

// Every field means what it meant, args and command aside.
bool same_but_for_the_command(const Entry& a, const Entry& b) {
  const auto others = [](const Entry& entry) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const Field& field : entry.fields)
      if (field.key != "command" && field.key != "args") out.emplace_back(field.key, field.text);
    return out;
  };
  return a.scope == b.scope && a.name == b.name && others(a) == others(b);
}

// Our result, read back: every entry means what it meant, except that those restored run their own command.
Result<void> check_unwrapped(const Document& document, const Plan& plan) {
  std::set<size_t> restored;
  for (const Outcome& outcome : plan.outcomes)
    if (outcome.action == Action::kRestored) restored.insert(outcome.entry.begin);
  const std::string result = edited(document.text, plan.edits);
  const auto after = read_document(result, *document.client, document.file);
  if (!after || after->entries.size() != document.entries.size()) return internal_error();
  static const std::vector<std::string> kNoWords;
  for (size_t i = 0; i < document.entries.size(); ++i) {
    const Entry& old_entry = document.entries[i];
    const Entry& new_entry = after->entries[i];
    if (!same_but_for_the_command(old_entry, new_entry)) return internal_error();
    if (!restored.contains(old_entry.begin)) {
      if (old_entry.standing != new_entry.standing) return internal_error();
      continue;
    }
    const size_t moved = old_entry.dashes + 1;
    const std::vector<std::string>& old_words = old_entry.words();
    if (new_entry.command == Entry::kNone) return internal_error();
    const std::vector<std::string>& new_words = new_entry.has_args() ? new_entry.words() : kNoWords;
    if (new_entry.command_field().text != old_words[moved] ||
        !std::equal(old_words.begin() + static_cast<std::ptrdiff_t>(moved) + 1, old_words.end(),
                    new_words.begin(), new_words.end()))
      return internal_error();
  }
  return {};
}

}  // namespace

Result<Plan> wrap(const Document& document, const Names& names, const RunOptions& options) {
  Plan plan;
  for (const Entry& entry : document.entries) {
    if (!asked_for(entry, names)) continue;
    Outcome outcome{entry};
    if (entry.standing == Standing::kStdio) {
      outcome.action = Action::kWrapped;
      outcome.args_added = !entry.has_args();
      wrap_edits(document, entry, options.own_path, run_words(entry, options), plan.edits);
    } else if (entry.standing == Standing::kOurs) {
      const size_t before = plan.edits.size();
      const Field& command = entry.command_field();
      if (command.text != options.own_path)
        plan.edits.push_back({command.value, quoted(document.syntax(), options.own_path)});
      if (!options.policy.empty()) choose_policy(document, entry, options.policy, plan.edits);
      outcome.action = plan.edits.size() == before ? Action::kAlready : Action::kUpdated;
    } else if (entry.standing == Standing::kForeign || entry.standing == Standing::kStuck) {
      outcome.action = Action::kAlready;
    }
    plan.outcomes.push_back(std::move(outcome));
  }
  sort_edits(plan.edits);
  if (!plan.edits.empty())
    if (auto checked = check_wrapped(document, plan, options); !checked)
      return tl::unexpected(checked.error());
  return plan;
}

Result<Plan> unwrap(const Document& document, const Names& names, const ArgsAdded& args_added) {
  Plan plan;
  for (const Entry& entry : document.entries) {
    if (!asked_for(entry, names)) continue;
    Outcome outcome{entry};
    if (entry.standing == Standing::kOurs) {
      outcome.action = Action::kRestored;
      unwrap_edits(document, entry, args_added(entry), plan.edits);
    } else if (entry.standing == Standing::kForeign) {
      outcome.action = Action::kAlready;
    } else if (entry.standing == Standing::kStuck) {
      outcome.action = Action::kStuck;
    }
    plan.outcomes.push_back(std::move(outcome));
  }
  sort_edits(plan.edits);
  if (!plan.edits.empty())
    if (auto checked = check_unwrapped(document, plan); !checked)
      return tl::unexpected(checked.error());
  return plan;
}

}  // namespace agentmesh::integrations
