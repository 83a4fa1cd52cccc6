// The methods of MCP that a proxy has to know, each with what it does about them (protocol, section 3). Data, in one place.

#pragma once

#include <cstdint>
#include <string_view>

namespace agentmesh::proxy {

struct Method {
  std::string_view name;
  bool from_client = false;   // may be a request of the client
  bool from_server = false;   // may be a request of the server
  bool notification = false;
  bool decided = false;       // one decision per request, before it is forwarded
  bool marked = false;        // its result carries our mark
  bool result_read = false;   // its result is governed: strict keys, scanned or read for session state
  bool only_legacy_from_server = false;
};

// The row of exactly this method, or null.
const Method* find_method(std::string_view name);
// The governed method that `name` folds to (case, U+017F, U+212A, blanks, invisible characters, NUL) without being it, or
// null (R3).
const Method* look_alike_of(std::string_view name);
// The governed key of `keys` that `key` folds to without being it, or "" (R2).
bool folds_to(std::string_view key, std::string_view governed);

}  // namespace agentmesh::proxy
