// Pins in the store (store.h): rows, their seals, and who may overwrite whom.

#include <array>

#include "base/bytes.h"
#include "base/crypto.h"
#include "trust/state_key.h"
#include "trust/store_impl.h"

namespace agentmesh::trust {

namespace {

#define AGENTMESH_PIN_COLUMNS \
  "server, cmd_mac, kind, name, state, hash, form, offered_hash, offered, \"by\", shown_hash, at_us, seal"

std::string_view bytes_of(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// What the row authorises, and for whom.
Hash seal_of_pin(const Hash& key, const Pin& pin) {
  return seal_of(key, std::array<std::string_view, 8>{pin.server, pin.cmd_mac, to_string(pin.kind),
                                                      pin.name, to_string(pin.state), pin.hash,
                                                      pin.offered_hash, pin.by});
}

// The mark of an offer that a person was shown, in the column shown_hash. It fits that offer and what it would replace, and
// nothing that comes later: so no proxy has to take it back, whatever it knows of the row.
std::string shown_mark(const Hash& key, const Pin& pin) {
  return to_hex(seal_of(
      key, std::array<std::string_view, 7>{"shown", pin.server, pin.cmd_mac, to_string(pin.kind),
                                           pin.name, pin.hash, pin.offered_hash}));
}

PinState state_of(std::string_view name) {
  for (const PinState state : {PinState::kPinned, PinState::kApproved, PinState::kHeld,
                               PinState::kWithheld, PinState::kReview, PinState::kRejected}) {
    if (to_string(state) == name) return state;
  }
  return PinState::kHeld;
}

// The seal covers the hashes, and they the texts: one that does not fit says nothing about what was accepted or is offered.
void forget_unless_fits(std::string& form, const std::string& hash) {
  if (!form.empty() && definition_hash(form) != hash) form.clear();
}

Pin row_of(const Query& query, const Hash& key) {
  Pin pin;
  pin.server = query.text_at(0);
  pin.cmd_mac = query.text_at(1);
  const auto kind = pin_kind_of(query.text_at(2));
  pin.kind = kind.value_or(PinKind::kTool);
  pin.name = query.text_at(3);
  pin.state = state_of(query.text_at(4));
  pin.hash = query.text_at(5);
  pin.form = query.text_at(6);
  pin.offered_hash = query.text_at(7);
  pin.offered = query.text_at(8);
  pin.by = query.text_at(9);
  pin.at_us = query.integer_at(11);
  forget_unless_fits(pin.form, pin.hash);
  forget_unless_fits(pin.offered, pin.offered_hash);
  if (kind && equal_constant_time(query.blob_at(12), bytes_of(seal_of_pin(key, pin)))) return pin;
  // Not written by us: what it says was accepted is an offer like any other.
  pin.state = PinState::kHeld;
  if (pin.offered_hash.empty()) {
    pin.offered_hash = std::move(pin.hash);
    pin.offered = std::move(pin.form);
  }
  pin.hash.clear();
  pin.form.clear();
  pin.by.clear();
  return pin;
}

Pin pin_of(const Query& query, const Hash& key) {
  Pin pin = row_of(query, key);
  pin.shown =
      !pin.offered_hash.empty() && equal_constant_time(query.text_at(10), shown_mark(key, pin));
  return pin;
}

Result<std::vector<Pin>> pins_of(Query query, const Hash& key) {
  std::vector<Pin> pins;
  for (;;) {
    const auto row = query.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return pins;
    pins.push_back(pin_of(query, key));
  }
}

Result<std::vector<Pin>> same_row(Database& database, const Hash& key, const Pin& pin) {
  auto query =
      database.query("SELECT " AGENTMESH_PIN_COLUMNS
                     " FROM pin WHERE server = ? AND cmd_mac = ? AND kind = ? AND name = ?");
  if (!query) return tl::unexpected(query.error());
  query->text(pin.server).text(pin.cmd_mac).text(to_string(pin.kind)).text(pin.name);
  return pins_of(std::move(*query), key);
}

Result<void> put(Database& database, const Hash& key, const Pin& pin, int64_t changed) {
  auto query = database.query(
      "INSERT INTO pin (" AGENTMESH_PIN_COLUMNS
      ", changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
      "state = excluded.state, hash = excluded.hash, form = excluded.form, "
      "offered_hash = excluded.offered_hash, offered = excluded.offered, \"by\" = excluded.\"by\", "
      "at_us = excluded.at_us, seal = excluded.seal, "
      "changed = max(changed, excluded.changed)");
  if (!query) return tl::unexpected(query.error());
  query->text(pin.server)
      .text(pin.cmd_mac)
      .text(to_string(pin.kind))
      .text(pin.name)
      .text(to_string(pin.state));
  query->text(pin.hash)
      .text(pin.form)
      .text(pin.offered_hash)
      .text(pin.offered)
      .text(pin.by)
      .text("");  // mark_shown() alone says otherwise
  return query->integer(pin.at_us).blob(bytes_of(seal_of_pin(key, pin))).integer(changed).run();
}

// True if `row` moved on since the writer looked at it.
bool moved_on(const Pin& row, const PinWrite& write, bool by_person) {
  if (row.hash != write.expected_hash) return true;
  const bool same_offer =
      row.offered_hash == write.pin.hash || row.offered_hash == write.pin.offered_hash;
  if (by_person && !row.offered_hash.empty() && !same_offer)
    return true;  // a person answered what was offered before
  if (by_person || row.state != PinState::kRejected) return false;
  return passes(write.pin.state) || write.pin.offered_hash == row.offered_hash;
}

}  // namespace

Result<std::vector<Pin>> Store::Impl::pins_changed_since(int64_t upto) {
  auto query = database->query("SELECT " AGENTMESH_PIN_COLUMNS " FROM pin WHERE changed > ?");
  if (!query) return tl::unexpected(query.error());
  query->integer(upto);
  return pins_of(std::move(*query), key);
}

Result<std::vector<Pin>> Store::Impl::write_pins(std::span<const PinWrite> writes, bool by_person) {
  std::vector<Pin> standing;
  if (writes.empty()) return standing;
  auto transaction = database->begin();
  if (!transaction) return tl::unexpected(transaction.error());
  int64_t changed = 0;
  if (by_person) {
    const auto change = next_change();
    if (!change) return tl::unexpected(change.error());
    changed = *change;
  }
  for (const PinWrite& write : writes) {
    auto row = same_row(*database, key, write.pin);
    if (!row) return tl::unexpected(row.error());
    if (!row->empty() && moved_on(row->front(), write, by_person)) {
      standing.push_back(std::move(row->front()));
      continue;
    }
    if (auto written = put(*database, key, write.pin, changed); !written)
      return tl::unexpected(written.error());
  }
  if (auto done = transaction->commit(); !done) return tl::unexpected(done.error());
  return standing;
}

Result<std::vector<Pin>> Store::pins(std::string_view server) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  auto query = impl_->database->query(
      "SELECT " AGENTMESH_PIN_COLUMNS
      " FROM pin WHERE ?1 = '' OR server = ?1 ORDER BY server, cmd_mac, kind, name");
  if (!query) return tl::unexpected(query.error());
  query->text(server);
  return pins_of(std::move(*query), impl_->key);
}

Result<std::vector<Pin>> Store::save_pins(std::span<const PinWrite> writes) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  return impl_->write_pins(writes, false);
}

Result<std::vector<Pin>> Store::change_pins(std::span<const PinWrite> writes) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  return impl_->write_pins(writes, true);
}

Result<void> Store::mark_shown(std::span<const Pin> pins) {
  if (auto ready = impl_->ready(); !ready) return tl::unexpected(ready.error());
  if (pins.empty()) return {};
  Database& database = *impl_->database;
  auto transaction = database.begin();
  if (!transaction) return tl::unexpected(transaction.error());
  for (const Pin& pin : pins) {
    auto query = database.query(
        "UPDATE pin SET shown_hash = ?5 WHERE server = ?1 AND cmd_mac = ?2 AND kind = ?3 AND name = ?4");
    if (!query) return tl::unexpected(query.error());
    query->text(pin.server)
        .text(pin.cmd_mac)
        .text(to_string(pin.kind))
        .text(pin.name)
        .text(shown_mark(impl_->key, pin));
    if (auto written = query->run(); !written) return written;
  }
  return transaction->commit();
}

}  // namespace agentmesh::trust
