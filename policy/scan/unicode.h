// Unicode: what a text holds that its reader does not see, terminal escapes, and names that mix alphabets (which names look
// like which others is base/skeleton.h's).
//
// Sees: the tag block and variation selectors used as a cipher, bidirectional controls, zero-width and other invisible
// characters where no script or emoji needs them, long runs of combining marks, C0 and C1 controls, ANSI escapes.
// Leaves alone: ZWJ and ZWNJ in the scripts and emoji that use them, emoji variation selectors and flags, soft hyphens, a
// single byte order mark at the start, direction marks beside right-to-left text, isolates and embeddings that turn nothing
// round, tab, LF, CR, form feed, controls from U+0080 on that terminals do nothing with (quotes of Windows read as Latin-1).
// Cannot see: white text, tiny fonts, look-alike letters inside prose.
// Measured (docs/detection.md): 90 of 90 hidden texts, in results and in descriptions, 7 of 7 escapes; of 30 benign none.
// Cost: one pass, 0.05 ns a byte of plain ASCII, 11 at the worst; nothing allocated for it. Pure functions, any thread.
//
// Hits: result.hidden-text (high: a message in tags or selectors, bidi overrides; medium: stray invisible characters)
//       result.terminal-escape (high: what hides, reports, sets (terminal.h); medium: lone controls; low: colours, progress,
//       redrawing, titles, the bell, backspaces, controls of U+0080 to U+009F that begin no escape)
// For a description the engine names them tool.hidden-text and tool.terminal-escape (`for_tool`); only colours are low there.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

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

// A name that holds letters of another script that look like ASCII next to ASCII ones.
bool mixes_scripts(std::string_view name);

}  // namespace agentmesh::policy::scan
