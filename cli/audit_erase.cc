#include <cerrno>

#include <fmt/format.h>

#include "audit/erase.h"
#include "cli/audit_place.h"
#include "cli/audit_upkeep.h"
#include "cli/json_object.h"
#include "cli/recorder.h"
#include "cli/say.h"

namespace agentmesh::cli {

int audit_erase(AuditEraseOptions& options, const Here& here) {
  if (refused_to_servers(here.state_dir, "audit erase")) return kNo;
  for (const std::string& day : options.days) {
    if (audit::is_day(day)) continue;
    complain("--day: '" + day + "' is not a day such as 2026-11-18");
    return kUsage;
  }
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  const auto erased = audit::erase(log_options(here, options.log), options.days, options.reason,
                                   this_user(), disk, clock, random);
  if (!erased) return failed(erased.error());
  if (options.json) {
    std::vector<std::string> days;
    for (const std::string& day : erased->days) days.push_back("\"" + day + "\"");
    JsonObject out;
    out.boolean("ok", true).raw("days", json_array(days));
    if (!days.empty()) out.integer("seq", static_cast<int64_t>(erased->seq));
    print(out.integer("files", static_cast<int64_t>(erased->files)).done() + "\n");
  } else if (erased->days.empty()) {
    print("nothing to erase: there are neither keys nor payloads of that day\n");
  } else {
    print(fmt::format(
        "payloads of {} day{} are unreadable for good ({} file{} deleted); record {} says so\n",
        erased->days.size(), plural(erased->days.size()), erased->files, plural(erased->files),
        erased->seq));
  }
  return kOk;
}

}  // namespace agentmesh::cli
