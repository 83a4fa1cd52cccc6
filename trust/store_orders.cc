// What people ordered of running proxies, in the store (store.h): exceptions, and reading the policy again. Both are
// sealed.

#include <array>

#include <fmt/format.h>

#include "base/crypto.h"
#include "trust/state_key.h"
#include "trust/store_impl.h"

namespace agentmesh::trust {

namespace {

std::string_view bytes_of(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Hash seal_of_allowance(const Hash& key, const Allowance& a) {
  const std::string until = fmt::format("{}", a.until_us);
  const std::string at = fmt::format("{}", a.at_us);
  return seal_of(key, std::array<std::string_view, 9>{"allowance", a.id, a.server, a.tool, a.args,
                                                      until, a.why, a.by, at});
}

Hash seal_of_reload(const Hash& key, std::string_view by, int64_t change) {
  const std::string number = fmt::format("{}", change);
  return seal_of(key, std::array<std::string_view, 3>{"reload", by, number});
}

}  // namespace

Result<std::vector<Allowance>> Store::allowances() {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query = impl_->database->query(
      "SELECT id, server, tool, args, until_us, why, \"by\", at_us, seal FROM allowance ORDER BY at_us, id");
  if (!query) return tl::unexpected(query.error());
  std::vector<Allowance> all;
  for (;;) {
    const auto row = query->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return all;
    Allowance a;
    a.id = query->text_at(0);
    a.server = query->text_at(1);
    a.tool = query->text_at(2);
    a.args = query->text_at(3);
    a.until_us = query->integer_at(4);
    a.why = query->text_at(5);
    a.by = query->text_at(6);
    a.at_us = query->integer_at(7);
    if (equal_constant_time(query->blob_at(8), bytes_of(seal_of_allowance(impl_->key, a))))
      all.push_back(std::move(a));
  }
}

Result<void> Store::put_allowance(const Allowance& a) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  Database& database = *impl_->database;
  auto transaction = database.begin();
  if (!transaction) return tl::unexpected(transaction.error());
  if (auto change = impl_->next_change(); !change) return tl::unexpected(change.error());
  auto query = database.query(
      "INSERT OR REPLACE INTO allowance (id, server, tool, args, until_us, why, \"by\", at_us, seal) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!query) return tl::unexpected(query.error());
  query->text(a.id).text(a.server).text(a.tool).text(a.args).integer(a.until_us);
  query->text(a.why).text(a.by).integer(a.at_us);
  if (auto put = query->blob(bytes_of(seal_of_allowance(impl_->key, a))).run(); !put) return put;
  return transaction->commit();
}

Result<void> Store::end_allowance(std::string_view id) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  Database& database = *impl_->database;
  auto transaction = database.begin();
  if (!transaction) return tl::unexpected(transaction.error());
  if (auto change = impl_->next_change(); !change) return tl::unexpected(change.error());
  auto query = database.query("DELETE FROM allowance WHERE id = ?");
  if (!query) return tl::unexpected(query.error());
  if (auto gone = query->text(id).run(); !gone) return gone;
  return transaction->commit();
}

Result<void> Store::order_reload(std::string_view by) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  Database& database = *impl_->database;
  auto transaction = database.begin();
  if (!transaction) return tl::unexpected(transaction.error());
  const auto change = impl_->next_change();
  if (!change) return tl::unexpected(change.error());
  auto query = database.query(
      "INSERT OR REPLACE INTO reload (one, \"by\", changed, seal) VALUES (1, ?, ?, ?)");
  if (!query) return tl::unexpected(query.error());
  const Hash seal = seal_of_reload(impl_->key, by, *change);
  if (auto put = query->text(by).integer(*change).blob(bytes_of(seal)).run(); !put) return put;
  return transaction->commit();
}

Result<bool> Store::Impl::reload_ordered_since(int64_t upto) {
  auto query =
      database->query("SELECT \"by\", changed, seal FROM reload WHERE one = 1 AND changed > ?");
  if (!query) return tl::unexpected(query.error());
  const auto row = query->integer(upto).step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return false;
  const Hash seal = seal_of_reload(key, query->text_at(0), query->integer_at(1));
  return equal_constant_time(query->blob_at(2), bytes_of(seal));
}

}  // namespace agentmesh::trust
