// Shared: what all proxies of the machine must agree on exactly, at once: limits, halt flags, approval tickets.
//
// One mapped file, <state>/shared, of fixed size. Every change is made under flock on that file, which the kernel
// releases when its holder dies, and between two marks in the header, so that a change cut off halfway is seen by the
// next who locks: it checks the whole file, and what does not hold together is moved aside as shared.bad-TIME with a
// notice (halt flags that are whole are carried over: a broken file must not end a halt).
// Thread: any, any process. Cost: take() three system calls (stat, flock twice) and one hash per limit: 3.5 us where a
// system call takes 0.7 us, 0.7 us of it ours; halted() one stat, when nobody is halted.
// Failure: a lock that is not had within 50 ms, a full table, a file that vanished and cannot be made again: refused
// with a reason. The caller denies; nothing is forgotten to make room.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"

namespace agentmesh::trust {

// A limit that a call counts against: at most `max` calls in any window of `window_us`.
struct LimitUse {
  std::string_view key;
  uint32_t max = 0;  // 1 … 100 000
  int64_t window_us = 0;
};

// Why a call may not be counted.
struct Refusal {
  size_t index = 0;      // which of the limits handed in
  bool used_up = false;  // false: it could not be counted at all (file full, lock not had)
  std::string reason;    // "the table of limits is full (…)"; empty when used_up
};

struct Halt {
  std::string server;  // "" stands for all
  std::string why;
  std::string by;  // "uid:1000"
  int64_t since_us = 0;
};

enum class TicketKind : uint8_t {
  kTicket = 1,  // the call was answered; it passes when it is asked again
  kDialog = 2,  // the call waits in a client's dialog
};
enum class TicketState : uint8_t { kPending = 1, kGranted, kDenied, kExpired, kCancelled, kUsed };
// "pending", "approved", "denied", "expired", "cancelled", "used"
std::string_view to_string(TicketState state);

struct Ticket {
  std::string id;  // 16 hex digits: the record's `ask`
  TicketKind kind = TicketKind::kTicket;
  TicketState state = TicketState::kPending;
  bool of_server = false;  // the server asks for something, not the client
  Hash digest{};  // SHA-256 over the call's params (policy.md, Approvals); all zero for none
  std::string agent, server, tool, method, rule;  // cut in the file to 255 bytes, method to 63
  std::string brief;      // the arguments, shortened and masked, for a person; 511 bytes
  std::string approvers;  // names of groups, with commas; 127 bytes
  int64_t asked_us = 0;
  int64_t deadline_us = 0;  // wall clock: after it, expired
  std::string by;           // who answered: "client", "uid:1000"
  int64_t answered_us = 0;
};

class Shared {
 public:
  // Makes the file if there is none. Errors: a directory that cannot be written, no room for the file.
  static Result<std::unique_ptr<Shared>> open(const std::string& state_dir, Random& random);
  // For who only reads: what is in the file at this moment, changed by nobody. Null if there is none. What changes something
  // changes only this copy.
  static Result<std::unique_ptr<Shared>> open_to_read(const std::string& state_dir, Random& random);
  ~Shared();
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  // What everyone should hear about: a broken file was moved aside. "" if nothing. Given once.
  std::string take_notice();
  // True from the file's making (first use, or the old one was broken or removed) until restored(): its halts have to be read from
  // the log. The file itself says so, to every process: who makes it may die before it is done.
  Result<bool> unrestored();
  // What the log had is in the file that was made at `made_us`; another one stays unrestored.
  Result<void> restored(int64_t made_us);
  // When the file that is in use was made, wall clock: another number than before is another file. 0: long ago.
  int64_t made_us() const;

  // Counts the call against all limits, or against none. Nothing: it was counted. `now_us` is the wall clock; a stamp
  // later than that counts as now (the clock stepped back).
  std::optional<Refusal> take(std::span<const LimitUse> uses, int64_t now_us);
  // True if `max` calls already count in the window that ends now. A limit never counted is not used up.
  bool used_up(std::string_view key, uint32_t max, int64_t window_us, int64_t now_us);
  // Stamps of a limit from elsewhere (the log), oldest first. One that is known already is not counted twice.
  Result<void> restore(const LimitUse& limit, std::span<const int64_t> stamps, int64_t now_us);

  // The halt that holds for this server, if any: its own, or the one for all.
  std::optional<Halt> halted(std::string_view server);
  std::vector<Halt> halts();
  Result<void> halt(const Halt& halt);
  // False if it was not halted. "" lifts the halt for all.
  Result<bool> resume(std::string_view server);

  // A new pending ticket, or the one already pending for the same call (kind, digest, agent, server). Of the 256 places,
  // requests of servers may take 64, and those of one server (with one agent) 8 of each kind: the rest is for clients' calls.
  Result<Ticket> ask(const Ticket& ticket, int64_t now_us);
  // All that are known, newest first; expired ones say so.
  std::vector<Ticket> tickets(int64_t now_us);
  // By id, or by its first letters (at least 4) while only one pending ticket (else: one ticket) begins so.
  Result<Ticket> find(std::string_view id, int64_t now_us);
  // Answers it. The first valid answer wins: `record` is called once the ticket is claimed for this answer and before
  // it takes effect (a record comes before its effect); if that fails, or the process dies in it, the ticket is pending
  // again (after 5 s). Errors: unknown, "already denied by uid:1000", expired, already used.
  Result<Ticket> answer(std::string_view id, bool grant, std::string_view by, int64_t now_us,
                        const std::function<Result<void>(const Ticket&)>& record);
  // The granted ticket for exactly this call, and it is used by that. Nothing: there is none. Atomic: of two callers
  // one gets it.
  std::optional<Ticket> use(const Hash& digest, std::string_view agent, std::string_view server,
                            int64_t now_us);
  // Ends a pending or granted ticket (the client cancelled, the session ended, the dialog was answered and used).
  Result<void> close(std::string_view id, TicketState state, int64_t now_us);

 private:
  struct Impl;
  explicit Shared(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace agentmesh::trust
