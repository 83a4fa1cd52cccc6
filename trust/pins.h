// Pins: what a server said it offers, remembered, so that a change is seen.
//
// A pin belongs to a server's name and the cmd_mac of its command line (two clients' "github" do not mix). It has the
// accepted definition and, if the server offers something else since, that offer and what was made of it. The store keeps
// pins (store.h); a session works with a PinSet: what is stored, and what its own server listed.
//
// This file compares and remembers. What a first sight or a change *means* (hold, pin, withhold, review, warn) is the
// policy's: the proxy asks it between see() and settle().
// Thread: values, one thread. Cost: see() one canonical form and one SHA-256 per definition.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "trust/definition.h"

namespace agentmesh::trust {

enum class PinState : uint8_t {
  kPinned,    // accepted: trust on first use, or a change the policy accepted
  kApproved,  // accepted by a person
  kHeld,      // first sight, waits for `pins approve`
  kWithheld,  // the offer differs from what was accepted: not listed, calls denied
  kReview,    // the same, but listed; calls denied
  kRejected,  // a person refused the offer: not listed, calls denied
};
std::string_view to_string(
    PinState state);  // "pinned", "approved", "held", "withheld", "review", "rejected"
inline bool passes(PinState state) {
  return state == PinState::kPinned || state == PinState::kApproved;
}
inline bool is_hidden(PinState state) { return !passes(state) && state != PinState::kReview; }

// One row of the store.
struct Pin {
  std::string server;
  std::string cmd_mac;  // hex64; "" for a pin that no command line belongs to
  PinKind kind = PinKind::kTool;
  std::string name;
  PinState state = PinState::kPinned;
  std::string hash;          // accepted definition, hex64; "" if nothing was accepted yet
  std::string form;          // its canonical form; "" if too long to keep
  std::string offered_hash;  // what waits for an answer (or was rejected); "" if nothing does
  std::string offered;
  std::string by;  // who accepted: "first-use", "policy", "uid:1000"
  bool shown =
      false;  // a person was shown this offer, and how it differs from this accepted definition
  int64_t at_us = 0;  // of the last change, wall clock

  bool operator==(const Pin&) const = default;
};

// A pin to be written, and the accepted hash it was based on: if the row moved on meanwhile, it is not written.
struct PinWrite {
  Pin pin;
  std::string expected_hash;
};

// Definitions longer than this are hashed as sent and not kept for the diff.
inline constexpr size_t kMaxForm = 1U << 16;

enum class Sight : uint8_t {
  kFirst,  // nothing was accepted or refused under this name yet (no pin, or one that is held and offers something else)
  kSame,   // what was accepted (also: gone back to it)
  kWaiting,  // not what was accepted, and settled before: pin->state says how
  kChanged,  // new: the policy has to say
  kTooMany,  // no pin, and no room for one (kMaxPins)
};

// What see() found; settle() takes it back.
struct Seen {
  PinKind kind = PinKind::kTool;
  std::string name;
  Sight sight = Sight::kFirst;
  // kWaiting: how it was settled; kSame: pinned or approved; kChanged: how what it replaces stood (after kRejected, only a
  // person accepts: settle(kPin) withholds).
  PinState state = PinState::kPinned;
  std::string hash;  // of the definition seen
  std::string form;
  std::string old_hash;  // kChanged, kWaiting: what was accepted; "" if nothing was
  Difference
      difference;  // kChanged: to what was accepted (or, if that is nothing, to the older offer)
};

enum class Settle : uint8_t { kPin, kHold, kWithhold, kReview };

// Whether `uri` may come from the template (RFC 6570): its literal parts in order, anything where an {expression} stands.
bool fits_template(std::string_view uri, std::string_view uri_template);

class PinSet {
 public:
  // Of one kind: what a server offers beyond is not kept, however often it renames what it has.
  static constexpr size_t kMaxPins = 4096;

  PinSet(std::string server, std::string cmd_mac)
      : server_(std::move(server)), cmd_mac_(std::move(cmd_mac)) {}

  // Rows of this server and command line: at start, and again when the store says they changed. Others are passed over.
  // Returns true if what this session's client may see or call is different now (time for tools/list_changed).
  bool load(std::span<const Pin> pins);

  // Looks at a definition the server just listed. Nothing is decided for kFirst and kChanged until settle().
  Seen see(PinKind kind, std::string_view name, json::View definition);
  // A plain text (instructions) or a hash of something else (a command's file) instead of a definition.
  Seen see_text(PinKind kind, std::string_view name, std::string_view text);
  // What the policy made of a kFirst or kChanged. kPin accepts the definition seen, except where a person has rejected
  // the one before it: then only a person accepts its successor, and it is withheld. kHold of a change withholds.
  void settle(Seen seen, Settle how, int64_t wall_us);

  // How a call to this name stands: by what this session's server listed last, else by the stored pin. Nothing: no pin.
  std::optional<PinState> standing(PinKind kind, std::string_view name) const;
  const Pin* find(PinKind kind, std::string_view name) const;
  // The first resource template that does not pass and that `uri` may be made from; nothing if there is none.
  std::optional<PinState> standing_of_uri(std::string_view uri) const;
  // Listed by this session's server since it started or said list_changed.
  bool listed(PinKind kind, std::string_view name) const;

  // Page bookkeeping. `first`: the request had no cursor; `last`: the answer has no nextCursor; `names`: what it listed.
  // Returns the names that a complete and uninterrupted listing no longer has (each told once); empty before that.
  std::vector<std::string> page(PinKind kind, bool first, bool last,
                                std::span<const std::string> names);
  // The server said its list changed: what is known is stale, a listing under way is incomplete.
  void list_changed(PinKind kind);
  bool stale(PinKind kind) const;

  // This session's server listed tools, and everything it introduced so far was what had been accepted before.
  bool stable() const { return tools_seen_ && !anything_new_; }

  // Other command lines were accepted under this server's name: a first sight of this one is a change (kind command).
  bool knows_other_commands() const { return knows_other_commands_; }

  // What the store has to be told, since the last time.
  std::vector<PinWrite> take_writes();

  const std::string& server() const { return server_; }
  const std::string& cmd_mac() const { return cmd_mac_; }

 private:
  using Key = std::pair<PinKind, std::string>;
  struct Slot {
    Pin pin;
    std::string listed_hash;  // what this session's server offers; "" if it has not listed it
  };
  struct Listing {
    bool under_way = false;
    bool stale = true;            // not listed completely, or changed since
    std::set<std::string> names;  // of the listing under way
    std::set<std::string> gone;   // told already
  };
  Seen see_form(PinKind kind, std::string_view name, std::string form, std::string hash);
  Seen compared(PinKind kind, std::string_view name, std::string form, std::string hash);
  static PinState standing_of(const Slot& slot);
  std::pair<std::map<Key, Slot>::iterator, bool> slot_of(PinKind kind, const std::string& name);

  std::string server_;
  std::string cmd_mac_;
  std::map<Key, Slot> slots_;
  std::map<PinKind, size_t> kept_;  // slots of each kind
  std::map<PinKind, Listing> listings_;
  std::vector<PinWrite> writes_;
  bool knows_other_commands_ = false;
  bool tools_seen_ = false;
  bool anything_new_ = false;
};

}  // namespace agentmesh::trust
