// SQL clients: commands to the program that a text is given to, and not to the database: psql's \! and \copy, sqlite3's .shell, mysql's
// DELIMITER and system. For sql.cc alone.
//
// Cost: one pass over the text. Pure functions, any thread.

#pragma once

#include <string_view>

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

// Adds what such commands do; returns how many bytes of the text are lines of them, before any SQL.
size_t read_client_commands(std::string_view text, SqlReading& reading);

}  // namespace agentmesh::policy::scan
