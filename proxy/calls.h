// Calls: what is on its way in both directions, and what is known about each governed call until its answer.
//
// Two tables of outstanding ids (outstanding.h), one per direction of the *request*; a slot per governed call, which its table
// entry names; and the ids of the last requests that were answered by us, so that their cancellation stays here too.
// Thread: one. Memory: bounded by max_outstanding and kRemembered.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "policy/verdict.h"
#include "proxy/message.h"
#include "proxy/outstanding.h"

namespace agentmesh::proxy {

// A governed request that was let through.
struct Call {
  Direction direction = Direction::kClientToServer;
  std::string method;
  std::string tool;
  std::string id_raw;
  std::string policy, rule;
  std::string decision;  // allow, would_deny, would_require_approval
  uint64_t same = 0;     // equal for calls of one tool with the same arguments (trust/manners.h)
  uint64_t wseq = 0;     // of its decision record
  std::optional<uint64_t> seq;
  policy::Facts facts;
  std::vector<policy::Finding> findings;  // of the call; they count, once, with its outcome
  int64_t forwarded_us = 0;
  bool modern = false;
  bool task = false;  // params.task was there
  bool cancelled = false;
  bool probe = false;    // it tries whether a circuit breaker may close
  bool overdue = false;  // it passed the breaker's deadline, and was counted
  std::string approved;  // a person's yes to it (judgement.h)
  std::string task_id;   // of the task it became, once the server gave the handle
  bool adopted = false;  // that task began before this process: its decision is the request's own
  std::string progress_token;      // Calls::token_of; "" if the client asked for no progress
  std::optional<double> progress;  // the last that came
  bool progress_fell = false;
  bool open = false;       // the slot is in use (calls.cc)
  bool settled = false;    // its outcome is recorded (a task's result may be fetched again)
  bool withdrawn = false;  // something of the task was withheld, and that was its outcome
  std::vector<policy::Finding> told;  // of what the server said of the task meanwhile
};

struct Judgement;

// The call of a request that was judged, and goes on.
Call call_of(const Message& request, Direction direction, Judgement& judgement, int64_t now_us);

class Calls {
 public:
  explicit Calls(uint32_t max_outstanding)
      : from_client_(max_outstanding), from_server_(max_outstanding) {}

  Outstanding& of(Direction direction) {
    return direction == Direction::kClientToServer ? from_client_ : from_server_;
  }

  // The entry that an answer coming *against* `request_direction` belongs to: the id itself, else its twin (the same
  // digits, other type), which sets `twin`. Null if nothing waits for it.
  Pending* answered(Direction request_direction, const Id& id, std::string& key, bool& twin);

  // A slot for a governed call; 0 is no slot.
  uint32_t open(Call call);
  // The same for one that goes on: it is outstanding from now on under this id.
  uint32_t open(Call call, const std::string& id_key);
  Call* at(uint32_t slot) {
    return slot == 0 || slot > slots_.size() || !slots_[slot - 1].open ? nullptr
                                                                       : &slots_[slot - 1];
  }
  void close(uint32_t slot);
  // What tells one progress token from another; "" for none, and for one too long to keep.
  static std::string token_of(json::View token);
  // The server told of its progress with a call.
  void progressed(json::View token, json::View progress);
  // Every governed request that still waits for its answer.
  template <class Visit>
  void each_open(Visit visit) {
    for (const Outstanding* table : {&from_client_, &from_server_})
      for (const auto& [key, pending] : *table)
        if (Call* call = at(pending.context)) {
          call->cancelled = call->cancelled || pending.cancelled;
          visit(*call);
        }
  }
  // The governed ones of the client, with their entries.
  template <class Visit>
  void each_of_client(Visit visit) {
    for (const auto& [key, pending] : from_client_)
      if (Call* call = at(pending.context)) visit(pending, *call);
  }
  // Requests of the client that the server has not answered (a subscription that lasts is no debt).
  size_t waiting_for_server() const;

  // Requests of that direction that we answered ourselves.
  void remember_answered(Direction direction, const std::string& id_key);
  bool was_answered_here(Direction direction, const std::string& id_key) const;
  void forget_answered(Direction direction, const std::string& id_key);

 private:
  static constexpr size_t kRemembered = 4096;
  static std::string short_form(const std::string& id_key);
  Outstanding from_client_;
  Outstanding from_server_;
  std::deque<Call> slots_;  // a deque: a Call stays where it is
  std::vector<uint32_t> free_;
  struct Answered {
    std::deque<std::string> order;
    std::unordered_set<std::string> ids;
  };
  Answered& answered_in(Direction direction) {
    return direction == Direction::kClientToServer ? answered_to_client_ : answered_to_server_;
  }
  Answered answered_to_client_;
  Answered answered_to_server_;
  std::unordered_map<std::string, uint32_t> by_token_;  // → slot
};

}  // namespace agentmesh::proxy
