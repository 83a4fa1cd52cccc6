// SQL: what a statement does, read by a real tokenizer; and whether a string that should be data is an attempt to be SQL.
//
// Sees: comments (--, #, nested /* */, MySQL's /*! code */), '…' "…" `…` […] N'…' E'…' q'[…]' and $tag$…$tag$ quoting, several
// statements, CTEs and EXPLAIN ANALYZE that write, SELECT … INTO, DELETE, UPDATE and MERGE of every row (sql_condition.h), functions
// known to have effects or called so (sql_calls.h), files and buckets (the same), literals that are run and bodies of routines,
// triggers and events (sql_code.h, sql_definition.h), code brought into the database, commands to the client (sql_client.h),
// full-width and invisible letters.
// Cannot see: views, triggers, rules and functions of the database itself. A function that nobody knows and whose name says nothing
// counts as reading: SELECT my_func(1) is read_only. Nor what is put together there out of columns and variables: that something is
// run is seen (unparsed), what it is is not. DROP TABLE of a temporary table made in the same text loses nothing, if the text stops
// where making it fails. A role that may only read is the real fence.
// Measured (docs/detection.md): of 1,676 statements the class of 99.9 % is right; destructive 44 of 44; of 1,150 that only read none
// is refused or unparsed. Injection: told of in 91 % of 766 and 61 % of 388 attacks, and in 4 of 61 strings that look like one.
// Injection is looked for in texts up to 4 KiB, what only a short text could mean (a quote, then OR) up to 600 bytes; padding is
// cut out first (padding.h), and of what a key says is short, a name, an id, a URL, the first and the last 600 bytes are read.
// Cost: a few passes over the text, each string in it once more; tokens are views; 19 ns a byte, 106 at the worst (signs alone, in a text that five dialects
// read in five ways); injection, up to 4 KiB, 0.4 where nothing hints at SQL (a long text) and 4 to 7 else. Pure functions, any
// thread.
//
// Hits of read_sql: sql.destructive, sql.privilege, sql.no-where (high); sql.program (high; critical: a command line); sql.side-effect
// (high: something is written to a file or sent away; medium: less, or by a function's name only); sql.overwrite (medium: CREATE OR
// REPLACE TABLE, INSERT OVERWRITE); sql.unparsed (medium)
// Hit of find_sql_injection: sql.injection, high when the text breaks out of a literal and goes on as SQL, else medium.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/field.h"
#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

// In ascending order of concern: of several statements the worst counts.
enum class SqlClass : uint8_t {
  kNone,
  kReadOnly,
  kWrite,
  kDdl,
  kUnparsed,
  kPrivilege,
  kDestructive
};
std::string_view to_string(
    SqlClass sql_class);  // "none" "read_only" "write" "ddl" "unparsed" "privilege" "destructive"

struct Sql {
  SqlClass sql_class = SqlClass::kNone;  // none: no statement (empty, comments only)
  uint32_t statements = 0;
  std::vector<std::string> places;  // files and URLs that are read or written, as written
  std::vector<std::string>
      tables;  // as written, without quotes, lower case where unquoted, "schema.table"; no duplicates
};

// Reads `text` as one or more statements of any common dialect. What does not begin like a statement is unparsed.
Sql read_sql(std::string_view text, std::vector<Hit>& hits);

// For what need not be SQL: true if the text reads as a statement to its end, and no English could be meant ("drop table if exists
// postgres vs mysql" and "update Windows set up" are questions to a search engine).
bool looks_like_sql(std::string_view text);
// For tools that speak SQL: true if a statement of the text begins like one, with more than the verb to show for it (sql_begins.cc).
bool begins_like_sql(std::string_view text);

// For strings of tools that are no SQL tools, of any length. `field`: what their key says that they are.
void find_sql_injection(std::string_view text, std::vector<Hit>& hits, Field field = Field::kAny);

}  // namespace agentmesh::policy::scan
