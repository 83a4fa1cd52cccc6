// Query texts: what a text in a query language beside SQL does to the data it is asked of. For look_arguments.cc: such a call is no
// mere question, whatever its tool is called.
//
// GraphQL (October 2021, 2.2 and 2.3): an operation that is a mutation writes, and deletes or executes where one of its fields is called
// so (deleteUser). It is known by its grammar, so a question in plain words is none.
// Cypher (openCypher 9, Neo4j's and FalkorDB's options in front of it, and GQL's INSERT): DELETE and DROP delete, CREATE, MERGE, SET,
// REMOVE, FOREACH and LOAD CSV write. It is known by its first clause, and looked for only where a tool speaks to a database or a key says
// so; where it is surely asked for, by any clause.
// Cannot see: what procedures do that a text calls, texts in its strings, what a server makes of it.
// Cost: one pass over the text. Pure functions, any thread.

#pragma once

#include <string_view>

#include "policy/rules.h"

namespace agentmesh::policy {

// kUnknown where the text is none or only asks; else kWrite, kExecute or kDelete.
Kind kind_of_graphql(std::string_view text);
// `surely`: nothing else is asked for where the text stands.
Kind kind_of_cypher(std::string_view text, bool surely = false);
// True if the text begins like one, however it goes on; no prose and no document does. For one that is too long to be read.
bool begins_graphql(std::string_view text);
bool begins_cypher(std::string_view text);
// True if a clause stands in it that no SQL has: MATCH (n), UNWIND x, DETACH DELETE. For a text that reads as SQL, too ("WITH 1 AS
// values MATCH (n) DELETE n"), where SET and DELETE say nothing.
bool has_cypher_clause(std::string_view text);
// A word of the tool's name is a database of graphs.
bool speaks_cypher(std::string_view tool);

}  // namespace agentmesh::policy
