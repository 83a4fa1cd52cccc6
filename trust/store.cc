#include "trust/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/files.h"
#include "trust/state_key.h"
#include "trust/store_impl.h"

namespace agentmesh::trust {

namespace {

constexpr int64_t kSchema = 1;
constexpr int kHistoryStep = 5;  // points a score has to move to be worth a line

constexpr const char* kCreate = R"sql(
  BEGIN IMMEDIATE;
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO meta VALUES ('change', 0);
  CREATE TABLE subject (name TEXT PRIMARY KEY, sums BLOB NOT NULL, at_us INTEGER NOT NULL, events INTEGER NOT NULL,
                        changed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  CREATE TABLE history (name TEXT NOT NULL, at_us INTEGER NOT NULL, score INTEGER NOT NULL);
  CREATE INDEX history_of ON history (name, at_us);
  CREATE TABLE pin (server TEXT NOT NULL, cmd_mac TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
                    state TEXT NOT NULL, hash TEXT NOT NULL, form TEXT NOT NULL, offered_hash TEXT NOT NULL,
                    offered TEXT NOT NULL, "by" TEXT NOT NULL, shown_hash TEXT NOT NULL, at_us INTEGER NOT NULL,
                    seal BLOB NOT NULL, changed INTEGER NOT NULL DEFAULT 0,
                    PRIMARY KEY (server, cmd_mac, kind, name)) WITHOUT ROWID;
  CREATE TABLE session (client TEXT PRIMARY KEY, tainted INTEGER NOT NULL, private_read INTEGER NOT NULL,
                        at_us INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE breaker (pid INTEGER NOT NULL, server TEXT NOT NULL, tool TEXT NOT NULL, state INTEGER NOT NULL,
                        failures INTEGER NOT NULL, probe_at_us INTEGER NOT NULL, at_us INTEGER NOT NULL,
                        PRIMARY KEY (pid, server, tool)) WITHOUT ROWID;
  PRAGMA user_version = 1;
  COMMIT;
)sql";

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

// Opening is done by one process at a time: making the schema, and moving a broken file aside.
Result<Fd> lock_opening(const std::string& state_dir) {
  const std::string path = state_dir + "/state.db.lock";
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return fail_errno(path);
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno("lock " + path);
  }
  return file;
}

Result<void> move_aside(const std::string& path, const std::string& aside) {
  if (::rename(path.c_str(), aside.c_str()) != 0) return fail_errno("move aside " + path);
  for (const char* suffix : {"-wal", "-shm"}) {
    // They may not be there; what stays would be taken for part of the new file only if its salt fitted.
    if (::rename((path + suffix).c_str(), (aside + suffix).c_str()) != 0)
      ::unlink((path + suffix).c_str());
  }
  return {};
}

Result<void> prepare(Database& database, const std::string& path, bool& fresh) {
  const auto version = database.number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version > kSchema) {
    return fail(fmt::format(
        "{}: made by a newer agentmesh (schema {}, this one knows {}); use that version", path,
        *version, kSchema));
  }
  if (*version == kSchema) return {};
  fresh = true;
  return database.execute(kCreate);
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& state_dir, const Clock& clock,
                                           Random& random) {
  if (auto made = make_directories(state_dir); !made) return tl::unexpected(made.error());
  const auto key = state_key(state_dir, random);
  if (!key) return tl::unexpected(key.error());
  auto impl = std::make_unique<Impl>(clock);
  impl->key = *key;

  const std::string path = state_dir + "/state.db";
  const auto lock = lock_opening(state_dir);
  if (!lock) return tl::unexpected(lock.error());
  bool corrupt = false;
  auto database = Database::open(path, corrupt);
  if (!database && corrupt) {
    const std::string aside = fmt::format("{}.bad-{}", path, clock.wall_us());
    const std::string why = database.error().what;
    if (auto moved = move_aside(path, aside); !moved) return tl::unexpected(moved.error());
    impl->notice = fmt::format(
        "{}; it is now {} and a new one was begun: scores and pins are read from the log again",
        why, aside);
    database = Database::open(path, corrupt);
  }
  if (!database) return tl::unexpected(database.error());
  if (auto prepared = prepare(**database, path, impl->fresh); !prepared)
    return tl::unexpected(prepared.error());
  impl->database = std::move(*database);
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

const std::string& Store::notice() const { return impl_->notice; }
bool Store::fresh() const { return impl_->fresh; }

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

Result<std::vector<SubjectSums>> Store::add(std::span<const SubjectSums> deltas,
                                            const Options& options, bool tell) {
  Database& database = *impl_->database;
  auto transaction = database.begin();
  if (!transaction) return tl::unexpected(transaction.error());
  int64_t changed = 0;
  if (tell) {
    const auto change = impl_->next_change();
    if (!change) return tl::unexpected(change.error());
    changed = *change;
  }
  std::vector<SubjectSums> totals;
  for (const SubjectSums& delta : deltas) {
    auto row = one(database, delta.subject);
    if (!row) return tl::unexpected(row.error());
    SubjectSums total{delta.subject, row->has_value() ? (*row)->sums : Sums{}};
    total.sums.merge(delta.sums, options);
    if (auto written = put(database, total, changed); !written)
      return tl::unexpected(written.error());
    const int64_t now = impl_->clock.wall_us();
    if (auto noted =
            note_history(database, delta.subject, now, score_of(total.sums, now, options).total);
        !noted) {
      return tl::unexpected(noted.error());
    }
    totals.push_back(std::move(total));
  }
  if (auto done = transaction->commit(); !done) return tl::unexpected(done.error());
  return totals;
}

Result<std::vector<SubjectSums>> Store::subjects() {
  auto query =
      impl_->database->query("SELECT name, sums, at_us, events FROM subject ORDER BY name");
  if (!query) return tl::unexpected(query.error());
  return rows_of(std::move(*query));
}

Result<std::optional<SubjectSums>> Store::subject(std::string_view name) {
  return one(*impl_->database, name);
}

Result<void> Store::reset(std::string_view subject, const Sums& sums) {
  auto transaction = impl_->database->begin();
  if (!transaction) return tl::unexpected(transaction.error());
  const auto change = impl_->next_change();
  if (!change) return tl::unexpected(change.error());
  if (auto written = put(*impl_->database, {std::string(subject), sums}, *change); !written)
    return written;
  return transaction->commit();
}

Result<std::vector<HistoryPoint>> Store::history(std::string_view subject) {
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
  auto query = impl_->database->query("SELECT tainted, private_read FROM session WHERE client = ?");
  if (!query) return tl::unexpected(query.error());
  const auto row = query->text(client).step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return SessionFactsRow{};
  return SessionFactsRow{query->integer_at(0) != 0, query->integer_at(1) != 0};
}

Result<void> Store::put_session_facts(std::string_view client, SessionFactsRow facts) {
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
  return impl_->database->number("SELECT value FROM meta WHERE key = 'change'");
}

Result<std::vector<SubjectSums>> Store::Impl::subjects_changed_since(int64_t upto) {
  auto query = database->query("SELECT name, sums, at_us, events FROM subject WHERE changed > ?");
  if (!query) return tl::unexpected(query.error());
  query->integer(upto);
  return rows_of(std::move(*query));
}

Result<Changes> Store::changes_since(int64_t upto) {
  Changes changes;
  // Read before the rows: a change that comes in between is seen twice rather than never.
  const auto now = changes_upto();
  if (!now) return tl::unexpected(now.error());
  changes.upto = *now;
  if (*now == upto) return changes;
  auto pins = impl_->pins_changed_since(upto);
  if (!pins) return tl::unexpected(pins.error());
  changes.pins = std::move(*pins);
  auto subjects = impl_->subjects_changed_since(upto);
  if (!subjects) return tl::unexpected(subjects.error());
  changes.subjects = std::move(*subjects);
  return changes;
}

}  // namespace agentmesh::trust
