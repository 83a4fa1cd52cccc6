// Shown data: whether a text that is read as arguments shows the secrets and personal data in them. One that is spelled in escapes, or
// whose name is ("\u0070assword"), is found in the reading alone: what is masked where the text stands does not reach it.
//
// Cost: the scanners' over the text's reading without what they found, and a strict reader's. Pure, any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "policy/facts.h"

namespace agentmesh::policy {

// Spans of a judged value, by where they are: made once for many texts of it.
class SpansByPlace {
 public:
  // Of as many as there are now. `spans` must outlive it, and may grow.
  explicit SpansByPlace(const std::vector<Span>& spans);

  // The bytes of `value` from `begin` to `end`, of which no span is a part of more, with what they are masked with.
  std::string masked(std::string_view value, size_t begin, size_t end) const;

 private:
  const std::vector<Span>& spans_;
  std::vector<size_t> order_;
};

// True if the reading of a text, which is `raw` as JSON spells it (without its quotes) once it is masked, holds no secret and no personal
// data; false also if it cannot be read so.
bool shows_its_data(json::Reader& reader, std::string_view raw, uint32_t deepest);

}  // namespace agentmesh::policy
