// Any bytes as SQL, and as data that might be SQL.

#include "policy/scan/sql.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace agentmesh::policy::scan {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Hit> hits;
  const Sql sql = read_sql(text, hits);
  if (sql.tables.size() > 256) std::abort();
  // A statement added behind a semicolon never makes a readable text more harmless.
  if (sql.sql_class != SqlClass::kUnparsed && sql.sql_class != SqlClass::kNone) {
    std::vector<Hit> more;
    if (read_sql(std::string(text) + "\n;\nDROP TABLE t", more).sql_class < sql.sql_class)
      std::abort();
  }
  (void)looks_like_sql(text);
  find_sql_injection(text, hits);
  return 0;
}

}  // namespace agentmesh::policy::scan
