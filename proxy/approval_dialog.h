// Approval dialog: what a person is asked about a call, in the words and shapes of MCP elicitation, and what counts as a yes.
//
// The question names the tool, the arguments (shortened, secrets masked, nothing invisible) and the rule; it asks for one
// boolean and for nothing secret. Pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "proxy/judgement.h"

namespace agentmesh::proxy {

// Ids of our own requests to a client begin so; no server's request may (server_side.cc).
inline constexpr std::string_view kDialogIdPrefix = "agentmesh:";
// Under this key a modern answer carries our request, and its retry the person's answer.
inline constexpr std::string_view kApprovalKey = "io.agentmesh/approval";

// The arguments for a person's eyes: long keys and values are cut and say so, secrets are masked; where
// the scanners found one (`facts`) that is not found again, or that only a reader of a text in them finds, nothing is shown. At most
// `max_bytes`, then "…" and, in 60 bytes, that it is cut.
std::string brief_of(json::View args, const policy::Facts& facts, size_t max_bytes);

// The names of what stands in the params of a tools/call and is no member that MCP knows there: a server may go by it, and the yes
// covers it. "x, y and 3 more", secrets masked, cut where long; "" if there is none. At most 320 bytes.
std::string names_beside_arguments(json::View params);

struct Question {
  std::string_view agent, server, tool, method;
  json::View args;
  std::string beside;  // names_beside_arguments(), for a tools/call
  const Judgement* judgement = nullptr;
  int64_t timeout_us = 0;
  bool from_server = false;  // the server asks something of the client
};
std::string question_text(const Question& question);

// The params of elicitation/create; `mode` is of 2025-11-25 and later.
std::string dialog_params(std::string_view message, bool with_mode);

// Whole lines, LF included.
std::string dialog_request(std::string_view id, std::string_view params);
std::string dialog_withdrawn(std::string_view id, std::string_view reason);
// The `count`-th progress of a held call, from 1: values rise towards 0 and stay below it, so that whatever the server counts
// later for the same token goes on rising.
std::string dialog_progress(std::string_view token_raw, int64_t count);
// The modern answer to the call itself: the client asks, and calls again with `state`.
std::string input_required(std::string_view id_raw, std::string_view params,
                           std::string_view state);

enum class DialogAnswer : uint8_t { kYes, kNo, kDismissed, kMalformed };
// Reads an ElicitResult. Only an accept with an explicit yes is one.
DialogAnswer dialog_answer(json::View result);

}  // namespace agentmesh::proxy
