// Spelled out: a text with its letters, blanks and line ends as themselves, where it has them spelled with other characters (spellings.h).
// For text.cc.
//
// What programs hand on as JSON has `\n` where lines end, and the word behind it begins with an n for whoever looks for letters. Each
// spelling has two readings ("C:\new", "100%20"), and the one is taken that gives a word of the lexicon: a word that is known as it
// stands is never made another one. Every byte keeps its place: a spelling is longer than what it spells, and blanks fill it.
// Cost: a search for six bytes in texts that have none of them; elsewhere a copy, and a look or two at the lexicon for each spelling. One
// pass, each byte looked at a bounded number of times. Pure, any thread.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// "" if nothing is spelled so that it matters.
std::string spelled_out(std::string_view text);

}  // namespace agentmesh::policy::scan
