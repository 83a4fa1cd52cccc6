// Unicode: what a text holds that its reader does not see, terminal escapes, and names that look like other names.
//
// Sees: the tag block and variation selectors used as a cipher, bidirectional controls, zero-width and other invisible
// characters where no script or emoji needs them, long runs of combining marks, C0 and C1 controls, ANSI escapes.
// Leaves alone: ZWJ and ZWNJ in the scripts and emoji that use them, emoji variation selectors and flags, soft hyphens, a
// single byte order mark at the start, direction marks beside right-to-left text, tab, LF, CR, form feed.
// Cannot see: white text, tiny fonts, look-alike letters inside prose.
// Cost: one pass; nothing allocated for plain ASCII. Pure functions, any thread.
//
// Hits: result.hidden-text (high: a message in tags or selectors, bidi overrides; medium: stray invisible characters)
//       result.terminal-escape (high: escapes that hide, move, erase, link, set; medium: lone controls; low: colours)
// For a description the engine names them tool.hidden-text and tool.terminal-escape (`for_tool`).

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

// A code point that leaves no mark of its own (Default_Ignorable_Code_Point, and U+FFF9 to U+FFFB).
bool is_invisible(uint32_t code_point);

void find_hidden(std::string_view text, bool for_tool, std::vector<Hit>& hits);

// Bytes [begin, end) of the text are to be replaced by `text` (printable ASCII such as "<U+202E>" or "<ESC>[2K", "" for what
// is merely dropped: never more than one note per run). In order, not overlapping. Exactly where find_hidden() hits.
struct Edit {
  size_t begin = 0;
  size_t end = 0;
  std::string text;
};
std::vector<Edit> neutralise(std::string_view text);

// The text that tag characters or variation selectors of `text` spell ("" if none): for the text scanner.
std::string hidden_message(std::string_view text);

// The same for two names that look alike: UTS #39 confusables that look like ASCII mapped to it, compatibility forms folded,
// invisible characters dropped, lower case, `0`→`o`, `1`/`i`/`|`→`l`, `rn`→`m`, `vv`→`w`, separators to `_`.
// Equal skeletons of different names: one imitates the other.
std::string skeleton(std::string_view name);
// As above for one key of JSON: confusables and case only ("pаrams" and "Params" give "params").
std::string plain_key(std::string_view key);
// A name that holds letters of another script that look like ASCII next to ASCII ones.
bool mixes_scripts(std::string_view name);

}  // namespace agentmesh::policy::scan
