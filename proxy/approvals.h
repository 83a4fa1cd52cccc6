// Approvals: how a person comes to decide about one call, and what became of it.
//
// Three ways, chosen per request: the client's own dialog while the call is held here (legacy eras with elicitation); the
// client's dialog between two requests, with a sealed state that travels through the client (2026-07-28); or a ticket, and the
// call is answered at once. All three stand in the shared file, so that a terminal can answer too, and the first valid answer
// wins. An approval covers one call.
//
// It keeps what waits and says what is to be recorded and sent; it writes no record and sends nothing.
// A request of the server that a person is to decide about is held like a call, where the client has a dialog.
// Order: settle() while a call is judged; hold() if that said kHold; shown() when the dialog has left; then exactly one of
// answered(), cancelled(), settled_elsewhere() or given_up() takes the held call out again.
// Thread: one (the io thread). Memory: at most kMaxHeld held calls (kMaxHeldOfServer of them requests of the server) and
// kMaxHeldBytes of them, kMaxOpenStates open questions;
// what comes on top gets a ticket. Cost: nothing for calls that need no person, but one look for `requestState`.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "policy/policy.h"
#include "proxy/approval_dialog.h"
#include "proxy/approval_state.h"
#include "proxy/judgement.h"
#include "proxy/message.h"
#include "proxy/session.h"
#include "proxy/standing.h"
#include "trust/shared.h"

namespace agentmesh::proxy {

// What a person, or nobody, said about a call.
struct Answered {
  bool granted = false;
  std::string by;                         // "client", "uid:1000"; "" if nobody answered
  std::string reason;                     // one sentence, of a refusal
  std::optional<audit::Approval> record;  // unset: who answered has written it
};

// A call, or a request of the server, that waits in the client's dialog.
struct Held {
  Direction direction = Direction::kClientToServer;  // which way it goes
  std::string id_key;
  std::string tool;
  std::string line;       // as received, LF included
  std::string dialog_id;  // of our own request to the client
  std::string token_raw;  // its progress token, as JSON; "" if the client wants none
  Judgement judgement;    // as it was when it was asked
  std::shared_ptr<const policy::Policy> policy;  // whose words the judgement holds
  int64_t asked_us = 0;                          // monotonic, like the next two
  int64_t deadline_us = 0;
  int64_t next_progress_us = 0;
  int64_t progress = 0;
  bool shown = false;
  // The client's answer, while it cannot be put where everybody sees it (somebody else is giving one, the file is locked).
  std::optional<DialogAnswer> said;
  bool look_again = false;  // whether somebody answered elsewhere could not be seen the last time
};

class Approvals {
 public:
  Approvals(Session& session, Standing& standing, trust::Shared& shared, Random& random,
            const Clock& clock);

  // The policy wants a person's yes for `request`. Forwards it if one was given already for exactly this call; else asks
  // (effects kHold, kInputRequired, kTicket), or denies. `may_ask_client`: false for requests inside an answer.
  void settle(const Message& request, Direction direction, bool may_ask_client,
              Judgement& judgement);

  // True if `request` comes back with what claims to be our state or our answer: settle_return() says what it is worth.
  static bool comes_back(const Message& request);
  void settle_return(const Message& request, Judgement& judgement);
  // The same where nothing may be held back (shadow): the answer is recorded, and what is ours stays here.
  void note_return(const Message& request, Judgement& judgement);

  // Turns a judgement into the denial of a call to which nobody said yes.
  static void refuse(Judgement& judgement, std::string reason);
  // True if a yes from there is what the verdict asks for (it may have changed since it was asked).
  static bool covers(const policy::Verdict& verdict, std::string_view by,
                     std::string_view asked_of);
  // The groups that a verdict asks, as tickets hold them: names with commas.
  static std::string approvers_of(const policy::Verdict& verdict);

  // The server asked for input in answer to a call that a person had approved: its retry is the same call.
  void server_asked(const std::string& approved, std::string_view request_state);

