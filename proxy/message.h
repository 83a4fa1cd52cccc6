// Message: a line that can be read in exactly one way, or the reason why it cannot (protocol rules R1 to R15).
//
// The strict reader of base/json does the reading; this file knows JSON-RPC and MCP: which keys are governed, which keys
// and methods only look like governed ones, what a legal id is. It knows nothing of a session: batches and outstanding
// ids (R15 under 2025-03-26, R16) are the session's.
//
// What is looked at where (protocol, section 4):
//   everywhere               JSON, UTF-8, one document, no CR inside the line, no nesting deeper than 128
//   lines of the client      no key twice anywhere, no lone surrogate
//   requests of the server   no key twice anywhere
//   answers of the server    no key twice on the envelope, in `error` outside its `data` (inside as well where it names
//                            pages to open, code -32042), in `result.inputRequests`, and, for governed methods, in
//                            `result` outside `structuredContent` and `_meta`: there a repeated key changes nothing that
//                            we judge (scanning walks every member), and vendors put there what they like
//   notifications of the     no key twice on the envelope and, where the method is listed, among the members of params
//   server                   themselves (`requestId`, `taskId`)
//   governed methods         no look-alike of a governed key among the members of params and result
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
  std::string_view text;  // the document from first byte to last, without blanks or LF around it
  std::optional<Id> id;   // requests and responses; an error may come without a usable one
  std::string method;     // requests and notifications, unescaped
  const Method* governed = nullptr;  // its row in methods.h, null if not listed
  json::View params;                 // absent if there is none
  json::View result;
  json::View error;
  bool forged = false;  // names of ours were taken out of it (forgery.h)
  // The members of params (requests, notifications), result or error, as the reader indexed them; good until the next
  // read().
  std::span<const json::Entry> members;

  // The one of them with this key, compared unescaped; absent if not there.
  json::View member(std::string_view key) const;
};

// A line that goes no further. What to do about it, if `id` is set:
//   client line, no answer    plain_error(id, code, reason) to the client
//   client line, was_answer   the server's request `id` hangs: plain_error(id, -32603, …) to the server
//   server line, was_answer   the client's request `id` hangs: plain_error(id, -32603, …) to the client
// but nothing where a request `id` is outstanding that this line did not answer (R16): its answer would be taken for ours.
struct Refusal {
  // "read.R1" … "read.R15"; "read.notification": a governed method without an id.
  std::string_view rule;
  std::string reason;        // one sentence for a person; quotes no values
  std::optional<Id> id;      // set only if one legal, unique id could be read and an answer is due
  bool was_request = false;  // it had a method, or a look-alike of that key
  // It had no method, but result, error or a look-alike of those keys (from a server: any id without a method): what hangs
  // on the other side is the request `id`.
  bool was_answer = false;
  std::string method;  // where it could be read
  int code = -32600;   // -32600 envelope, -32602 params
};

// A blank line: nothing at all.
struct Blank {};

// A JSON array with at least one object in it, of at most 65 536 members; each is to be read on its own (what is no object
// is then a Refusal). Whether it is allowed is the session's to know.
struct Batch {
  std::vector<std::string_view> members;
  bool only_objects = true;  // false: something else is among them, so it is legal nowhere
};

using Reading = std::variant<Message, Refusal, Blank, Batch>;

class MessageReader {
 public:
  using ResultOf = std::function<std::string_view(const Id&)>;

  explicit MessageReader(Direction direction);
  // `line` with or without its LF (a CR directly before the LF is allowed). `result_of` names the method whose answer
  // this is once the id is known: governed keys inside `result` depend on it.
  Reading read(std::string_view line, const ResultOf& result_of);
  // A member of a batch: a text without LF. Message::members of the member before die here.
  Reading read_member(std::string_view text, const ResultOf& result_of);

 private:
  class Envelope;
  Reading read_document(std::string_view text, const ResultOf& result_of, bool may_be_batch);

  Direction direction_;
  json::Reader reader_;
};

}  // namespace agentmesh::proxy
