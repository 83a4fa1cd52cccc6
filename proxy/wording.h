// Wording: the sentences a person and a model read when a call is stopped. Reason, rule, where it stands, way out.
//
// How they begin stands in policy/scan/our_words.h, for who looks for imitations.
// They have to be complete in one text: many clients show nothing else. No argument values, no exclamation marks.

#pragma once

#include <string>
#include <string_view>

#include "proxy/judgement.h"

namespace agentmesh::proxy {

// "Blocked by AgentMesh: … Rule strict/no-writes (strict.yaml:14). To allow it: …" `state_words`: Options::state_words;
// "" where the server reads it, which has no business there.
std::string denial_text(const Judgement& judgement, std::string_view state_words);
// The way out for a call that waits for somebody's yes. Of the verdict: who may give it, and the command that would spare asking, if
// there is one.
std::string ticket_way_out(std::string_view ask, const policy::Verdict& verdict);
// A result that was withheld.
std::string withheld_text(const policy::Verdict& verdict);
// An answer of the server, and any other line, that is not read as JSON-RPC in one way only.
std::string unreadable_text(std::string_view reason);
std::string refusal_text(std::string_view reason);

}  // namespace agentmesh::proxy