  // Takes the call in; returns the line for the client.
  std::string hold(const Message& request, Direction direction, std::string_view bytes,
                   Judgement judgement, std::shared_ptr<const policy::Policy> policy);
  // The modern answer to the call itself.
  std::string input_required_line(const Message& request, const Judgement& judgement);
  // The dialog of this approval is about to leave. False: it is over already, and nobody shall be asked.
  bool shown(const std::string& ask);
  // The record that somebody was asked could not be written: nobody was. False: it was over already.
  bool withdraw(const std::string& ask);

  // Whether one more request of the server may wait: a person is not to be flooded, nor the client's calls crowded out.
  bool room_for_server() const;
  // A request of that direction with this id waits.
  bool holds(Direction direction, const std::string& id_key) const;
  bool anything_held() const { return !held_.empty(); }
  bool waiting() const { return !held_.empty() || !open_states_.empty(); }

  // The client answered the dialog `dialog_id`. Null: nothing waits for that, or somebody else is answering just now.
  // Sets `found` if it is a dialog of ours. `result` absent: an error, or what cannot be read.
  struct Settled {
    Held held;
    Answered answer;
  };
  std::optional<Settled> answered(std::string_view dialog_id, json::View result, bool& found);
  std::optional<Settled> cancelled(Direction direction, const std::string& id_key);
  // Answered from a terminal, or too late: the next one of those, if any.
  std::optional<Settled> settled_elsewhere();
  // The client has gone, or the session ends: the next held call of all.
  std::optional<Settled> given_up();
  // Nothing is held back any more (shadow): the next one whose dialog is shown.
  std::optional<Settled> let_go();
  // Modern questions that nobody came back for: their last records. `all`: also those that have time left.
  std::vector<audit::Record> forgotten_states(bool all);

  // Progress that is due for held calls, as lines for the client.
  std::string due_progress();
  // The next moment (monotonic) at which something is due; nothing if nothing waits.
  std::optional<int64_t> next_due_us() const;

 private:
  // A modern question that is open; its key is the ask.
  struct OpenState {
    std::string tool;
    std::string approvers;
    int64_t asked_us = 0;
    int64_t deadline_us = 0;
  };

  Hash digest_of(const Message& request) const;
  std::string bound_to(const Message& request, const Hash& digest) const;
  bool use_ticket(const Hash& digest, const Message& request, Judgement& judgement);
  Judgement::Effect way_to_ask(const Message& request, const policy::Verdict& verdict) const;
  // The client's answer, put where everybody sees it. Nothing: that is not possible just now, because somebody else is
  // answering or the file is locked.
  std::optional<Answered> place_answer(const std::string& ask, Direction direction,
                                       std::string_view tool, int64_t asked_us, DialogAnswer said);
  // What stands there for an approval: nothing yet, an answer, no approval any more, or nothing that can be read now.
  struct Look {
    enum class What : uint8_t { kOpen, kAnswered, kGone, kUnreadable };
    What what = What::kOpen;
    Answered answer = {};
  };
  Look look_at(const std::string& ask);
  Answered nobody(const std::string& ask, std::string_view tool, std::string_view state,
                  int64_t asked_us, trust::TicketState shared_state, std::string reason);
  audit::Approval record_of(const std::string& ask, std::string_view tool, std::string_view state,
                            int64_t asked_us) const;
  Settled take(size_t index, Answered answer);

  Session& session_;
  Standing& standing_;
  trust::Shared& shared_;
  Random& random_;
  const Clock& clock_;
  ApprovalState state_;
  std::vector<Held> held_;
  size_t held_bytes_ = 0;
  bool dialog_works_ = true;  // false once the client answered a dialog with an error
  std::unordered_map<std::string, OpenState> open_states_;
  // Digest and state of what the server asked for in approved calls; each is good for one retry.
  std::unordered_map<std::string, std::string> continuing_;  // → ask
  std::deque<std::string> continuing_order_;
};

}  // namespace agentmesh::proxy
