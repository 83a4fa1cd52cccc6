#include "trust/store.h"

#include <bit>
#include <cerrno>
#include <cstdlib>

#include "base/bytes.h"
#include "trust/store_impl.h"

namespace agentmesh::trust {

namespace {

constexpr int kHistoryStep = 5;  // points a score has to move to be worth a line

// Twenty doubles, little-endian: per dimension good weight, good value, bad weight, bad value.
std::string pack(const Sums& sums) {
  std::string out;
  for (const Sums::Part& part : sums.parts) {
    for (const double number :
         {part.good_weight, part.good_value, part.bad_weight, part.bad_value}) {
      uint8_t bytes[8];
      put_u64_le(bytes, std::bit_cast<uint64_t>(number));
      out.append(reinterpret_cast<const char*>(bytes), sizeof bytes);
    }
  }
  return out;
}

// Sums that nothing of ours wrote count as none.
Sums unpack(std::string_view bytes, int64_t at_us, int64_t events) {
  Sums sums;
  if (bytes.size() != kDimensions * 4 * 8 || events < 0) return sums;
  const auto* at = reinterpret_cast<const uint8_t*>(bytes.data());
  for (Sums::Part& part : sums.parts) {
    for (double* number :
         {&part.good_weight, &part.good_value, &part.bad_weight, &part.bad_value}) {
      *number = std::bit_cast<double>(get_u64_le(at));
      at += 8;
    }
  }
  sums.at_us = at_us;
  sums.events = static_cast<uint64_t>(events);
  return sums.sound() ? sums : Sums{};
}

}  // namespace

Result<int64_t> Store::Impl::next_change() {
  if (auto moved = database->execute("UPDATE meta SET value = value + 1 WHERE key = 'change'");
      !moved) {
    return tl::unexpected(moved.error());
  }
  return database->number("SELECT value FROM meta WHERE key = 'change'");
}

// --- scores

namespace {

Result<std::vector<SubjectSums>> rows_of(Query query) {
  std::vector<SubjectSums> rows;
  for (;;) {
    const auto row = query.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return rows;
    rows.push_back(
        {query.text_at(0), unpack(query.blob_at(1), query.integer_at(2), query.integer_at(3))});
  }
}

Result<void> put(Database& database, const SubjectSums& row, int64_t changed) {
  auto query = database.query(
      "INSERT INTO subject (name, sums, at_us, events, changed) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
      "sums = excluded.sums, at_us = excluded.at_us, events = excluded.events, changed = max(changed, excluded.changed)");
  if (!query) return tl::unexpected(query.error());
  return query->text(row.subject)
      .blob(pack(row.sums))
      .integer(row.sums.at_us)
      .integer(static_cast<int64_t>(row.sums.events))
      .integer(changed)
      .run();
}

Result<std::optional<SubjectSums>> one(Database& database, std::string_view name) {
  auto query = database.query("SELECT name, sums, at_us, events FROM subject WHERE name = ?");
  if (!query) return tl::unexpected(query.error());
  query->text(name);
  auto rows = rows_of(std::move(*query));
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return std::optional<SubjectSums>();
  return std::optional<SubjectSums>(std::move(rows->front()));
}

// A point of the curve, if the score moved enough; the newest 200 stay.
Result<void> note_history(Database& database, std::string_view name, int64_t at_us, int score) {
  auto last = database.query(
      "SELECT score FROM history WHERE name = ? ORDER BY at_us DESC, rowid DESC LIMIT 1");
  if (!last) return tl::unexpected(last.error());
  const auto row = last->text(name).step();
  if (!row) return tl::unexpected(row.error());
  if (*row && std::abs(last->integer_at(0) - score) < kHistoryStep) return {};
  auto add = database.query("INSERT INTO history (name, at_us, score) VALUES (?, ?, ?)");
  if (!add) return tl::unexpected(add.error());
  if (auto added = add->text(name).integer(at_us).integer(score).run(); !added) return added;
  auto trim = database.query(
      "DELETE FROM history WHERE name = ?1 AND rowid NOT IN "
      "(SELECT rowid FROM history WHERE name = ?1 ORDER BY at_us DESC, rowid DESC LIMIT 200)");
  if (!trim) return tl::unexpected(trim.error());
  return trim->text(name).run();
}

}  // namespace

Result<std::vector<SubjectSums>> Store::Impl::add_all(std::span<const SubjectSums> deltas,
                                                      const Options& options, int64_t changed) {
  std::vector<SubjectSums> totals;
  for (const SubjectSums& delta : deltas) {
    auto row = one(*database, delta.subject);
    if (!row) return tl::unexpected(row.error());
    SubjectSums total{delta.subject, row->has_value() ? (*row)->sums : Sums{}};
    total.sums.merge(delta.sums, options);
    if (auto written = put(*database, total, changed); !written)
      return tl::unexpected(written.error());
    const int64_t now = clock.wall_us();
    if (auto noted =
            note_history(*database, delta.subject, now, score_of(total.sums, now, options).total);
        !noted) {
      return tl::unexpected(noted.error());
    }
    totals.push_back(std::move(total));
  }
  return totals;
}

Result<std::vector<SubjectSums>> Store::add(std::span<const SubjectSums> deltas,
                                            const Options& options, bool tell) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto transaction = impl_->database->begin();
  if (!transaction) return tl::unexpected(transaction.error());
  int64_t changed = 0;
  if (tell) {
    const auto change = impl_->next_change();
    if (!change) return tl::unexpected(change.error());
    changed = *change;
  }
  auto totals = impl_->add_all(deltas, options, changed);
  if (!totals) return totals;
  if (auto done = transaction->commit(); !done) return tl::unexpected(done.error());
  return totals;
}

