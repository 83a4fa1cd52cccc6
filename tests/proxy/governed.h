// A governed session without processes: a Governor on a real log, shared file and database in a directory of its own, with a
// wire that keeps what it was given. Posted work runs when the test says so, so that nothing has to be waited for.

#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/read.h"
#include "base/disk.h"
#include "proxy/governor.h"
#include "tests/catch.h"
#include "tests/fakes.h"
#include "tests/temp_directory.h"

namespace agentmesh::tests {

class KeptWire final : public proxy::Wire {
 public:
  void to_client(std::string_view bytes) override { client += bytes; }
  void to_server(std::string_view bytes) override { server += bytes; }
  void to_stderr(std::string_view text) override { stderr_text += text; }
  void post(std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(work));
    }
    more_.notify_one();
  }
  void after(int slot, int64_t delay_us, std::function<void()> work) override {
    if (delay_us < 0)
      timers.erase(slot);
    else
      timers[slot] = std::move(work);
  }
  // Waits for one piece of posted work and runs it.
  void run_posted() {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      more_.wait(lock, [this] { return !posted_.empty(); });
      work = std::move(posted_.front());
      posted_.pop_front();
    }
    work();
  }

  std::string client, server, stderr_text;
  std::map<int, std::function<void()>> timers;

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> posted_;
};

// "allow everything but": one deny rule per glob, and what the test adds.
inline policy::PolicySource policy_source(std::vector<std::string> denied_tools) {
  policy::PolicySource source;
  source.name = "test";
  source.file = "test.yaml";
  source.default_allow = true;
  int line = 1;
  for (std::string& tool : denied_tools) {
    policy::RuleSource rule;
    rule.name.value = "no-" + std::to_string(line);
    rule.place = {"test.yaml", line++, 3};
    policy::Text text;
    text.value = std::move(tool);
    rule.tool = std::vector<policy::Text>{text};
    rule.action = policy::Action::kDeny;
    source.rules.push_back(std::move(rule));
  }
  return source;
}

class GovernedSession {
 public:
  explicit GovernedSession(const policy::PolicySource& source,
                           const std::function<void(proxy::Options&)>& adjust = {}) {
    options.command = {"server", "--flag"};
    options.server = "files";
    options.state_dir = directory.path() + "/state";
    options.audit.state_dir = options.state_dir;
    if (adjust) adjust(options);
    auto compiled = policy::Policy::compile(source);
    REQUIRE(compiled.policy);
    auto opened = audit::Log::open(options.audit, disk, clock, random);
    if (!opened) FAIL(opened.error().what);
    log = std::move(*opened);
    auto shared_file = trust::Shared::open(options.state_dir, random);
    REQUIRE(shared_file);
    shared = std::move(*shared_file);
    auto store = trust::Store::open(options.state_dir, clock, random);
    REQUIRE(store);
    keeper = std::make_unique<proxy::Keeper>(std::move(*store));
    governor = std::make_unique<proxy::Governor>(proxy::GovernorParts{
        options, compiled.policy, *log, *shared, *keeper, wire, clock, random});
    governor->start({}, {}, 0);
  }
  // As the product ends: what the log has queued is the governor's, and so is the keeper's last work.
  ~GovernedSession() {
    log.reset();
    keeper.reset();
  }
  GovernedSession(const GovernedSession&) = delete;
  GovernedSession& operator=(const GovernedSession&) = delete;

  // Lines given as one read; LF is added to each.
  void client(std::vector<std::string> texts) { feed(std::move(texts), true); }
  void server(std::vector<std::string> texts) { feed(std::move(texts), false); }
  std::string take_client() { return std::exchange(wire.client, {}); }
  std::string take_server() { return std::exchange(wire.server, {}); }
  // The lines of the log, all that is written by now.
  std::vector<std::string> records() const {
    auto tail = audit::Tail::open(options.state_dir + "/audit/main", 1000);
    REQUIRE(tail);
    std::vector<std::string> lines;
    for (;;) {
      auto line = tail->next();
      REQUIRE(line);
      if (!*line) return lines;
      lines.push_back(std::move(**line));
    }
  }

  TempDirectory directory;
  SystemDisk disk;
  FakeClock clock;
  CountingRandom random;
  proxy::Options options;
  KeptWire wire;
  std::unique_ptr<audit::Log> log;
  std::unique_ptr<trust::Shared> shared;
  std::unique_ptr<proxy::Keeper> keeper;
  std::unique_ptr<proxy::Governor> governor;

 private:
  void feed(std::vector<std::string> texts, bool from_client) {
    std::vector<proxy::Line> lines;
    for (std::string& text : texts) {
      text += '\n';
      proxy::Line line;
      line.bytes = text;
      line.size = text.size();
      lines.push_back(std::move(line));
    }
    if (from_client)
      governor->client_lines(lines);
    else
      governor->server_lines(lines);
    while (governor->client_paused() || governor->server_paused()) wire.run_posted();
  }
};

}  // namespace agentmesh::tests
