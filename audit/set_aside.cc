#include "audit/set_aside.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/read.h"
#include "audit/verify.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

// Of the first record that is left.
int64_t begin_of(const std::string& log_dir) {
  int64_t ts = INT64_MIN;
  (void)each_line(log_dir, 0, [&](std::string_view line, uint64_t) {
    ts = check_line(line).facts.ts;
    return false;
  });
  return ts;
}

}  // namespace

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

std::set<std::string> days_erased_after(const std::string& state_dir, const std::string& log) {
  std::set<std::string> days;
  const std::string keys = blob_keys_of(state_dir, log);
  const std::string newest = keys.substr(keys.rfind('/') + 1);
  if (newest == log) return days;
  // The one that has the keys, and what was set aside in between.
  std::vector<std::string> later = {newest};
  const int64_t began = begin_of(log_directory(state_dir, log));
  for (const std::string& other : logs_set_aside(state_dir, newest))
    if (other != log && begin_of(log_directory(state_dir, other)) > began) later.push_back(other);
  for (const std::string& each : later) {
    VerifyOptions what;
    what.dir = log_directory(state_dir, each);
    if (auto kept = load_vkeys(vkeys_path(state_dir, each))) what.trusted = std::move(*kept);
    const Verdict verdict = verify(what);
    if (verdict.level != Level::kChain) days.insert(verdict.erased.begin(), verdict.erased.end());
  }
  return days;
}

}  // namespace agentmesh::audit
