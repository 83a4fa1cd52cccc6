#include <charconv>

#include <fmt/format.h>

#include "audit/layout.h"
#include "audit/prune.h"
#include "cli/audit_place.h"
#include "cli/audit_upkeep.h"
#include "cli/json_object.h"
#include "cli/recorder.h"
#include "cli/restored.h"
#include "cli/say.h"
#include "cli/when.h"
#include "proxy/snapshots.h"

namespace agentmesh::cli {

int audit_prune(AuditPruneOptions& options, const Here& here) {
  if (refused_to_servers(here.state_dir, "audit prune")) return kNo;
  audit::PruneBefore before;
  uint64_t seq = 0;
  const std::string& text = options.before;
  const auto number = std::from_chars(text.data(), text.data() + text.size(), seq);
  SystemClock clock;
  if (number.ec == std::errc() && number.ptr == text.data() + text.size()) {
    before.seq = seq;
  } else {
    const auto when = parse_when(text, clock.wall_us());
    if (!when) {
      complain("--before: " + when.error().what + ", and no record's number either");
      return kUsage;
    }
    before.ts = *when;
  }
  SystemDisk disk;
  SystemRandom random;
  const audit::Options what = log_options(here, options.log);
  Result<std::vector<audit::TrustSnapshot>> scores;
  if (what.log == here.settings.proxy.audit.log) {  // another log has no scores
    restore_lost(here);
    scores = proxy::trust_snapshots(here.state_dir);
    if (!scores)
      return failed(
          Error{"nothing was pruned: " + scores.error().what, scores.error().errno_value});
  }
  const auto pruned = audit::prune(what, before, this_user(), *scores, disk, clock, random);
  if (!pruned) return failed(pruned.error());
  if (options.json) {
    std::vector<std::string> files;
    for (const std::string& file : pruned->files) files.push_back("\"" + file + "\"");
    JsonObject out;
    out.boolean("ok", true);
    if (!files.empty()) out.integer("first", static_cast<int64_t>(pruned->first));
    print(out.raw("files", json_array(files))
              .integer("bytes", static_cast<int64_t>(pruned->bytes))
              .done() +
          "\n");
  } else if (pruned->files.empty()) {
    print("nothing to prune: no whole segment lies before that under signed, full tiles\n");
  } else {
    print(fmt::format(
        "{} segment{} pruned, {} bytes; the log begins at record {} now, and its tiles stand for what is "
        "gone\n",
        pruned->files.size(), plural(pruned->files.size()), pruned->bytes, pruned->first));
  }
  return kOk;
}

}  // namespace agentmesh::cli
