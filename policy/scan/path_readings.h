// Path readings: every path that one text may be, depending on what its reader does before it opens it. A server may trim, take
// quotes off, decode percent escapes once or often, read a file: URL, expand `~`, take a backslash for a slash, cut at a NUL, fold
// look-alikes; or do nothing of it. Which, nobody knows: so each reading is judged.
// For the path scanner; collapsed() for whoever holds a word against a path.
//
// Pure functions, any thread. Cost: a text without anything to take off has one reading, itself; else a few copies of it each,
// at most kMaxForms.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

inline constexpr size_t kMaxForms = 64;

// True if every reader takes the text as it stands: no blank at its ends, no quote, escape, scheme, `~`, `$`, backslash, control
// character, byte beyond ASCII, nor a segment of more than two dots.
bool has_one_form(std::string_view text);

struct PathForms {
  std::vector<std::string>
      forms;        // as a reader hands them to what resolves `..`; the first is the text itself
  bool all = true;  // false: there are more than kMaxForms
};
PathForms path_forms(std::string_view text);

// Of "/srv/data:/data" and "./a:/b:ro,z", which mount one tree at a place in another, the first; "" of any other text.
std::string_view mounted(std::string_view text);

// Where a form begins on this machine.
struct PathStarts {
  std::string_view home;  // of `~`
  std::span<const std::string>
      bases;  // of what is relative: each directory that a server may begin at
};
// `form` made absolute, `..` still in it: one for each way to do that.
std::vector<std::string> absolute_forms(std::string_view form, const PathStarts& starts);

// By text alone; with `disguised`, segments that some readers take for `..` count as that (segment_kind).
struct NormalForm {
  std::string path;
  bool disguise = false;  // there are such segments
};
NormalForm normal_form(std::string_view absolute, bool disguised);
// True if `..` stands behind a name: where that name is a link, text and kernel disagree about where it leads.
bool goes_back(std::string_view form);

// What strip() and trim() leave, of any language: without blanks and controls of all scripts at the ends.
std::string_view without_blanks(std::string_view text);
// The bytes of one that stands at `at`, which is within the text; 0: there is none.
size_t blank_bytes(std::string_view text, size_t at);

// A path as it is written, relative or not, without what normalising takes out: doubled slashes, `.`, and `..` with the segment
// before it. Of what is longer than `enough`, and nothing can shorten, only so much.
std::string collapsed(std::string_view text, size_t enough);

}  // namespace agentmesh::policy::scan
