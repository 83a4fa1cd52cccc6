// A server's answer as the proxy would mark it: read, forged marks out, mark and footer in.

#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "proxy/forgery.h"
#include "proxy/mark.h"
#include "proxy/message.h"

namespace agentmesh::proxy::tests {

inline Mark written_mark() {
  Mark mark;
  mark.decision = "allow";
  mark.policy = "moderate";
  mark.rule = "default";
  mark.server = "filesystem";
  mark.score = 812;
  mark.tier = "trusted";
  mark.log = "agentmesh.example/log";
  mark.decision_seq = 17;
  mark.outcome_seq = 18;
  mark.leaf = "3f9a1c7e00112233445566778899aabbccddeeff00112233445566778899aabb";
  mark.mode = "enforce";
  return mark;
}

struct MarkedLine {
  std::string line;
  Marked added;
  bool forged = false;
  ResultShape shape = ResultShape::kOther;
};

inline MarkedLine marked_line(const std::string& line, Footer footer,
                              const Mark& mark = written_mark()) {
  MessageReader reader(Direction::kServerToClient);
  const auto of_a_call = [](const Id&) { return std::string_view("tools/call"); };
  MarkedLine out;
  Reading reading = reader.read(line, of_a_call);
  const auto* message = std::get_if<Message>(&reading);
  if (message == nullptr) return out;
  std::string clean = without_our_names(*message, line);
  out.forged = !clean.empty();
  if (clean.empty()) clean = line;
  reading = reader.read(clean, of_a_call);
  message = std::get_if<Message>(&reading);
  if (message == nullptr) return out;
  const ResultParts parts(message->result, message->members);
  out.shape = shape_of(parts);
  Splice splice(clean);
  MarkTexts texts;
  out.added = add_mark(splice, parts, out.shape, mark, footer, line.size(), texts);
  out.line = splice.apply();
  return out;
}

}  // namespace agentmesh::proxy::tests
