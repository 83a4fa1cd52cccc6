// Session: a Governor with everything real behind it (log, shared file, database) and nothing around it: no pipes, no child,
// no loop. What a round trip costs here is what our own code and the log's file take of it.

#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "audit/log.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/disk.h"
#include "bench/directory.h"
#include "policy/policy.h"
#include "proxy/governor.h"

namespace agentmesh::bench {

// Takes everything and keeps only how much it was.
class CountingWire final : public proxy::Wire {
 public:
  void to_client(std::string_view bytes) override { client += bytes.size(); }
  void to_server(std::string_view bytes) override { server += bytes.size(); }
  void to_stderr(std::string_view) override {}
  void post(std::function<void()> work) override;
  void after(int, int64_t, std::function<void()>) override {}
  // Waits for one piece of posted work (an append that could not be settled at once) and runs it.
  void run_posted();

  uint64_t client = 0, server = 0;

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> posted_;
};

// A preset or a file, with `more_rules` rules behind its own: about every kind of thing that a rule can look at, none of
// which holds for the calls of texts.h.
std::shared_ptr<const policy::Policy> policy_of(const std::string& name, size_t more_rules = 0);

class Session {
 public:
  explicit Session(const std::string& policy, size_t more_rules = 0);

  // One line each, LF included.
  void client(std::string_view line) { feed(line, true); }
  void server(std::string_view line) { feed(line, false); }
  // A call and its answer.
  void round_trip();
  uint64_t round_trips() const { return round_trips_; }

  CountingWire wire;
  audit::Log& log() { return *log_; }

 private:
  void feed(std::string_view text, bool from_client);

  Directory directory_;
  SystemDisk disk_;
  SystemClock clock_;
  SystemRandom random_;
  proxy::Options options_;
  std::unique_ptr<audit::Log> log_;
  std::unique_ptr<trust::Shared> shared_;
  std::unique_ptr<proxy::Keeper> keeper_;
  std::unique_ptr<proxy::Governor> governor_;
  const std::string call_, result_;
  uint64_t round_trips_ = 0;
};

}  // namespace agentmesh::bench
