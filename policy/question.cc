#include "policy/question.h"

#include <fmt/format.h>

namespace agentmesh::policy {

bool StatedLimits::used_up(const Charge& charge) const {
  const auto it = used_.find(charge.rule);
  return it != used_.end() && it->second >= static_cast<int64_t>(charge.max);
}

Question::Question(const TestCase& test)
    : stage(test.stage),
      method(test.method),
      tool(test.tool),
      server(test.server),
      agent(test.agent),
      args(test.args),
      result(test.result),
      definition(test.definition),
      changed(test.changed),
      session(test.session),
      trust(test.trust) {
  surroundings.working_directory = test.roots.empty() ? "/" : test.roots.front();
  surroundings.home = "/home/user";
  surroundings.derived_roots = test.roots;
  local.hour = static_cast<int>(test.hour.value_or(local.hour));
  local.weekday = static_cast<int>(test.weekday.value_or(local.weekday));
  if (stage == Stage::kList) method = "tools/list";
}

Result<json::View> Question::read(std::string_view what, const std::string& text) const {
  if (text.empty()) return json::View();
  json::Reader reader;
  const json::Report& report = reader.read(text);
  if (report.fault != json::Fault::kNone)
    return fail(fmt::format("{}: not JSON (byte {})", what, report.fault_at));
  if (!report.repeated_keys.empty())
    return fail(
        fmt::format("{}: the same key twice (byte {})", what, report.repeated_keys.front()));
  return reader.root();
}

Result<void> Question::read_session() {
  const auto root = read("the session", session);
  if (!root) return tl::unexpected(root.error());
  if (root->present() && !root->is_object()) return fail("the session is no JSON object");
  for (const json::View::Member& member : root->members()) {
    const std::string key = member.key.string();
    const json::View value = member.value;
    const bool flag = value.is_true() || value.is_false();
    if (key == "limits" && value.is_object()) {
      for (const json::View::Member& limit : value.members()) {
        const auto used = limit.value.integer();
        if (!used)
          return fail(fmt::format("session.limits.{} is no whole number", limit.key.string()));
        limits_.state(limit.key.string(), *used);
      }
    } else if (key == "tainted" && flag) {
      facts_.tainted = value.is_true();
    } else if (key == "private_read" && flag) {
      facts_.private_read = value.is_true();
    } else if (key == "calls" && value.integer()) {
      facts_.calls = *value.integer();
    } else if (key == "denied" && value.integer()) {
      facts_.denied = *value.integer();
    } else if (key == "sampled" && value.integer()) {
      facts_.sampled = *value.integer();
    } else {
      return fail(fmt::format(
          "session.{}: use limits (rule: used), tainted, private_read (true or false), calls, denied, sampled (numbers)",
          key));
    }
  }
  return {};
}

Result<Input> Question::input() {
  Input input;
  if (auto read_it = read_session(); !read_it) return tl::unexpected(read_it.error());
  auto args_view = read("args", args);
  if (!args_view) return tl::unexpected(args_view.error());
  auto result_view = read("the result", result);
  if (!result_view) return tl::unexpected(result_view.error());
  auto definition_view = read("the definition", definition);
  if (!definition_view) return tl::unexpected(definition_view.error());
  input.stage = stage;
  input.method = method;
  input.tool = tool;
  input.server = server;
  input.agent = agent;
  input.args = *args_view;
  input.result = *result_view;
  input.result_is_error = result_view->find("isError").is_true();
  input.definition = *definition_view;
  input.changed = changed;
  if (trust) {
    const int score = static_cast<int>(*trust);
    input.trust = {score, score, score};
  }
  input.session = facts_;
  input.now_us = now_us;
  input.local = local;
  input.surroundings = &surroundings;
  input.limits = &limits_;
  return input;
}

}  // namespace agentmesh::policy
