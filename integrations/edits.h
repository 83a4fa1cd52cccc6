// Edits: spans of a text and what stands there instead. Everything outside them stays, byte for byte.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "integrations/spans.h"

namespace agentmesh::integrations {

struct Edit {
  Span where;  // empty: an insertion
  std::string with;
};

// In the order of the text. Edits never overlap; an insertion at another edit's end comes after it.
void sort_edits(std::vector<Edit>& edits);
// `text` with sorted `edits` made; those of them that lie in `range` (an edit does wholly or not at all).
std::string edited(std::string_view text, const std::vector<Edit>& edits, Span range);
std::string edited(std::string_view text, const std::vector<Edit>& edits);

}  // namespace agentmesh::integrations
