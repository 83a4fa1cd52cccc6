#include "audit/describe.h"
#include "audit/read.h"
#include "audit/story.h"
#include "base/clock.h"
#include "cli/audit_place.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/when.h"

namespace agentmesh::cli {

int audit_query(const AuditQueryOptions& options) {
  audit::Selection selection;
  selection.agent = options.agent;
  selection.server = options.server;
  selection.tool = options.tool;
  selection.rule = options.rule;
  selection.decision = options.decision;
  selection.finding = options.finding;
  selection.tag = options.tag;
  selection.type = options.type;
  const int64_t now = SystemClock().wall_us();
  for (const auto& [text, into] :
       {std::pair{&options.since, &selection.since}, std::pair{&options.until, &selection.until}}) {
    if (text->empty()) continue;
    const auto when = parse_when(*text, now);
    if (!when) {
      complain(when.error().what);
      return kUsage;
    }
    *into = *when;
  }
  audit::Story story;
  uint64_t found = 0;
  auto output = Output::open("");
  if (!output) return kNo;
  Progress progress("reading", true);
  const auto missing =
      audit::each_line(log_dir(options.place), 0, [&](std::string_view line, uint64_t seq) {
        progress.at(seq);
        if (!story.read(line) || !selection.fits(story.told())) return true;
        if (++found > options.limit && options.limit > 0) return false;
        std::string text = options.json
                               ? std::string(line)
                               : audit::describe_line(line) + audit::answered(story.told());
        return output->write(text += '\n');
      });
  if (!missing) return not_read(missing.error(), options.place, kUsage);
  (void)output->close();
  if (found == 0 && !options.json) complain("no record fits");
  return !tell_missing(*missing, options.place) && found > 0 ? kOk : kNo;
}

}  // namespace agentmesh::cli
