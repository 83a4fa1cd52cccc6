// Offers: what a server introduces itself with besides its tools, pinned alike (trust.md, Pins): its instructions, its
// prompts, its resource templates, and the command that starts it.
//
// Nothing here changes a byte. A first sight is pinned; a change is a finding, a record and a line on stderr, and what is
// found in these texts (orders to the model, hidden text) is told at first sight and at every change. A policy that withholds
// changed definitions (strict) holds a changed prompt, a changed resource template and a changed command: prompts/get of the one,
// resources/read of a URI that fits the other, every call and fetch of the third is denied until `pins approve` (pipeline.cc).
// Cannot do: keep a client from reading changed instructions, or the text of a changed template; they pass, and are told of.
// Thread: one. Cost: one canonical form and one hash per definition seen.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/session.h"
#include "proxy/turn.h"
#include "trust/pins.h"

namespace agentmesh::proxy {

class Offers {
 public:
  Offers(const Options& options, Session& session, Pipeline& pipeline, trust::PinSet& pins,
         const Clock& clock);

  // `form`: of command_form(). At the start of the session, when the stored pins are known.
  void command(std::string_view form, Turn& turn);
  // A result of initialize.
  void introduced(json::View result, Turn& turn);
  // A result of prompts/list or resources/templates/list. `first`: its request carried no cursor.
  void listed(std::string_view method, json::View result, bool first, Turn& turn);
  void list_changed(std::string_view notification);

  // What a person should hear since it was asked last, a line each; "" if nothing.
  std::string take_remarks() { return std::exchange(remarks_, {}); }
  // True if pins were settled since it was asked last.
  bool take_touched() { return std::exchange(touched_, false); }

 private:
  // `text`: what the scanners read.
  void settle(trust::Seen seen, json::View text, ListingCharge& charge, Turn& turn);
  void record_poisoned(const trust::Seen& seen, ListingCharge& charge, Turn& turn);
  void remark(trust::PinKind kind, std::string_view name, std::string_view what);

  const Options& options_;
  Session& session_;
  Pipeline& pipeline_;
  trust::PinSet& pins_;
  const Clock& clock_;
  ListingCharge instructions_, prompts_, templates_;
  std::string remarks_;
  bool touched_ = false;
};

}  // namespace agentmesh::proxy
