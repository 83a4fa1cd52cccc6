// What read_sql says of a text, for tests.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/sql.h"

namespace agentmesh::policy::scan::tests {

struct Look {
  Sql sql;
  std::vector<Hit> hits;
};

inline Look look(std::string_view text) {
  Look out;
  out.sql = read_sql(text, out.hits);
  return out;
}

inline std::string class_of(std::string_view text) {
  return std::string(to_string(look(text).sql.sql_class));
}

}  // namespace agentmesh::policy::scan::tests
