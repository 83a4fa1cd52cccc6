#include "audit/writers.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace agentmesh::audit {

void Writers::see(const LineFacts& facts,
                  const std::function<void(const char* code, std::string message)>& problem) {
  uint64_t key = 0;
  (void)std::from_chars(facts.w.data(), facts.w.data() + facts.w.size(), key,
                        16);  // 16 digits, as check_line() saw
  const auto [at, is_new] = writers_.try_emplace(key);
  Writer& writer = at->second;
  if (is_new) {
    writer.name = std::string(facts.w);
    order_.push_back(&writer);
  }

  if (writer.timed && facts.mono < writer.mono)
    problem("writer.time", fmt::format("writer {}: mono went back from {} to {}", facts.w,
                                       writer.mono, facts.mono));
  writer.clock_back = writer.clock_back || (writer.timed && facts.ts < writer.ts);
  writer.timed = true;
  writer.mono = facts.mono;
  writer.ts = facts.ts;
  if (!facts.wseq) return;

  const uint64_t wseq = *facts.wseq;
  const bool began_before = pruned_ && !writer.counted;
  if (!writer.counted) writer.first = began_before ? wseq : 0;
  if (wseq != writer.next && !began_before) {
    const bool told = facts.type == Type::kDrop && facts.first == writer.next && wseq > 0 &&
                      facts.last == wseq - 1;
    if (told) {
      writer.dropped.emplace_back(*facts.first, *facts.last);
    } else if (!writer.counted) {
      problem("writer.gap", fmt::format("writer {} begins at wseq {}, not at 0", facts.w, wseq));
    } else {
      problem("writer.gap",
              fmt::format("writer {}: wseq {} where {} is due", facts.w, wseq, writer.next));
    }
  }
  writer.counted = true;
  writer.next = wseq + 1;

  switch (facts.type) {
    case Type::kSessionStart: writer.in_session = true; break;
    case Type::kSessionEnd: writer.in_session = false; break;
    case Type::kDecision:
      if (facts.verdict != "deny") writer.open.insert(wseq);
      break;
    case Type::kOutcome: {
      if (facts.of && writer.open.erase(*facts.of) > 0) break;
      const bool lost =
          facts.of &&
          std::any_of(writer.dropped.begin(), writer.dropped.end(), [&](const auto& range) {
            return range.first <= *facts.of && *facts.of <= range.second;
          });
      const bool before = facts.of && pruned_ && *facts.of < writer.first;
      if (!lost && !before)
        problem("outcome.orphan",
                fmt::format("writer {}: an outcome of {}, which is no decision that waits for one",
                            facts.w, facts.of ? std::to_string(*facts.of) : "nothing"));
      break;
    }
    default: break;
  }
}

std::vector<std::string> Writers::without_session_end() const {
  std::vector<std::string> out;
  for (const Writer* each : order_)
    if (each->in_session) out.push_back(each->name);
  return out;
}

std::vector<std::string> Writers::with_clock_set_back() const {
  std::vector<std::string> out;
  for (const Writer* each : order_)
    if (each->clock_back) out.push_back(each->name);
  return out;
}

}  // namespace agentmesh::audit
