// A verdict for programs (one JSON object, audit.md section 9) and for people (one sentence per fact, the first says what
// is proven and what is not).

#pragma once

#include <cstdint>
#include <string>

#include "audit/verify.h"

namespace agentmesh::audit {

std::string verdict_json(const Verdict& verdict, const std::string& dir, int64_t elapsed_us);
// "record 480: neither a value nor a bracket (seg/….jsonl, offset 0)"
std::string placed(const Problem& problem);
// `place_words`: behind `agentmesh audit recover`, so that it is about this log.
std::string verdict_text(const Verdict& verdict, const std::string& dir,
                         const std::string& place_words = "");

}  // namespace agentmesh::audit
