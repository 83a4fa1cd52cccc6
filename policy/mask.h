// Mask: a JSON value with the secrets in it taken out, for whoever keeps values (the audit log's payloads).
//
// A text in it that is read as arguments (look_inside.cc), and only so shows a secret ("\u0070assword"), is taken out whole.
// Pure, any thread. Cost: one pass, a secrets scan of every text in it, and of those texts' readings, three deep.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agentmesh::policy {

// `json` is one accepted JSON value. Nothing if it holds no secret that the scanners know; else the value with "[masked:ID]"
// where they stood, still JSON.
std::optional<std::string> mask_secrets(std::string_view json);

// A text that is no JSON (a URI, a name), likewise.
std::string without_secrets(std::string_view text);

}  // namespace agentmesh::policy
