// SQL functions that do more than compute: those that write, take rights or leave the database. For sql_calls.cc and its like alone.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/scan/sql.h"

namespace agentmesh::policy::scan {

struct SqlFunction {
  std::string_view name;  // lower case, kShortestFunction letters at least
  SqlClass means = SqlClass::kNone;
  bool program = false;  // leaves the database: runs, reads or writes files, connects
};
inline constexpr size_t kShortestFunction = 4;
inline constexpr size_t kLongestFunction = 27;
// Nothing if it is none of them.
const SqlFunction* sql_function(std::string_view name);

// What a function that nobody knows does, by its name and the schema or package it stands in.
enum class SqlEffect : uint8_t {
  kNone,  // nothing is known
  kActs,  // a word of it says that it destroys, runs, plans or gives out: drop_chunks, cron.schedule
  kOutside  // leaves the database: net.http_get, aws_s3.query_export_to_s3
};
SqlEffect sql_effect(std::string_view schema, std::string_view name);

// Names in lower case. Functions of texts, which run none of what they are given.
bool only_computes(std::string_view name);
// Functions whose literals are files or URLs.
bool reads_files(std::string_view name);

}  // namespace agentmesh::policy::scan
