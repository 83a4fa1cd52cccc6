#include "cli/policy_reload.h"

#include <time.h>

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/read.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/json_object.h"
#include "cli/opened.h"
#include "cli/say.h"
#include "trust/definition.h"
#include "trust/governed.h"
#include "trust/wake.h"

namespace agentmesh::cli {
namespace {

constexpr int64_t kPatience = 3'000'000;  // a proxy answers within a fifth of a second
constexpr timespec kLookEvery{0, 5'000'000};

struct Answer {
  std::string policy, source, error;
  int64_t rules = 0;
};

std::string json_of(const Answer& answer) {
  JsonObject object;
  object.text("policy", answer.policy).text_if("source", answer.source);
  if (answer.error.empty())
    object.integer("rules", answer.rules);
  else
    object.text("error", answer.error);
  return object.done();
}

std::string described(const Answer& answer) {
  const std::string what = fmt::format("{} ({})", trust::printable(answer.policy, 256),
                                       trust::printable(answer.source, 1024));
  if (!answer.error.empty())
    return fmt::format("refused, the one before stays: {}\n", trust::printable(answer.error, 1024));
  return fmt::format("in force: {}, {} rule{}\n", what, answer.rules,
                     plural(static_cast<size_t>(answer.rules)));
}

// The policy.load records of different writers that come after where `tail` stands.
std::vector<Answer> wait_for(audit::Tail& tail, size_t count, const Clock& clock) {
  std::vector<Answer> answers;
  std::set<std::string> writers;
  const int64_t deadline = clock.mono_us() + kPatience;
  json::Reader reader;
  while (answers.size() < count && clock.mono_us() < deadline) {
    const auto line = tail.next();
    if (!line) break;
    if (!*line) {
      (void)::nanosleep(&kLookEvery, nullptr);
      continue;
    }
    if (reader.read(**line).fault != json::Fault::kNone) continue;
    const json::View record = reader.root();
    if (record.find("type").string() != "policy.load") continue;
    if (!writers.insert(record.find("w").string()).second) continue;
    answers.push_back({record.find("policy").string(), record.find("source").string(),
                       record.find("error").string(), record.find("rules").integer().value_or(0)});
  }
  return answers;
}

}  // namespace

int policy_reload(const PolicyReloadOptions& options, const Recorder& record) {
  const auto usage = [](std::string_view sentence) {
    complain(sentence);
    return kUsage;
  };
  if (refused_to_servers(options.state_dir, "policy reload")) return kNo;
  const std::vector<std::string> servers = trust::governed_servers(options.state_dir);
  std::vector<Answer> answers;
  if (!servers.empty()) {
    Opened opened;
    audit::Operator operation;
    operation.act = "policy.reload";
    operation.target = "all";
    operation.by = this_user();
    if (auto noted = record(operation); !noted)
      return usage("not reloaded, because it cannot be recorded: " + noted.error().what);
    auto tail = audit::Tail::open(options.state_dir + "/audit/" + options.log, 0);
    if (!tail) return usage(tail.error().what);
    if (!opened.open_store(options.state_dir)) return kUsage;
    if (auto ordered = opened.store->order_reload(this_user()); !ordered)
      return usage(ordered.error().what);
    if (auto woken = trust::touch_wake(options.state_dir); !woken) return usage(woken.error().what);
    answers = wait_for(*tail, servers.size(), opened.clock);
  }
  bool good = answers.size() == servers.size();
  std::vector<std::string> objects;
  std::string text;
  for (const Answer& answer : answers) {
    good = good && answer.error.empty();
    objects.push_back(json_of(answer));
    text += described(answer);
  }
  if (answers.size() < servers.size())
    text += fmt::format("{} of {} running prox{} did not answer in time\n",
                        servers.size() - answers.size(), servers.size(),
                        servers.size() == 1 ? "y" : "ies");
  if (servers.empty()) text = "no proxy runs; a policy is read when one starts\n";
  if (options.json)
    print(JsonObject()
              .integer("proxies", static_cast<int64_t>(servers.size()))
              .raw("answers", json_array(objects))
              .done() +
          "\n");
  else
    print(text);
  return good ? kOk : kNo;
}

}  // namespace agentmesh::cli
