// Where everything of a log lies: names and paths as pure functions (audit.md section 1); and whether anything of one lies there.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace agentmesh::audit {

bool is_log_name(std::string_view name);  // [a-z0-9-]{1,32}

// Inside the state directory.
std::string audit_directory(const std::string& state_dir);
std::string log_directory(const std::string& state_dir, const std::string& log);
std::string keys_directory(const std::string& state_dir);  // <state>/keys/audit
std::string key_path(const std::string& state_dir, const std::string& log);
std::string vkeys_path(const std::string& state_dir, const std::string& log);
std::string mac_path(const std::string& state_dir, const std::string& log);
std::string blob_keys_directory(const std::string& state_dir, const std::string& log);
std::string blob_key_path(const std::string& state_dir, const std::string& log,
                          std::string_view day);

// Inside a log's directory; relative to it.
std::string segment_file(uint64_t first_seq);  // "seg/00000000000000000000.jsonl"
std::optional<uint64_t> segment_first_seq(
    std::string_view file_name);                        // of "00000000000000000000.jsonl"
std::string tile_file(unsigned level, uint64_t index);  // "tile/0/x001/234" (C2SP tlog-tiles)
std::string blob_file(std::string_view day, std::string_view writer);
std::string recovered_file(uint64_t seq);
// Whether something in `dir` says that a log is or was there. A "lock" says nothing, which others have too.
// Error: the directory cannot be listed.
Result<bool> holds_log(const std::string& dir);

}  // namespace agentmesh::audit
