// Listing: what a server says it offers (tools/list), page by page: pinned, compared, and hidden where the policy says so.
//
// A page goes through as its own bytes unless a tool in it must be hidden. A listing is complete when a page has no
// nextCursor; then it is recorded as one set, unless the list changed on the way or its beginning was not seen.
// Thread: one. Cost: one hash and one question to the policy per tool listed.

#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "audit/record.h"
#include "base/clock.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/session.h"
#include "proxy/standing.h"
#include "proxy/turn.h"
#include "trust/lookalike.h"
#include "trust/pins.h"

namespace agentmesh::proxy {

class Listing {
 public:
  Listing(const Options& options, Session& session, Pipeline& pipeline, Standing& standing,
          trust::PinSet& pins, const Clock& clock);

  // The pins of all servers of this machine, known when the session began: whose names are taken.
  void know(std::span<const trust::Pin> pins) { names_ = trust::KnownNames(pins); }

  // A result of tools/list. `first`: its request carried no cursor.
  Step page(const Message& message, std::string_view bytes, bool first, Turn& turn);
  // notifications/tools/list_changed.
  void stale();
  // What a person should hear of the pages since it was asked last, a line each; "" if nothing.
  std::string take_remarks() { return std::exchange(remarks_, {}); }
  // True if pins were settled since it was asked last: the store wants to know.
  bool take_touched() { return std::exchange(touched_, false); }

 private:
  // What is made of one definition; true if the client may see it.
  bool offered(std::string_view name, json::View definition, Turn& turn);
  // A tool that no pin can be made for; true if the client may see it.
  bool no_room();
  void record_change(const trust::Seen& seen, std::string_view action, bool poisoned, Turn& turn);
  // A definition seen for the first time that attacks its reader: it costs the server, so there has to be a record.
  void record_poisoned(const trust::Seen& seen, std::string_view action, Turn& turn);
  void record_gone(std::string_view name, Turn& turn);
  // Whether the name could be taken for another one.
  void compare_names(std::string_view name, std::vector<policy::Finding>& findings);
  void remark(std::string_view name, std::span<const policy::Finding> findings);

  const Options& options_;
  Session& session_;
  Pipeline& pipeline_;
  Standing& standing_;
  trust::PinSet& pins_;
  const Clock& clock_;
  ListingCharge charge_;
  trust::KnownNames names_;
  std::string remarks_;
  bool touched_ = false;
  bool told_of_too_many_ = false;
  bool whole_ =
      false;  // the listing under way was seen from its first page, and the list has not changed since
  std::vector<audit::ToolsListed::Tool> listed_;  // of the listing under way
  std::unordered_set<std::string>
      refused_;  // in this listing: of two definitions of a name, the worse counts
};

}  // namespace agentmesh::proxy
