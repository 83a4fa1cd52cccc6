// Look: the parts of look(), one per kind of judged value. Not for use outside facts.cc.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/walk.h"

namespace agentmesh::policy {

// What one text after the other goes through: the byte budget, and turning hits into findings and spans.
class Inspection {
 public:
  Inspection(const Input& input, Seen& seen);

  // The part of a text that may be inspected; notes where the budget ends.
  std::string_view take(const Walk& walk);
  // Empties hits() into findings about the text that `walk` shows, and into spans for secrets and personal data.
  void settle(const Walk& walk);
  std::vector<scan::Hit>& hits() { return hits_; }

  void add(std::string_view id, Severity severity, std::string where);
  void add_span(const Walk& walk, Span::What what, size_t begin, size_t end, std::string text);

  const Input& input() const { return input_; }
  Seen& seen() { return seen_; }

 private:
  const Input& input_;
  Seen& seen_;
  size_t left_;
  bool noted_ = false;
  std::vector<scan::Hit> hits_;
};

// Paths, URLs, SQL, shell, data and injections in the arguments of a call or the parameters of a request.
void look_at_arguments(const RuleSet& set, Inspection& inspection);
// Orders to the model, hidden text, forged marks, secrets in a result or in what a server asks of the client.
void look_at_result(Inspection& inspection);
void look_at_server_request(Inspection& inspection);
// The same in a tool's definition.
void look_at_definition(Inspection& inspection);

}  // namespace agentmesh::policy
