#include "proxy/restore_lost.h"

#include <fmt/format.h>

#include "audit/layout.h"
#include "proxy/restore.h"
#include "trust/restore_lock.h"
#include "trust/wake.h"

namespace agentmesh::proxy {
namespace {

// True if there is something to restore; what cannot be looked at is said.
template <class File>
bool is_lost(File& file, std::vector<std::string>& said) {
  const auto lost = file.unrestored();
  if (!lost) said.push_back(lost.error().what);
  return lost && *lost;
}

void restore(trust::Store& store, const audit::Options& log, const trust::Options& options,
             int64_t now_us, std::vector<std::string>& said) {
  const std::string log_dir = audit::log_directory(log.state_dir, log.log);
  const auto failed = [&](const auto& result) {
    if (!result) said.push_back(result.error().what);
    return !result;
  };
  if (failed(restore_pins(store, log_dir))) return;
  const auto exceptions = lost_exceptions(store, log_dir, now_us);
  if (failed(exceptions)) return;
  if (failed(restore_scores(store, log_dir, options))) return;
  for (const std::string& line : *exceptions)
    said.push_back(fmt::format(
        "an exception was lost with the trust database: {}; make it again with `agentmesh allow{}`",
        line, log.state_words));
}

}  // namespace

std::vector<std::string> restore_lost(trust::Store& store, const audit::Options& log,
                                      const trust::Options& options, int64_t now_us) {
  std::vector<std::string> said;
  if (!is_lost(store, said)) return said;
  const trust::RestoreLock lock(log.state_dir);
  if (!is_lost(store, said)) return said;  // somebody did it meanwhile
  restore(store, log, options, now_us, said);
  (void)trust::touch_wake(log.state_dir);
  return said;
}

std::vector<std::string> restore_lost(trust::Shared& shared, const std::string& state_dir,
                                      const std::string& log_dir) {
  std::vector<std::string> said;
  if (!is_lost(shared, said)) return said;
  const trust::RestoreLock lock(state_dir);
  if (!is_lost(shared, said)) return said;
  const int64_t made = shared.made_us();
  Result<void> done;
  if (auto halts = restore_halts(shared, log_dir); !halts)
    done = tl::unexpected(halts.error());
  else
    done = shared.restored(made);
  if (!done) said.push_back(done.error().what);
  return said;
}

}  // namespace agentmesh::proxy
