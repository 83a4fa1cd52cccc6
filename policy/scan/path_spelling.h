// Path spelling: what a path comes to when its disguises are taken off, and what each of its segments means. For those who know
// where a path leads, paths.cc and path_reader.cc.
//
// Pure functions, any thread; a string a path.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// A path with its disguises taken off; '\\' has become '/'.
struct PathSpelling {
  std::string text;
  bool encoded = false;    // percent, overlong or look-alike forms, changed the text
  bool backslash = false;  // '\\' as separator
  bool nul = false;
};
PathSpelling decode_path(std::string_view text);

// What one segment means to some reader: "..", and what readers that trim, cut or strip make into "..".
enum class Segment { kName, kHere, kUp, kUpInDisguise };
Segment segment_kind(std::string_view segment, bool last);

// "c:" of "c:/windows"; "" if the text has no drive.
std::string_view path_drive(std::string_view text);
// Takes "file:" and an authority away; the rest begins with '/' or is relative.
bool strip_file_scheme(std::string& text);

// "https://…", of whatever scheme but file:.
bool has_other_scheme(std::string_view text);

// ASCII case aside; `prefix` is in lower case.
bool path_begins(std::string_view text, std::string_view prefix);
// Without blanks and line ends around it.
std::string_view trim_path(std::string_view text);

}  // namespace agentmesh::policy::scan
