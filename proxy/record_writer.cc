#include "proxy/record_writer.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "trust/governed.h"

namespace agentmesh::proxy {
namespace {

std::vector<trust::Event> evidence_in(std::span<const audit::Record> records) {
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
  return events;
}

}  // namespace

void RecordWriter::write(std::vector<audit::Record> records) {
  if (records.empty()) return;
  for (const audit::Record& record : records) {
    if (const auto* start = std::get_if<audit::SessionStart>(&record)) start_ = *start;
    if (const auto* load = std::get_if<audit::PolicyLoad>(&record); load && load->error.empty())
      policy_ = *load;
  }
  // What is said of trust, alone: the records may point into what is gone when a late answer comes.
  const bool end = std::holds_alternative<audit::SessionEnd>(records.back());
  const auto events = evidence_in(records);
  const auto settled =
      log_.append(records, false, [this, events, end](const audit::Appended& late) {
        if (late) return;
        {
          const std::lock_guard<std::mutex> lock(late_mutex_);
          late_.push_back({late.error(), events, end});
        }
        wire_.post([this] { say_failed(); });
      });
  if (settled && !*settled) failed({settled->error(), events, end});
}

void RecordWriter::failed(const Failed& what) {
  forget(what.events);
  wire_.to_stderr(fmt::format("agentmesh: {}{}\n",
                              what.end ? "the session's end is not in the audit log: " : "",
                              what.error.what));
}

void RecordWriter::say_of_log(std::string text) {
  {
    const std::lock_guard<std::mutex> lock(late_mutex_);
    said_.push_back(std::move(text));
  }
  wire_.post([this] { say_failed(); });
}

void RecordWriter::say_failed() {
  std::vector<Failed> late;
  std::vector<std::string> said;
  {
    const std::lock_guard<std::mutex> lock(late_mutex_);
    late.swap(late_);
    said.swap(said_);
  }
  for (const std::string& text : said) wire_.to_stderr(fmt::format("agentmesh: {}\n", text));
  for (const Failed& what : late) failed(what);
}

void RecordWriter::introduce_again() {
  std::vector<audit::Record> records;
  if (start_) records.emplace_back(*start_);
  if (policy_) records.emplace_back(*policy_);
  write(std::move(records));
}

void RecordWriter::forget_evidence(std::span<const audit::Record> records) {
  forget(evidence_in(records));
}

void RecordWriter::forget(const std::vector<trust::Event>& events) {
  if (!events.empty()) standing_.book().retract(events, clock_.wall_us());
}

}  // namespace agentmesh::proxy
