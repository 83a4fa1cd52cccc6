// Envelope: one JSON object of a line, read as a message, and the rules R1 to R7, R13 and R14 about its keys. For message.cc alone.
//
// Thread: a value on the stack of one read. Cost: the keys of two levels.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "proxy/message.h"

namespace agentmesh::proxy {

inline constexpr int kBadEnvelope = -32600;
inline constexpr int kBadParams = -32602;

// R6, in message.cc: the id that `value` spells. `lone_surrogates`: the line holds some.
std::optional<Id> legal_id(json::View value, bool lone_surrogates);

// The first of that key.
json::View value_of(std::span<const json::Entry> entries, std::string_view key);

// One JSON object, read as a message: what its keys are, then the rules in turn. The first rule that is broken decides.
class MessageReader::Envelope {
 public:
  Envelope(Direction direction, std::string_view text, const json::Reader& reader,
           const json::Report& report, const ResultOf& result_of)
      : direction_(direction),
        text_(text),
        reader_(reader),
        report_(report),
        result_of_(result_of) {}

  Reading read();

 private:
  enum Key : uint8_t { kJsonrpc, kId, kMethod, kParams, kResult, kError, kKeys };

  bool from_client() const { return direction_ == Direction::kClientToServer; }
  bool has(Key key) const { return count_[key] != 0; }
  json::View value(Key key) const { return has(key) ? entry_[key]->value : json::View(); }
  const char* place(size_t offset) const { return text_.data() + offset; }
  std::span<const json::Entry> children(Key key) const {
    return has(key) ? reader_.children(*entry_[key]) : std::span<const json::Entry>();
  }

  void collect();
  void name_message();
  Refusal refuse(std::string_view rule, std::string reason, int code = kBadEnvelope) const;
  std::optional<Refusal> check_envelope();
  std::optional<Refusal> check_request() const;
  std::optional<Refusal> check_repeated_keys(const Method* answered) const;
  std::optional<Refusal> check_params() const;
  std::optional<Refusal> check_keys(std::string_view what, std::string_view keys,
                                    std::string_view more, int code) const;
  bool judged_where_it_repeats(size_t offset, const Method* answered) const;
  std::optional<Refusal> check_pages() const;
  bool opens_pages() const;
  bool asks_at(const char* at) const;  // null: anywhere

  Direction direction_;
  std::string_view text_;  // what the reader's offsets count in
  const json::Reader& reader_;
  const json::Report& report_;
  const ResultOf& result_of_;

  std::array<int, kKeys> count_{};
  std::array<const json::Entry*, kKeys> entry_{};  // the first of that key
  std::string_view look_alike_;                    // the governed key that another key looks like
  bool method_like_ = false;
  bool answer_like_ = false;
  Message message_;
};

}  // namespace agentmesh::proxy
