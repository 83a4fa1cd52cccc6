// URL spelling: what a URL parser takes off a text and out of it before it reads it (WHATWG URL, "basic URL parser").
//
// Cost: one pass. Pure functions, any thread.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// What is taken off both ends: blanks and control characters.
inline constexpr std::string_view kAroundUrl(
    "\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F"
    "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F ",
    33);
// And what is taken out of the middle.
inline constexpr std::string_view kInsideUrl = "\t\n\r";

// Those whose URLs have a host, however many slashes there are; in lower case.
bool is_special_scheme(std::string_view scheme);

// True if the text begins with the scheme of a URL of the web or of a file, as URL parsers read it.
bool begins_as_url(std::string_view text);

// `text` as a URL parser takes it (WHATWG URL): blanks and control characters around it gone, and tabs and line ends inside.
// `text` itself where none are inside; else it lies in `scratch`.
std::string_view without_breaks(std::string_view text, std::string& scratch);

// True if a line behind the first begins as one.
bool lists_urls(std::string_view text);

}  // namespace agentmesh::policy::scan
