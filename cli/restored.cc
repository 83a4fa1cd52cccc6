#include "cli/restored.h"

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
  const std::string log_dir = audit::log_directory(here.state_dir, here.settings.proxy.audit.log);
  if (const auto segments = audit::list_segments(log_dir); !segments || segments->empty()) return;
  const SystemClock clock;
  SystemRandom random;
  if (auto shared = trust::Shared::open(here.state_dir, random); shared && (*shared)->fresh())
    if (auto halts = proxy::restore_halts(**shared, log_dir); !halts) complain(halts.error().what);
  auto store = trust::Store::open(here.state_dir, clock, random);
  if (!store) return complain(store.error().what);
  if (!(*store)->notice().empty()) complain((*store)->notice());
  if ((*store)->fresh())
    if (auto pins = proxy::restore_pins(**store, log_dir); !pins) complain(pins.error().what);
  const auto needed = proxy::needs_restoring(**store);
  if (!needed || !*needed) return;
  if (auto scores = proxy::restore_scores(**store, log_dir, here.settings.proxy.trust); !scores)
    complain(scores.error().what);
  (void)trust::touch_wake(here.state_dir);
}

}  // namespace agentmesh::cli
