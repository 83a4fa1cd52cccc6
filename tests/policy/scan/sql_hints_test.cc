#include "policy/scan/sql_hints.h"

#include <array>
#include <random>
#include <string>

#include "policy/scan/decode.h"
#include "policy/scan/sql_fragments.h"
#include "policy/scan/sql_shapes.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

using namespace agentmesh::policy::scan;

TEST_CASE(
    "no shape of SQL that counts in a document is without a hint, whatever stands around it") {
  static constexpr std::array<std::string_view, 67> kPieces = {
      "or", "AND", "xor", "||", "where", "having", "1", "0xff", "true", "False", "'", "\"", "\\'",
      "=", "like", ")", "(", "-", "not", "--", "---", "#", "/*", "*/", "/*!50000", "/**/", ";",
      "drop", "Table", "exec", "(", "@a", "delete", "from", "set", "select", "selectx", "union",
      "EXCEPT", "intersect", "all", "distinct", "distinctrow", "*", "null", ",", "::", ":", "int",
      "jsonb", "into", "outfile", "DumpFile", "waitfor", "delay", "procedure", "Analyse",
      "shutdown", "something",
      // and what a shape begins with, so that one comes about often enough
      "union all ", "; drop ", "; EXEC", "waitfor time", "Procedure  ", "or 1", ", null ", "into "};
  const std::string words = repeated("the report of a week ", 700);
  std::mt19937 random(7);
  const auto below = [&](size_t n) { return random() % n; };
  size_t shapes = 0;
  for (int round = 0; round < 40000; ++round) {
    std::string text = words.substr(0, below(4) == 0 ? below(words.size()) : 0);
    for (size_t pieces = 2 + below(9); pieces > 0; --pieces) {
      text += kPieces[below(kPieces.size())];
      text += std::string_view(" \n\t").substr(below(3), below(2));
    }
    if (below(4) == 0) text += words.substr(0, below(words.size()));
    const std::string lower = ascii_lower(text);
    const std::vector<Fragment> fragments = sql_fragments(lower);
    if (fragments.size() < 2 || sql_shapes(fragments, false) == 0) continue;
    ++shapes;
    CAPTURE(text);
    REQUIRE(hints_at_sql(text));
  }
  CHECK(shapes > 1000);
}

TEST_CASE("a name by itself is read, however many blanks are around it") {
  CHECK(hints_at_sql(std::string(1000, ' ') + "xp_cmdshell" + std::string(1000, '\n')));
}

TEST_CASE("prose, code and data without SQL give no hint") {
  for (
      const char* text :
      {"The report for March is in docs/march.md; the second table (revenue, in EUR) was changed on 2026-03-18.",
       "Please select the files that the union, except for one, has in its outline: procedure and duration follow.",
       "{\"name\": null, \"of\": [null, null], \"items\": [\"drop\", \"table\", \"delete from\"], \"n\": 12}",
       "# A heading\n\n## And another one\n\nIt is so -- or so it seems, and settings; setters are none.",
       "order by number and by name, and then again; updates come later, drop it there"}) {
    CAPTURE(text);
    CHECK_FALSE(hints_at_sql(text));
  }
}
