#include "trust/pins.h"

#include <algorithm>
#include <array>

namespace agentmesh::trust {

namespace {

constexpr std::array<std::string_view, 6> kStates{"pinned",   "approved", "held",
                                                  "withheld", "review",   "rejected"};

// How an accepted definition stands, by who accepted it.
PinState accepted_state(const Pin& pin) {
  return pin.by.starts_with("uid:") ? PinState::kApproved : PinState::kPinned;
}

Difference difference_between(const std::string& was, const std::string& is) {
  if (was.empty() || is.empty())
    return {{"definition"}, true};  // too long to keep: nothing to compare with
  return compare(was, is);
}

}  // namespace

std::string_view to_string(PinState state) { return kStates[static_cast<size_t>(state)]; }

bool PinSet::load(std::span<const Pin> pins) {
  bool different = false;
  for (const Pin& pin : pins) {
    if (pin.server != server_) continue;
    if (pin.cmd_mac != cmd_mac_) {
      if (pin.kind == PinKind::kCommand && !pin.hash.empty()) knows_other_commands_ = true;
      continue;
    }
    const auto [it, added] = slot_of(pin.kind, pin.name);
    const bool passed = !added && passes(standing_of(it->second));
    const bool hidden = !added && is_hidden(standing_of(it->second));
    it->second.pin = pin;
    if (added) continue;
    const PinState now = standing_of(it->second);
    different = different || passed != passes(now) || hidden != is_hidden(now);
  }
  return different;
}

Seen PinSet::see(PinKind kind, std::string_view name, json::View definition) {
  if (definition.raw().size() > kMaxForm)
    return see_form(kind, name, {}, definition_hash(definition.raw()));
  std::string form = pinned_form(kind, definition);
  std::string hash = definition_hash(form);
  return see_form(kind, name, std::move(form), std::move(hash));
}

Seen PinSet::see_text(PinKind kind, std::string_view name, std::string_view text) {
  if (text.size() > kMaxForm) return see_form(kind, name, {}, definition_hash(text));
  std::string form;
  json::append_string(form, text);
  std::string hash = definition_hash(form);
  return see_form(kind, name, std::move(form), std::move(hash));
}

Seen PinSet::see_form(PinKind kind, std::string_view name, std::string form, std::string hash) {
  Seen seen = compared(kind, name, std::move(form), std::move(hash));
  tools_seen_ = tools_seen_ || kind == PinKind::kTool;
  anything_new_ = anything_new_ || seen.sight != Sight::kSame;
  return seen;
}

Seen PinSet::compared(PinKind kind, std::string_view name, std::string form, std::string hash) {
  Seen seen;
  seen.kind = kind;
  seen.name = std::string(name);
  seen.form = std::move(form);
  seen.hash = std::move(hash);
  const auto found = slots_.find(Key{kind, seen.name});
  if (found == slots_.end()) {
    if (kept_[kind] >= kMaxPins) seen.sight = Sight::kTooMany;
    return seen;
  }

  Slot& slot = found->second;
  Pin& pin = slot.pin;
  slot.listed_hash = seen.hash;
  seen.old_hash = pin.hash;
  if (seen.hash == pin.hash) {
    seen.sight = Sight::kSame;
    seen.state = accepted_state(pin);
    // It went back to what was accepted: nothing waits any more. A refusal stays, should the offer come again.
    if (!pin.offered_hash.empty() && pin.state != PinState::kRejected) {
      pin.offered_hash.clear();
      pin.offered.clear();
      pin.state = seen.state;
      writes_.push_back({pin, pin.hash});
    }
    return seen;
  }
  if (seen.hash == pin.offered_hash) {
    seen.sight = Sight::kWaiting;
    seen.state = pin.state;
    seen.difference = pin.hash.empty() ? Difference{} : difference_between(pin.form, seen.form);
    return seen;
  }
  if (pin.hash.empty() && pin.state != PinState::kRejected) return seen;  // still the first sight
  seen.sight = Sight::kChanged;
  seen.state = pin.state;
  seen.difference = difference_between(pin.hash.empty() ? pin.offered : pin.form, seen.form);
  return seen;
}

void PinSet::settle(Seen seen, Settle how, int64_t wall_us) {
  if (seen.sight != Sight::kFirst && seen.sight != Sight::kChanged) return;
  const auto [it, added] = slot_of(seen.kind, seen.name);
  Slot& slot = it->second;
  Pin& pin = slot.pin;
  if (added) {
    pin.server = server_;
    pin.cmd_mac = cmd_mac_;
    pin.kind = seen.kind;
    pin.name = seen.name;
  }
  slot.listed_hash = seen.hash;
  const std::string expected = pin.hash;
  pin.at_us = wall_us;
  pin.shown = false;
  if (how == Settle::kPin && (added || pin.state != PinState::kRejected)) {
    pin.by = expected.empty() ? "first-use" : "policy";
    pin.state = PinState::kPinned;
    pin.hash = std::move(seen.hash);
    pin.form = std::move(seen.form);
    pin.offered_hash.clear();
    pin.offered.clear();
  } else {
    pin.state = how == Settle::kReview ? PinState::kReview : PinState::kWithheld;
    if (seen.sight == Sight::kFirst && how == Settle::kHold) pin.state = PinState::kHeld;
    pin.offered_hash = std::move(seen.hash);
    pin.offered = std::move(seen.form);
  }
  writes_.push_back({pin, expected});
}

std::pair<std::map<PinSet::Key, PinSet::Slot>::iterator, bool> PinSet::slot_of(
    PinKind kind, const std::string& name) {
  const auto made = slots_.try_emplace(Key{kind, name});
  if (made.second) ++kept_[kind];
  return made;
}

PinState PinSet::standing_of(const Slot& slot) {
  const Pin& pin = slot.pin;
  if (slot.listed_hash.empty()) return pin.state;
  if (slot.listed_hash == pin.hash) return accepted_state(pin);
  if (slot.listed_hash == pin.offered_hash && !passes(pin.state)) return pin.state;
  return PinState::kWithheld;  // another process moved the row on; our server offers neither
}

bool fits_template(std::string_view uri, std::string_view uri_template) {
  bool anything = false;  // may stand before the next literal part
  while (!uri_template.empty()) {
    const size_t open = uri_template.find('{');
    const size_t close = open == std::string_view::npos ? open : uri_template.find('}', open);
    const bool last = close == std::string_view::npos;
    const std::string_view literal = uri_template.substr(0, last ? uri_template.size() : open);
    if (last && anything) return uri.ends_with(literal);
    const size_t at = anything                   ? uri.find(literal)
                      : uri.starts_with(literal) ? 0
                                                 : std::string_view::npos;
    if (at == std::string_view::npos) return false;
    uri.remove_prefix(at + literal.size());
    uri_template.remove_prefix(last ? uri_template.size() : close + 1);
    anything = !last;
  }
  return anything || uri.empty();
}

std::optional<PinState> PinSet::standing_of_uri(std::string_view uri) const {
  for (auto slot = slots_.lower_bound(Key{PinKind::kResource, ""});
       slot != slots_.end() && slot->first.first == PinKind::kResource; ++slot)
    if (const PinState state = standing_of(slot->second);
        !passes(state) && fits_template(uri, slot->first.second))
      return state;
  return std::nullopt;
}

std::optional<PinState> PinSet::standing(PinKind kind, std::string_view name) const {
  const auto found = slots_.find(Key{kind, std::string(name)});
  if (found == slots_.end()) return std::nullopt;
  return standing_of(found->second);
}

const Pin* PinSet::find(PinKind kind, std::string_view name) const {
  const auto found = slots_.find(Key{kind, std::string(name)});
  return found == slots_.end() ? nullptr : &found->second.pin;
}

bool PinSet::listed(PinKind kind, std::string_view name) const {
  const auto found = slots_.find(Key{kind, std::string(name)});
  return found != slots_.end() && !found->second.listed_hash.empty();
}

std::vector<std::string> PinSet::page(PinKind kind, bool first, bool last,
                                      std::span<const std::string> names) {
  Listing& listing = listings_[kind];
  if (first) {
    listing.under_way = true;
    listing.names.clear();
  }
  std::vector<std::string> gone;
  if (!listing.under_way)
    return gone;  // a page of a listing that was interrupted, or whose beginning we did not see
  listing.names.insert(names.begin(), names.end());
  if (!last) return gone;

  listing.under_way = false;
  listing.stale = false;
  for (auto& [key, slot] : slots_) {
    if (key.first != kind) continue;
    if (listing.names.contains(key.second)) {
      listing.gone.erase(key.second);
    } else {
      slot.listed_hash.clear();
      if (listing.gone.insert(key.second).second) gone.push_back(key.second);
      anything_new_ = true;
    }
  }
  return gone;
}

void PinSet::list_changed(PinKind kind) {
  Listing& listing = listings_[kind];
  listing.under_way = false;
  listing.stale = true;
  for (auto& [key, slot] : slots_) {
    if (key.first == kind) slot.listed_hash.clear();
  }
}

bool PinSet::stale(PinKind kind) const {
  const auto found = listings_.find(kind);
  return found == listings_.end() || found->second.stale;
}

std::vector<PinWrite> PinSet::take_writes() { return std::exchange(writes_, {}); }

}  // namespace agentmesh::trust
