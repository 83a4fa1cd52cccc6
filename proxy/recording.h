// Recording: what happened, turned into the log's own structs (audit/record.h). Nothing is decided here.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "proxy/judgement.h"
#include "proxy/message.h"
#include "proxy/session.h"

namespace agentmesh::proxy {

// A URI without user info, query and fragment: what may be written down of it.
std::string public_uri(std::string_view uri);

std::vector<audit::Finding> findings_of(std::span<const policy::Finding> findings);
std::vector<std::string> texts_of(std::span<const std::string_view> texts);
std::vector<audit::Event> events_of(std::span<const trust::Event> events);
audit::Trust trust_of(int score, std::optional<int> delta = {});

// The decision about a governed request. The argument payload is borrowed from the message until append().
audit::Decision decision_record(const Message& request, Direction direction,
                                const Judgement& judgement, const Session& session, bool shadow);

// Something dropped, withheld or diverted before policy was asked (stage `read`).
struct ReadFault {
  Direction direction = Direction::kClientToServer;
  std::string_view rule;  // "read.R1" …
  std::string_view reason;
  uint64_t bytes = 0;
  int64_t count = 1;
  std::string_view method;
  std::string_view id_raw;
  std::string_view tool;
};
audit::Decision read_record(const ReadFault& fault, const Session& session, bool shadow);

}  // namespace agentmesh::proxy
