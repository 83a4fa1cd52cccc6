#include <unistd.h>

#include <charconv>

#include <fmt/format.h>

#include "audit/export.h"
#include "audit/keys.h"
#include "audit/read.h"
#include "audit/segment.h"
#include "audit/story.h"
#include "audit/tail_end.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/printable.h"
#include "base/version.h"
#include "cli/audit_place.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/when.h"

namespace agentmesh::cli {

namespace {

// A record's number, or a time.
struct Bound {
  std::optional<uint64_t> seq;
  std::optional<int64_t> ts;
};
Result<Bound> parse_bound(const std::string& text, int64_t now) {
  Bound out;
  if (text.empty()) return out;
  uint64_t seq = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) {
    out.seq = seq;
    return out;
  }
  const auto when = parse_when(text, now);
  if (!when) return fail(when.error().what + ", and no record's number either");
  out.ts = *when;
  return out;
}

int tiles(const AuditExportOptions& options) {
  if (options.output.empty()) {
    complain("tlog-tiles is a directory: say where with -o");
    return kUsage;
  }
  if (!options.from.empty() || !options.to.empty()) {
    complain("tlog-tiles is the whole log: --from and --to do not go with it");
    return kUsage;
  }
  const Home home = home_of(options.place);
  Result<std::vector<audit::VerifierKey>> keys;
  // (A copy may be older than the last change of keys.)
  if (!home.state_dir.empty())
    keys = options.place.dir.empty() ? audit::newest_keys(home.state_dir, home.log)
                                     : audit::known_keys(home.state_dir, home.log);
  if (!keys) {
    complain(keys.error().what);
    return kUsage;
  }
  SystemDisk disk;
  const auto done = audit::export_tiles(log_dir(options.place), options.output, *keys, disk);
  if (!done && done.error().errno_value == audit::kDamaged) {
    complain(fmt::format("{} ({} says what is wrong)", done.error().what,
                         verify_command(options.place)));
    return kNo;
  }
  if (!done) return not_read(done.error(), options.place, kUsage);
  if (keys->empty())
    complain("no key is kept for this log here: whether its checkpoint is signed was not asked");
  if (done->missing > 0)
    complain(
        fmt::format("{} bundles of entries are missing: their records were pruned", done->missing));
  return kOk;
}

}  // namespace

int audit_export(const AuditExportOptions& options) {
  if (options.format == "tlog-tiles") return tiles(options);
  const auto format = options.format == "cloudevents" ? audit::ExportFormat::kCloudEvents
                      : options.format == "ocsf"      ? audit::ExportFormat::kOcsf
                      : options.format == "otlp"      ? audit::ExportFormat::kOtlp
                                                      : audit::ExportFormat::kJsonl;
  const int64_t now = SystemClock().wall_us();
  const auto from = parse_bound(options.from, now);
  const auto to = parse_bound(options.to, now);
  for (const auto* bound : {&from, &to}) {
    if (*bound) continue;
    complain(bound->error().what);
    return kUsage;
  }
  const std::string dir = log_dir(options.place);
  const std::string origin = origin_of(options.place);
  // No file is made where there is nothing to put into it.
  const auto segments = audit::list_segments(dir);
  if (!segments) return not_read(segments.error(), options.place, kUsage);
  if (segments->empty()) return not_read({dir + "/seg: no segment", ENOENT}, options.place, kUsage);
  auto output = Output::open(options.output);
  if (!output) {
    complain(output.error().what);
    return kUsage;
  }
  audit::Story story;
  uint64_t odd = 0;
  bool wrote = true;
  // What an outcome is about stands in a decision before it: only plain lines need not be read from the first on.
  const bool plain = format == audit::ExportFormat::kJsonl && !from->ts && !to->ts;
  const bool to_terminal = options.output.empty() && ::isatty(STDOUT_FILENO) == 1;
  Progress progress("exporting", options.output.empty());
  auto missing = audit::each_line(
      dir, plain ? from->seq.value_or(0) : 0, [&](std::string_view line, uint64_t seq) {
        progress.at(seq);
        if (to->seq && seq > *to->seq) return false;
        if (!plain && !story.read(line)) {
          ++odd;
          return true;
        }
        if (from->seq && seq < *from->seq) return true;
        if (from->ts && story.told().ts < *from->ts) return true;
        if (to->ts && story.told().ts >= *to->ts) return true;
        std::string text = audit::exported(format, line, story.told(), origin, kVersion);
        if (to_terminal) text = printable_json(text);
        wrote = output->write(text += '\n');
        return wrote;
      });
  if (!missing) return not_read(missing.error(), options.place, kUsage);
  if (const auto closed = output->close(); !closed) {
    complain(closed.error().what);
    return kUsage;
  }
  if (odd > 0)
    complain(fmt::format("{} lines are no records and were left out (agentmesh audit verify{})",
                         odd, place_words(options.place)));
  if (to->seq)
    std::erase_if(*missing, [&](const audit::Missing& gap) { return gap.first > *to->seq; });
  return tell_missing(*missing, options.place) || odd > 0 ? kNo : kOk;
}

}  // namespace agentmesh::cli
