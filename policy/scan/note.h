// Note: what is shown in place of what a text hides, spelled only where somebody wants to show it.

#pragma once

#include <cstdint>
#include <string>

namespace agentmesh::policy::scan {

struct Note {
  enum class What { kNothing, kCodePoint, kEscape, kTags, kSelectors, kInvisible };
  What what = What::kNothing;
  uint32_t value = 0;  // a code point, the byte behind ESC, a count
};

// "<U+202E>", "<BEL>", "<ESC>[", "<hidden: 6 tag characters>"; "" for what is merely dropped. Printable ASCII.
std::string spelled(const Note& note);

}  // namespace agentmesh::policy::scan
