// SQL row policies: whether a policy of rows asks who is asking, or whom else it lets in. For sql_definition.cc and sql_replaced.cc alone.
//
// Databases join policies by OR, so another one only ever shows more. It is an ordinary change of a schema if each of its conditions
// compares, by = or IN, a column with who is asking: current_user, session_user, user, current_setting('app.…'), or a function that is
// given nothing and whose name says so (auth.uid(), app.tenant(); not yes(), not is_user()). Of alternatives (OR) each must, of a
// list each part, of what AND joins one. What is compared is a column or who it is as it stands, in another type or in small letters:
// constants, what is true or false, what is cut or reckoned is nobody. A subselect is who is asking if its WHERE asks who, over plain
// tables that are joined (sql_subselect.h), and a column is what is selected; without it is a column where it goes by the row
// (members.team = docs.team): else everybody is in it. EXISTS must do both. One AS RESTRICTIVE takes away, and is an ordinary
// change if it may do so. One that always holds, or is not there, lets anybody in, or takes nothing away. Whatever else it says
// holds because of the data (id > 0, published = true), or for all who are there (auth.uid() IS NOT NULL): a person has to say. TO
// whom does not count.
// Cannot see: a function's body; is_admin() alone counts as nothing that is compared; which table has a column that no table
// stands in front of.
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

bool is_restrictive(SqlTokens statement, size_t what);
// What its conditions come to, as if it were not AS RESTRICTIVE.
RowPolicy permissive_row_policy(SqlTokens statement, size_t what);

}  // namespace agentmesh::policy::scan
