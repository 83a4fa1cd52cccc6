// Questions: whether what is looked for is put in words, with an attack as what it is about: "how does ' OR 1=1 -- work". For what goes to
// a search of the web, where nothing runs it.
//
// Pure function, any thread. Cost: linear, of 600 bytes at most.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// True if two words at least, of any language, stand in front of the first mark of SQL or a shell, and three in all, those of SQL
// not counted.
bool asks_in_words(std::string_view text);

}  // namespace agentmesh::policy::scan
