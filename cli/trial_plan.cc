// What a trial of a client's entry is, or why there can be none (trial.h).

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/env_file.h"
#include "cli/trial.h"
#include "integrations/cautions.h"
#include "integrations/own_path.h"
#include "integrations/own_places.h"
#include "integrations/summary.h"

namespace agentmesh::cli {
namespace {

using std::string;
using Variables = std::vector<std::pair<string, string>>;

// `text`: of the entry's file. What is neither true nor false says nothing.
bool is_switched_off(std::string_view text, const integrations::Entry& entry) {
  const integrations::Field* disabled = entry.find("disabled");
  if (disabled != nullptr && disabled->kind == integrations::Kind::kTrue) return true;
  const integrations::Field* enabled = entry.find("enabled");
  if (enabled == nullptr || enabled->kind != integrations::Kind::kOther) return false;
  const std::string_view written = enabled->value.of(text);
  return written == "false" || written == "False" || written == "FALSE";
}

// Its variables go before the entry's own, which count more. Returns why it could not be read, or ""; `fails` if that keeps
// the client from starting the server.
string add_env_file(const string& named, const string& of, Variables& variables, bool& fails) {
  if (named.empty()) return "";
  string path = named;
  if (!path.starts_with('/')) {
    const string project = project_of(of);
    if (project.empty())
      return "its envFile is a relative path, and only the client knows its folder";
    path = project + "/" + path;
  }
  const auto text = read_regular(path, 1U << 20);
  fails = !text;
  if (!text)
    return fmt::format("its envFile cannot be read: {}",
                       integrations::printable(text.error().what));
  for (auto& variable : env_file_variables(*text)) variables.push_back(std::move(variable));
  return "";
}

// What the entry sets for its server, the envFile's first. `fill`: placeholders; returns why the envFile could not be read.
template <class Fill>
string add_variables(const integrations::Entry& entry, const string& file,
                     const config::Environment& environment, const Fill& fill, Variables& variables,
                     bool& fails) {
  string unread;
  if (const integrations::Field* listed = entry.find("envFile"))
    unread = add_env_file(fill(listed->text), file, variables, fails);
  if (const integrations::Field* env = entry.find("env"))
    for (const integrations::Field& variable : env->members)
      variables.emplace_back(variable.key, fill(variable.text));
  if (const integrations::Field* names = entry.find("env_vars"))
    for (const string& name : names->words)
      if (auto value = environment(name.c_str())) variables.emplace_back(name, *value);
  return unread;
}

}  // namespace

TrialPlan plan_trial(const integrations::Document& document, const integrations::Entry& entry,
                     const string& file, const config::Environment& environment) {
  const integrations::Client& client = *document.client;
  TrialPlan plan;
  if (is_switched_off(document.text, entry)) {
    plan.why_not = "it is switched off";
    plan.switched_off = true;
    return plan;
  }
  if (integrations::runs_elsewhere(client, entry)) {
    plan.why_not = "it runs on another machine";
    plan.elsewhere = true;
    return plan;
  }
  Trial trial;
  trial.name = entry.name;
  string unknown;
  const auto fill = [&](const string& text) -> string {
    auto filled = filled_in(client, text, file, environment, unknown);
    return filled ? std::move(*filled) : string();
  };
  const bool ours = entry.standing == integrations::Standing::kOurs;
  const string command = fill(entry.command_field().text);
  static const std::vector<string> kNone;
  const std::vector<string>& words = entry.has_args() ? entry.words() : kNone;
  if (ours) {
    trial.command = {command, "proxy"};
    trial.policy = fill(integrations::run_option(entry, "--policy", "-p"));
    trial.mode = fill(integrations::run_option(entry, "--mode"));
    if (const string name = integrations::run_option(entry, "--name"); !name.empty())
      trial.name = fill(name);
    // Its own options, but for those that a trial sets itself.
    std::vector<bool> left_out(entry.dashes);
    for (const char* option : {"--state-dir", "--mode"})
      for (const integrations::RunOption& set : integrations::run_options(entry, option)) {
        left_out[set.at] = true;
        if (set.front.empty()) left_out[set.at - 1] = true;
      }
    for (size_t i = 1; i < entry.dashes; ++i)
      if (!left_out[i]) trial.command.push_back(fill(words[i]));
    trial.command.emplace_back("--");
    for (size_t i = entry.dashes + 1; i < words.size(); ++i)
      trial.command.push_back(fill(words[i]));
  } else {
    trial.command = {executable_path(),
                     "proxy",
                     "--name",
                     entry.name.empty() ? "server" : entry.name,
                     "--",
                     command};
    for (const string& word : words) trial.command.push_back(fill(word));
  }
  string unread = add_variables(entry, file, environment, fill, trial.variables, plan.fails);
  if (const integrations::Field* cwd = entry.find("cwd")) trial.directory = fill(cwd->text);
  if (!unknown.empty()) {
    plan.why_not = fmt::format("only the client can fill in {}", integrations::printable(unknown));
    plan.fails = false;
  } else if (!unread.empty()) {
    plan.why_not = std::move(unread);
  } else if (const integrations::Field* keys = entry.find("env_keys");
             keys != nullptr && !keys->words.empty()) {
    plan.why_not = "some of its variables are in its client's keyring";
  } else {
    if (trial.command[0].find('/') == string::npos) {
      const string found =
          integrations::find_program(trial.command[0], environment("PATH").value_or(""));
      if (!found.empty()) trial.command[0] = found;
    }
    plan.trial = std::move(trial);
  }
  return plan;
}

config::Environment as_started(const integrations::Client& client, const integrations::Entry& entry,
                               const string& file, const config::Environment& environment) {
  Variables variables;
  bool ignored = false;
  // What only the client can fill in leads somewhere else as well: its text serves.
  const auto fill = [&](const string& text) {
    string unknown;
    return filled_in(client, text, file, environment, unknown).value_or(text);
  };
  (void)add_variables(entry, file, environment, fill, variables, ignored);
  return [variables = std::move(variables),
          home = environment("HOME")](const char* name) -> std::optional<string> {
    const auto last = std::find_if(variables.rbegin(), variables.rend(),
                                   [name](const auto& variable) { return variable.first == name; });
    if (last != variables.rend())
      return last->second.empty() ? std::nullopt : std::optional(last->second);
    return std::string_view(name) == "HOME" ? home : std::nullopt;
  };
}

}  // namespace agentmesh::cli
