// Whatever bytes come from either side: lines are framed, read, and, where they are results, marked; and what was read holds
// what message.h and mark.h promise.

#include "proxy/message.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/answer.h"
#include "proxy/forgery.h"
#include "proxy/framing.h"
#include "proxy/mark.h"
#include "proxy/splice.h"

namespace agentmesh::proxy {

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view as_tool_call(const Id&) { return "tools/call"; }

Mark some_mark() {
  Mark mark;
  mark.decision = "allow";
  mark.policy = "p";
  mark.rule = "r";
  return mark;
}

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// Names of ours are gone in one go, and what is left is read as before. True if there were none.
bool check_cleaning(std::string_view line, const Message& message) {
  const std::string clean = without_our_names(message, line);
  if (clean.empty()) return true;
  require(clean.size() < line.size());
  MessageReader reader(Direction::kServerToClient);
  const Reading again = reader.read(clean, as_tool_call);
  const auto* cleaned = std::get_if<Message>(&again);
  require(cleaned != nullptr && cleaned->kind == message.kind && cleaned->method == message.method);
  require(without_our_names(*cleaned, clean).empty());
  return false;
}

void check_marking(std::string_view line, const Message& message) {
  for (const Footer footer : {Footer::kBoth, Footer::kText, Footer::kMeta, Footer::kOff}) {
    Splice splice(line);
    const ResultParts parts(message.result, message.members);
    MarkTexts texts;
    const Marked added =
        add_mark(splice, parts, shape_of(parts), some_mark(), footer, line.size(), texts);
    if (!added.mark && !added.text) {
      require(splice.empty());
      continue;
    }
    const std::string marked = splice.apply();
    MessageReader reader(Direction::kServerToClient);
    const Reading again = reader.read(marked, as_tool_call);
    const auto* result = std::get_if<Message>(&again);
    require(result != nullptr && result->id->key == message.id->key);
    const json::View mark = result->result.find("_meta").find(kMarkKey);
    require(mark.present() == added.mark);
    if (added.mark) require(mark.raw() == mark_json(some_mark()));
    const std::string clean = without_our_names(*result, marked);
    require(clean.empty() != added.mark);
  }
}

void check_message(std::string_view line, const Message& message, bool from_client) {
  require(inside(message.text, line) && inside(message.params.raw(), line) &&
          inside(message.result.raw(), line));
  require(message.text.front() == '{' && message.text.back() == '}');
  require(message.text.find('\r') == std::string_view::npos &&
          message.text.find('\n') == std::string_view::npos);
  const bool answer = message.kind == MessageKind::kResult || message.kind == MessageKind::kError;
  require(message.kind != MessageKind::kRequest || message.id.has_value());
  require(message.kind != MessageKind::kNotification || !message.id.has_value());
  require(answer == message.method.empty() || message.kind != MessageKind::kResult);
  if (message.id) require(inside(message.id->raw, line) && !message.id->key.empty());
  if (message.governed != nullptr && message.governed->governed()) {
    require(message.kind == MessageKind::kRequest);
    require(look_alike_of(message.method) == nullptr);
    if (message.method == "tools/call") require(message.member("name").is_string());
  }
  if (!from_client && check_cleaning(line, message) && message.kind == MessageKind::kResult)
    check_marking(line, message);
}

void check_line(std::string_view line) {
  for (const Direction direction : {Direction::kClientToServer, Direction::kServerToClient}) {
    const bool from_client = direction == Direction::kClientToServer;
    MessageReader reader(direction);
    const Reading reading = reader.read(line, as_tool_call);
    if (const auto* message = std::get_if<Message>(&reading))
      check_message(line, *message, from_client);
    if (const auto* refusal = std::get_if<Refusal>(&reading)) {
      require(refusal->rule.starts_with("read.") && !refusal->reason.empty());
      require(!(refusal->was_request && refusal->was_answer));
      if (refusal->id) {
        // The answer that is due is itself a line that can be read.
        const std::string answer = plain_error(refusal->id->raw, refusal->code, refusal->reason);
        MessageReader peer(Direction::kClientToServer);
        const Reading said = peer.read(answer, as_tool_call);
        require(std::holds_alternative<Message>(said));
        require(std::get<Message>(said).id->key == refusal->id->key);
      }
    }
    if (const auto* batch = std::get_if<Batch>(&reading)) {
      const Batch members = *batch;
      require(!members.members.empty());
      for (const std::string_view member : members.members) {
        const Reading one = reader.read_member(member, as_tool_call);
        require(!std::holds_alternative<Batch>(one));
        if (const auto* message = std::get_if<Message>(&one))
          check_message(member, *message, from_client);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The first byte says how the stream is cut into reads, and how long a line may be.
  if (size == 0) return 0;
  const size_t step = data[0] % 64 == 0 ? size : data[0] % 64;
  Framing framing(data[0] >= 128 ? 200 : 1U << 20);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  size_t framed = 0;
  while (!rest.empty()) {
    const std::span<char> room = framing.room();
    const size_t now = std::min({step, room.size(), rest.size()});
    std::memcpy(room.data(), rest.data(), now);
    framing.filled(now);
    rest.remove_prefix(now);
    while (const auto line = framing.next()) {
      framed += line->size;
      if (line->kind == Line::Kind::kWhole) check_line(line->bytes);
    }
  }
  if (const auto tail = framing.finish()) framed += tail->size;
  require(framed == size - 1);
  return 0;
}

}  // namespace agentmesh::proxy
