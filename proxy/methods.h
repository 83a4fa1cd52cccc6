// The methods of MCP that a proxy has to know, each with what it does about them (protocol, section 3). Data, in one place;
// with it the test for keys and methods that only look like the ones we judge (rules R2, R3).
//
// Pure functions, any thread. Cost: nothing is allocated while names are printable ASCII.

#pragma once

#include <cstdint>
#include <string_view>

namespace agentmesh::proxy {

// What rule R7 asks of `params`.
enum class Params : uint8_t { kFree, kObjectIfAny, kObject };

struct Method {
  std::string_view name;
  bool from_client = false;  // may be sent by the client
  bool from_server = false;  // may be sent by the server
  bool notification = false;
  bool decided = false;  // one decision per request, before it is forwarded
  bool marked = false;   // its result carries our mark
  // Its result is governed: strict keys, scanned or read for session state.
  bool result_read = false;
  bool params_read = false;  // its params are governed: strict keys (always so where `decided`)
  Params params = Params::kFree;
  std::string_view text_member = {};  // the member of params that has to be a string: "name", "uri"
  bool takes_arguments = false;       // params.arguments has to be an object, null or absent
  // Governed keys of its params besides kParamsKeys, one blank between two.
  std::string_view more_keys = {};

  bool governs_params() const { return decided || params_read; }
  // Something of it is judged: no look-alike of its name passes, and as a notification it does nothing (R3, section 3).
  bool governed() const { return !notification && (decided || params_read || result_read); }
};

// Governed keys (protocol, section 4), one blank between two.
inline constexpr std::string_view kEnvelopeKeys = "jsonrpc id method params result error";
inline constexpr std::string_view kParamsKeys =
    "name arguments _meta task uri cursor inputResponses requestState";
inline constexpr std::string_view kResultKeys =
    "content structuredContent isError _meta resultType tools contents messages inputRequests requestState task";

// The row of exactly this method, or null.
const Method* find_method(std::string_view name);
// The governed method that `name` folds to without being it, or null (R3).
const Method* look_alike_of(std::string_view name);

// Whether `key`, unescaped, is not `governed` but could be read as it (R2): other case (with U+017F and U+212A), blanks,
// controls, U+0000 or invisible characters anywhere, other characters that look like its letters (base/skeleton.h).
bool folds_to(std::string_view key, std::string_view governed);
// The word of `words` (one blank between two) that `key` folds to without being it, or "" if there is none. A key that *is*
// one of the words folds to nothing.
std::string_view folds_to_one_of(std::string_view key, std::string_view words);

}  // namespace agentmesh::proxy
