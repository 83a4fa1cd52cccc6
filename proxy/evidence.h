// Findings as evidence: which of them count against somebody's trust, and how often (docs/trust.md, "What moves it").
//
// Most findings only tell what is there: a mail address in a log, a colour in a test's output, a page on this machine, a key in
// a file that somebody keeps there. Whether that is wrong is the policy's to say: such a fact counts where the policy refused the
// call for what it held, and not where it passed. Nor does anything of low severity count. What is doubtful (medium) and let through
// counts once an hour for each id: a search for the same odd words all day is one doubt. What is high or critical counts each
// time.
// Thread: one (the io thread). Order: ask once for each record. Memory: an entry per id of a finding.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/verdict.h"
#include "trust/events.h"
#include "trust/score.h"

namespace agentmesh::proxy {

// A call to a tool that nobody has listed: noted, and no evidence against anybody (clients may know tools from elsewhere).
inline constexpr std::string_view kUnlisted = "tool.unlisted";
inline constexpr std::string_view kUninspected = "data.uninspected";

class FindingWeights {
 public:
  // What of the findings of one call or one answer is evidence. `refused`: the policy denied it (in shadow: would have).
  std::vector<trust::Remark> weigh(std::span<const policy::Finding> findings, trust::Side side,
                                   bool refused, int64_t mono_us);

 private:
  trust::Repetition doubts_;
  std::string key_;  // kept for its storage
};

}  // namespace agentmesh::proxy
