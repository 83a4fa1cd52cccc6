#include "audit/line_check.h"

#include <algorithm>
#include <array>
#include <string>

#include "audit/line_form.h"

namespace agentmesh::audit {

namespace {

using form::Checker;
using form::hex_digit;
using form::Kind;
using form::Value;

constexpr std::array<std::string_view, kTypes> kTypeNames = {
    "genesis",      "segment.open", "session.start", "session.end",    "policy.load",
    "tools.listed", "tools.pinned", "tools.changed", "approval",       "decision",
    "outcome",      "key.rotate",   "trust.report",  "trust.snapshot", "operator",
    "trust.change", "recover",      "drop",          "io_error",       "prune",
    "erase"};

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(c) >= 0; });
}

bool parse_hash(std::string_view hex, Hash& out) {
  if (hex.size() != 64) return false;
  int wrong = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(hex[2 * i]);
    const int low = hex_digit(hex[2 * i + 1]);
    wrong |= high | low;  // negative if one is no digit
    out[i] = static_cast<uint8_t>((high & 15) * 16 + (low & 15));
  }
  return wrong >= 0;
}

// What the header's fields turned out to be.
struct Header {
  bool seq = false, prev = false, ts = false, mono = false, w = false, wseq = false;
  bool v = false, type = false, version = false;
  bool wrong = false;
};

std::optional<uint64_t> count(const Value& value) {
  if (value.kind != Kind::kInteger || value.integer < 0) return std::nullopt;
  return static_cast<uint64_t>(value.integer);
}

void take(std::string_view key, const Value& value, LineFacts& facts, Header& header) {
  const auto text = [&](std::string_view& into) {
    if (value.kind == Kind::kText) into = value.raw;
  };
  switch (key.size()) {
    case 1:
      if (key == "v") {
        header.v = value.kind == Kind::kInteger;
        header.version = header.v && value.integer == 1;
      } else if (key == "w") {
        header.w = value.kind == Kind::kText && value.raw.size() == 16 && is_lower_hex(value.raw);
        facts.w = value.raw;
      }
      break;
    case 2:
      if (key == "ts") {
        header.ts = value.kind == Kind::kInteger;
        facts.ts = value.integer;
      } else if (key == "of") {
        facts.of = count(value);
      }
      break;
    case 3:
      if (key == "seq") {
        const auto seq = count(value);
        header.seq = seq.has_value();
        facts.seq = seq.value_or(0);
      } else if (key == "old") {
        text(facts.old);
      }
      break;
    case 4:
      if (key == "prev") {
        header.prev = value.kind == Kind::kText && parse_hash(value.raw, facts.prev);
      } else if (key == "type") {
        const auto type = value.kind == Kind::kText ? parse_type(value.raw) : std::nullopt;
        header.type = type.has_value();
        facts.type = type.value_or(Type::kGenesis);
      } else if (key == "mono") {
        header.mono = value.kind == Kind::kInteger;
        facts.mono = value.integer;
      } else if (key == "wseq") {
        facts.wseq = count(value);
        header.wrong = header.wrong || !facts.wseq;
      } else if (key == "args") {
        if (value.kind == Kind::kOther) facts.args = value.raw;
      } else if (key == "days") {
        if (value.kind == Kind::kOther) facts.days = value.raw;
      } else if (key == "last") {
        facts.last = count(value);
      } else if (key == "vkey") {
        text(facts.vkey);
      }
      break;
    case 5:
      if (key == "first") facts.first = count(value);
      break;
    case 6:
      if (key == "result") {
        if (value.kind == Kind::kOther) facts.result = value.raw;
      } else if (key == "origin") {
        text(facts.origin);
      }
      break;
    case 7:
      if (key == "verdict") text(facts.verdict);
      break;
    default: break;
  }
}

bool counts_itself(Type type) {
  return type != Type::kGenesis && type != Type::kSegmentOpen && type != Type::kRecover;
}

}  // namespace

std::string_view type_name(Type type) { return kTypeNames[static_cast<size_t>(type)]; }

std::optional<Type> parse_type(std::string_view name) {
  const auto found = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  if (found == kTypeNames.end()) return std::nullopt;
  return static_cast<Type>(found - kTypeNames.begin());
}

LineCheck check_line(std::string_view line) {
  LineCheck out;
  const auto fault = [&](LineFault kind, const char* why) {
    out.fault = kind;
    out.why = why;
    return out;
  };
  if (line.size() > kMaxLineBytes) return fault(LineFault::kSize, "longer than 65535 bytes");
  if (line.empty()) return fault(LineFault::kForm, "an empty line");
  Header header;
  Checker checker(line);
  const bool form = checker.line(
      [&](std::string_view key, const Value& value) { take(key, value, out.facts, header); });
  if (!form) return fault(LineFault::kForm, checker.why);
  if (!header.v) return fault(LineFault::kField, "v is missing or no integer");
  if (!header.version) return fault(LineFault::kVersion, "v is not 1");
  if (!header.seq) return fault(LineFault::kField, "seq is missing or no count");
  if (!header.prev) return fault(LineFault::kField, "prev is missing or no hash");
  if (!header.type) return fault(LineFault::kField, "type is missing or not known");
  if (!header.ts) return fault(LineFault::kField, "ts is missing or no integer");
  if (!header.mono) return fault(LineFault::kField, "mono is missing or no integer");
  if (!header.w) return fault(LineFault::kField, "w is missing or no writer");
  if (header.wrong || out.facts.wseq.has_value() != counts_itself(out.facts.type))
    return fault(LineFault::kField, "wseq is missing, no count, or where none belongs");
  return out;
}

}  // namespace agentmesh::audit
