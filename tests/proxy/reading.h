// One line read in one direction, and what came of it in words a test can compare.

#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "proxy/message.h"

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

}  // namespace agentmesh::proxy::tests
