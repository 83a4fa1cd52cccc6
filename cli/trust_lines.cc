#include "cli/trust_lines.h"

#include <limits>
#include <utility>

#include "audit/read.h"
#include "base/json.h"

namespace agentmesh::cli {
namespace {

int64_t number(json::View value) { return value.integer().value_or(0); }

// The lines that one record gives, in order.
Result<void> lines_of(json::View record, const std::function<void(const TrustLine&)>& each) {
  TrustLine line;
  line.seq = static_cast<uint64_t>(number(record.find("seq")));
  line.ts_us = number(record.find("ts"));
  line.type = record.find("type").string();
  if (line.type == "trust.report") {
    line.subject = record.find("subject").string();
    line.event = event_of_report(line.subject, record.find("severity").string());
    if (line.event) each(line);
    return {};
  }
  if (line.type == "trust.change") {
    line.subject = record.find("subject").string();
    line.reset = record.find("cause").string() == "reset";
    if (line.reset) each(line);
    return {};
  }
  for (const json::View event : record.find("events").elements()) {
    const auto dimension = trust::dimension_of(event.find("dim").string());
    if (!dimension)
      return fail("record " + std::to_string(line.seq) + " has an event of an unknown dimension");
    line.subject = event.find("subject").string();
    line.event =
        trust::Event{line.subject, *dimension, static_cast<int32_t>(number(event.find("w"))),
                     static_cast<int32_t>(number(event.find("v")))};
    each(line);
  }
  return {};
}

}  // namespace

TrustLines trust_lines(std::string state_dir, std::string log) {
  return [directory =
              std::move(state_dir) + "/audit/" + std::move(log)](const auto& each) -> Result<void> {
    auto tail = audit::Tail::open(directory, std::numeric_limits<uint64_t>::max());
    if (!tail) return tl::unexpected(tail.error());
    json::Reader reader;
    for (;;) {
      auto text = tail->next();
      if (!text) return tl::unexpected(text.error());
      if (!*text) return {};
      const json::Report& report = reader.read(**text);
      if (report.fault != json::Fault::kNone)
        return fail("the log holds a line that is no JSON (see `agentmesh audit verify`)");
      if (auto read = lines_of(reader.root(), each); !read) return read;
    }
  };
}

}  // namespace agentmesh::cli
