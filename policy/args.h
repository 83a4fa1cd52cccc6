// Args: the plain matchers of a rule's `args:`, no expression needed.
//
// A named argument is looked up at the top of the call's arguments; "*" is any string at any depth. Strings are matched as
// their content, numbers and booleans as they are spelled. Where an argument holds several values (a list, an object), one
// that matches is enough for a rule that holds back, warns or counts; a rule that allows wants all of them to match.
// A glob that begins with / or ~/ is about paths: an argument that is one is compared decoded and normalised, so that
// `/srv/*` does not allow /srv/../etc; rules that do not allow compare it as it is spelled as well.
// Cost: one look-up per named argument, one walk for "*". Thread: any.

#pragma once

#include "policy/facts.h"
#include "policy/input.h"
#include "policy/rule_set.h"

namespace agentmesh::policy {

bool args_match(const Rule& rule, const Input& input, const Seen& seen);

}  // namespace agentmesh::policy
