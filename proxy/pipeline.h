// Pipeline: one governed request in, one Judgement out. Asked in this order, and the first "no" decides: is the server halted;
// is the tool pinned and visible; what does the policy say (rules, roots, hosts, limits, trust); does its circuit breaker let it
// pass; has a person said yes where the policy wants one.
//
// It is the one place where an error while judging becomes a denial. It counts limits and uses tickets, because that has to
// happen exactly once per call that goes through; it writes no record and sends nothing.
// Thread: one (the io thread). Cost: policy::ask and, where limits apply, one lock of the shared file.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "policy/policy.h"
#include "proxy/approvals.h"
#include "proxy/breakers.h"
#include "proxy/calls.h"
#include "proxy/exceptions.h"
#include "proxy/judgement.h"
#include "proxy/mark.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/session.h"
#include "proxy/standing.h"
#include "trust/pins.h"
#include "trust/shared.h"

namespace agentmesh::proxy {

// A definition with such a finding attacks whoever reads it: what the presets withhold a tool for.
bool attacks_reader(const policy::Finding& finding);

// What a mark says of the log, whoever asks.
struct LogFacts {
  std::string origin;
  std::string writer;
  std::function<const std::string&()> notice;  // today's: the log may be set aside while we run
  bool queued = false;
};

class Pipeline {
 public:
  Pipeline(const Options& options, std::shared_ptr<const policy::Policy> policy, Session& session,
           Standing& standing, trust::PinSet& pins, trust::Shared& shared, LogFacts log,
           Random& random, const Clock& clock);

  const policy::Policy& policy() const { return *policy_; }
  std::shared_ptr<const policy::Policy> shared_policy() const { return policy_; }
  Approvals& approvals() { return approvals_; }
  // Between two messages: another policy decides from now on.
  void use(std::shared_ptr<const policy::Policy> policy) { policy_ = std::move(policy); }
  void use(const std::vector<trust::Allowance>& allowances) {
    exceptions_.replace(allowances, session_.server());
  }
  // True if the file `shared` is another one than was last said: what was counted and halted has to be read from the log before
  // anything is judged by it. (What is judged all the same is denied.) One look at the file.
  bool shared_is_another();
  // It has been read into the file that was made then.
  void shared_is_back(int64_t made_us) { shared_made_us_ = made_us; }
  Breakers& breakers() { return breakers_; }
  bool shadow() const { return options_.shadow; }
  // Whether it names our keys, log, state or policy: nobody may, by whatever method (self.protected).
  bool reaches_our_own(const Message& message) const;
  // The same of what a client answers to this method of the server's.
  bool reaches_our_own(std::string_view method, json::View answer) const;
  bool denies_unknown_methods() const {
    return policy_->denies_unknown_methods() && !options_.shadow;
  }

  // A request of the client (stage call) or of the server (stage request). `yes`: a person's, for exactly this call, which
  // was held meanwhile; everything is asked again, because it may have changed.
  struct Yes {
    std::string ask;
    std::string by;
    std::string asked_of;  // the groups that the call asked for (Approvals::approvers_of)
  };
  Judgement judge(const Message& request, policy::Stage stage, const Yes* yes = nullptr);
  // In shadow mode: one that waited for a person's yes and got none. It goes on, and the decision says what would have been.
  Judgement judge_refused(const Message& request, policy::Stage stage, const std::string& ask);
  // A request inside an answer that two readers could read differently: denied for that.
  Judgement ambiguous(std::string_view why) const;
  // The decision could not be written: the same request, denied for that (or let through, by on_error and mode). `to`: the way
  // the answer goes; a server is not told where the log lies.
  Judgement unrecorded(const Error& why, Direction to) const;

  // A server's request that poses as one of ours.
  void refuse_name_of_ours(Judgement& judgement) const {
    denied(judgement, "policy", "self.protected",
           "the server asks under a name that is AgentMesh's own", "");
  }

