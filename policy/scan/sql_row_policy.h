// SQL row policies: whether a policy of rows asks who is asking, or whom else it lets in. For sql_definition.cc alone.
//
// Databases join policies by OR, so another one only ever shows more. It is an ordinary change of a schema if it is AS RESTRICTIVE,
// or if each of its conditions compares, by = or IN, a column with who is asking: current_user, session_user, user,
// current_setting('app.…'), or a function that is given nothing (auth.uid(), app.tenant()). Of alternatives (OR) each must, of what
// AND joins one; EXISTS (SELECT …) and IN (SELECT …) may in their WHERE, over plain tables. In a subselect who asks is looked for
// only where its WHERE goes by the row (members.team = docs.team): else everybody is in it. What is true or false is compared with
// nobody. One that always holds, or is not there, lets anybody in. Whatever else it says holds because of the data (id > 0, published = true), or for all who are there (auth.uid() IS NOT
// NULL): a person has to say. TO whom does not count.
// Cannot see: a function's body; is_admin() alone counts as nothing that is compared.
// Cost: as often as deep (32 at most) a pass over the tokens. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <cstdint>

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

enum class RowPolicy : uint8_t {
  kAsksWho,
  kByData,
  kLetsAllIn,
};
// CREATE or ALTER at the first of these tokens, and POLICY at `what`.
RowPolicy row_policy(SqlTokens statement, size_t what);

}  // namespace agentmesh::policy::scan
