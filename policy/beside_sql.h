// Beside SQL: whether what stands in a call's arguments beside SQL that only reads may be what the server does. For look_arguments.cc:
// {"raw_query": "DROP TABLE users", "sql": "SELECT 1"} is no question, and which key a server looks at only it knows.
//
// So whatever is said counts, in any language and at any depth, but for
// * what stands, at the top or in an envelope ("arguments", "options"), under a key that says where, for whom, why or how much
//   (database, user, explanation, format), or as one word below one of a few of these at the top;
// * what a statement is given (params, values): a word, or a short text without signs in which no word is an act;
// * an operation that reads ({"operation": "read"});
// * a few words without signs and acts, where no key on the way says that they may be run, or does ({"output": "table", "env": "dev"}).
// Numbers, true, false and null say nothing. A key of an object does where it is no mere name, or stands right below a query.
// Cost: linear in the key and the text. Pure, any thread.

#pragma once

#include "policy/walk.h"

namespace agentmesh::policy {

// Of the key, text or number that `walk` shows, which is not read as SQL.
bool may_act_beside_sql(const Walk& walk);

}  // namespace agentmesh::policy
