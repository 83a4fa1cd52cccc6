// Forms: acts that are a matter of shape rather than of sentences: role markers, chat template tokens, phrases of languages
// that do not put blanks between words. For text.cc alone.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

struct Form {
  uint8_t act;     // as text.cc numbers them
  uint8_t tool;    // weight in a description
  uint8_t result;  // weight in a result
};

std::vector<Form> find_forms(std::string_view text);

}  // namespace agentmesh::policy::scan
