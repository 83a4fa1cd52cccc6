// Shell quotes: where what a shell reads as one thing ends, and what an escape in $'…' stands for. For shell_words.cc and shell_expand.cc alone.
//
// Cost: up to the end that is looked for. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// Index of the parenthesis that closes the one at `open`, quotes and escapes passed over; text.size() if none does.
size_t closing_parenthesis(std::string_view text, size_t open);
// The same of the backtick at `open`.
size_t closing_backtick(std::string_view text, size_t open);
// The same of the brace of "${" at `open`, within double quotes or not; where none closes it, the first one.
size_t closing_brace(std::string_view text, size_t open, bool in_quotes);

// One escape of $'…' (bash(1), QUOTING) at text[at], which is behind the backslash, appended; moves `at` past it.
void ansi_escape(std::string_view text, size_t& at, std::string& out);

}  // namespace agentmesh::policy::scan
