#include "cli/strangers.h"

#include <set>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/client_files.h"
#include "cli/say.h"
#include "config/paths.h"
#include "trust/definition.h"
#include "trust/governed.h"
#include "trust/store.h"

namespace agentmesh::cli {
namespace {

// Servers that ran here, run, or are wrapped in a client's configuration.
std::set<std::string> known_servers(const std::string& state_dir) {
  std::set<std::string> names;
  for (std::string& name : trust::governed_servers(state_dir)) names.insert(std::move(name));
  for (WrappedServer& one : wrapped_servers(state_dir, config::system_environment()))
    names.insert(std::move(one.name));
  const SystemClock clock;
  const auto store = trust::Store::open_to_read(state_dir, clock);
  if (!store || !*store) return names;
  if (const auto subjects = (*store)->subjects())
    for (const trust::SubjectSums& row : *subjects)
      if (row.subject.starts_with("server:")) names.insert(row.subject.substr(7));
  return names;
}

}  // namespace

void tell_of_stranger(const std::string& server, const std::string& state_dir,
                      std::string_view done) {
  const std::set<std::string> known = known_servers(state_dir);
  if (known.contains(server)) return;
  complain(fmt::format(
      "{}, but no server called '{}' has been seen here{}", done, trust::printable(server, 256),
      known.empty() ? "" : fmt::format("; there are: {}", fmt::join(known, ", "))));
}

}  // namespace agentmesh::cli
