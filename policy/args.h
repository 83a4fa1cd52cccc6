// Args: the plain matchers of a rule's `args:`, no expression needed.
//
// A named argument is looked up at the top of the call's arguments; "*" is any string at any depth. Strings are matched as
// their content, numbers and booleans as they are spelled. Where an argument holds several values (a list, an object), one
// that matches is enough for a rule that holds back, warns or counts; a rule that allows wants all of them to match.
// Cost: one look-up per named argument, one walk for "*". Thread: any.

#pragma once

#include "base/json.h"
#include "policy/rule_set.h"

namespace agentmesh::policy {

bool args_match(const Rule& rule, json::View args);

}  // namespace agentmesh::policy
