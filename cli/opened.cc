#include "cli/opened.h"

#include <utility>

#include "cli/say.h"

namespace agentmesh::cli {
namespace {

template <class Part>
bool take(Result<std::unique_ptr<Part>> opened, std::unique_ptr<Part>& into) {
  if (!opened) {
    complain(opened.error().what);
    return false;
  }
  into = std::move(*opened);
  return true;
}

}  // namespace

bool Opened::open_store(const std::string& state_dir) {
  if (!take(trust::Store::open(state_dir, clock, random), store)) return false;
  if (!store->notice().empty()) complain(store->notice());
  return true;
}

bool Opened::open_shared(const std::string& state_dir) {
  if (!take(trust::Shared::open(state_dir, random), shared)) return false;
  if (const std::string notice = shared->take_notice(); !notice.empty()) complain(notice);
  return true;
}

bool Opened::read_store(const std::string& state_dir) {
  return take(trust::Store::open_to_read(state_dir, clock), store);
}

bool Opened::read_shared(const std::string& state_dir) {
  return take(trust::Shared::open_to_read(state_dir, random), shared);
}

}  // namespace agentmesh::cli