Result<std::vector<SubjectSums>> Store::add(std::span<const SubjectSums> deltas,
                                            const Options& options, const Flushed& mark,
                                            bool joins) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto transaction = impl_->database->begin();
  if (!transaction) return tl::unexpected(transaction.error());
  if (!joins) {
    const auto knows = impl_->knows(mark.writer);
    if (!knows) return tl::unexpected(knows.error());
    if (!*knows) return fail(impl_->path + ": it was restored without this proxy", ESTALE);
  }
  auto totals = impl_->add_all(deltas, options, 0);
  if (!totals) return totals;
  if (auto marked = impl_->put_mark(mark); !marked) return tl::unexpected(marked.error());
  if (auto done = transaction->commit(); !done) return tl::unexpected(done.error());
  return totals;
}

Result<std::vector<SubjectSums>> Store::subjects() {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query =
      impl_->database->query("SELECT name, sums, at_us, events FROM subject ORDER BY name");
  if (!query) return tl::unexpected(query.error());
  return rows_of(std::move(*query));
}

Result<std::optional<SubjectSums>> Store::subject(std::string_view name) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  return one(*impl_->database, name);
}

Result<void> Store::reset(std::string_view subject, const Sums& sums) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto transaction = impl_->database->begin();
  if (!transaction) return tl::unexpected(transaction.error());
  const auto change = impl_->next_change();
  if (!change) return tl::unexpected(change.error());
  if (auto written = put(*impl_->database, {std::string(subject), sums}, *change); !written)
    return written;
  return transaction->commit();
}

Result<std::vector<HistoryPoint>> Store::history(std::string_view subject) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query = impl_->database->query(
      "SELECT at_us, score FROM history WHERE name = ? ORDER BY at_us, rowid");
  if (!query) return tl::unexpected(query.error());
  query->text(subject);
  std::vector<HistoryPoint> points;
  for (;;) {
    const auto row = query->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return points;
    points.push_back({query->integer_at(0), static_cast<int>(query->integer_at(1))});
  }
}

// --- session facts and breakers

Result<SessionFactsRow> Store::session_facts(std::string_view client) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query = impl_->database->query("SELECT tainted, private_read FROM session WHERE client = ?");
  if (!query) return tl::unexpected(query.error());
  const auto row = query->text(client).step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return SessionFactsRow{};
  return SessionFactsRow{query->integer_at(0) != 0, query->integer_at(1) != 0};
}

