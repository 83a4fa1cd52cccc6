#include "audit/layout.h"
#include "audit/report.h"
#include "audit/verify.h"
#include "base/clock.h"
#include "base/files.h"
#include "cli/audit_place.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/when.h"

namespace agentmesh::cli {

int audit_report(const AuditReportOptions& options) {
  std::optional<int64_t> since;
  std::optional<int64_t> until;
  const int64_t now = SystemClock().wall_us();
  for (const auto& [text, into] :
       {std::pair{&options.since, &since}, std::pair{&options.until, &until}}) {
    if (text->empty()) continue;
    const auto when = parse_when(*text, now);
    if (!when) {
      complain(when.error().what);
      return kUsage;
    }
    *into = *when;
  }
  const auto keys = kept_keys(options.place);
  if (!keys) {
    complain(keys.error().what);
    return kUsage;
  }
  audit::VerifyOptions what;
  what.dir = log_dir(options.place);
  what.trusted = *keys;
  what.kept = options.place.dir.empty();
  const auto report = [&] {
    Progress verifying("verifying");
    what.progress = [&](uint64_t records) { verifying.at(records); };
    audit::Verdict verdict = audit::verify(what);
    Progress reading("reading");
    return audit::make_report(what.dir, since, until, std::move(verdict),
                              [&](uint64_t seq) { reading.at(seq); });
  }();
  if (!report) return not_read(report.error(), options.place, kUsage);
  if (!options.html.empty()) {
    auto page = Output::open(options.html);
    if (!page) {
      complain(page.error().what);
      return kUsage;
    }
    (void)page->write(audit::report_html(*report));
    if (const auto closed = page->close(); !closed) {
      complain(closed.error().what);
      return kUsage;
    }
  }
  if (options.json) {
    print(audit::report_json(*report, what.dir));
  } else if (options.html.empty()) {
    print(audit::report_text(*report));
  } else {
    print(options.html + ": " + audit::foundation(report->verdict) + "\n");
  }
  // Torn at its end, or without a key to ask, it says so, and nothing speaks against it.
  const int verified = report->verdict.exit;
  return verified == 1 || verified == 4 ? kNo : kOk;
}

}  // namespace agentmesh::cli
