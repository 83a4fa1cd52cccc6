// The strict reader of one line: is it exactly of the form of audit.md section 2, and what does its header say?
//
// One pass, by hand, over bytes that nobody vouches for. Whether seq and prev are the right ones is the caller's business:
// only he knows what came before.
// Thread: any. Cost: about 1 ns per byte, nothing allocated (a key with escapes or beyond ASCII is compared as UTF-16).

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "audit/line.h"
#include "base/crypto.h"

namespace agentmesh::audit {

enum class Type : uint8_t {
  kGenesis,
  kSegmentOpen,
  kSessionStart,
  kSessionEnd,
  kPolicyLoad,
  kToolsListed,
  kToolsPinned,
  kToolsChanged,
  kApproval,
  kDecision,
  kOutcome,
  kKeyRotate,
  kTrustReport,
  kTrustSnapshot,
  kOperator,
  kTrustChange,
  kRecover,
  kDrop,
  kIoError,
  kPrune,
  kErase,
};
inline constexpr size_t kTypes = 21;
std::string_view type_name(Type type);
std::optional<Type> parse_type(std::string_view name);

enum class LineFault : uint8_t {
  kNone,
  kSize,     // over 65,535 bytes
  kForm,     // not JCS as section 2 has it
  kVersion,  // v is not 1
  kField,    // a header field is missing or of the wrong kind, or the type is not known
};

// What the line says; views into it. Numbers and hashes are read, everything else is raw JSON ("" if absent).
struct LineFacts {
  uint64_t seq = 0;
  Hash prev{};
  Type type{};
  int64_t ts = 0;
  int64_t mono = 0;
  std::string_view w;
  std::optional<uint64_t> wseq;

  std::optional<uint64_t> of, first, last;  // where they are non-negative integers
  std::string_view args, result, days, origin, vkey, old, verdict, client;
};

struct LineCheck {
  LineFault fault = LineFault::kNone;
  const char* why = "";  // what is wrong, for people
  LineFacts facts;       // complete only without a fault; seq as soon as it could be read
};

LineCheck check_line(std::string_view line);

}  // namespace agentmesh::audit
