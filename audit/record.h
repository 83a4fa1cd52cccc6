// Records: what is written, as plain structs, one per type of audit.md section 2, and the one line each becomes.
//
// A record is filled by whoever knows what happened; the Log adds seq, prev, ts, mono, w and wseq. Empty texts, empty
// lists and unset optionals are absent from the line. Texts that are too long are cut at a character and named in `cut`;
// nothing that can be logged makes logging fail.
// Thread: values. Cost: one pass, one string (bench/: about 1 us for a decision).

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/crypto.h"

namespace agentmesh::audit {

struct Finding {
  std::string id;
  std::string severity;
  std::string where;
};

struct Trust {
  int score = 0;
  std::string tier;
  std::optional<int> delta;
};

struct Event {
  std::string subject;
  std::string dim;
  int32_t w = 0;
  int32_t v = 0;
};

struct Blob {
  std::string day;
  uint64_t off = 0;
  uint64_t len = 0;
  bool masked = false;
};

// A value that is committed to, not written: SHA-256(salt ‖ data).
struct Commitment {
  uint64_t bytes = 0;
  Hash commit{};
  std::optional<Blob> blob;
};

// What the Log is to commit to (and to seal, with `payloads: full`). The view is used during append() only.
struct Payload {
  std::string_view data;              // raw JSON text, exactly as received
  std::optional<std::string> masked;  // what to seal instead, when secrets were masked
};

struct Facts {
  std::string type;
  std::string sql;
  std::optional<bool> inside;
  int64_t paths = 0;
  int64_t hosts = 0;
  bool private_url = false;
  bool secret = false;
  bool pii = false;
  std::vector<std::string> shell;
  bool read = false;
  bool tainted = false;
};

struct SessionStart {
  std::string agentmesh, server, agent, cmd;
  int64_t argc = 0, pid = 0, uid = 0;
  std::string client_exe, sponsor, cmd_mac, mode, durability;
  // What the kernel holds the server to; absent: nothing was asked for.
  struct Sandbox {
    std::string level;     // off, files, files+net
    int64_t landlock = 0;  // its version
    bool seccomp = false;
    std::vector<std::string> missing;  // what the level promises and this kernel does not hold
  };
  std::optional<Sandbox> sandbox = std::nullopt;
};

struct SessionEnd {
  std::string reason;  // client_eof | server_exit | signal | error
  int64_t exit = 0, calls = 0, denied = 0, lost = 0;
  std::string client_name, client_version, protocol;
  std::vector<Event> events;
};

struct PolicyLoad {
  std::string policy, source, sha256;
  int64_t rules = 0;
  std::string error;
};

struct ToolsListed {
  struct Tool {
    std::string hash, name;
  };
  int64_t count = 0;
  std::string set;
  std::vector<Tool> tools;  // sorted by name
};

struct ToolsPinned {
  std::string server, kind, tool, hash, by;
};

struct ToolsChanged {
  std::string server, kind, tool, old_hash, new_hash;
  std::vector<std::string> parts;
  std::string action;
  std::vector<Event> events;
};

struct Approval {
  std::string ask, state, tool;
  std::optional<Payload> args;  // asked only
  std::string by;
  std::optional<int64_t> us;
  std::vector<Event> events;
};

struct Decision {
  std::string dir;  // c2s | s2c
  std::optional<int64_t> bytes, count;
  std::string method;
  std::string id;  // raw JSON text; "" absent; over 256 bytes written as id_sha256
  std::string tool, target, server, agent, policy, rule, rule_at, stage, verdict, mode, reason, ask;
  std::optional<Facts> facts;
  std::optional<int64_t> redacted;
  std::vector<std::string> tags;  // of the rules that matched
  std::optional<Payload> args;
  std::vector<Finding> findings;
  std::optional<Trust> trust;
  std::vector<Event> events;
};

struct Outcome {
  uint64_t of = 0;  // wseq of the decision
  std::string status;
  std::optional<int64_t> code;
  int64_t us = 0;
  std::optional<Payload> result;
  std::vector<Finding> findings;
  std::optional<int64_t> redacted;
  std::vector<std::string> tags;  // of the rules about results that matched
  std::optional<Trust> trust;
  std::vector<Event> events;
};

struct TrustReport {
  std::string subject, severity, why, by;
};
struct TrustChange {
  std::string subject;
  int64_t from = 0, to = 0;
  std::string tier, cause, why, by;
};
struct Operator {
  std::string act, target, why, by;
  std::optional<int64_t> until;
};

// What scores were made of, before a prune takes the records away that they came from. At most 32 subjects each; more
// take another record.
struct TrustSnapshot {
  struct Subject {
    std::string subject;
    int64_t at = 0;      // µs, wall clock: the moment to which the sums are decayed
    int64_t events = 0;  // how many there were
    // Per dimension: weight and value of the good ones, weight and value of the bad ones; in thousandths, rounded.
    std::vector<std::array<int64_t, 4>> sums;
  };
  std::vector<Subject> subjects;
};

// Records of the log's own upkeep, appended by whoever does it.
struct KeyRotate {
  std::string vkey, old_vkey;
};
struct Prune {
  uint64_t first = 0;  // seq of the first record that is kept
  Hash root{};         // of the records before it
  std::vector<std::string> files;
  std::string by;
};
struct Erase {
  std::vector<std::string> days;
  std::string reason, by;
};

using Record = std::variant<SessionStart, SessionEnd, PolicyLoad, ToolsListed, ToolsPinned,
                            ToolsChanged, Approval, Decision, Outcome, TrustReport, TrustChange,
                            Operator, TrustSnapshot, KeyRotate, Prune, Erase>;

}  // namespace agentmesh::audit
