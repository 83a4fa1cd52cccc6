// One line read in one direction, and what came of it in words a test can compare.

#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/message.h"
#include "tests/catch.h"

namespace agentmesh::proxy::tests {

// "request", "notification", "result", "error", "blank", "batch", or the rule that refused it.
inline std::string outcome(const Reading& reading) {
  if (std::holds_alternative<Blank>(reading)) return "blank";
  if (std::holds_alternative<Batch>(reading)) return "batch";
  if (const auto* refusal = std::get_if<Refusal>(&reading)) return std::string(refusal->rule);
  switch (std::get<Message>(reading).kind) {
    case MessageKind::kRequest: return "request";
    case MessageKind::kNotification: return "notification";
    case MessageKind::kResult: return "result";
    case MessageKind::kError: return "error";
  }
  return "nothing";
}

// The id that an answer to a refused line would carry, "" if none is due.
inline std::string due_id(const Reading& reading) {
  const auto* refusal = std::get_if<Refusal>(&reading);
  return refusal != nullptr && refusal->id ? std::string(refusal->id->raw) : std::string();
}

class Lines {
 public:
  explicit Lines(Direction direction) : reader_(direction) {}
  // `answers` is the method of the request that a response answers.
  Reading read(std::string_view line, std::string_view answers = "tools/call") {
    return reader_.read(line, [answers](const Id&) { return answers; });
  }

 private:
  MessageReader reader_;
};

// A line of a client, and what refuses it.
struct Refused {
  std::string line;
  std::string rule;
  std::string id = "1";  // that of the answer, "" for none
  int code = -32600;
};

inline void check_refused(const std::vector<Refused>& rows) {
  Lines client(Direction::kClientToServer);
  for (const Refused& row : rows) {
    CAPTURE(row.line.substr(0, 300));
    const std::string line = row.line + "\n";
    const Reading reading = client.read(line);
    CHECK(outcome(reading) == row.rule);
    CHECK(due_id(reading) == row.id);
    if (const auto* refusal = std::get_if<Refusal>(&reading)) {
      if (!row.id.empty()) CHECK(refusal->code == row.code);
      CHECK_FALSE(refusal->reason.empty());
    }
  }
}

inline std::string call(std::string_view params) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + std::string(params) + "}";
}

inline std::string nested(size_t depth, std::string_view open, std::string_view close) {
  std::string out;
  for (size_t i = 0; i < depth; ++i) out += open;
  out += '1';
  for (size_t i = 0; i < depth; ++i) out += close;
  return out;
}

}  // namespace agentmesh::proxy::tests
