#include "cli/restored.h"

#include <unistd.h>

#include <fmt/format.h>

#include "audit/layout.h"
#include "audit/segment.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "cli/say.h"
#include "proxy/restore.h"
#include "trust/wake.h"

namespace agentmesh::cli {

void restore_lost(const Here& here) {
  if (::access(here.state_dir.c_str(), W_OK) != 0) return;  // who only reads restores nothing
  const std::string log_dir = audit::log_directory(here.state_dir, here.settings.proxy.audit.log);
  if (const auto segments = audit::list_segments(log_dir); !segments || segments->empty()) return;
  const SystemClock clock;
  SystemRandom random;
  // What cannot be opened is for the command itself to say.
  const auto shared = trust::Shared::open(here.state_dir, random);
  if (shared && (*shared)->fresh()) {
    if (const std::string notice = (*shared)->take_notice(); !notice.empty()) complain(notice);
    if (auto halts = proxy::restore_halts(**shared, log_dir); !halts) complain(halts.error().what);
  }
  const auto opened = trust::Store::open(here.state_dir, clock, random);
  if (!opened) return;
  trust::Store& store = **opened;
  if (!store.notice().empty()) complain(store.notice());
  if (store.fresh()) {
    for (const std::string& line :
         proxy::restore_store(store, log_dir, here.settings.proxy.trust, clock.wall_us()))
      complain(line);
    (void)trust::touch_wake(here.state_dir);
    return;
  }
  const auto needed = proxy::needs_restoring(store);
  if (!needed || !*needed) return;
  if (auto scores = proxy::restore_scores(store, log_dir, here.settings.proxy.trust); !scores)
    complain(scores.error().what);
  (void)trust::touch_wake(here.state_dir);
}

}  // namespace agentmesh::cli
