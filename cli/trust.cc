#include "cli/trust.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/audit_place.h"
#include "cli/evidence.h"
#include "cli/json_object.h"
#include "cli/opened.h"
#include "cli/say.h"
#include "trust/definition.h"
#include "trust/events.h"
#include "trust/store.h"
#include "trust/wake.h"

namespace agentmesh::cli {

namespace {

using trust::Score;
using trust::Sums;

bool is_subject(const std::string& subject) {
  for (const std::string_view kind : {"agent:", "server:"}) {
    if (subject.starts_with(kind) && subject.size() > kind.size()) return true;
  }
  const size_t slash = subject.find('/');
  return subject.starts_with("tool:") && slash != std::string::npos && slash > 5 &&
         slash + 1 < subject.size();
}

// True, with a complaint, if this is no subject.
bool is_misspelled(const std::string& subject) {
  if (is_subject(subject)) return false;
  complain(fmt::format("'{}' is no subject: write agent:NAME, server:NAME or tool:SERVER/NAME",
                       trust::printable(subject, 256)));
  return true;
}

std::string shown(std::string_view text) { return trust::printable(text, 256); }

Colour colour_of(trust::Tier tier) {
  switch (tier) {
    case trust::Tier::kVerifiedPartner:
    case trust::Tier::kTrusted: return Colour::kGreen;
    case trust::Tier::kStandard: return Colour::kNone;
    case trust::Tier::kProbationary: return Colour::kYellow;
    case trust::Tier::kUntrusted: break;
  }
  return Colour::kRed;
}

std::string json_of(const std::string& subject, const Score& score,
                    const std::vector<trust::HistoryPoint>* history) {
  JsonObject dimensions;
  for (size_t i = 0; i < trust::kDimensions; ++i) {
    dimensions.integer(to_string(static_cast<trust::Dimension>(i)), score.dimensions[i]);
  }
  JsonObject object;
  object.text("subject", subject)
      .integer("score", score.total)
      .text("tier", to_string(score.tier()));
  object.integer("events", score.events)
      .boolean("new", score.events < trust::kNewUntil)
      .raw("dimensions", dimensions.done());
  if (history != nullptr) {
    std::vector<std::string> points;
    for (const trust::HistoryPoint& point : *history) {
      points.push_back(
          JsonObject().text("at", rfc3339(point.at_us)).integer("score", point.score).done());
    }
    object.raw("history", json_array(points));
  }
  return object.done();
}

std::string line_of(const std::string& subject, const Score& score, size_t width) {
  return fmt::format("{:<{}}  {:>4}  {}{}\n", shown(subject), width, score.total,
                     coloured(to_string(score.tier()), colour_of(score.tier())),
                     score.events < trust::kNewUntil
                         ? fmt::format(", new ({} event{})", score.events, plural(score.events))
                         : fmt::format(", {} events", score.events));
}

Result<std::vector<trust::SubjectSums>> subjects_in(const Opened& opened) {
  if (!opened.store) return std::vector<trust::SubjectSums>();
  return opened.store->subjects();
}

int show_all(const TrustOptions& options, const Opened& opened) {
  const auto rows = subjects_in(opened);
  if (!rows) {
    complain(rows.error().what);
    return kUsage;
  }
  const int64_t now = opened.clock.wall_us();
  std::vector<std::string> objects;
  std::string text;
  size_t width = 0;
  for (const auto& row : *rows)
    width = std::max(width, std::min<size_t>(shown(row.subject).size(), 60));
  for (const auto& row : *rows) {
    const Score score = score_of(row.sums, now, options.trust);
    objects.push_back(json_of(row.subject, score, nullptr));
    text += line_of(row.subject, score, width);
  }
  if (options.json) {
    print(json_array(objects) + "\n");
  } else {
    print(text.empty() ? "nobody has a score yet: everybody starts at 800\n" : text);
  }
  return kOk;
}

// What every subject's sums are by the log.
using Ledger = std::map<std::string, Sums>;

void count(Ledger& ledger, const TrustLine& line, const trust::Options& options) {
  Sums& sums = ledger[line.subject];
  if (line.reset) sums = Sums{};
  if (line.snapshot) sums = *line.snapshot;
  if (line.event) sums.add(*line.event, line.ts_us, options);
}

struct Told {
  TrustLine line;
  int effect = 0;  // points of the score that it costs (below 0) or earns now
};

// Equal lines of one record or of many are told one by one: each has its own place in the log.
std::vector<Told> weigh(const std::vector<TrustLine>& lines, const Sums& all, int64_t now,
                        const trust::Options& options) {
  const int total = score_of(all, now, options).total;
  std::vector<Told> told;
  for (const TrustLine& line : lines) {
    Sums without = all;
    without.take_back(*line.event, line.ts_us, options);
    told.push_back({line, total - score_of(without, now, options).total});
  }
  return told;
}

audit::TrustReport report_record(const TrustReportOptions& options) {
  return {options.subject, options.severity, options.why, this_user()};
}

}  // namespace

int trust_show(const TrustOptions& options) {
  if (!options.subject.empty() && is_misspelled(options.subject)) return kUsage;
  if (options.history && options.subject.empty()) {
    complain("--history is of one subject: agentmesh trust show agent:NAME --history");
    return kUsage;
  }
  Opened opened;
  if (!opened.read_store(options.state_dir)) return kUsage;
  if (options.subject.empty()) return show_all(options, opened);

  Result<std::optional<trust::SubjectSums>> row;
  Result<std::vector<trust::HistoryPoint>> history;
  if (opened.store) {
    row = opened.store->subject(options.subject);
    history = opened.store->history(options.subject);
  }
  if (!row || !history) {
    complain(!row ? row.error().what : history.error().what);
    return kUsage;
  }
  if (!row->has_value()) {
    complain(
        fmt::format("nothing is known of {}: everybody starts at 800", shown(options.subject)));
    return kNo;
  }
  const Score score = score_of((*row)->sums, opened.clock.wall_us(), options.trust);
  if (options.json) {
    print(json_of(options.subject, score, options.history ? &*history : nullptr) + "\n");
    return kOk;
  }
  std::string text = line_of(options.subject, score, 0);
  for (size_t i = 0; i < trust::kDimensions; ++i) {
    text += fmt::format("  {:<21} {:>3}\n", to_string(static_cast<trust::Dimension>(i)),
                        score.dimensions[i]);
  }
  if (options.history) {
    for (const trust::HistoryPoint& point : *history)
      text += fmt::format("  {}  {:>4}\n", rfc3339(point.at_us), point.score);
  }
  print(text);
  return kOk;
}

int trust_explain(const TrustOptions& options, const TrustLines& lines, size_t most) {
  if (is_misspelled(options.subject)) return kUsage;
  const SystemClock clock;
  Ledger ledger;
  std::vector<TrustLine> counted;
  const auto read = lines([&](const TrustLine& line) {
    if (line.subject != options.subject) return;
    if (line.reset || line.snapshot) counted.clear();
    if (line.event) counted.push_back(line);
    count(ledger, line, options.trust);
  });
  if (!read) return not_read(read.error(), place_of(options.state_dir, options.log), kUsage);
  if (counted.empty()) {
    complain(fmt::format("the log has no event about {}", shown(options.subject)));
    return kNo;
  }
  const int64_t now = clock.wall_us();
  const Sums& all = ledger[options.subject];
  std::vector<Told> told = weigh(counted, all, now, options.trust);
  std::stable_sort(told.begin(), told.end(), [](const Told& a, const Told& b) {
    if (std::abs(a.effect) != std::abs(b.effect)) return std::abs(a.effect) > std::abs(b.effect);
    return a.line.event->weight > b.line.event->weight;
  });
  if (told.size() > most) told.resize(most);

  const Score score = score_of(all, now, options.trust);
  std::vector<std::string> objects;
  std::string text = line_of(options.subject, score, 0);
  for (const Told& one : told) {
    const trust::Event& event = *one.line.event;
    JsonObject object;
    object.integer("seq", static_cast<int64_t>(one.line.seq))
        .text("at", rfc3339(one.line.ts_us))
        .text("type", one.line.type);
    object.text("dim", to_string(event.dimension))
        .integer("w", event.weight)
        .integer("v", event.value);
    objects.push_back(object.integer("effect", one.effect).done());
    text += fmt::format("  {:>+5}  {:<21} weight {:>6.2f}  #{} {}  {}\n", one.effect,
                        to_string(event.dimension), event.weight / 1000.0, one.line.seq,
                        one.line.type, rfc3339(one.line.ts_us));
  }
  if (counted.size() > told.size()) text += fmt::format("  of {} events\n", counted.size());
  if (options.json) {
    JsonObject object;
    object.text("subject", options.subject)
        .integer("score", score.total)
        .text("tier", to_string(score.tier()));
    print(object.integer("counted", static_cast<int64_t>(counted.size()))
              .raw("events", json_array(objects))
              .done() +
          "\n");
  } else {
    print(text);
  }
  return kOk;
}

int trust_replay(const TrustOptions& options, const TrustLines& lines) {
  Opened opened;
  if (!opened.read_store(options.state_dir)) return kUsage;
  Ledger ledger;
  if (auto read = lines([&](const TrustLine& line) { count(ledger, line, options.trust); }); !read)
    return not_read(read.error(), place_of(options.state_dir, options.log), kUsage);
  const auto rows = subjects_in(opened);
  if (!rows) {
    complain(rows.error().what);
    return kUsage;
  }
  std::map<std::string, Sums> stored;
  for (const auto& row : *rows) {
    stored[row.subject] = row.sums;
    ledger.try_emplace(row.subject);
  }
  const int64_t now = opened.clock.wall_us();
  size_t differing = 0;
  std::vector<std::string> objects;
  std::string text;
  for (const auto& [subject, sums] : ledger) {
    const int by_log = score_of(sums, now, options.trust).total;
    const int kept = score_of(stored[subject], now, options.trust).total;
    const bool agrees = std::abs(by_log - kept) <= 1;
    differing += agrees ? 0U : 1U;
    objects.push_back(JsonObject()
                          .text("subject", subject)
                          .integer("log", by_log)
                          .integer("stored", kept)
                          .boolean("agrees", agrees)
                          .done());
    if (!agrees)
      text += fmt::format("{}: {} by the log, {} stored\n", shown(subject), by_log, kept);
  }
  if (options.json) {
    print(
        JsonObject().boolean("agrees", differing == 0).raw("subjects", json_array(objects)).done() +
        "\n");
  } else {
    print(text + fmt::format("{} of {} score{} agree with the log\n", ledger.size() - differing,
                             ledger.size(), plural(ledger.size())));
  }
  return differing == 0 ? kOk : kNo;
}

int trust_report(const TrustReportOptions& options, const Recorder& record) {
  if (refused_to_servers(options.state_dir, "trust report")) return kNo;
  if (is_misspelled(options.subject)) return kUsage;
  const auto event = trust::event_of_report(options.subject, options.severity);
  if (!event) {
    complain(
        fmt::format("'{}' is no severity: low, medium, high or critical", shown(options.severity)));
    return kUsage;
  }
  Opened opened;
  if (!opened.open_store(options.state_dir)) return kUsage;
  const auto row = opened.store->subject(options.subject);
  const bool known = !row || row->has_value();
  if (auto recorded = record(report_record(options)); !recorded) {
    complain(recorded.error().what);
    return kUsage;
  }
  const auto score =
      count_evidence(*opened.store, {&*event, 1}, opened.clock.wall_us(), options.trust, record);
  if (!score) {
    complain(score.error().what);
    return kUsage;
  }
  if (auto woken = trust::touch_wake(options.state_dir); !woken) complain(woken.error().what);
  if (!known) complain(fmt::format("{} has not been seen here until now", shown(options.subject)));
  print(options.json ? json_of(options.subject, *score, nullptr) + "\n"
                     : line_of(options.subject, *score, 0));
  return kOk;
}

int trust_reset(const TrustReportOptions& options, const Recorder& record) {
  if (refused_to_servers(options.state_dir, "trust reset")) return kNo;
  if (is_misspelled(options.subject)) return kUsage;
  Opened opened;
  if (!opened.open_store(options.state_dir)) return kUsage;
  const auto row = opened.store->subject(options.subject);
  if (!row) {
    complain(row.error().what);
    return kUsage;
  }
  if (!row->has_value()) {
    complain(fmt::format("nothing is known of {}", trust::printable(options.subject, 512)));
    return kNo;
  }
  const int64_t now = opened.clock.wall_us();
  const Score before = score_of((*row)->sums, now, options.trust);
  const Score after = score_of(Sums{}, now, options.trust);
  audit::TrustChange change;
  change.subject = options.subject;
  change.from = before.total;
  change.to = after.total;
  change.tier = std::string(to_string(after.tier()));
  change.cause = "reset";
  change.why = options.why;
  change.by = this_user();
  if (auto recorded = record(change); !recorded) {
    complain(recorded.error().what);
    return kUsage;
  }
  if (auto reset = opened.store->reset(options.subject); !reset) {
    complain(reset.error().what);
    return kUsage;
  }
  if (auto woken = trust::touch_wake(options.state_dir); !woken) complain(woken.error().what);
  print(options.json ? json_of(options.subject, after, nullptr) + "\n"
                     : line_of(options.subject, after, 0));
  return kOk;
}

}  // namespace agentmesh::cli
