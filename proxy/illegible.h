// Illegible: which request a line answers that is no strict JSON, so that whoever waits for it can be told.
//
// Some readers are lenient, and some writers count on it: NaN and Infinity (Python), bytes that are no UTF-8, control
// characters in a text, a byte order mark, a CR too many. Such a line goes no further (R8, R10 to R12). What is wrong with it
// is mended in a copy, which is read for its one legal id and nothing else.
//
// Cost: one copy and one pass; only for lines that are refused.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::proxy {

// The id as it is spelled; "" if this is no answer of JSON-RPC that these mends make legible.
std::string id_in_illegible_answer(std::string_view line);

}  // namespace agentmesh::proxy
