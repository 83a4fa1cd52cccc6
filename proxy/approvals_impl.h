// What the files of Approvals share: approvals.cc (whether and how to ask), approvals_held.cc (calls that wait here),
// approvals_returns.cc (calls that come back with an answer), approvals_answers.cc (what was said, where everybody sees it).

#pragma once

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "proxy/approval_dialog.h"
#include "proxy/judgement.h"
#include "proxy/message.h"

namespace agentmesh::proxy {

inline std::string_view bytes_of(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// What tells the retry of one call that the server asked about: both are as long as their sender likes.
inline std::string continuing_key(std::string_view digest, std::string_view request_state) {
  const Hash hash = sha256(std::string(digest) + std::string(request_state));
  return std::string(bytes_of(hash));
}

inline json::View arguments_of(const Message& request) {
  return request.method == "tools/call" ? request.member("arguments") : request.params;
}

// What else a tool's call has. Of other requests the params are shown as a whole.
inline std::string beside_of(const Message& request) {
  return request.method == "tools/call" ? names_beside_arguments(request.params) : std::string();
}

inline std::string tool_of(const Message& request) {
  return request.method == "tools/call" ? request.member("name").string() : std::string();
}

inline void let_through(Judgement& judgement, const std::string& ask, const Hash& digest) {
  judgement.effect = Judgement::Effect::kForward;
  judgement.stage = "";
  judgement.decision = "allow";
  judgement.ask = ask;
  judgement.approved = ask;
  judgement.approved += bytes_of(digest);
}

// Why the call does not go on, where the client's answer was no yes; "" for a yes.
std::string reason_of(DialogAnswer answer);

}  // namespace agentmesh::proxy
