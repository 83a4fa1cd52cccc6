// Store: <state>/state.db, what is derived from the log and worth keeping between processes: scores, pins, session facts,
// and a copy of the breakers for `status`.
//
// All proxies of the machine share it. It holds nothing that authorises: a pin's row carries a seal (BLAKE2b keyed with
// <state>/keys/state.key), and a row whose seal does not fit approves nothing: it loads as held; so do exceptions.
// Order: open(), then anything. Thread: one per Store (the keeper; a command's main). Never the io thread.
// Cost: a write 10 to 100 us, and whatever other processes' writes make it wait (at most 5 s).
// Failure: a corrupt file is moved aside as state.db.bad-TIME with a notice and a new one begun; a file with a newer
// schema is left alone and refused by name. A file that was removed or replaced meanwhile is opened anew. Every error
// names the file.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/result.h"
#include "trust/allowance.h"
#include "trust/book.h"
#include "trust/breaker.h"
#include "trust/pins.h"

namespace agentmesh::trust {

struct HistoryPoint {
  int64_t at_us = 0;
  int score = 0;
};

struct SessionFactsRow {
  bool tainted = false;
  bool private_read = false;
};

struct BreakerCopy {
  std::string server;
  std::string tool;  // "" for the server's own
  BreakerState state = BreakerState::kClosed;
  uint32_t failures = 0;
  int64_t probe_at_us = 0;  // wall clock
  int64_t at_us = 0;
  int64_t pid = 0;  // of the proxy it belongs to
};

// Up to which of its records a proxy's evidence is in this file.
struct Flushed {
  std::string writer;  // of the log, 16 hex digits
  int64_t pid = 0;
  uint64_t started = 0;  // of the process, in clock ticks since boot (governed.h)
  uint64_t first = 0;    // wseq: what came before this one was not flushed into this file
  uint64_t upto = 0;     // wseq: everything before this one is in
};

// What the log had and the file had not, worked out by the marks that stood there.
struct Restoring {
  bool all = false;  // into a file that is unrestored()
  std::vector<SubjectSums> missing;
  std::vector<Flushed> marks;
  std::vector<std::string> dead;  // writers among them whose process ended: their marks go
  uint64_t upto = 0;              // seq: what was recorded before this was looked at
};

// A condition of a rule that failed to evaluate.
struct ConditionError {
  std::string policy, rule, message;
  int64_t count = 0;
  int64_t at_us = 0;  // the last time
};

// What commands changed after some moment.
struct Changes {
  int64_t upto = 0;                   // hand this in the next time
  std::vector<Pin> pins;              // rows as they are now
  std::vector<SubjectSums> subjects;  // totals of scores that were reset or reported on
  std::vector<Allowance> allowances;  // all there are, if anything changed
  bool reload = false;                // a person wants policies read again
};

class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const std::string& state_dir, const Clock& clock,
                                             Random& random);
  // For who only reads: makes and changes nothing, in the directory neither. Null if there is no file. What writes fails.
  static Result<std::unique_ptr<Store>> open_to_read(const std::string& state_dir,
                                                     const Clock& clock);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // "the trust database was corrupt and is now state.db.bad-…". "" if nothing.
  const std::string& notice() const;
  // True from the file's making until restore() has put in it what the log had. The file itself says so, to every process: who
  // makes it may die before it is done. (A file of a version that did not say it counts as restored.)
  Result<bool> unrestored();

  // Adds differences and returns the new totals of the same subjects. One transaction. `tell`: running proxies shall find
  // them in changes_since (a command's evidence).
  Result<std::vector<SubjectSums>> add(std::span<const SubjectSums> deltas, const Options& options,
                                       bool tell = false);
  // The same for a proxy, whose `mark` moves with it. (The first mark of a writer sets `first`.) Error ESTALE, and nothing is
  // added: others restored this file from the log without knowing the writer; part of the differences may be in it.
  // Then `joins`, with all that the writer recorded from restored_upto() on.
  Result<std::vector<SubjectSums>> add(std::span<const SubjectSums> deltas, const Options& options,
                                       const Flushed& mark, bool joins = false);
  // The number of the first record that was not looked at when the file was restored.
  Result<uint64_t> restored_upto();
  Result<std::vector<Flushed>> flushed();
  // A proxy's mark as it begins, and its end: everything of it is in. (In a file that is not restored yet the mark stays: it says
  // what the log need not give back.)
  Result<void> begin_flushing(const Flushed& mark);
  Result<void> end_flushing(std::string_view writer);
  // What the log had and the file had not. Running proxies are told. False, and nothing is written: others restored meanwhile, or
  // began to flush, so that what is missing is something else now.
  Result<bool> restore(const Restoring& what, const Options& options);
  Result<std::vector<SubjectSums>> subjects();
  Result<std::optional<SubjectSums>> subject(std::string_view name);
  // Back to the prior; also after a rebuild from the log (`sums` empty or recomputed).
  Result<void> reset(std::string_view subject, const Sums& sums = {});
  Result<std::vector<HistoryPoint>> history(std::string_view subject);

  Result<std::vector<Pin>> pins(
      std::string_view server = {});  // "" all; by server, cmd_mac, kind, name
  // Writes those whose row still has the accepted hash they were based on, and where no person has refused the offer
  // meanwhile. Returns the rows, as they are now, of those that were not written.
  Result<std::vector<Pin>> save_pins(std::span<const PinWrite> writes);
  // For a command: the same for what a person answered, unless another offer stands there by now; running proxies will
  // find the row in changes_since.
  Result<std::vector<Pin>> change_pins(std::span<const PinWrite> writes);
  // A person was shown these offers, each beside the accepted definition that it would replace. That is sealed like the rows,
  // and said of a pin (Pin::shown) as long as it is these two that stand there.
  Result<void> mark_shown(std::span<const Pin> pins);

  Result<Changes> changes_since(int64_t upto);

  // Exceptions that people made; rows whose seal does not fit are left out. Ended ones stay until end_allowance().
  Result<std::vector<Allowance>> allowances();
  Result<void> put_allowance(const Allowance& allowance);
  Result<void> end_allowance(std::string_view id);
  // Running proxies shall read their policies again, and may take one that is looser.
  Result<void> order_reload(std::string_view by);

  // Where changes_since begins for who loads everything now.
  Result<int64_t> changes_upto();

  // Facts shared by the proxies of one client; put() only ever adds.
  Result<SessionFactsRow> session_facts(std::string_view client);
  Result<void> put_session_facts(std::string_view client, SessionFactsRow facts);

  Result<void> put_breakers(int64_t pid,
                            std::span<const BreakerCopy> breakers);  // replaces those of this proxy
  Result<std::vector<BreakerCopy>> breakers();

  // Adds to what is counted under the same policy and rule.
  Result<void> count_errors(std::span<const ConditionError> errors);
  Result<std::vector<ConditionError>> condition_errors();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace agentmesh::trust
