#include "audit/set_aside.h"

#include <algorithm>

#include "audit/keys.h"
#include "audit/layout.h"
#include "base/files.h"

namespace agentmesh::audit {

std::vector<std::string> logs_set_aside(const std::string& state_dir, const std::string& log) {
  std::vector<std::string> found;
  const auto ours = load_vkeys(vkeys_path(state_dir, log));
  const auto names = list_directory(audit_directory(state_dir));
  if (!ours || ours->empty() || !names) return found;
  for (const std::string& name : *names) {
    if (name == log || !is_log_name(name)) continue;
    const auto keys = load_vkeys(vkeys_path(state_dir, name));
    if (keys && !keys->empty() && keys->front().name == ours->front().name) found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string blob_keys_of(const std::string& state_dir, const std::string& log) {
  std::string own = blob_keys_directory(state_dir, log);
  const auto keys = load_vkeys(vkeys_path(state_dir, log));
  const auto names = list_directory(own.substr(0, own.rfind('/')));
  if (file_exists(own) || !keys || keys->empty() || !names) return own;
  for (const std::string& name : *names) {
    if (!is_log_name(name)) continue;
    const auto others = load_vkeys(vkeys_path(state_dir, name));
    if (others && !others->empty() && others->front().name == keys->front().name)
      return blob_keys_directory(state_dir, name);
  }
  return own;
}

}  // namespace agentmesh::audit
