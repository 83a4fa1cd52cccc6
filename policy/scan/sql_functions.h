// SQL functions that do more than compute: those that write, take rights or leave the database. For sql_statement.cc alone.

#pragma once

#include <string_view>

#include "policy/scan/sql.h"

namespace agentmesh::policy::scan {

struct SqlFunction {
  std::string_view name;  // lower case, 6 to 20 letters
  SqlClass means = SqlClass::kNone;
  bool program = false;  // leaves the database: runs, reads or writes files, connects
};
// Nothing if it is none of them.
const SqlFunction* sql_function(std::string_view name);

}  // namespace agentmesh::policy::scan
