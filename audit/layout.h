// Where everything of a log lies: names and paths as pure functions (audit.md section 1).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
// Whether this is the name of something that stands in a log's directory.
bool is_of_log(std::string_view file_name);

}  // namespace agentmesh::audit
