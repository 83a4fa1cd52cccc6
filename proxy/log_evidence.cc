#include "proxy/log_evidence.h"

#include <fmt/format.h>

#include "audit/layout.h"
#include "audit/segment.h"
#include "base/json.h"
#include "trust/events.h"

namespace agentmesh::proxy {
namespace {

constexpr double kThousandth = 1000.0;

int64_t number(json::View value) { return value.integer().value_or(0); }

trust::Sums sums_of(json::View written) {
  trust::Sums sums;
  sums.at_us = number(written.find("at"));
  sums.events = static_cast<uint64_t>(std::max<int64_t>(0, number(written.find("events"))));
  size_t index = 0;
  for (const json::View part : written.find("parts").elements()) {
    if (index == trust::kDimensions) break;
    trust::Sums::Part& into = sums.parts[index++];
    into.good_weight = static_cast<double>(number(part.at(0))) / kThousandth;
    into.good_value = static_cast<double>(number(part.at(1))) / kThousandth;
    into.bad_weight = static_cast<double>(number(part.at(2))) / kThousandth;
    into.bad_value = static_cast<double>(number(part.at(3))) / kThousandth;
  }
  return sums.sound() ? sums : trust::Sums{};
}

// The lines that one record gives, in order.
Result<void> lines_of(json::View record, const std::function<void(const TrustLine&)>& each) {
  TrustLine line;
  line.seq = static_cast<uint64_t>(number(record.find("seq")));
  line.ts_us = number(record.find("ts"));
  line.type = record.find("type").string();
  line.writer = record.find("w").string();
  line.wseq = static_cast<uint64_t>(number(record.find("wseq")));
  if (line.type == "trust.report") {
    line.subject = record.find("subject").string();
    line.event = trust::event_of_report(line.subject, record.find("severity").string());
    if (line.event) each(line);
    return {};
  }
  if (line.type == "trust.change") {
    line.subject = record.find("subject").string();
    line.reset = record.find("cause").string() == "reset";
    if (line.reset) each(line);
    return {};
  }
  if (line.type == "trust.snapshot") {
    for (const json::View subject : record.find("subjects").elements()) {
      line.subject = subject.find("subject").string();
      line.snapshot = sums_of(subject.find("sums"));
      each(line);
    }
    return {};
  }
  for (const json::View event : record.find("events").elements()) {
    const auto dimension = trust::dimension_of(event.find("dim").string());
    if (!dimension)
      return fail(fmt::format("record {} has an event of an unknown dimension", line.seq));
    line.subject = event.find("subject").string();
    line.event =
        trust::Event{line.subject, *dimension, static_cast<int32_t>(number(event.find("w"))),
                     static_cast<int32_t>(number(event.find("v")))};
    each(line);
  }
  return {};
}

}  // namespace

Result<void> read_evidence(const std::string& log_dir,
                           const std::function<void(const TrustLine&)>& each) {
  const auto segments = audit::list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty()) return fail(log_dir + "/seg: no segment", ENOENT);
  json::Reader reader;
  for (const uint64_t first : *segments) {
    auto cursor = audit::LineCursor::open(log_dir + "/" + audit::segment_file(first));
    if (!cursor) return tl::unexpected(cursor.error());
    for (;;) {
      const auto more = cursor->next();
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
      const std::string_view line = cursor->line();
      // Most lines of a log say nothing about trust: they are not read.
      if (line.find("\"events\":[") == std::string_view::npos &&
          line.find("\"type\":\"trust.") == std::string_view::npos)
        continue;
      if (reader.read(line).fault != json::Fault::kNone)
        return fail("the log holds a line that is no JSON (see `agentmesh audit verify`)");
      if (auto read = lines_of(reader.root(), each); !read) return read;
    }
  }
  return {};
}

}  // namespace agentmesh::proxy
