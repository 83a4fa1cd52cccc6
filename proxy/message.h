// Message: a line that can be read in exactly one way, or the reason why it cannot (protocol rules R1 to R15).
//
// The strict reader of base/json does the reading; this file knows JSON-RPC and MCP: which keys are governed, which keys
// and methods only look like governed ones, what a legal id is. It knows nothing of a session: batches and outstanding
// ids (R15 under 2025-03-26, R16) are the session's.
//
// Thread: one MessageReader per direction. Views live as long as the line. Cost: one pass plus the keys of two levels.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "proxy/direction.h"
#include "proxy/methods.h"

namespace agentmesh::proxy {

// A JSON-RPC id as a key: integers by their digits ("i7"), strings unescaped ("s7"). Echo `raw`, compare `key`.
struct Id {
  std::string_view raw;  // as received
  std::string key;       // canonical: 'i' + digits or 's' + text

  // The same digits as the other type: "i7" for "s7" and back; "" if there is none.
  std::string twin() const;
};

// The id that `value` spells, if it is a legal one (rule R6). `raw` points into the value's text.
std::optional<Id> id_of(json::View value);

enum class MessageKind : uint8_t { kRequest, kNotification, kResult, kError };

struct Message {
  MessageKind kind = MessageKind::kNotification;
  std::string_view text;   // the document, from its first byte to its last (no blanks, no LF around it)
  std::optional<Id> id;    // requests and responses; an error may come without a usable one
  std::string method;      // requests and notifications, unescaped
  const Method* governed = nullptr;  // its row in methods.h, null if not listed
  json::View params;       // absent if there is none
  json::View result;
  json::View error;
  // The members of params (requests, notifications) or result, as the reader indexed them; good until the next read().
  std::span<const json::Entry> members;

  json::View member(std::string_view key) const;  // of params or result, compared unescaped; absent if not there
};

// A line that goes no further.
struct Refusal {
  std::string_view rule;    // "read.R1" … "read.R15"
  std::string reason;       // one sentence for a person; quotes no values
  std::optional<Id> id;     // set only if one legal, unique id could be read and an answer is due
  bool was_request = false; // it had a method
  bool was_answer = false;  // it had result or error: what hangs on the other side is the request `id`
  std::string method;       // where it could be read
  int code = -32600;        // -32600 envelope, -32602 params
};

// A blank line: nothing at all.
struct Blank {};

// A JSON array of objects; each member to be read on its own. Whether it is allowed is the session's to know.
struct Batch {
  std::vector<std::string_view> members;
};

using Reading = std::variant<Message, Refusal, Blank, Batch>;

class MessageReader {
 public:
  explicit MessageReader(Direction direction);
  // `line` with or without its LF (a CR directly before the LF is allowed). `result_of` names the method whose answer
  // this is once the id is known: governed keys inside `result` depend on it.
  Reading read(std::string_view line, const std::function<std::string_view(const Id&)>& result_of);
  // A member of a batch: a text without LF.
  Reading read_member(std::string_view text, const std::function<std::string_view(const Id&)>& result_of);

 private:
  Direction direction_;
  json::Reader reader_;
};

}  // namespace agentmesh::proxy
