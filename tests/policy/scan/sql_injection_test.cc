// SQL injection: ordinary values that hold its signs and words, and attacks behind padding.

#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/sql.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"
#include "tests/policy/scan/texts.h"

namespace agentmesh::policy::scan {
namespace {

std::string severity(std::string_view text, Field field = Field::kAny) {
  std::vector<Hit> hits;
  find_sql_injection(text, hits, field);
  return severity_of(hits, "sql.injection");
}

}  // namespace

TEST_CASE("quotations, measures, filters and lists are no SQL injection") {
  for (const std::string& text : texts("ordinary.txt")) {
    CAPTURE(text);
    CHECK(severity(text) == "-");
  }
}

TEST_CASE("texts that break out of a literal are SQL injection, behind padding as well") {
  for (const std::string& text : texts("sql_attacks.txt")) {
    CAPTURE(text);
    CHECK(severity(text) >= "1");
    for (const char* filler : {" ", "\t", "\n"}) {
      CHECK(severity(repeated(filler, 5000) + text) >= "1");
      CHECK(severity(text + repeated(filler, 700)) >= "1");
    }
  }
  for (const char* filler : {"x", "abc", "Zk3vQ9xT7bLm2Rw8aB1cD5eF"})
    for (const size_t bytes : {580U, 600U, 4000U, 100'000U}) {
      CAPTURE(filler, bytes);
      CHECK(severity(repeated(filler, bytes) + "' OR '1'='1' --") == "2");
      CHECK(severity(repeated(filler, bytes) + "'; DROP TABLE t; --") == "2");
    }
}

TEST_CASE("of a name both ends are read, however long it is, of a document only what is sure") {
  const std::string prose =
      repeated("The report for March is in the folder, next to the drafts of Anna. ", 3000);
  CHECK(severity(prose, Field::kShort) == "-");
  for (const std::string& text : {prose + "x' or '1'='1' --", "x' or '1'='1' -- " + prose}) {
    CHECK(severity(text) == "-");
    CHECK(severity(text, Field::kShort) == "2");
  }
}

}  // namespace agentmesh::policy::scan
