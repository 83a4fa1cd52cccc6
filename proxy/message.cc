#include "proxy/message.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "proxy/envelope.h"

namespace agentmesh::proxy {

namespace {

constexpr size_t kMaxMembers = 65'536;  // of a batch: as many as may be outstanding

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool canonical_integer(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  const std::string_view magnitude = digits.substr(negative ? 1 : 0);
  if (magnitude.empty() || digits == "-0") return false;
  if (magnitude.size() > 1 && magnitude[0] == '0') return false;
  return std::all_of(magnitude.begin(), magnitude.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view rule_of(json::Fault fault) {
  switch (fault) {
    case json::Fault::kByteOrderMark: return "read.R11";
    case json::Fault::kUtf8: return "read.R12";
    case json::Fault::kTrailing: return "read.R9";
    default: return "read.R8";
  }
}

std::string_view reason_of(json::Fault fault) {
  switch (fault) {
    case json::Fault::kByteOrderMark: return "a byte order mark begins the line";
    case json::Fault::kUtf8: return "the line is not UTF-8";
    case json::Fault::kTrailing: return "more than one JSON document is on the line";
    default: return "the line is not JSON";
  }
}

Refusal unreadable(std::string_view rule, std::string_view reason) {
  Refusal refusal;
  refusal.rule = rule;
  refusal.reason = reason;
  return refusal;
}

}  // namespace

// R6. Of strings only those are not legal that hold half a surrogate pair: it has no text to compare.
std::optional<Id> legal_id(json::View value, bool lone_surrogates) {
  if (value.is_number() && canonical_integer(value.raw()))
    return Id{value.raw(), "i" + std::string(value.raw())};
  if (!value.is_string()) return std::nullopt;
  Id id{value.raw(), "s" + value.string()};
  const auto half_a_pair = [&] {  // an escape is what makes one: bytes of it are no UTF-8
    return id.key.find("\xEF\xBF\xBD") != std::string::npos &&
           (id.raw.find("\\ud") != std::string::npos || id.raw.find("\\uD") != std::string::npos);
  };
  if (lone_surrogates && half_a_pair()) return std::nullopt;
  return id;
}

std::string Id::twin() const {
  if (key.starts_with('i')) return "s" + key.substr(1);
  if (key.starts_with('s') && canonical_integer(std::string_view(key).substr(1)))
    return "i" + key.substr(1);
  return {};
}

json::View Message::member(std::string_view key) const { return value_of(members, key); }

MessageReader::MessageReader(Direction direction) : direction_(direction) {}

Reading MessageReader::read(std::string_view line, const ResultOf& result_of) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (std::all_of(line.begin(), line.end(), is_blank)) return Blank{};
  if (line.find('\r') != std::string_view::npos)
    return unreadable("read.R10", "a carriage return stands inside the line");
  if (line.find('\n') != std::string_view::npos)
    return unreadable("read.R9", "more than one line was taken for one");
  return read_document(line, result_of, true);
}

Reading MessageReader::read_member(std::string_view text, const ResultOf& result_of) {
  return read_document(text, result_of, false);
}

Reading MessageReader::read_document(std::string_view text, const ResultOf& result_of,
                                     bool may_be_batch) {
  const json::Report& report = reader_.read(text);
  if (report.fault != json::Fault::kNone)
    return unreadable(rule_of(report.fault), reason_of(report.fault));
  const json::View root = reader_.root();
  if (root.is_object()) return Envelope(direction_, text, reader_, report, result_of).read();
  if (!root.is_array() || root.empty() || !may_be_batch)
    return unreadable("read.R15", "the document is not an object");
  Batch batch;
  size_t objects = 0;
  for (const json::View member : root.elements()) {
    if (batch.members.size() == kMaxMembers)
      return unreadable("read.R15", fmt::format("a batch has more than {} members", kMaxMembers));
    batch.members.push_back(member.raw());
    if (member.is_object()) ++objects;
  }
  if (objects == 0) return unreadable("read.R15", "an array without an object is no batch");
  batch.only_objects = objects == batch.members.size();
  return batch;
}

std::optional<Id> id_of(json::View value) { return legal_id(value, true); }

}  // namespace agentmesh::proxy