Result<void> Store::put_session_facts(std::string_view client, SessionFactsRow facts) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query = impl_->database->query(
      "INSERT INTO session (client, tainted, private_read, at_us) VALUES (?, ?, ?, ?) ON CONFLICT (client) DO UPDATE SET "
      "tainted = max(tainted, excluded.tainted), private_read = max(private_read, excluded.private_read), "
      "at_us = excluded.at_us");
  if (!query) return tl::unexpected(query.error());
  return query->text(client)
      .integer(facts.tainted)
      .integer(facts.private_read)
      .integer(impl_->clock.wall_us())
      .run();
}

Result<void> Store::put_breakers(int64_t pid, std::span<const BreakerCopy> breakers) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  Database& database = *impl_->database;
  auto transaction = database.begin();
  if (!transaction) return tl::unexpected(transaction.error());
  {
    auto clear = database.query("DELETE FROM breaker WHERE pid = ?");
    if (!clear) return tl::unexpected(clear.error());
    if (auto cleared = clear->integer(pid).run(); !cleared) return cleared;
  }
  for (const BreakerCopy& copy : breakers) {
    auto add = database.query("INSERT OR REPLACE INTO breaker VALUES (?, ?, ?, ?, ?, ?, ?)");
    if (!add) return tl::unexpected(add.error());
    add->integer(pid).text(copy.server).text(copy.tool).integer(static_cast<int64_t>(copy.state));
    if (auto added =
            add->integer(copy.failures).integer(copy.probe_at_us).integer(copy.at_us).run();
        !added)
      return added;
  }
  return transaction->commit();
}

Result<std::vector<BreakerCopy>> Store::breakers() {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query = impl_->database->query(
      "SELECT pid, server, tool, state, failures, probe_at_us, at_us FROM breaker ORDER BY server, tool, pid");
  if (!query) return tl::unexpected(query.error());
  std::vector<BreakerCopy> copies;
  for (;;) {
    const auto row = query->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return copies;
    BreakerCopy copy;
    copy.pid = query->integer_at(0);
    copy.server = query->text_at(1);
    copy.tool = query->text_at(2);
    const int64_t state = query->integer_at(3);
    copy.state = state == 1   ? BreakerState::kOpen
                 : state == 2 ? BreakerState::kHalfOpen
                              : BreakerState::kClosed;
    copy.failures = static_cast<uint32_t>(query->integer_at(4));
    copy.probe_at_us = query->integer_at(5);
    copy.at_us = query->integer_at(6);
    copies.push_back(std::move(copy));
  }
}

// --- what commands changed

Result<int64_t> Store::changes_upto() {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  return impl_->database->number("SELECT value FROM meta WHERE key = 'change'");
}

Result<std::vector<SubjectSums>> Store::Impl::subjects_changed_since(int64_t upto) {
  auto query = database->query("SELECT name, sums, at_us, events FROM subject WHERE changed > ?");
  if (!query) return tl::unexpected(query.error());
  query->integer(upto);
  return rows_of(std::move(*query));
}

Result<Changes> Store::changes_since(int64_t upto) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  Changes changes;
  // Read before the rows: a change that comes in between is seen twice rather than never.
  const auto now = changes_upto();
  if (!now) return tl::unexpected(now.error());
  changes.upto = *now;
  if (*now == upto) return changes;
  const bool renewed = *now < upto;
  if (renewed) upto = 0;  // a new file counts from the beginning
  auto pins = impl_->pins_changed_since(upto);
  if (!pins) return tl::unexpected(pins.error());
  changes.pins = std::move(*pins);
  auto subjects = impl_->subjects_changed_since(upto);
  if (!subjects) return tl::unexpected(subjects.error());
  changes.subjects = std::move(*subjects);
  auto allowed = allowances();
  if (!allowed) return tl::unexpected(allowed.error());
  changes.allowances = std::move(*allowed);
  const auto reload = impl_->reload_ordered_since(upto);
  if (!reload) return tl::unexpected(reload.error());
  changes.reload = *reload && !renewed;  // an older file put in its place orders nothing
  return changes;
}

}  // namespace agentmesh::trust
