// Args: the plain matchers of a rule's `args:`, no expression needed.
//
// A named argument is looked up at the top of the call's arguments; "*" is any string at any depth. Strings are matched as
// their content, numbers and booleans as they are spelled. Where an argument holds several values (a list, an object), one
// that matches is enough for a rule that holds back, warns or counts; a rule that allows wants all of them to match.
// A glob that begins with / or ~/ is about paths: an argument that is one is compared decoded and normalised, so that
// `/srv/*` does not allow /srv/../etc; rules that do not allow compare it as it is spelled as well.
// Cost: the arguments are gone through once per question, however many rules name one; one walk for "*". Thread: any.

#pragma once

#include <string_view>
#include <vector>

#include "base/json.h"
#include "policy/facts.h"
#include "policy/input.h"
#include "policy/rule_set.h"

namespace agentmesh::policy {

// The members of a call's arguments, told apart when the first rule asks for one.
class NamedArguments {
 public:
  // `args` is borrowed.
  void reset(json::View args);
  // As json::View::find(): the first one of that name, compared unescaped; absent if there is none.
  json::View find(std::string_view name);

 private:
  json::View args_;
  bool told_apart_ = false;
  std::vector<json::View::Member> members_;
};

bool args_match(const Rule& rule, const Input& input, const Seen& seen, NamedArguments& named);

}  // namespace agentmesh::policy
