#include "proxy/store_sync.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/layout.h"
#include "proxy/restore.h"
#include "proxy/restore_lost.h"
#include "proxy/timers.h"
#include "trust/governed.h"

namespace agentmesh::proxy {
namespace {

constexpr int64_t kFlushDelay =
    250'000;  // how long evidence may wait in memory before the database has it

trust::Sums without(trust::Sums sums, trust::Sums part, const trust::Options& options) {
  for (trust::Sums::Part& each : part.parts)
    each = {-each.good_weight, -each.good_value, -each.bad_weight, -each.bad_value};
  sums.merge(part, options);
  return sums;
}

// A tier that only the sum of what several proxies saw has left was told by none of them: it is told by the one whose share took
// the stored score across.
std::vector<audit::TrustChange> settle(trust::Book& book,
                                       std::span<const trust::SubjectSums> deltas,
                                       std::span<const trust::SubjectSums> totals, int64_t now_us) {
  const trust::Options& options = book.options();
  const auto tier = [&](const trust::Sums& sums) { return score_of(sums, now_us, options).tier(); };
  std::vector<std::pair<std::string, int>> crossed;  // and from where, as we saw it
  for (const trust::SubjectSums& row : totals) {
    const auto mine = std::find_if(deltas.begin(), deltas.end(),
                                   [&](const auto& delta) { return delta.subject == row.subject; });
    if (mine != deltas.end() && tier(without(row.sums, mine->sums, options)) != tier(row.sums))
      crossed.emplace_back(row.subject, book.score(row.subject, now_us).total);
  }
  book.settled(totals);
  std::vector<audit::TrustChange> changes;
  for (const auto& [subject, from] : crossed) {
    const trust::Score score = book.score(subject, now_us);
    if (score.tier() == trust::tier_of(from)) continue;  // told when it happened
    audit::TrustChange& change = changes.emplace_back();
    change.subject = subject;
    change.from = from;
    change.to = score.total;
    change.tier = to_string(score.tier());
    change.cause = "tier";
  }
  return changes;
}

}  // namespace

StoreSync::StoreSync(const Parts& parts, std::function<bool()> records_under_way)
    : options_(parts.options),
      log_(parts.log),
      session_(parts.session),
      standing_(parts.standing),
      pins_(parts.pins),
      pipeline_(parts.pipeline),
      policy_(parts.policy),
      keeper_(parts.keeper),
      wire_(parts.wire),
      clock_(parts.clock),
      records_under_way_(std::move(records_under_way)) {}

void StoreSync::begin(int64_t changes_upto) {
  changes_upto_ = changes_upto;
  flushed_upto_ = log_.next_wseq();
}

void StoreSync::soon() {
  if (armed_) return;
  armed_ = true;
  wire_.after(kFlushSlot, kFlushDelay, [this] { flush(); });
}

trust::Flushed StoreSync::flushed() const {
  return {log_.writer(), ::getpid(), trust::own_start(), flushed_upto_, log_.next_wseq()};
}

std::string StoreSync::log_dir() const {
  return audit::log_directory(options_.state_dir, options_.audit.log);
}

// The totals of what was added; of all subjects, where somebody took the file away while we ran.
Result<std::vector<trust::SubjectSums>> StoreSync::add(trust::Store& store,
                                                       std::span<const trust::SubjectSums> deltas,
                                                       const trust::Flushed& mark) {
  auto totals = store.add(deltas, options_.trust, mark);
  if (!totals && totals.error().errno_value == ESTALE)
    return join_restored(store, log_dir(), mark, options_.trust);
  if (!totals || kept_->restored_in_vain) return totals;
  const auto lost = store.unrestored();
  if (!lost || !*lost) return totals;
  for (const std::string& line :
       restore_lost(store, options_.audit, options_.trust, clock_.wall_us()))
    wire_.post([this, line] { wire_.to_stderr(fmt::format("agentmesh: {}\n", line)); });
  const auto still = store.unrestored();
  kept_->restored_in_vain = !still || *still;
  return store.subjects();
}

// Pins that could not be written wait here for the next time.
Result<std::vector<trust::Pin>> StoreSync::save(trust::Store& store,
                                                std::vector<trust::PinWrite> pins) {
  auto& owed = kept_->pins;
  std::move(pins.begin(), pins.end(), std::back_inserter(owed));
  auto moved_on = store.save_pins(owed);
  if (moved_on) owed.clear();
  return moved_on;
}

void StoreSync::flush(bool now) {
  armed_ = false;
  // Evidence whose record is still on its way may have to be taken back: it waits, but not for ever.
  constexpr int kPutOffAtMost = 20;
  if (!now && records_under_way_() && ++put_off_ < kPutOffAtMost) return soon();
  put_off_ = 0;
  std::vector<trust::PinWrite> pins = pins_.take_writes();
  std::vector<trust::SubjectSums> deltas = standing_.book().take_deltas();
  std::vector<trust::ConditionError> errors = pipeline_.take_condition_errors();
  if (pins.empty() && deltas.empty() && errors.empty() && !pins_owed_) return;
  // Evidence is applied in the turn that gives its record to the log: what is before the mark is in these deltas.
  keeper_.give([this, pins = std::move(pins), deltas = std::move(deltas),
                errors = std::move(errors), mark = flushed()](trust::Store& store) mutable {
    const bool counted = !deltas.empty();
    Result<std::vector<trust::SubjectSums>> totals;
    if (counted) totals = add(store, deltas, mark);
    if (counted) kept_->failed = !totals;
    auto moved_on = save(store, std::move(pins));
    if (!errors.empty()) (void)store.count_errors(errors);  // for `status`, nothing depends on it
    std::string trouble;
    if (!totals)
      trouble = totals.error().what;
    else if (!moved_on)
      trouble = moved_on.error().what;
    wire_.post([this, counted, upto = mark.upto, deltas = std::move(deltas),
                totals = std::move(totals), moved_on = std::move(moved_on),
                trouble = std::move(trouble)] {
      if (counted && totals) {
        for (const audit::TrustChange& change :
             settle(standing_.book(), deltas, *totals, clock_.wall_us())) {
          wire_.to_stderr(fmt::format("agentmesh: trust of {} is now {} ({})\n",
                                      trust::printable(change.subject, 512), change.to,
                                      change.tier));
          const audit::Record record(change);
          (void)log_.append({&record, 1}, false, [](const audit::Appended&) {});
        }
        flushed_upto_ = upto;
      }
      if (counted && !totals) standing_.book().give_back();
      pins_owed_ = !moved_on;
      if (moved_on) (void)pins_.load(*moved_on);
      if (!trouble.empty())
        wire_.to_stderr(fmt::format("agentmesh: the trust database: {}\n", trouble));
      if (standing_.book().dirty() || pins_owed_) soon();
    });
  });
}

void StoreSync::woken() {
  keeper_.give([this, upto = changes_upto_](trust::Store& store) {
    auto changes = store.changes_since(upto);
    if (!changes) return;  // the next touch asks again
    wire_.post([this, changes = std::move(*changes)] {
      if (changes.upto != changes_upto_) pipeline_.use(changes.allowances);
      changes_upto_ = changes.upto;
      if (changes.reload) policy_.asked_by_person();
      standing_.book().load(changes.subjects);
      if (pins_.load(changes.pins) && session_.tools_list_changed_declared())
        wire_.to_client("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n");
    });
  });
}

void StoreSync::end(bool breakers_kept) {
  // The keeper does this in order, and nothing is posted back any more: what it cannot write, the log restores.
  flush(true);
  keeper_.give([this, rest = standing_.book().take_rest(), mark = flushed(), pid = ::getpid(),
                breakers_kept](trust::Store& store) {
    if (breakers_kept) (void)store.put_breakers(pid, {});
    if (!kept_->pins.empty()) (void)save(store, {});
    if (kept_->failed) return;  // the mark stays where it was: the log has all that came after it
    if (rest.empty() || add(store, rest, mark)) (void)store.end_flushing(mark.writer);
  });
}

}  // namespace agentmesh::proxy
