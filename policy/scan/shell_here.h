// Shell here-documents: what ends one, and where it does. For shell_quotes.cc and the shell parser (shell_parser.h) alone.
//
// Cost: up to the end that is looked for. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// What stands behind "<<" (POSIX.1-2017, Shell Command Language, 2.7.4): nothing in it is expanded.
struct HereMark {
  std::string delimiter;
  bool quoted = false;    // and so nothing in the document is expanded
  bool tabs = false;      // "<<-": those in front of its lines do not count
  bool computed = false;  // it is spelled with "$" or "`", which shells read differently
};

// The mark at text[at], which is behind the "<<"; moves `at` behind it.
HereMark here_mark(std::string_view text, size_t& at);

struct HereBody {
  std::string text;  // whole lines
  size_t next = 0;   // behind the line that ends it, or the end of all
  bool ended = false;
};

// The document of `mark` that begins at `from`. `substituted`: it stands in $(…), where bash takes the delimiter with a ")" behind it
// for its end as well, and `next` is that ")".
HereBody here_body(std::string_view text, size_t from, const HereMark& mark, bool substituted);

}  // namespace agentmesh::policy::scan
