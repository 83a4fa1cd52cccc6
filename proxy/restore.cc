#include "proxy/restore.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/layout.h"
#include "audit/segment.h"
#include "base/clock.h"
#include "base/json.h"
#include "proxy/log_evidence.h"
#include "proxy/past_calls.h"
#include "trust/definition.h"
#include "trust/governed.h"

namespace agentmesh::proxy {

Result<bool> needs_restoring(trust::Store& store) {
  const auto lost = store.unrestored();
  if (!lost) return lost;
  if (*lost) return false;
  const auto flushed = store.flushed();
  if (!flushed) return tl::unexpected(flushed.error());
  for (const trust::Flushed& one : *flushed)
    if (!trust::is_running(one.pid, one.started)) return true;
  return false;
}

namespace {

// What the store lacks, by the marks that stand in it now.
Result<trust::Restoring> missing_in(trust::Store& store, const std::string& log_dir,
                                    const trust::Options& options) {
  trust::Restoring out;
  const auto lost = store.unrestored();
  if (!lost) return tl::unexpected(lost.error());
  out.all = *lost;
  auto flushed = store.flushed();
  if (!flushed) return tl::unexpected(flushed.error());
  out.marks = std::move(*flushed);
  std::map<std::string, const trust::Flushed*, std::less<>> known;
  for (const trust::Flushed& one : out.marks) {
    known.emplace(one.writer, &one);
    if (!trust::is_running(one.pid, one.started)) out.dead.push_back(one.writer);
  }
  const auto died = [&](const std::string& writer) {
    return std::find(out.dead.begin(), out.dead.end(), writer) != out.dead.end();
  };
  // What is not in the file: of a dead proxy everything it had not flushed; and, in a new file, everything from before a
  // writer's first flush into it.
  const auto is_missing = [&](const TrustLine& line) {
    const auto found = known.find(line.writer);
    if (found == known.end()) return out.all;
    const trust::Flushed& one = *found->second;
    return line.wseq < one.first ? out.all : line.wseq >= one.upto && died(line.writer);
  };
  std::map<std::string, trust::Sums> missing;
  const auto read = read_evidence(log_dir, [&](const TrustLine& line) {
    out.upto = line.seq + 1;
    if (line.reset) {
      missing.erase(line.subject);
    } else if (line.snapshot) {
      if (out.all) missing[line.subject] = *line.snapshot;
    } else if (line.event && is_missing(line)) {
      missing[line.subject].add(*line.event, line.ts_us, options);
    }
  });
  if (!read) return tl::unexpected(read.error());
  for (auto& [subject, sums] : missing) out.missing.push_back({subject, sums});
  return out;
}

}  // namespace

Result<size_t> restore_scores(trust::Store& store, const std::string& log_dir,
                              const trust::Options& options) {
  constexpr int kTries = 8;
  for (int tries = 0; tries < kTries; ++tries) {
    const auto what = missing_in(store, log_dir, options);
    if (!what) return tl::unexpected(what.error());
    if (!what->all && what->dead.empty()) return 0;  // somebody else did it
    const auto restored = store.restore(*what, options);
    if (!restored) return tl::unexpected(restored.error());
    if (*restored) return what->missing.size();
  }
  return fail("scores are not read from the log: proxies come faster than it can be read");
}

Result<std::vector<trust::SubjectSums>> join_restored(trust::Store& store,
                                                      const std::string& log_dir,
                                                      const trust::Flushed& mark,
                                                      const trust::Options& options) {
  const auto from = store.restored_upto();
  if (!from) return tl::unexpected(from.error());
  std::map<std::string, trust::Sums> mine;
  const auto read = read_evidence(log_dir, [&](const TrustLine& line) {
    if (line.event && line.writer == mark.writer && line.seq >= *from && line.wseq < mark.upto)
      mine[line.subject].add(*line.event, line.ts_us, options);
  });
  if (!read) return tl::unexpected(read.error());
  std::vector<trust::SubjectSums> rows;
  for (auto& [subject, sums] : mine) rows.push_back({subject, sums});
  if (auto added = store.add(rows, options, mark, true); !added) return added;
  return store.subjects();
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

namespace {

// Pins as the log tells of them. A person's answer is the record of a command, which belongs to no command line of a server:
// it is about every pin of that name whose definition it names.
class PinHistory {
 public:
  void read(json::View record) {
    const std::string type = text(record, "type");
    const std::string writer = text(record, "w");
    if (type == "session.start") {
      sessions_[writer] = {text(record, "server"), text(record, "cmd_mac")};
      return;
    }
    const auto session = sessions_.find(writer);
    const bool answered = session == sessions_.end();
    if (type == "tools.listed" && !answered) return listed(session->second, record);
    const std::string kind = text(record, "kind");
    const auto known = kind.empty() ? trust::PinKind::kTool : trust::pin_kind_of(kind);
    if (!known || type == "tools.listed") return;
    const std::string server = text(record, "server");
    const std::string name = text(record, "tool");
    const int64_t at_us = record.find("ts").integer().value_or(0);
    if (answered) {
      // A proxy's own record whose session.start was pruned is no person's answer.
      const bool yes = type == "tools.pinned";
      const std::string by = text(record, "by");
      if (yes ? !by.starts_with("uid:") : text(record, "action") != "denied") return;
      const std::string hash = text(record, yes ? "hash" : "new");
      for (auto& [key, row] : rows_)
        if (row.pin.server == server && row.pin.kind == *known && row.pin.name == name &&
            row.offered == hash)
          answer(row, yes, by, at_us);
      return;
    }
    Row& row = row_of(session->second.second, server, *known, name);
    if (type == "tools.pinned") {
      accept(row, text(record, "hash"), text(record, "by"), at_us);
    } else if (const std::string offered = text(record, "new"); !offered.empty()) {
      row.offered = offered;
      if (text(record, "action") == "accepted") accept(row, offered, "policy", at_us);
    }
  }

  std::vector<trust::PinWrite> writes() {
    std::vector<trust::PinWrite> out;
    for (auto& [key, row] : rows_)
      if (!row.pin.hash.empty() || row.pin.state == trust::PinState::kRejected)
        out.push_back({std::move(row.pin), ""});
    return out;
  }

 private:
  struct Row {
    trust::Pin pin;
    std::string offered;  // what the server listed last
  };

  Row& row_of(const std::string& command, const std::string& server, trust::PinKind kind,
              const std::string& name) {
    Row& row = rows_[server + '\0' + command + '\0' + std::string(to_string(kind)) + '\0' + name];
    row.pin.server = server;
    row.pin.cmd_mac = command;
    row.pin.kind = kind;
    row.pin.name = name;
    return row;
  }
  // What is held at first sight has no record but this one.
  void listed(const std::pair<std::string, std::string>& session, json::View record) {
    for (const json::View tool : record.find("tools").elements())
      row_of(session.second, session.first, trust::PinKind::kTool, text(tool, "name")).offered =
          text(tool, "hash");
  }
  static void accept(Row& row, std::string hash, std::string by, int64_t at_us) {
    row.offered = hash;
    row.pin.hash = std::move(hash);
    row.pin.state = by.starts_with("uid:") ? trust::PinState::kApproved : trust::PinState::kPinned;
    row.pin.by = std::move(by);
    row.pin.offered_hash.clear();
    row.pin.at_us = at_us;
  }
  static void answer(Row& row, bool yes, std::string by, int64_t at_us) {
    if (yes) return accept(row, row.offered, std::move(by), at_us);
    row.pin.state = trust::PinState::kRejected;
    row.pin.offered_hash = row.offered;
    row.pin.at_us = at_us;
  }

  std::map<std::string, std::pair<std::string, std::string>> sessions_;  // writer → server, cmd_mac
  std::map<std::string, Row> rows_;
};

}  // namespace

Result<size_t> restore_pins(trust::Store& store, const std::string& log_dir) {
  PinHistory history;
  const auto read = each_record(log_dir,
                                {"\"type\":\"session.start\"", "\"type\":\"tools.listed\"",
                                 "\"type\":\"tools.pinned\"", "\"type\":\"tools.changed\""},
                                [&](json::View record) { history.read(record); });
  if (!read) return tl::unexpected(read.error());
  const std::vector<trust::PinWrite> writes = history.writes();
  if (auto saved = store.save_pins(writes); !saved) return tl::unexpected(saved.error());
  return writes.size();
}

Result<std::vector<std::string>> lost_exceptions(trust::Store& store, const std::string& log_dir,
                                                 int64_t now_us) {
  std::map<std::string, std::string> held;  // by target
  const auto read = each_record(log_dir, {"\"type\":\"operator\""}, [&](json::View record) {
    const std::string act = text(record, "act");
    const std::string target = text(record, "target");  // "tool:SERVER/TOOL ID"
    if (act == "allow.end") held.erase(target);
    if (act != "allow" || !target.starts_with("tool:")) return;
    const auto until = record.find("until").integer();
    if (until && *until <= now_us) return;
    held[target] = fmt::format("{}, {}", trust::printable(target.substr(5), 600),
                               until ? "until " + rfc3339(*until) : "until it was ended");
  });
  if (!read) return tl::unexpected(read.error());
  // Made since, by the command that made the file as well.
  const auto kept = store.allowances();
  if (!kept) return tl::unexpected(kept.error());
  for (const trust::Allowance& a : *kept)
    held.erase(fmt::format("tool:{}/{} {}", a.server, a.tool, a.id));
  std::vector<std::string> lines;
  for (auto& [target, line] : held) lines.push_back(std::move(line));
  return lines;
}

Result<size_t> restore_limits(trust::Shared& shared, const policy::Policy& policy,
                              const std::string& log_dir, int64_t now_us) {
  constexpr int64_t kLongestWindow = 25LL * 3600 * 1'000'000;  // a day may have an hour more
  const int64_t made = shared.made_us();
  if (now_us - made >= kLongestWindow) return 0;
  struct Limit {
    policy::Charge charge;
    std::vector<int64_t> stamps;
  };
  std::map<std::string, Limit> limits;
  const auto count = [&](const PastCall& past) {
    const bool counted = past.went_on && past.judged && past.ts_us < made;
    if (!counted || past.policy != policy.name()) return;
    for (const policy::Charge& charge : policy.ask(past.question()).charges) {
      Limit& limit = limits[charge.key];
      limit.charge = charge;
      limit.stamps.push_back(past.ts_us);
    }
  };
  WhichCalls which;
  which.since_us = now_us - kLongestWindow;
  which.until_us = made;
  const auto read = each_past_call(log_dir, which, count);
  if (!read) return tl::unexpected(read.error());
  for (auto& [key, counted] : limits) {
    Limit& limit = counted;  // clang 14 lets no lambda have a structured binding
    std::erase_if(limit.stamps, [&](int64_t at) { return at <= now_us - limit.charge.window_us; });
    std::sort(limit.stamps.begin(), limit.stamps.end());
    const trust::LimitUse use{key, limit.charge.max, limit.charge.window_us};
    if (auto restored = shared.restore(use, limit.stamps, now_us); !restored)
      return tl::unexpected(restored.error());
  }
  return limits.size();
}

}  // namespace agentmesh::proxy
