// What an operator can choose about the log (the `audit:` part of agentmesh.yaml), with its defaults.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace agentmesh::audit {

enum class Durability : uint8_t { kQueued, kWritten, kDurable };
enum class Payloads : uint8_t { kNone, kSalt, kFull };
enum class OnError : uint8_t { kDeny, kAllow };
enum class OnDamage : uint8_t { kDeny, kSeal };

// Names must be [a-z0-9-]{1,32}; check_options() (log.h) says what else is wrong with a set of them.
struct Options {
  std::string state_dir;
  std::string state_words;   // behind `agentmesh COMMAND` in a line to type: it leads there
  std::string log = "main";  // [a-z0-9-]{1,32}
  std::string log_words;     // behind `agentmesh audit COMMAND`, besides: it is about this log
  std::string origin;        // "": agentmesh.local/log/<16 random hex>
  Durability durability = Durability::kWritten;
  uint64_t segment_bytes = 67108864;  // at least 4096
  uint32_t checkpoint_records = 256;
  uint32_t checkpoint_ms = 1000;
  Payloads payloads = Payloads::kSalt;
  OnError on_error = OnError::kDeny;
  OnDamage on_damage = OnDamage::kSeal;
  uint32_t timeout_ms = 2000;
  uint32_t keep_days = 0;  // 0: for ever
  // What one session may add within an hour; beyond it new calls are as if the log could not be written. 0: anything.
  uint64_t max_bytes_per_hour = uint64_t{4} << 30;
};

// "agentmesh audit VERB", as a person can type it for this log.
inline std::string audit_command(const Options& options, std::string_view verb) {
  return "agentmesh audit " + std::string(verb) + options.state_words + options.log_words;
}

}  // namespace agentmesh::audit
