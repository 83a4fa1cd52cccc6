// Altered: what redact and neutralise make of a result, and whether its structuredContent is still what the tool promised.
//
// Clients that know the tool's outputSchema throw away a result that does not fit it, without a word of why; so one that would
// not fit any more is withheld, with the reason. Pure but for a few compiled patterns that are kept. Thread: one.

#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "policy/cel/regex.h"
#include "policy/verdict.h"
#include "proxy/mark.h"
#include "proxy/splice.h"
#include "trust/manners.h"

namespace agentmesh::proxy {

// The replacements of a verdict about `judged`, a part of the splice's text.
void put_replacements(const policy::Verdict& verdict, json::View judged, Splice& splice);

class Altered {
 public:
  // True if `verdict`, about the result that `parts` are of, would leave structuredContent that `tool` did not promise.
  bool breaks_promise(const policy::Verdict& verdict, const ResultParts& parts,
                      std::string_view tool, const trust::Manners& manners);

 private:
  bool matches(std::string_view pattern, std::string_view text);

  policy::cel::RegexCache patterns_;
};

// That verdict, with the result withheld for it.
policy::Verdict kept_for_schema(policy::Verdict verdict);

}  // namespace agentmesh::proxy
