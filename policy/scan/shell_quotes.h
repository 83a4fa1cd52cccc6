// Shell quotes: where what a shell reads as one thing ends, and what an escape in $'…' stands for. For the shell parser (shell_parser.h) alone.
//
// Cost: up to the end that is looked for. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// What begins with the byte at `open`, and so how what stands in it is read.
enum class Within : uint8_t {
  kCommands,      // "(" of $(…), <(…) or a list
  kArithmetic,    // "(" of $((…)): likewise, and "<<" is no here-document
  kBraces,        // "{" of ${…}
  kQuotedBraces,  // the same between double quotes
  kDoubleQuotes
};

// A reserved word behind which a command begins (POSIX.1-2017, Shell Command Language, 2.4; and `time`).
bool begins_command(std::string_view word);

// Index of the byte that closes what is open, quotes, escapes, comments, here-documents and all that is nested passed over;
// text.size() if none does.
size_t closing(std::string_view text, size_t open, Within what);
// How the ${…} is read whose "{" is at `open`: in double quotes other quotes count in a pattern alone, ${x#'…'}.
Within braces_at(std::string_view text, size_t open, bool in_quotes);
// Index of the backtick that closes the one at `open`; text.size() if none does.
size_t closing_backtick(std::string_view text, size_t open);

// A text with the escapes of $'…' in it read, appended.
void append_unescaped(std::string_view text, std::string& out);
// What $'…' stands for, of which text[at] is behind the opening quote, appended: bash(1), QUOTING. Moves `at` behind the closing
// one. True if it has an escape that spells a byte.
bool ansi_quoted(std::string_view text, size_t& at, std::string& out);

}  // namespace agentmesh::policy::scan
