// What the store knows about its own completeness, and what else proxies count in it (store.h): the marks of flushes, the
// restoring of what was lost, conditions that failed.

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
  auto query = impl_->database->query("DELETE FROM flushed WHERE writer = ?");
  if (!query) return tl::unexpected(query.error());
  return query->text(writer).run();
}

Result<std::vector<Flushed>> Store::flushed() {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query = impl_->database->query(
      "SELECT writer, pid, started, first, upto FROM flushed ORDER BY writer");
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

Result<void> Store::restore(std::span<const SubjectSums> missing, std::span<const std::string> dead,
                            const Options& options) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto transaction = impl_->database->begin();
  if (!transaction) return tl::unexpected(transaction.error());
  bool mine = true;
  for (const std::string& writer : dead) {
    auto there = impl_->database->query("SELECT 1 FROM flushed WHERE writer = ?");
    if (!there) return tl::unexpected(there.error());
    const auto row = there->text(writer).step();
    if (!row) return tl::unexpected(row.error());
    mine = mine && *row;
  }
  if (!mine) return {};  // somebody else does it: what is left is for the next who looks
  for (const std::string& writer : dead) {
    auto gone = impl_->database->query("DELETE FROM flushed WHERE writer = ?");
    if (!gone) return tl::unexpected(gone.error());
    if (auto done = gone->text(writer).run(); !done) return done;
  }
  const auto change = impl_->next_change();
  if (!change) return tl::unexpected(change.error());
  if (auto added = impl_->add_all(missing, options, *change); !added)
    return tl::unexpected(added.error());
  if (auto done = transaction->commit(); !done) return done;
  impl_->fresh = false;
  return {};
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
