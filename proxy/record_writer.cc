#include "proxy/record_writer.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "trust/governed.h"

namespace agentmesh::proxy {

void RecordWriter::write(std::vector<audit::Record> records) {
  if (records.empty()) return;
  for (const audit::Record& record : records) {
    if (const auto* start = std::get_if<audit::SessionStart>(&record)) start_ = *start;
    if (const auto* load = std::get_if<audit::PolicyLoad>(&record); load && load->error.empty())
      policy_ = *load;
  }
  const auto settled = log_.append(records, false, [](const audit::Appended&) {});
  if (!settled || *settled) return;
  forget_evidence(records);
  wire_.to_stderr(
      fmt::format("agentmesh: the audit log cannot be written: {}\n", settled->error().what));
}

void RecordWriter::introduce_again() {
  std::vector<audit::Record> records;
  if (start_) records.emplace_back(*start_);
  if (policy_) records.emplace_back(*policy_);
  write(std::move(records));
}

void RecordWriter::forget_evidence(std::span<const audit::Record> records) {
  std::vector<trust::Event> events;
  for (const audit::Record& record : records)
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.events.front().dim; })
            for (const audit::Event& event : one.events)
              if (const auto dimension = trust::dimension_of(event.dim))
                events.push_back({event.subject, *dimension, event.w, event.v});
        },
        record);
  if (!events.empty()) standing_.book().retract(events, clock_.wall_us());
}

}  // namespace agentmesh::proxy
