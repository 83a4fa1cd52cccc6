// SQL hints: whether a long text can hold a shape of SQL at all, asked before its fragments are read. For sql_injection.cc alone.
//
// False only where sql_shapes() would find nothing in the fragments of a text that is not short: no shape that is looked for in a
// document begins there. True promises nothing.
// Cost: 0.3 ns per byte of prose; a few looks at each comment, semicolon and word that a shape needs. Pure, any thread, no
// allocation.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// `text` decoded, in any case.
bool hints_at_sql(std::string_view text);

}  // namespace agentmesh::policy::scan
