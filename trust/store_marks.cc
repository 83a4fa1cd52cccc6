// What the store knows about its own completeness, and what else proxies count in it (store.h): the marks of flushes, the
// restoring of what was lost, conditions that failed.

#include <algorithm>

#include "trust/store_impl.h"

namespace agentmesh::trust {

Result<void> Store::Impl::put_mark(const Flushed& mark) {
  auto query = database->query(
      "INSERT INTO flushed (writer, pid, started, first, upto) VALUES (?, ?, ?, ?, ?) "
      "ON CONFLICT (writer) DO UPDATE SET upto = max(upto, excluded.upto)");
  if (!query) return tl::unexpected(query.error());
  return query->text(mark.writer)
      .integer(mark.pid)
      .integer(static_cast<int64_t>(mark.started))
      .integer(static_cast<int64_t>(mark.first))
      .integer(static_cast<int64_t>(mark.upto))
      .run();
}

Result<void> Store::begin_flushing(const Flushed& mark) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  return impl_->put_mark(mark);
}

Result<void> Store::end_flushing(std::string_view writer) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query = impl_->database->query(
      "DELETE FROM flushed WHERE writer = ? AND NOT EXISTS (SELECT 1 FROM meta WHERE key = 'restored' AND value = 0)");
  if (!query) return tl::unexpected(query.error());
  return query->text(writer).run();
}

Result<std::vector<Flushed>> Store::Impl::marks() {
  auto query =
      database->query("SELECT writer, pid, started, first, upto FROM flushed ORDER BY writer");
  if (!query) return tl::unexpected(query.error());
  std::vector<Flushed> marks;
  for (;;) {
    const auto row = query->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return marks;
    marks.push_back(
        {query->text_at(0), query->integer_at(1), static_cast<uint64_t>(query->integer_at(2)),
         static_cast<uint64_t>(query->integer_at(3)), static_cast<uint64_t>(query->integer_at(4))});
  }
}

Result<std::vector<Flushed>> Store::flushed() {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  return impl_->marks();
}

Result<bool> Store::Impl::unrestored() {
  const auto row =
      database->number("SELECT count(*) FROM meta WHERE key = 'restored' AND value = 0");
  if (!row) return tl::unexpected(row.error());
  return *row > 0;
}

Result<bool> Store::unrestored() {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  return impl_->unrestored();
}

Result<bool> Store::Impl::knows(std::string_view writer) {
  auto query = database->query(
      "SELECT 1 FROM flushed WHERE writer = ? UNION SELECT 1 WHERE NOT EXISTS "
      "(SELECT 1 FROM meta WHERE key = 'restored' AND value = 1)");
  if (!query) return tl::unexpected(query.error());
  return query->text(writer).step();
}

Result<uint64_t> Store::restored_upto() {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  const auto seq = impl_->database->number("SELECT value FROM meta WHERE key = 'restored_upto'");
  if (!seq) return tl::unexpected(seq.error());
  return static_cast<uint64_t>(*seq);
}

Result<bool> Store::restore(const Restoring& what, const Options& options) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto transaction = impl_->database->begin();
  if (!transaction) return tl::unexpected(transaction.error());
  const auto unrestored = impl_->unrestored();
  if (!unrestored) return tl::unexpected(unrestored.error());
  const auto marks = impl_->marks();
  if (!marks) return tl::unexpected(marks.error());
  const auto among = [](const std::vector<Flushed>& all, std::string_view writer) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Flushed& one) { return one.writer == writer; });
  };
  bool holds = what.all == *unrestored;
  for (const std::string& writer : what.dead) holds = holds && among(*marks, writer);
  // Who began to flush since has evidence in the file that was taken for missing.
  for (const Flushed& one : *marks) holds = holds && (!what.all || among(what.marks, one.writer));
  if (!holds) return false;
  for (const std::string& writer : what.dead) {
    auto gone = impl_->database->query("DELETE FROM flushed WHERE writer = ?");
    if (!gone) return tl::unexpected(gone.error());
    if (auto done = gone->text(writer).run(); !done) return tl::unexpected(done.error());
  }
  const auto change = impl_->next_change();
  if (!change) return tl::unexpected(change.error());
  if (auto added = impl_->add_all(what.missing, options, *change); !added)
    return tl::unexpected(added.error());
  if (what.all) {
    if (auto noted = impl_->database->execute("UPDATE meta SET value = 1 WHERE key = 'restored'");
        !noted)
      return tl::unexpected(noted.error());
    auto upto = impl_->database->query("INSERT OR REPLACE INTO meta VALUES ('restored_upto', ?)");
    if (!upto) return tl::unexpected(upto.error());
    if (auto noted = upto->integer(static_cast<int64_t>(what.upto)).run(); !noted)
      return tl::unexpected(noted.error());
  }
  if (auto done = transaction->commit(); !done) return tl::unexpected(done.error());
  return true;
}

Result<void> Store::count_errors(std::span<const ConditionError> errors) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto transaction = impl_->database->begin();
  if (!transaction) return tl::unexpected(transaction.error());
  for (const ConditionError& error : errors) {
    auto query = impl_->database->query(
        "INSERT INTO condition_error (policy, rule, message, count, at_us) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (policy, rule) DO UPDATE SET message = excluded.message, count = count + excluded.count, "
        "at_us = max(at_us, excluded.at_us)");
    if (!query) return tl::unexpected(query.error());
    query->text(error.policy).text(error.rule).text(error.message);
    if (auto added = query->integer(error.count).integer(error.at_us).run(); !added) return added;
  }
  return transaction->commit();
}

Result<std::vector<ConditionError>> Store::condition_errors() {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query = impl_->database->query(
      "SELECT policy, rule, message, count, at_us FROM condition_error ORDER BY at_us DESC LIMIT 100");
  if (!query) return tl::unexpected(query.error());
  std::vector<ConditionError> errors;
  for (;;) {
    const auto row = query->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return errors;
    errors.push_back({query->text_at(0), query->text_at(1), query->text_at(2), query->integer_at(3),
                      query->integer_at(4)});
  }
}

}  // namespace agentmesh::trust
