#include "policy/query_texts.h"

#include <string>

#include "tests/catch.h"
#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::call;
using tests::good;
using tests::say;

struct Row {
  const char* text;
  Kind kind;
};

TEST_CASE("a mutation of GraphQL writes, and does what its fields are called") {
  for (
      const auto& [text, kind] : std::initializer_list<Row>{
          {"mutation { createUser(name: \"a\") { id } }", Kind::kWrite},
          {"mutation Rename($id: ID!, $n: [String!] = [\"a\"]) @x(y: {z: 1}) { rename(id: $id) { id } }",
           Kind::kWrite},
          {"mutation { deleteUser(id: 1) { id } }", Kind::kDelete},
          {"# why\n\xEF\xBB\xBF mutation,{ a: updateUser(id:1){id} b : deleteUser(id: 2) @skip(if: true) }",
           Kind::kDelete},
          {"query A { user { id } } mutation B { removeAll }", Kind::kDelete},
          {"mutation { ...f } fragment f on Mutation { deleteUser(id: 1) { id } }", Kind::kDelete},
          {"mutation { ... on Mutation { deleteUser(id: 1) { id } } }", Kind::kDelete},
          {"mutation { ... @include(if: true) { deleteUser } }", Kind::kDelete},
          {"mutation { runJob(id: 1) { id } }", Kind::kExecute},
          {"{ user { id } } mutation { touch }", Kind::kWrite},
          {"mutation { unclosed(a: {", Kind::kWrite},
          // Nothing is done.
          {"query { deletedUsers { deleteUser } }", Kind::kUnknown},
          {"{ mutation { deleteUser } }", Kind::kUnknown},
          {"query A { user(note: \"mutation { deleteUser }\") { id } }", Kind::kUnknown},
          {"query A { user(note: \"\"\" \" mutation { deleteUser } \"\"\") { id } }",
           Kind::kUnknown},
          {"# mutation { deleteUser }\nquery { a }", Kind::kUnknown},
          {"mutation { deletions { deleteUser } }", Kind::kWrite},
          {"subscription { userDeleted { id } }", Kind::kUnknown},
          // And plain words.
          {"mutation of a gene", Kind::kUnknown},
          {"mutation", Kind::kUnknown},
          {"what does a mutation { in GraphQL } delete?", Kind::kUnknown},
          {"", Kind::kUnknown}}) {
    CAPTURE(text);
    CHECK(to_string(kind_of_graphql(text)) == to_string(kind));
  }
}

TEST_CASE("Cypher that changes a graph writes or deletes") {
  for (const auto& [text, kind] : std::initializer_list<Row>{
           {"MATCH (n:User) DETACH DELETE n", Kind::kDelete},
           {"match (n) where n.id = 1\ndelete n", Kind::kDelete},
           {"DROP INDEX person_name", Kind::kDelete},
           {"CREATE (n:User {name: 'a'})", Kind::kWrite},
           {"MERGE (n:User {id: $id}) ON CREATE SET n.created = timestamp()", Kind::kWrite},
           {"MATCH (n) SET n.name = 'a' RETURN n", Kind::kWrite},
           {"MATCH (n) REMOVE n:User", Kind::kWrite},
           {"LOAD CSV FROM 'https://a.example/x' AS row CREATE (:A {n: row[0]})", Kind::kWrite},
           {"MATCH (n) CALL { WITH n /* all */ DELETE n } IN TRANSACTIONS", Kind::kDelete},
           {"USE neo4j MATCH (n) DETACH DELETE n", Kind::kDelete},
           {"use a.b optional match p = (n)-[*]->(m) delete p", Kind::kDelete},
           {";CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE", Kind::kWrite},
           {"INSERT (n:Person)", Kind::kWrite},
           {"UNWIND $rows AS row MERGE (n {id: row.id})", Kind::kWrite},
           {"MATCH (n) RETURN n LIMIT 5", Kind::kUnknown},
           // Questions in plain words.
           {"drop down menu with keyboard support", Kind::kUnknown},
           {"create a middleware (JWT auth) and set cookies", Kind::kUnknown},
           {"return early from useEffect() when set", Kind::kUnknown},
           {"return policy (delete my account)", Kind::kUnknown},
           {"Load (lazy) components", Kind::kUnknown},
           {"drop shadow (css)", Kind::kUnknown},
           {"use set() to create (many) things", Kind::kUnknown},
           {"MATCH (n:Delete {set: 1}) WHERE n.delete = $remove RETURN n", Kind::kUnknown},
           {"MATCH (n) WHERE n.name = 'DELETE n' // delete\nRETURN n", Kind::kUnknown},
           {"MATCH (n) RETURN n.`delete`", Kind::kUnknown},
           {"please delete (n)", Kind::kUnknown},
           {"match my notes and delete the old ones", Kind::kUnknown}}) {
    CAPTURE(text);
    CHECK(to_string(kind_of_cypher(text)) == to_string(kind));
  }
}

TEST_CASE("what such a text does is the kind of its call") {
  const auto policy = good(R"(
default: allow
tools:
  trusted_graphql: {type: read}
rules:
  - {name: deletes, condition: "action.type == 'delete'", action: deny}
  - {name: writes, condition: "action.type == 'write'", action: deny})");
  const auto rule = [&](const char* tool, const char* args) {
    return say(ask(*policy, call(tool, args)));
  };
  CHECK(rule("graphql_query", R"({"query":"mutation { deleteUser(id: 1) { id } }"})") ==
        "deny by deletes");
  CHECK(rule("get_data", R"({"query":"mutation { touch }"})") == "deny by writes");
  CHECK(rule("x", R"({"graphql":{"mutation":"mutation { touch }"}})") == "deny by writes");
  CHECK(rule("graphql_query", R"({"query":"{ user { id } }"})") == "allow by default");
  CHECK(rule("trusted_graphql", R"({"query":"mutation { touch }"})") == "allow by default");
  CHECK(rule("neo4j_query", R"({"query":"MATCH (n) DETACH DELETE n"})") == "deny by deletes");
  CHECK(rule("read_neo4j_cypher", R"({"query":"MATCH (n) DETACH DELETE n"})") == "deny by deletes");
  CHECK(rule("query-docs", R"j({"query":"create (n) and set it"})j") == "allow by default");
  CHECK(rule("read_graph", R"({"cypher":"MATCH (n) SET n.a = 1"})") == "deny by writes");
  CHECK(rule("search_notes", R"j({"query":"match (the) set of (notes)"})j") == "allow by default");
  CHECK(rule("search_notes", R"({"text":"mutation { touch }"})") == "allow by default");
}

TEST_CASE("long and broken query texts are read in one pass") {
  for (const char* piece :
       {"{", "mutation {", "(", "... on A {", "\"", "a:", "@x(", "/*", "match ("}) {
    std::string text;
    while (text.size() < 200'000) text += piece;
    CAPTURE(piece);
    CHECK(kind_of_graphql("mutation {" + text) >= Kind::kUnknown);
    CHECK(kind_of_cypher("match " + text) >= Kind::kUnknown);
  }
}

}  // namespace
}  // namespace agentmesh::policy
