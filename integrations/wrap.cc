#include "integrations/wrap.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "integrations/layout.h"
#include "integrations/own_places.h"

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

// The server's name as an argument: without what its client would fill in there (which it does not in a key), and without the
// character that no argument can hold.
std::string name_in_run(const Document& document, const Entry& entry) {
  std::string name = entry.name;
  const bool fills = document.client->placeholders != Placeholders::kNone;
  std::erase_if(name, [fills](char c) { return c == 0 || (fills && (c == '$' || c == '{')); });
  return name;
}

std::vector<std::string> run_words(const Document& document, const Entry& entry,
                                   const RunOptions& options) {
  const bool elsewhere = leads_elsewhere(entry);
  const auto said = [elsewhere](const std::string& place, const std::string& usual) {
    return place.empty() && elsewhere ? usual : place;
  };
  std::vector<std::string> run = {"proxy"};
  append_option(run, "--name", name_in_run(document, entry));
  append_option(run, "--policy", options.policy);
  append_option(run, "--state-dir", said(options.state_dir, options.usual_state_dir));
  append_option(run, "--config", said(options.config, options.usual_config));
  run.emplace_back("--");
  return run;
}

// The values of an option that is there, each replaced; false: it is not there.
bool replace_values(const Document& document, const Entry& entry,
                    const std::vector<RunOption>& there, const std::string& value,
                    std::vector<Edit>& edits) {
  for (const RunOption& one : there)
    if (one.value != value)
      edits.push_back(
          {entry.args_field().elements[one.at], quoted(document.syntax(), one.front + value)});
  return !there.empty();
}

// The options of a run that choose the policy: replaced, or added behind the name.
void choose_policy(const Document& document, const Entry& entry, const std::string& policy,
                   std::vector<Edit>& edits) {
  if (replace_values(document, entry, run_options(entry, "--policy", "-p"), policy, edits)) return;
  const std::vector<RunOption> names = run_options(entry, "--name");
  const size_t behind_name = names.empty() ? 1 : names.back().at + 1;
  insert_words(document, entry, behind_name, {"--policy", policy}, edits);
}

// Where the state and settings of an entry that is wrapped already are. What a person asked for now counts; what one wrote into the
// entry stays otherwise. An entry that leads elsewhere says both, also if it was wrapped when it did not, or by an earlier version.
void say_places(const Document& document, const Entry& entry, const RunOptions& options,
                std::vector<Edit>& edits) {
  const bool elsewhere = leads_elsewhere(entry);
  std::vector<std::string> missing;
  // `place` is "" where it goes without saying.
  const auto say = [&](const std::string& option, const std::vector<RunOption>& there, bool chosen,
                       const std::string& place, const std::string& usual) {
    if (there.empty()) {
      if (chosen || elsewhere) append_option(missing, option, elsewhere ? usual : place);
    } else if (chosen) {
      replace_values(document, entry, there, usual, edits);
    }
  };
  say("--state-dir", run_options(entry, "--state-dir"), options.chose_state_dir, options.state_dir,
      options.usual_state_dir);
  const std::vector<RunOption> configs = run_options(entry, "--config");
  say("--config", configs, options.chose_config, options.config, options.usual_config);
  if (elsewhere && !options.chose_config && !options.usual_config.empty())
    for (const RunOption& config : configs)
      if (says_no_settings(config))
        replace_values(document, entry, {config}, options.usual_config, edits);
  if (!missing.empty()) insert_words(document, entry, entry.dashes, missing, edits);
}

// Why an entry that has to say its places cannot: its client would fill in what looks like a placeholder to it. "": it can.
std::string unfit_places(const Document& document, const Entry& entry, const RunOptions& options) {
  if (document.client->placeholders == Placeholders::kNone || !leads_elsewhere(entry)) return "";
  const bool ours = entry.standing == Standing::kOurs;
  const auto missing = [&](const std::string& said, std::string_view option) {
    return ours ? run_options(entry, option).empty() : said.empty();
  };
  for (const auto& [said, usual, option] :
       {std::tuple(&options.state_dir, &options.usual_state_dir, "--state-dir"),
        std::tuple(&options.config, &options.usual_config, "--config")})
    if (missing(*said, option) && usual->find_first_of("${") != std::string::npos)
      return "placeholder (" + *usual +
             " would have to be in it, where the client expands '$' and '{')";
  return "";
}

// Why an entry cannot be wrapped under its name: no system starts what has an argument of that length. "": it can.
std::string unfit_name(const Document& document, const Entry& entry) {
  constexpr size_t kLongestArgument = 128 * 1024 - 1;  // MAX_ARG_STRLEN, see execve(2)
  std::vector<std::string> words;
  append_option(words, "--name", name_in_run(document, entry));
  if (words.empty() || words.back().size() <= kLongestArgument) return "";
  return "long-name (its name must be an argument of its proxy, and no argument can be that long)";
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

// Our result, read back: what was wrapped is ours now, and with every run taken away it is the text we started from (with
// the runs that were there before taken away as well).
Result<void> check_wrapped(const Document& document, const Plan& plan, const RunOptions& options) {
  std::set<EntryId> added;
  std::set<EntryId> changed;
  for (const Outcome& outcome : plan.outcomes) {
    if (outcome.args_added) added.insert(outcome.entry.id());
    if (outcome.action == Action::kWrapped || outcome.action == Action::kUpdated)
      changed.insert(outcome.entry.id());
  }
  const std::string result = edited(document.text, plan.edits);
  const auto read = read_document(result, *document.client, document.file);
  if (!read) return internal_error();
  for (const Entry& entry : read->entries)
    if (changed.contains(entry.id()) &&
        (entry.standing != Standing::kOurs || entry.command_field().text != options.own_path))
      return internal_error();

  // What we found wrapped may hold comments in its run; both sides lose it the same way. What we wrapped must be whole.
  const auto before = unwrapped(document, [](const Entry&) { return false; });
  const auto after =
      unwrapped(*read, [&](const Entry& entry) { return added.contains(entry.id()); });
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
  return a.id() == b.id() && others(a) == others(b);
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
    if (options.only_wrapped && entry.standing != Standing::kOurs) continue;
    Outcome outcome{entry};
    if (entry.standing == Standing::kStdio || entry.standing == Standing::kOurs)
      outcome.why = unfit_places(document, entry, options);
    if (outcome.why.empty() && entry.standing == Standing::kStdio)
      outcome.why = unfit_name(document, entry);
    if (!outcome.why.empty()) {
      outcome.action = Action::kSkipped;
    } else if (entry.standing == Standing::kStdio) {
      outcome.action = Action::kWrapped;
      outcome.args_added = !entry.has_args();
      wrap_edits(document, entry, options.own_path, run_words(document, entry, options),
                 plan.edits);
    } else if (entry.standing == Standing::kOurs) {
      const size_t before = plan.edits.size();
      const Field& command = entry.command_field();
      if (command.text != options.own_path)
        plan.edits.push_back({command.value, quoted(document.syntax(), options.own_path)});
      if (!options.policy.empty()) choose_policy(document, entry, options.policy, plan.edits);
      say_places(document, entry, options, plan.edits);
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
    } else if (is_ours(entry)) {
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
