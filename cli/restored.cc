#include "cli/restored.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "audit/layout.h"
#include "audit/segment.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "cli/say.h"
#include "proxy/restore.h"
#include "proxy/restore_lost.h"
#include "trust/wake.h"

namespace agentmesh::cli {

void restore_lost(const Here& here) {
  if (::access(here.state_dir.c_str(), W_OK) != 0) return;  // who only reads restores nothing
  const std::string log_dir = audit::log_directory(here.state_dir, here.settings.proxy.audit.log);
  if (const auto segments = audit::list_segments(log_dir); !segments || segments->empty()) return;
  const SystemClock clock;
  SystemRandom random;
  const auto say = [](const std::vector<std::string>& lines) {
    for (const std::string& line : lines) complain(line);
  };
  // What cannot be opened is for the command itself to say.
  if (const auto shared = trust::Shared::open(here.state_dir, random)) {
    if (const std::string notice = (*shared)->take_notice(); !notice.empty()) complain(notice);
    say(proxy::restore_lost(**shared, here.state_dir, log_dir));
  }
  const auto opened = trust::Store::open(here.state_dir, clock, random);
  if (!opened) return;
  trust::Store& store = **opened;
  if (!store.notice().empty()) complain(store.notice());
  const trust::Options& options = here.settings.proxy.trust;
  say(proxy::restore_lost(store, here.settings.proxy.audit, options, clock.wall_us()));
  const auto needed = proxy::needs_restoring(store);
  if (!needed || !*needed) return;
  if (auto scores = proxy::restore_scores(store, log_dir, options); !scores)
    complain(scores.error().what);
  (void)trust::touch_wake(here.state_dir);
}

}  // namespace agentmesh::cli
