// What `agentmesh proxy` is told: the command line and agentmesh.yaml, already merged and checked.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/options.h"
#include "trust/options.h"

namespace agentmesh::proxy {

enum class Footer : uint8_t { kBoth, kText, kMeta, kOff };
enum class DenyAs : uint8_t { kResult, kError };

struct ShutdownTimes {
  uint32_t eof_ms = 10'000;   // after the client's end of file, nothing outstanding
  uint32_t busy_ms = 30'000;  // the same with requests outstanding
  uint32_t term_ms = 3'000;   // from SIGTERM to SIGKILL
};

struct BreakerOptions {
  uint32_t failures = 3;
  uint32_t wait_ms = 60'000;
  uint32_t max_wait_ms = 600'000;
  uint32_t deadline_ms = 120'000;
};

enum class SandboxLevel : uint8_t { kOff, kFiles, kFilesAndNet };

// What the kernel is to keep the server away from (sandbox.h).
struct SandboxOptions {
  SandboxLevel level = SandboxLevel::kOff;
  bool roots_writable = true;
  // Besides the roots and what the command needs: absolute, "~/…" or "${workspace}/…".
  std::vector<std::string> read;
  std::vector<std::string> write;
  // Names of variables that reach the server, `*` at the end allowed; not set: all of them.
  std::optional<std::vector<std::string>> env;
  bool unix_sockets =
      false;  // may the server talk to other programs through sockets in the file system
};

struct Options {
  std::vector<std::string> command;  // the server's words, exactly as given; at least one
  std::string server;                // its name in policy, trust and audit
  std::string agent;                 // "": the client's own clientInfo.name
  bool shadow = false;
  Footer footer = Footer::kBoth;
  DenyAs deny_as = DenyAs::kResult;
  std::string state_dir;
  std::string state_words;  // behind `agentmesh COMMAND` in a line to type: it leads there
  size_t max_message_bytes = 67'108'864;
  size_t max_inspected_bytes = 1'048'576;
  uint32_t max_outstanding = 65'536;  // per direction
  uint32_t max_sessions = 256;        // at once with this state directory; 0: any number
  uint32_t call_timeout_ms = 0;       // 0: off
  ShutdownTimes shutdown;
  BreakerOptions breaker;
  bool breaker_on = true;
  audit::Options audit;
  trust::Options trust;
  SandboxOptions sandbox;
  SandboxLevel sandbox_refused =
      SandboxLevel::kOff;  // what the policy asks for and the command line turned off
  std::string sponsor;
  std::vector<std::string>
      unreadable_paths;  // not even to be read: other proxies' state directories
  std::vector<std::string> protected_paths;  // besides the state directory and our own binary
  std::vector<std::string> project_paths;    // those of them that clients keep in projects
  std::vector<std::string> projects;         // the directories of these
  std::vector<std::string> project_files;  // what a client keeps in any project, by relative names
  // Measuring only (bench/): forward bytes and do nothing else.
  bool pump_only = false;
};

}  // namespace agentmesh::proxy
