#include "audit/layout.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/files.h"

namespace agentmesh::audit {

bool is_log_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string audit_directory(const std::string& state_dir) { return state_dir + "/audit"; }
std::string log_directory(const std::string& state_dir, const std::string& log) {
  return state_dir + "/audit/" + log;
}
std::string keys_directory(const std::string& state_dir) { return state_dir + "/keys/audit"; }
std::string key_path(const std::string& state_dir, const std::string& log) {
  return keys_directory(state_dir) + "/" + log + ".key";
}
std::string vkeys_path(const std::string& state_dir, const std::string& log) {
  return keys_directory(state_dir) + "/" + log + ".vkeys";
}
std::string mac_path(const std::string& state_dir, const std::string& log) {
  return keys_directory(state_dir) + "/" + log + ".mac";
}
std::string blob_keys_directory(const std::string& state_dir, const std::string& log) {
  return state_dir + "/keys/blob/" + log;
}
std::string blob_key_path(const std::string& state_dir, const std::string& log,
                          std::string_view day) {
  return fmt::format("{}/{}.key", blob_keys_directory(state_dir, log), day);
}

Result<bool> holds_log(const std::string& dir) {
  constexpr std::array<std::string_view, 4> kDirectories = {"seg", "tile", "blob", "recovered"};
  constexpr std::array<std::string_view, 4> kFiles = {"checkpoint", "checkpoints", "state",
                                                      "lock.cp"};
  const auto names = list_directory(dir);
  if (!names) return tl::unexpected(names.error());
  return std::any_of(names->begin(), names->end(), [&](const std::string& name) {
    struct stat about {};
    if (::stat((dir + "/" + name).c_str(), &about) != 0) return false;
    const auto& ours = S_ISDIR(about.st_mode) ? kDirectories : kFiles;
    return std::find(ours.begin(), ours.end(), name) != ours.end();
  });
}

std::string segment_file(uint64_t first_seq) { return fmt::format("seg/{:020}.jsonl", first_seq); }

std::optional<uint64_t> segment_first_seq(std::string_view file_name) {
  if (file_name.size() != 26 || file_name.substr(20) != ".jsonl") return std::nullopt;
  uint64_t seq = 0;
  for (const char c : file_name.substr(0, 20)) {
    if (c < '0' || c > '9') return std::nullopt;
    if (seq > (uint64_t{1} << 53)) return std::nullopt;  // no line can carry a larger number
    seq = seq * 10 + static_cast<uint64_t>(c - '0');
  }
  return seq;
}

std::string tile_file(unsigned level, uint64_t index) {
  std::string groups = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000)
    groups = fmt::format("x{:03}/", index % 1000) + groups;
  return fmt::format("tile/{}/{}", level, groups);
}

std::string blob_file(std::string_view day, std::string_view writer) {
  return fmt::format("blob/{}/{}.blob", day, writer);
}

std::string recovered_file(uint64_t seq) { return fmt::format("recovered/{:020}.bin", seq); }

}  // namespace agentmesh::audit
