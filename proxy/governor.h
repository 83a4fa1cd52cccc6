// Governor: one session between a client and a server, without sockets, children or clocks of its own.
//
// Lines come in from both sides; bytes go out through Wire. What a line becomes is said by client_side and server_side (a
// Turn); here the turn's records are appended as one piece, and then its steps are carried out in order. If the log makes us
// wait, the turn waits, and that side is not read meanwhile; the other side goes on.
//
// Order: start() once; lines as they are framed; finish() once. Thread: one (posted work included).
// Failure: a record that cannot be written denies its call (audit.on_error); answers that were due are still delivered.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "audit/log.h"
#include "base/clock.h"
#include "policy/policy.h"
#include "proxy/calls.h"
#include "proxy/client_side.h"
#include "proxy/deadlines.h"
#include "proxy/keeper.h"
#include "proxy/listing.h"
#include "proxy/offers.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/policy_in_use.h"
#include "proxy/relay.h"
#include "proxy/reloading.h"
#include "proxy/results.h"
#include "proxy/server_side.h"
#include "proxy/session.h"
#include "proxy/standing.h"
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
  void follow(PolicyInUse in_use, Reload reload);
  // Whom the facts of this session are shared with, where the policy says so: all proxies that give the same text.
  void share_facts_as(std::string client);
  // What people allowed.
  void know(const std::vector<trust::Allowance>& allowances) { pipeline_.use(allowances); }
  // The command as offers.h forms it; after start().
  void started_by(std::string_view command_form);
  // Records made outside a turn (session.start, policy.load): appended, nothing waits for them.
  void record(std::vector<audit::Record> records);

  void client_lines(std::span<const Line> lines) override;
  void server_lines(std::span<const Line> lines) override;
  void client_eof() override;
  bool client_paused() const override { return client_turn_.waiting; }
  bool server_paused() const override { return server_turn_.waiting; }
  bool client_pending() const override { return client_turn_.waiting || approval_turn_.waiting; }
  bool server_pending() const override { return server_turn_.waiting; }
  size_t outstanding() const override;
  void woken() override;
  void files_changed() override;
  void reload() override;
  void refused(Direction direction, std::string_view bytes) override;
  void finish(End end, int exit_status) override;

 private:
  void settle(Turn& turn);
  void share_facts();
  void reloaded(Reloading::What what, const PolicyInUse& policy);
  void number(Step& step);
  void carry_out(Turn& turn, const audit::Appended& places);
  // Carries out one step; returns what goes on in the turn's own direction ("" for nothing).
  std::string_view carry_out(Step& step, Direction direction, const audit::Appended& places);
  std::string_view carry_out_batch(Step& step, Direction direction, const audit::Appended& places);
  // A governed request whose decision could not be written.
  void unrecorded(Step& step, Direction direction, const std::string& why);
  void answer(AnswerPlan& plan);
  // Calls that the server does not answer in call_timeout_ms: answered by us, and cancelled at the server.
  void watch_deadline(const std::string& id_key, const Pending& pending);
  void arm_deadline();
  void expire();
  // Held calls: what was answered at a terminal, or not in time; and the timer for what comes next.
  void attend();
  void watch_approvals();
  void unasked(Step& step);
  // Calls that passed the circuit breakers' deadline are counted; what opened or closed is said, recorded and kept.
  void watch_overdue();
  void look_for_overdue();
  void tell_breakers(std::vector<audit::Record>& records);
  void place(Mark& mark, const Step& step, const audit::Appended& places) const;
  void flush_soon();
  void flush();
  trust::Flushed flush_mark() const;
  // These records could not be written, and neither counts what they say about trust.
  void forget_evidence(std::span<const audit::Record> records);
  void restore_new_store(trust::Store& store) const;  // on the keeper
  void send(Direction direction, std::string_view bytes);

  Options& options_;
  audit::Log& log_;
  Keeper& keeper_;
  Wire& wire_;
  const Clock& clock_;
  Session session_;
  Standing standing_;
  trust::PinSet pins_;
  Calls calls_;
  Deadlines deadlines_;
  Pipeline pipeline_;
  Results results_;
  Listing listing_;
  Offers offers_;
  ClientSide client_side_;
  ServerSide server_side_;
  Turn client_turn_, server_turn_;
  Turn approval_turn_;  // what became of held calls without a line of either side
  bool attend_again_ = false;
  bool client_gone_ = false;
  bool approvals_watched_ = false;
  bool overdue_watched_ = false;
  bool breakers_kept_ = false;  // state.db has a copy
  bool flush_armed_ = false;
  int flushes_put_off_ = 0;
  // The last flush could not be written. The keeper's alone.
  std::shared_ptr<bool> flush_failed_ = std::make_shared<bool>(false);
  uint64_t flushed_upto_ = 0;  // wseq: evidence of earlier records is in the store
  bool deadline_armed_ = false;
  int64_t changes_upto_ = 0;
  std::optional<Reloading> reloading_;
  std::vector<std::string> watched_;
  std::string client_;  // share_facts_as
  trust::SessionFactsRow shared_facts_;
  int64_t lost_ = 0;
};

}  // namespace agentmesh::proxy
