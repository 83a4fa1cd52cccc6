// Answers of our own: denials, protocol errors, withheld results. Each is one line with its LF, carrying the id as received.
//
// Shapes are contracts (protocol, sections 4 and 7). Pure functions.

#pragma once

#include <string>
#include <string_view>

#include "proxy/mark.h"

namespace agentmesh::proxy {

inline constexpr int kDeniedCode = -31403;

// A denied tools/call: an isError result; `modern` adds resultType "complete".
std::string denied_result(std::string_view id_raw, std::string_view text, const Mark& mark,
                          bool modern);
// A denied request of any other kind, or with --deny-as error, or a task-augmented call.
std::string denied_error(std::string_view id_raw, std::string_view text, const Mark& mark);
// A JSON-RPC error without a mark: -32600, -32602, -32603.
std::string plain_error(std::string_view id_raw, int code, std::string_view text);
// A result that was withheld: an isError result that says what and why, with the mark.
std::string withheld_result(std::string_view id_raw, std::string_view text, const Mark& mark,
                            bool modern);
// notifications/cancelled about a request whose id was received as `id_raw`.
std::string cancellation(std::string_view id_raw, std::string_view reason);

}  // namespace agentmesh::proxy
