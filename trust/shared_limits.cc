// Limits in the shared file (shared.h): a ring of the newest stamps per key.

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "trust/shared_impl.h"

namespace agentmesh::trust {

namespace {

using KeyHash = std::array<uint8_t, 16>;

KeyHash hash_of(std::string_view key) {
  const Hash whole = blake2b256(key, {});
  KeyHash hash{};
  std::copy_n(whole.begin(), hash.size(), hash.begin());
  if (hash == KeyHash{}) hash[0] = 1;  // all zero means "never used"
  return hash;
}

bool same(const uint8_t (&a)[16], const KeyHash& b) { return std::equal(b.begin(), b.end(), a); }
bool never_used(const LimitSlot& slot) { return same(slot.key, KeyHash{}); }

size_t start_of(const KeyHash& key) { return get_u64_le(key.data()) % kMaxLimits; }

LimitSlot* find_slot(const SharedFile& file, const KeyHash& key) {
  LimitSlot* slots = file.limits();
  const size_t start = start_of(key);
  for (size_t i = 0; i < kMaxLimits; ++i) {
    LimitSlot& slot = slots[(start + i) % kMaxLimits];
    if (never_used(slot)) return nullptr;
    if (slot.ring.capacity != 0 && same(slot.key, key)) return &slot;
  }
  return nullptr;
}

// The stamp that is `back` places before the newest (0: the newest).
int64_t& stamp(const SharedFile& file, const RingPlace& ring, uint32_t back) {
  const uint32_t at = (ring.head + ring.capacity - 1 - back) % ring.capacity;
  return file.stamps()[ring.offset + at];
}

// The clock stepped back: what was counted later than now counts as now.
void bring_back(const SharedFile& file, const RingPlace& ring, int64_t now_us) {
  for (uint32_t back = 0; back < ring.count && stamp(file, ring, back) > now_us; ++back)
    stamp(file, ring, back) = now_us;
}

// True if `max` stamps lie in the window. Stamps are in order, so the max-th newest tells.
bool is_used_up(const SharedFile& file, const RingPlace& ring, uint32_t max, int64_t window_us,
                int64_t now_us) {
  if (max == 0) return true;
  if (ring.count < max) return false;
  int64_t begin = 0;
  if (__builtin_sub_overflow(now_us, window_us, &begin)) return true;
  return stamp(file, ring, max - 1) > begin;
}

void push(const SharedFile& file, LimitSlot& slot, int64_t now_us) {
  RingPlace ring = slot.ring;
  __atomic_store_n(&file.stamps()[ring.offset + ring.head], now_us, __ATOMIC_RELEASE);
  ring.head = (ring.head + 1) % ring.capacity;
  ring.count = std::min(ring.count + 1, ring.capacity);
  // Cut off between the two, the ring is still sound: at worst it holds one stamp it does not count, or one twice.
  __atomic_store_n(&slot.ring.head, ring.head, __ATOMIC_RELEASE);
  __atomic_store_n(&slot.ring.count, ring.count, __ATOMIC_RELEASE);
}

using Keep = std::span<const KeyHash>;

// Gives back the rings whose newest stamp is out of their window: they say the same as no ring. Not those of the call
// that is being counted.
void free_dead(const SharedFile& file, Keep keep, int64_t now_us) {
  LimitSlot* slots = file.limits();
  for (size_t i = 0; i < kMaxLimits; ++i) {
    RingPlace& ring = slots[i].ring;
    if (ring.capacity == 0) continue;
    if (std::any_of(keep.begin(), keep.end(),
                    [&](const KeyHash& key) { return same(slots[i].key, key); }))
      continue;
    int64_t begin = 0;
    if (__builtin_sub_overflow(now_us, slots[i].window_us, &begin)) continue;
    if (ring.count == 0 || stamp(file, ring, 0) <= begin)
      __atomic_store_n(&ring.capacity, 0U, __ATOMIC_RELEASE);
  }
  // A free slot before one that was never used ends no probe: it can become never used itself.
  for (size_t round = 0; round < 2; ++round) {
    for (size_t i = kMaxLimits; i-- > 0;) {
      if (slots[i].ring.capacity == 0 && never_used(slots[(i + 1) % kMaxLimits]))
        std::memset(slots[i].key, 0, 16);
    }
  }
}

// Where `capacity` stamps in a row are free.
std::optional<uint32_t> room_for(const SharedFile& file, uint32_t capacity, Keep keep,
                                 int64_t now_us) {
  Header& header = file.header();
  if (capacity <= kMaxStamps - header.high_water) return header.high_water;
  free_dead(file, keep, now_us);
  std::vector<std::pair<uint32_t, uint32_t>> rings;
  for (size_t i = 0; i < kMaxLimits; ++i) {
    const RingPlace& ring = file.limits()[i].ring;
    if (ring.capacity != 0) rings.emplace_back(ring.offset, ring.capacity);
  }
  std::sort(rings.begin(), rings.end());
  uint32_t at = 0;
  std::optional<uint32_t> found;
  for (const auto& [offset, size] : rings) {
    if (!found && offset - at >= capacity) found = at;
    at = offset + size;
  }
  header.high_water = at;
  if (!found && capacity <= kMaxStamps - at) found = at;
  return found;
}

// Before the ring is used: cut off in between, the room is only lost until the next reclaim, never given out twice.
void note_high_water(const SharedFile& file, uint32_t end) {
  uint32_t& mark = file.header().high_water;
  __atomic_store_n(&mark, std::max(mark, end), __ATOMIC_RELEASE);
}

// A slot of its own for a key that has none; null when the table is full.
LimitSlot* make(const SharedFile& file, const KeyHash& key, uint32_t capacity, Keep keep,
                int64_t now_us) {
  const auto free_slot = [&]() -> LimitSlot* {
    for (size_t i = 0, start = start_of(key); i < kMaxLimits; ++i) {
      LimitSlot& slot = file.limits()[(start + i) % kMaxLimits];
      if (slot.ring.capacity == 0) return &slot;
    }
    return nullptr;
  };
  const auto offset = room_for(file, capacity, keep, now_us);
  if (!offset) return nullptr;
  LimitSlot* slot = free_slot();
  if (slot == nullptr) {
    free_dead(file, keep, now_us);
    slot = free_slot();
    if (slot == nullptr) return nullptr;
  }
  std::copy(key.begin(), key.end(), slot->key);
  slot->window_us = 0;
  slot->ring.offset = *offset;
  slot->ring.head = 0;
  slot->ring.count = 0;
  note_high_water(file, *offset + capacity);
  __atomic_store_n(&slot->ring.capacity, capacity, __ATOMIC_RELEASE);
  return slot;
}

// A larger ring, because the policy's number was raised.
bool grow(const SharedFile& file, LimitSlot& slot, uint32_t capacity, Keep keep, int64_t now_us) {
  bring_back(file, slot.ring, now_us);
  const auto offset = room_for(file, capacity, keep, now_us);
  if (!offset) return false;
  const RingPlace old = slot.ring;
  const RingPlace ring{*offset, capacity, old.count, old.count};
  note_high_water(file, ring.offset + ring.capacity);
  for (uint32_t back = 0; back < old.count; ++back) {
    file.stamps()[ring.offset + old.count - 1 - back] = stamp(file, old, back);
  }
  Header& header = file.header();
  header.redo_slot = static_cast<uint32_t>(&slot - file.limits());
  header.redo_place = ring;
  __atomic_store_n(&header.redo, 1U, __ATOMIC_RELEASE);
  slot.ring = ring;
  __atomic_store_n(&header.redo, 0U, __ATOMIC_RELEASE);
  return true;
}

Refusal full(size_t index) {
  return {
      index, false,
      fmt::format(
          "the table of limits is full ({} limits, {} stamps): no call can be counted against a new one",
          kMaxLimits, kMaxStamps)};
}

}  // namespace

std::optional<Refusal> Shared::take(std::span<const LimitUse> uses, int64_t now_us) {
  if (uses.empty()) return std::nullopt;
  std::vector<KeyHash> keys(uses.size());
  for (size_t i = 0; i < uses.size(); ++i) keys[i] = hash_of(uses[i].key);

  auto lock = SharedLock::take(impl_->file);
  if (!lock) return Refusal{0, false, lock.error().what};
  lock->begin();
  SharedFile& file = impl_->file;
  for (size_t i = 0; i < uses.size(); ++i) {
    const LimitUse& use = uses[i];
    if (use.max == 0) return Refusal{i, true, {}};
    // The same key twice in one call counts twice.
    uint32_t earlier = 0;
    for (size_t j = 0; j < i; ++j) earlier += keys[j] == keys[i] ? 1U : 0U;
    if (earlier >= use.max) return Refusal{i, true, {}};
    const LimitSlot* slot = find_slot(file, keys[i]);
    if (slot == nullptr) continue;
    bring_back(file, slot->ring, now_us);
    if (is_used_up(file, slot->ring, use.max - earlier, use.window_us, now_us))
      return Refusal{i, true, {}};
  }
  // Room for all before any is counted. A ring made in vain is empty: it says the same as none.
  for (size_t i = 0; i < uses.size(); ++i) {
    LimitSlot* slot = find_slot(file, keys[i]);
    if (slot == nullptr) slot = make(file, keys[i], uses[i].max, keys, now_us);
    if (slot == nullptr) return full(i);
    if (slot->ring.capacity < uses[i].max && !grow(file, *slot, uses[i].max, keys, now_us))
      return full(i);
    slot->window_us = std::max(slot->window_us, uses[i].window_us);
  }
  for (size_t i = 0; i < uses.size(); ++i) {
    LimitSlot* slot = find_slot(file, keys[i]);
    if (slot == nullptr) return full(i);
    push(file, *slot, now_us);
  }
  return std::nullopt;
}

bool Shared::used_up(std::string_view key, uint32_t max, int64_t window_us, int64_t now_us) {
  const KeyHash hash = hash_of(key);
  auto lock = SharedLock::take(impl_->file);
  if (!lock) return true;
  const LimitSlot* slot = find_slot(impl_->file, hash);
  if (slot == nullptr) return max == 0;
  lock->begin();
  bring_back(impl_->file, slot->ring, now_us);
  return is_used_up(impl_->file, slot->ring, max, window_us, now_us);
}

Result<void> Shared::restore(const LimitUse& limit, std::span<const int64_t> stamps,
                             int64_t now_us) {
  const KeyHash key = hash_of(limit.key);
  auto lock = SharedLock::take(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  lock->begin();
  if (limit.max == 0) return {};
  LimitSlot* slot = find_slot(impl_->file, key);
  if (slot == nullptr) slot = make(impl_->file, key, limit.max, Keep(&key, 1), now_us);
  if (slot == nullptr) return fail(full(0).reason);
  if (slot->ring.capacity < limit.max &&
      !grow(impl_->file, *slot, limit.max, Keep(&key, 1), now_us)) {
    return fail(full(0).reason);
  }
  slot->window_us = std::max(slot->window_us, limit.window_us);
  // Stamps of a ring are in order: what was counted since is sorted in.
  std::vector<int64_t> known;
  for (uint32_t back = 0; back < slot->ring.count; ++back)
    known.push_back(stamp(impl_->file, slot->ring, back));
  std::sort(known.begin(), known.end());
  std::vector<int64_t> all = known;
  for (const int64_t at : stamps)
    if (!std::binary_search(known.begin(), known.end(), at)) all.push_back(at);
  for (int64_t& at : all) at = std::min(at, now_us);
  std::sort(all.begin(), all.end());
  slot->ring.count = 0;
  for (const int64_t at : all) push(impl_->file, *slot, at);
  return {};
}

}  // namespace agentmesh::trust
