// Injected lists: whether a | or ; joins the items of a list or the alternatives of a pattern, "node|python", "id;name;mail",
// "(curl|wget)\s", rather than commands. For injected_commands.cc alone.
//
// An item is a word with nothing behind it that a command would take. Behind what no list of words holds (a host, a number, a
// path, the end of a quotation that was not begun) a word is still a command: "8.8.8.8|id", "a.txt;id", "');id".
// Cost: as far back as the item before the sign goes, at most kMaxItem bytes, and for some a count over the text. Pure, any thread.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy::scan {

// Of the sign at `sign`, and a word behind it that ends before `end`. `english`: it is an ordinary word as well.
bool joins_items(std::string_view text, size_t sign, size_t end, bool english);
// True if nothing stands at `end` that a command would take.
bool ends_item(std::string_view text, size_t end);

}  // namespace agentmesh::policy::scan
