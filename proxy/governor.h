// Governor: one session between a client and a server, without sockets, children or clocks of its own.
//
// Lines come in from both sides; bytes go out through Wire. What a line becomes is said by client_side and server_side (a
// Turn); here the turn's records are appended as one piece, and then its steps are carried out in order (carrier.h). If the log
// makes us wait, the turn waits, and that side is not read meanwhile; the other side goes on.
//
// What goes on beside the lines has files of its own: breaker_watch.h and call_timeouts.h (servers that do not answer),
// policy_follower.h (a policy that changes), store_sync.h and shared_facts.h (what other processes know).
//
// Order: start() once; lines as they are framed; finish() once. Thread: one (posted work included).
// Failure: a record that cannot be written denies its call (audit.on_error); answers that were due are still delivered.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/log.h"
#include "base/clock.h"
#include "policy/policy.h"
#include "proxy/breaker_watch.h"
#include "proxy/call_timeouts.h"
#include "proxy/calls.h"
#include "proxy/carrier.h"
#include "proxy/client_side.h"
#include "proxy/keeper.h"
#include "proxy/listing.h"
#include "proxy/offers.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/policy_follower.h"
#include "proxy/policy_in_use.h"
#include "proxy/record_writer.h"
#include "proxy/relay.h"
#include "proxy/results.h"
#include "proxy/server_side.h"
#include "proxy/session.h"
#include "proxy/shared_facts.h"
#include "proxy/standing.h"
#include "proxy/store_sync.h"
#include "proxy/turn.h"
#include "trust/pins.h"
#include "trust/shared.h"

namespace agentmesh::proxy {

// What a session works with. All of it outlives the Governor.
struct GovernorParts {
  Options& options;  // `shadow` and `protected_paths` follow the policy
  std::shared_ptr<const policy::Policy> policy;
  audit::Log& log;
  trust::Shared& shared;
  Keeper& keeper;
  Wire& wire;
  const Clock& clock;
  Random& random;
};

class Governor final : public Relay {
 public:
  explicit Governor(const GovernorParts& parts);

  // What the store knew when the session began.
  void start(std::span<const trust::SubjectSums> sums, std::span<const trust::Pin> pins,
             int64_t changes_upto);
  // The policy in use, and how to read it again: its files are watched from now on.
  void follow(PolicyInUse in_use, Reload reload) {
    policy_follower_.follow(std::move(in_use), std::move(reload));
  }
  // Whom the facts of this session are shared with, where the policy says so: all proxies that give the same text.
  void share_facts_as(std::string client) { shared_facts_.share_as(std::move(client)); }
  // What people allowed.
  void know(const std::vector<trust::Allowance>& allowances) { pipeline_.use(allowances); }
  // Somebody took the file `shared` away: what the log has of it comes back before the next line is looked at. `restore` runs on the
  // keeper, and gives the time that the file was made. Both sides wait for it; the loop does not.
  void when_shared_is_lost(std::function<int64_t(const policy::Policy&)> restore, int64_t made_us) {
    restore_shared_ = std::move(restore);
    pipeline_.shared_is_back(made_us);
  }
  // The command as offers.h forms it; after start().
  void started_by(std::string_view command_form);
  // Records made outside a turn (session.start, policy.load): appended, nothing waits for them.
  void record(std::vector<audit::Record> records) { records_.write(std::move(records)); }
  // After finish(), when the log has written what it could.
  void log_closed() { records_.log_closed(); }
  // What the log has to say of itself while it runs. Any thread.
  void say_of_log(std::string text) { records_.say_of_log(std::move(text)); }
  // Where we set a damaged log aside, the new one begins with what the scores are made of. After the first records, and looked at
  // with every turn.
  void keep_scores();

  void client_lines(std::span<const Line> lines) override;
  void server_lines(std::span<const Line> lines) override;
  void client_eof() override;
  bool client_paused() const override { return client_turn_.waiting || !client_later_.empty(); }
  bool server_paused() const override { return server_turn_.waiting || !server_later_.empty(); }
  bool client_pending() const override { return client_paused() || approval_turn_.waiting; }
  bool server_pending() const override { return server_paused(); }
  size_t outstanding() const override { return calls_.waiting_for_server(); }
  void woken() override;
  void files_changed() override { policy_follower_.files_changed(); }
  void reload() override { policy_follower_.reload(); }
  void refused(Direction direction, std::string_view bytes) override;
  void finish(End end, int exit_status) override;

 private:
  // True if the file `shared` has to be restored first, which goes on from here.
  bool restoring();
  void read_later();
  void write_scores(const std::vector<audit::Record>& scores);
  void settle(Turn& turn);
  bool alone(const Turn& turn);
  void number(Step& step);
  void carry_out(Turn& turn, const audit::Appended& places);
  bool records_under_way() const {
    return client_turn_.waiting || server_turn_.waiting || approval_turn_.waiting;
  }
  // Held calls: what was answered at a terminal, or not in time; and the timer for what comes next.
  void attend();
  void watch_approvals();
  // The log was set aside as damaged, by us or by another proxy.
  void tell_of_log();
  // Every call that has no outcome yet gets one that says so.
  int64_t lose_calls(std::vector<audit::Record>& records);

  const Options& options_;
  audit::Log& log_;
  Keeper& keeper_;
  Wire& wire_;
  const Clock& clock_;
  Session session_;
  Standing standing_;
  trust::PinSet pins_;
  Calls calls_;
  Pipeline pipeline_;
  Results results_;
  Listing listing_;
  Offers offers_;
  ClientSide client_side_;
  ServerSide server_side_;
  RecordWriter records_;
  CallTimeouts timeouts_;
  BreakerWatch breaker_watch_;
  Carrier carrier_;
  PolicyFollower policy_follower_;
  StoreSync store_sync_;
  SharedFacts shared_facts_;
  const std::string* log_notice_ = nullptr;  // the last that was told
  Turn client_turn_, server_turn_;
  Turn approval_turn_;  // what became of held calls without a line of either side
  uint32_t seals_ = 0;  // of the log; the scores are in the new one
  std::function<int64_t(const policy::Policy&)> restore_shared_;
  bool restoring_ = false, keeping_scores_ = false;
  std::vector<Line> client_later_, server_later_;  // read while `shared` is restored
  bool attend_again_ = false;
  bool client_gone_ = false;
  bool approvals_watched_ = false;
};

}  // namespace agentmesh::proxy
