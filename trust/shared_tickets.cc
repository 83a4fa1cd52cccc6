// Approval tickets in the shared file (shared.h).

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "trust/shared_impl.h"
#include "trust/state_key.h"

namespace agentmesh::trust {

namespace {

constexpr int64_t kClaimUs = 5'000'000;
constexpr size_t kLeastLetters = 4;

std::string_view bytes_of(const uint8_t (&field)[32]) {
  return {reinterpret_cast<const char*>(field), 32};
}
std::string_view bytes_of(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Hash who_of(std::string_view agent, std::string_view server) {
  return seal_of(Hash{}, std::array<std::string_view, 2>{agent, server});
}

// What an answer authorises, sealed: a state set by another hand does not fit.
Hash seal_of_entry(const Hash& key, const TicketEntry& entry) {
  const std::string id = text_of(entry.id);
  const std::string by = text_of(entry.by);
  const std::string rest =
      fmt::format("{} {} {} {}", entry.kind, entry.state, entry.asked_us, entry.deadline_us);
  return seal_of(key, std::array<std::string_view, 5>{id, by, rest, bytes_of(entry.digest),
                                                      bytes_of(entry.who)});
}

bool is_sealed(const Hash& key, const TicketEntry& entry) {
  return equal_constant_time(bytes_of(entry.seal), bytes_of(seal_of_entry(key, entry)));
}

// As it stands at `now_us`.
TicketState state_of(const TicketEntry& entry, const Hash& key, int64_t now_us) {
  auto state = static_cast<TicketState>(entry.state);
  if (state == TicketState::kGranted && !is_sealed(key, entry)) state = TicketState::kPending;
  const bool open = state == TicketState::kPending || state == TicketState::kGranted;
  return open && now_us > entry.deadline_us ? TicketState::kExpired : state;
}

bool is_open(TicketState state) {
  return state == TicketState::kPending || state == TicketState::kGranted;
}

Ticket ticket_of(const TicketEntry& entry, const Hash& key, int64_t now_us) {
  Ticket ticket;
  ticket.id = text_of(entry.id);
  ticket.kind = static_cast<TicketKind>(entry.kind);
  ticket.of_server = entry.of_server == 1;
  ticket.state = state_of(entry, key, now_us);
  std::copy_n(entry.digest, ticket.digest.size(), ticket.digest.begin());
  ticket.agent = text_of(entry.agent);
  ticket.server = text_of(entry.server);
  ticket.tool = text_of(entry.tool);
  ticket.method = text_of(entry.method);
  ticket.rule = text_of(entry.rule);
  ticket.brief = text_of(entry.brief);
  ticket.approvers = text_of(entry.approvers);
  ticket.asked_us = entry.asked_us;
  ticket.deadline_us = entry.deadline_us;
  if (is_open(ticket.state) && ticket.state != TicketState::kGranted) return ticket;
  ticket.by = text_of(entry.by);
  ticket.answered_us = entry.answered_us;
  return ticket;
}

void set_state(TicketEntry& entry, TicketState state) {
  __atomic_store_n(&entry.state, static_cast<uint8_t>(state), __ATOMIC_RELEASE);
}

bool is_known(const TicketEntry& entry) {
  return entry.state >= static_cast<uint8_t>(TicketState::kPending) &&
         entry.state <= static_cast<uint8_t>(TicketState::kUsed);
}

// By whole id, or by its beginning.
Result<TicketEntry*> look_up(const SharedFile& file, const Hash& key, std::string_view id,
                             int64_t now_us) {
  TicketEntry* found = nullptr;
  TicketEntry* pending = nullptr;
  int matches = 0;
  int pending_matches = 0;
  if (id.size() < kLeastLetters)
    return fail(fmt::format("'{}' is too short: give at least 4 letters of the approval's id", id));
  for (size_t i = 0; i < kMaxTickets; ++i) {
    TicketEntry& entry = file.tickets()[i];
    if (!is_known(entry)) continue;
    const std::string whole = text_of(entry.id);
    if (whole == id) return &entry;
    if (!whole.starts_with(id)) continue;
    ++matches;
    found = &entry;
    if (state_of(entry, key, now_us) != TicketState::kPending) continue;
    ++pending_matches;
    pending = &entry;
  }
  if (pending_matches == 1) return pending;
  if (matches == 1) return found;
  if (matches == 0) return fail(fmt::format("there is no approval '{}'", id));
  return fail(fmt::format("'{}' begins {} approvals: give more letters", id, matches));
}

Result<void> may_answer(const TicketEntry& entry, const Hash& key, int64_t now_us) {
  const std::string id = text_of(entry.id);
  const TicketState state = state_of(entry, key, now_us);
  if (state == TicketState::kExpired) return fail(fmt::format("approval {} has expired", id));
  if (state == TicketState::kCancelled) return fail(fmt::format("approval {} was cancelled", id));
  if (state != TicketState::kPending) {
    return fail(
        fmt::format("approval {} is already {} by {}", id, to_string(state), text_of(entry.by)));
  }
  if (entry.claim != 0 && now_us <= entry.claim_until_us &&
      entry.claim_until_us <= now_us + kClaimUs) {
    return fail(fmt::format("approval {} is being answered elsewhere", id));
  }
  return {};
}

}  // namespace

std::string_view to_string(TicketState state) {
  switch (state) {
    case TicketState::kPending: return "pending";
    case TicketState::kGranted: return "approved";
    case TicketState::kDenied: return "denied";
    case TicketState::kExpired: return "expired";
    case TicketState::kCancelled: return "cancelled";
    case TicketState::kUsed: break;
  }
  return "used";
}

Result<Ticket> Shared::ask(const Ticket& ticket, int64_t now_us) {
  const Hash who = who_of(ticket.agent, ticket.server);
  auto lock = SharedLock::take(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  TicketEntry* place = nullptr;
  size_t of_servers = 0;
  size_t of_this = 0;
  for (size_t i = 0; i < kMaxTickets; ++i) {
    TicketEntry& entry = impl_->file.tickets()[i];
    if (!is_known(entry)) {
      if (place == nullptr || is_known(*place)) place = &entry;
      continue;
    }
    const TicketState state = state_of(entry, impl_->key, now_us);
    if (ticket.kind == TicketKind::kTicket && entry.kind == static_cast<uint8_t>(ticket.kind) &&
        state == TicketState::kPending && bytes_of(entry.digest) == bytes_of(ticket.digest) &&
        bytes_of(entry.who) == bytes_of(who)) {
      return ticket_of(entry, impl_->key, now_us);
    }
    const bool ends_with_yes = entry.kind == static_cast<uint8_t>(TicketKind::kDialog);
    if (entry.of_server == 1 &&
        (state == TicketState::kPending || (state == TicketState::kGranted && !ends_with_yes))) {
      ++of_servers;
      if (entry.kind == static_cast<uint8_t>(ticket.kind) && bytes_of(entry.who) == bytes_of(who))
        ++of_this;
    }
    // What is settled makes room, the oldest first.
    if (!is_open(state) &&
        (place == nullptr || (is_known(*place) && entry.asked_us < place->asked_us)))
      place = &entry;
  }
  if (ticket.of_server && of_this >= kMaxTicketsOfServer)
    return fail(fmt::format("{} requests of this server wait for a person already", of_this));
  if (ticket.of_server && of_servers >= kMaxTicketsOfServers)
    return fail(fmt::format("{} requests of servers wait for a person already", of_servers));
  if (place == nullptr) return fail(fmt::format("{} approvals are open already", kMaxTickets));

  lock->begin();
  __atomic_store_n(&place->state, uint8_t{0}, __ATOMIC_RELEASE);
  TicketEntry made{};
  made.kind = static_cast<uint8_t>(ticket.kind);
  made.of_server = ticket.of_server ? 1 : 0;
  made.asked_us = ticket.asked_us;
  made.deadline_us = ticket.deadline_us;
  std::copy(ticket.digest.begin(), ticket.digest.end(), made.digest);
  std::copy(who.begin(), who.end(), made.who);
  put_text(made.id, ticket.id);
  put_text(made.agent, ticket.agent);
  put_text(made.server, ticket.server);
  put_text(made.tool, ticket.tool);
  put_text(made.method, ticket.method);
  put_text(made.rule, ticket.rule);
  put_text(made.brief, ticket.brief);
  put_text(made.approvers, ticket.approvers);
  *place = made;
  set_state(*place, TicketState::kPending);
  return ticket_of(*place, impl_->key, now_us);
}

std::vector<Ticket> Shared::tickets(int64_t now_us) {
  std::vector<Ticket> tickets;
  {
    const auto lock = SharedLock::take(impl_->file);
    if (!lock) return tickets;
    for (size_t i = 0; i < kMaxTickets; ++i) {
      const TicketEntry& entry = impl_->file.tickets()[i];
      if (is_known(entry)) tickets.push_back(ticket_of(entry, impl_->key, now_us));
    }
  }
  std::stable_sort(tickets.begin(), tickets.end(),
                   [](const Ticket& a, const Ticket& b) { return a.asked_us > b.asked_us; });
  return tickets;
}

Result<Ticket> Shared::find(std::string_view id, int64_t now_us) {
  const auto lock = SharedLock::take(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  const auto entry = look_up(impl_->file, impl_->key, id, now_us);
  if (!entry) return tl::unexpected(entry.error());
  return ticket_of(**entry, impl_->key, now_us);
}

Result<Ticket> Shared::answer(std::string_view id, bool grant, std::string_view by, int64_t now_us,
                              const std::function<Result<void>(const Ticket&)>& record) {
  Ticket claimed;
  uint64_t claim = 0;
  {
    auto lock = SharedLock::take(impl_->file);
    if (!lock) return tl::unexpected(lock.error());
    const auto entry = look_up(impl_->file, impl_->key, id, now_us);
    if (!entry) return tl::unexpected(entry.error());
    if (auto may = may_answer(**entry, impl_->key, now_us); !may)
      return tl::unexpected(may.error());
    lock->begin();
    claim = impl_->file.random_word();
    (*entry)->claim_until_us = now_us + kClaimUs;
    (*entry)->claim = claim;
    claimed = ticket_of(**entry, impl_->key, now_us);
    claimed.state = grant ? TicketState::kGranted : TicketState::kDenied;
    claimed.by = std::string(by);
    claimed.answered_us = now_us;
  }
  const Result<void> recorded = record ? record(claimed) : Result<void>();

  auto lock = SharedLock::take(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  const auto entry = look_up(impl_->file, impl_->key, claimed.id, now_us);
  if (!entry || (*entry)->claim != claim ||
      (*entry)->state != static_cast<uint8_t>(TicketState::kPending)) {
    return fail(fmt::format("approval {} was answered elsewhere meanwhile", claimed.id));
  }
  lock->begin();
  (*entry)->claim = 0;
  if (!recorded) return tl::unexpected(recorded.error());
  TicketEntry answered = **entry;
  answered.state = static_cast<uint8_t>(claimed.state);
  answered.answered_us = now_us;
  put_text(answered.by, by);
  const Hash seal = seal_of_entry(impl_->key, answered);
  (*entry)->answered_us = now_us;
  put_text((*entry)->by, by);
  std::copy(seal.begin(), seal.end(), (*entry)->seal);
  set_state(**entry, claimed.state);
  return claimed;
}

std::optional<Ticket> Shared::use(const Hash& digest, std::string_view agent,
                                  std::string_view server, int64_t now_us) {
  const Hash who = who_of(agent, server);
  auto lock = SharedLock::take(impl_->file);
  if (!lock) return std::nullopt;
  for (size_t i = 0; i < kMaxTickets; ++i) {
    TicketEntry& entry = impl_->file.tickets()[i];
    if (!is_known(entry) || entry.kind != static_cast<uint8_t>(TicketKind::kTicket)) continue;
    if (bytes_of(entry.digest) != bytes_of(digest) || bytes_of(entry.who) != bytes_of(who))
      continue;
    if (state_of(entry, impl_->key, now_us) != TicketState::kGranted) continue;
    lock->begin();
    Ticket ticket = ticket_of(entry, impl_->key, now_us);
    set_state(entry, TicketState::kUsed);
    ticket.state = TicketState::kUsed;
    return ticket;
  }
  return std::nullopt;
}

Result<void> Shared::close(std::string_view id, TicketState state, int64_t now_us) {
  auto lock = SharedLock::take(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  const auto entry = look_up(impl_->file, impl_->key, id, now_us);
  if (!entry) return tl::unexpected(entry.error());
  if (!is_open(state_of(**entry, impl_->key, now_us))) return {};
  if (is_open(state)) return fail("an approval is not opened by closing it");
  lock->begin();
  set_state(**entry, state);
  return {};
}

}  // namespace agentmesh::trust