  policy::Verdict judge_result(const Call& call, json::View result, bool is_error,
                               const std::vector<policy::Finding>& seen) const;
  policy::Verdict judge_definition(std::string_view tool, json::View definition, bool changed,
                                   std::vector<policy::Finding> seen) const;

  // Who and what, for a mark; the numbers of the records come later (carrier.cc).
  Mark mark_of_denial(const Judgement& judgement) const;
  void mark_result(const Call& call, std::span<const policy::Finding> findings, Mark& mark) const;

  // Conditions that failed to evaluate, since the last time; counted for `status`.
  bool has_condition_errors() const { return !condition_errors_.empty(); }
  std::vector<trust::ConditionError> take_condition_errors() {
    return std::exchange(condition_errors_, {});
  }

  // Evidence of lines that were refused before any policy: applied here, recorded by the caller.
  std::vector<trust::Event> evidence_of_bad_line(Direction direction);
  std::vector<trust::Event> evidence_of_junk();
  // The same of a definition that is another one than was accepted, or whose text attacks whoever reads it. `tool`: "" for
  // what is no tool. An update changes many definitions at once: of one listing the first counts against the server, and
  // each against its own tool. `charged`: one of this listing did; set by the first.
  std::vector<trust::Event> evidence_of_definition(bool changed, bool poisoned,
                                                   std::string_view tool, bool& charged);
  // For ListingCharge.
  bool& introduction_charged() { return introduction_charged_; }

 private:
  policy::Verdict judge_result_of(std::string_view tool, const Call& call, json::View result,
                                  bool is_error, const std::vector<policy::Finding>& seen) const;
  // Asks the policy about what `input()` makes; a failure on the way is a denial.
  template <typename Make>
  policy::Verdict judge(std::string_view what, Make&& input) const;
  std::string end_of_halts();
  Judgement judge_or_throw(const Message& request, policy::Stage stage, const Yes* yes);
  void denied(Judgement& judgement, std::string_view stage, std::string rule, std::string reason,
              std::string way_out) const;
  bool stopped_by_breaker(std::string_view tool, Judgement& judgement) const;
  bool stopped_by_pin(const Message& request, Judgement& judgement) const;
  // Takes what the call counts against. False: a limit ran out meanwhile, or the shared file refused (`why`).
  bool charge(const policy::Verdict& verdict, std::string& why);
  // What the policy says, and what a person's exception makes of it.
  policy::Verdict ask_policy(policy::Input& input) const;
  void settle_approval(const Message& request, policy::Stage stage, const Yes* yes,
                       Judgement& judgement);
  void take_verdict(Judgement& judgement, policy::Verdict verdict) const;
  void note_errors(const policy::Verdict& verdict) const;
  void fill_base(Mark& mark) const;
  static void add_findings(Mark& mark, std::span<const policy::Finding> findings);

  const Options& options_;
  std::shared_ptr<const policy::Policy> policy_;
  Session& session_;
  Standing& standing_;
  trust::PinSet& pins_;
  trust::Shared& shared_;
  std::optional<int64_t> shared_made_us_;  // nothing: nobody looks after that
  LogFacts log_;
  Exceptions exceptions_;
  const Clock& clock_;
  mutable std::vector<trust::ConditionError> condition_errors_;
  Breakers breakers_;
  Approvals approvals_;
  bool introduction_charged_ = false;
};

// Whether a change in the listing under way counted against the server; one for each kind of listing. What a server introduces
// itself with in a session, the first listing of each kind and its first instructions, is one listing.
class ListingCharge {
 public:
  explicit ListingCharge(Pipeline& pipeline) : introduction_(pipeline.introduction_charged()) {}

  void begin() {  // another listing
    introduces_ = !std::exchange(before_, true);
    charged_ = false;
  }
  bool& charged() { return introduces_ ? introduction_ : charged_; }

 private:
  bool& introduction_;
  bool before_ = false, introduces_ = false, charged_ = false;
};

}  // namespace agentmesh::proxy
