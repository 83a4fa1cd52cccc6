#include "proxy/restore.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/layout.h"
#include "audit/segment.h"
#include "base/json.h"
#include "proxy/log_evidence.h"
#include "trust/governed.h"

namespace agentmesh::proxy {

Result<bool> needs_restoring(trust::Store& store) {
  if (store.fresh()) return true;
  const auto flushed = store.flushed();
  if (!flushed) return tl::unexpected(flushed.error());
  for (const trust::Flushed& one : *flushed)
    if (!trust::is_running(one.pid, one.started)) return true;
  return false;
}

Result<size_t> restore_scores(trust::Store& store, const std::string& log_dir,
                              const trust::Options& options) {
  const bool all = store.fresh();
  const auto flushed = store.flushed();
  if (!flushed) return tl::unexpected(flushed.error());
  std::map<std::string, const trust::Flushed*, std::less<>> known;
  std::vector<std::string> dead;
  for (const trust::Flushed& one : *flushed) {
    known.emplace(one.writer, &one);
    if (!trust::is_running(one.pid, one.started)) dead.push_back(one.writer);
  }
  // What is not in the file: of a dead proxy everything it had not flushed; and, in a new file, everything from before a
  // writer's first flush into it.
  const auto is_missing = [&](const TrustLine& line) {
    const auto found = known.find(line.writer);
    if (found == known.end()) return all;
    const trust::Flushed& one = *found->second;
    if (line.wseq < one.first) return all;
    return line.wseq >= one.upto && !trust::is_running(one.pid, one.started);
  };
  std::map<std::string, trust::Sums> missing;
  const auto read = read_evidence(log_dir, [&](const TrustLine& line) {
    if (line.reset) {
      missing.erase(line.subject);
    } else if (line.snapshot) {
      if (all) missing[line.subject] = *line.snapshot;
    } else if (line.event && is_missing(line)) {
      missing[line.subject].add(*line.event, line.ts_us, options);
    }
  });
  if (!read) return tl::unexpected(read.error());
  std::vector<trust::SubjectSums> rows;
  for (auto& [subject, sums] : missing) rows.push_back({subject, sums});
  if (auto restored = store.restore(rows, dead, options); !restored)
    return tl::unexpected(restored.error());
  return rows.size();
}

namespace {

// Every record of the log whose line holds `mark`, oldest first.
template <class Each>
Result<void> each_record(const std::string& log_dir, std::initializer_list<std::string_view> marks,
                         Each each) {
  const auto segments = audit::list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  json::Reader reader;
  for (const uint64_t first : *segments) {
    auto cursor = audit::LineCursor::open(log_dir + "/" + audit::segment_file(first));
    if (!cursor) return tl::unexpected(cursor.error());
    for (;;) {
      const auto more = cursor->next();
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
      const std::string_view line = cursor->line();
      const bool wanted = std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
        return line.find(mark) != std::string_view::npos;
      });
      if (wanted && reader.read(line).fault == json::Fault::kNone) each(reader.root());
    }
  }
  return {};
}

std::string text(json::View record, std::string_view name) { return record.find(name).string(); }

}  // namespace

Result<size_t> restore_halts(trust::Shared& shared, const std::string& log_dir) {
  std::map<std::string, trust::Halt> halts;
  const auto read = each_record(log_dir, {"\"type\":\"operator\""}, [&](json::View record) {
    const std::string act = text(record, "act");
    std::string target = text(record, "target");
    if (target == "all")
      target.clear();
    else if (target.starts_with("server:"))
      target.erase(0, 7);
    if (act == "halt")
      halts[target] = {target, text(record, "why"), text(record, "by"),
                       record.find("ts").integer().value_or(0)};
    if (act == "resume") halts.erase(target);
  });
  if (!read) return tl::unexpected(read.error());
  for (const auto& [server, halt] : halts)
    if (auto held = shared.halt(halt); !held) return tl::unexpected(held.error());
  return halts.size();
}

Result<size_t> restore_pins(trust::Store& store, const std::string& log_dir) {
  std::map<std::string, std::string> command_of;  // writer → cmd_mac
  std::map<std::string, trust::Pin> pins;
  const auto read = each_record(
      log_dir,
      {"\"type\":\"session.start\"", "\"type\":\"tools.pinned\"", "\"type\":\"tools.changed\""},
      [&](json::View record) {
        const std::string type = text(record, "type");
        const std::string writer = text(record, "w");
        if (type == "session.start") {
          command_of[writer] = text(record, "cmd_mac");
          return;
        }
        const auto command = command_of.find(writer);
        if (command == command_of.end())
          return;  // a person's answer: it belongs to no command line
        const std::string kind = text(record, "kind");
        const auto known = kind.empty() ? trust::PinKind::kTool : trust::pin_kind_of(kind);
        if (!known) return;
        const std::string key = text(record, "server") + '\0' + command->second + '\0' + kind +
                                '\0' + text(record, "tool");
        trust::Pin& pin = pins[key];
        pin.server = text(record, "server");
        pin.cmd_mac = command->second;
        pin.kind = *known;
        pin.name = text(record, "tool");
        pin.at_us = record.find("ts").integer().value_or(0);
        if (type == "tools.pinned") {
          pin.hash = text(record, "hash");
          pin.by = text(record, "by");
        } else if (text(record, "action") == "accepted") {
          pin.hash = text(record, "new");
          pin.by = "policy";
        }
      });
  if (!read) return tl::unexpected(read.error());
  std::vector<trust::PinWrite> writes;
  for (auto& [key, pin] : pins)
    if (!pin.hash.empty()) writes.push_back({std::move(pin), ""});
  if (auto saved = store.save_pins(writes); !saved) return tl::unexpected(saved.error());
  return writes.size();
}

}  // namespace agentmesh::proxy
