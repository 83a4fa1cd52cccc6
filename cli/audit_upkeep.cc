#include "cli/audit_upkeep.h"

#include "cli/json_object.h"
#include "cli/recorder.h"
#include "cli/say.h"

namespace agentmesh::cli {

audit::Options log_options(const Here& here, const std::string& log) {
  audit::Options options = here.settings.proxy.audit;
  if (!log.empty()) options.log = log;
  return options;
}

bool refused(const Here& here, std::string_view command) {
  const auto why = refusal_of_governed(here.state_dir, command);
  if (why) complain(*why);
  return why.has_value();
}

int failed(const Error& error, bool json) {
  std::string why = error.what;
  if (json) {
    print(JsonObject().boolean("ok", false).text("error", why).done() + "\n");
  } else {
    complain(why);
  }
  return kNo;
}

}  // namespace agentmesh::cli
