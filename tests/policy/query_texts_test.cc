#include "policy/query_texts.h"

#include <string>

#include "base/json.h"
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
          {"mutation { sendMessage(to: 1) { id } fetchAll exportAll }", Kind::kWrite},
          {"{ user { id } } mutation { touch }", Kind::kWrite},
          {"mutation { unclosed(a: {", Kind::kWrite},
          {R"(mutation { deleteUser(id: """\""") } x""") })", Kind::kDelete},
          {"mutation { deleteUser(id: 1) } extend type X", Kind::kDelete},
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
           {"CYPHER 5.1 runtime=slotted MATCH (n) DETACH DELETE n", Kind::kDelete},
           {"CYPHER id=-1 names=['a', \"b\"] MATCH (n {id: $id}) DELETE n", Kind::kDelete},
           {"cypher profile use a.b return 1 as a union all match (n) delete n return 1 as a",
            Kind::kDelete},
           {"RETURN 1 NEXT MATCH (n) SET n.a = 1", Kind::kWrite},
           {"MATCH `p q`=(n) DETACH DELETE n", Kind::kDelete},
           {"MATCH SHORTEST 1 (a)-[*]-(b) DELETE a", Kind::kDelete},
           {"MATCH p = ALL SHORTEST PATHS (a)-[*]-(b) DELETE a", Kind::kDelete},
           {"MATCH DIFFERENT RELATIONSHIPS (n) DETACH DELETE n", Kind::kDelete},
           {"WITH [1, 2] AS xs UNWIND xs AS x CREATE (:A {n: x})", Kind::kWrite},
           {"PROFILE CYPHER runtime=slotted MATCH (n) DETACH DELETE n", Kind::kDelete},
           {"MATCH\xC2\xA0(n) DETACH DELETE n", Kind::kDelete},
           {"\x0BMATCH (n)\xE3\x80\x80"
            "DETACH DELETE n",
            Kind::kDelete},
           {"\\u004dATCH (n) DETACH DELETE n", Kind::kDelete},
           {"LET x = 1 MATCH (n) DETACH DELETE n", Kind::kDelete},
           {"FOR x IN [1] CREATE (:A {n: x})", Kind::kWrite},
           {"WHEN true THEN { MATCH (n) DETACH DELETE n }", Kind::kDelete},
           {"LIMIT 1 MATCH (n) DETACH DELETE n", Kind::kDelete},
           {"SKIP 0 MATCH (n) DETACH DELETE n", Kind::kDelete},
           {"ORDER BY 1 MATCH (n) DETACH DELETE n", Kind::kDelete},
           {"OFFSET 0 MATCH (n) SET n.a = 1", Kind::kWrite},
           {"CYPHER 25 FILTER true MATCH (n) DETACH DELETE n", Kind::kDelete},
           {"FINISH NEXT CREATE (n:A)", Kind::kWrite},
           {"order (by mail) and delete the old ones", Kind::kUnknown},
           {"limit (rate) when set", Kind::kUnknown},
           {"for (x) in a set", Kind::kUnknown},
           {"let me (please) delete it", Kind::kUnknown},
           {"when (the) cat is set, then delete", Kind::kUnknown},
           {"USE graph.byName('a') MATCH (n) DELETE n", Kind::kDelete},
           {"MATCH REPEATABLE ELEMENTS p=(n) DELETE n", Kind::kDelete},
           {"CREATE OR REPLACE COMPOSITE DATABASE x", Kind::kWrite},
           {"DROP COMPOSITE DATABASE x IF EXISTS", Kind::kDelete},
           {"STOP DATABASE x", Kind::kWrite},
           {"GRANT ROLE reader TO ann", Kind::kWrite},
           {"USING PERIODIC COMMIT 500 LOAD CSV FROM 'x' AS l CREATE (n)", Kind::kWrite},
           {"start database migrations by hand and then see what the logs say about it",
            Kind::kUnknown},
           {"CYPHER 5 MATCH (n) RETURN n", Kind::kUnknown},
           {"MATCH (n) RETURN n LIMIT 5", Kind::kUnknown},
           // Questions in plain words.
           {"drop down menu with keyboard support", Kind::kUnknown},
           {"create a middleware (JWT auth) and set cookies", Kind::kUnknown},
           {"return early from useEffect() when set", Kind::kUnknown},
           {"return policy (delete my account)", Kind::kUnknown},
           {"Load (lazy) components", Kind::kUnknown},
           {"drop shadow (css)", Kind::kUnknown},
           {"with RLS (row level security) how do I set policies", Kind::kUnknown},
           {"unwind (relax) and set the table", Kind::kUnknown},
           {"create simple (small) things and delete them", Kind::kUnknown},
           {"return union members (and delete)", Kind::kUnknown},
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
  CHECK(rule("search_code", R"({"query":"mutation { deleteUser"})") == "allow by default");
  CHECK(rule("search_graphql", R"({"query":"mutation { deleteUser"})") == "deny by deletes");
  CHECK(rule("read_graph", R"({"cypherQuery":"MATCH (n) DELETE n"})") == "deny by deletes");
  CHECK(rule("x", R"({"graphql_query":"mutation { touch }"})") == "deny by writes");
  // Whatever stands in front, where nothing but Cypher is asked for.
  for (const char* front : {"LIMIT 1", "FILTER true", "ORDER BY 1", "ANYTHING NEW"}) {
    const std::string args =
        std::string(R"({"query":")") + front + R"j( MATCH (n) DETACH DELETE n"})j";
    CAPTURE(args);
    CHECK(rule("neo4j_query", args.c_str()) == "deny by deletes");
    CHECK(rule("read_neo4j_cypher", args.c_str()) == "deny by deletes");
  }
}

TEST_CASE("a query that is only checked, formatted or explained is not asked of anybody") {
  const auto policy = good(R"(
default: allow
rules:
  - {name: deletes, condition: "action.type == 'delete'", action: deny})");
  const auto rule = [&](const char* tool) {
    return say(
        ask(*policy,
            call(tool, R"({"operation":"mutation A($id: ID!) { deleteUser(id: $id) { id } }"})")));
  };
  for (const char* tool :
       {"validate", "validateOperation", "apollo_validate", "lint_query", "format_query", "check",
        "check_syntax", "explain_query", "analyze_document", "parse"}) {
    CAPTURE(tool);
    CHECK(rule(tool) == "allow by default");
  }
  // Who may ask it of somebody as well.
  for (const char* tool : {"execute",
                           "validate_and_run",
                           "validate_graphql",
                           "validate_and_send",
                           "analyze_sales",
                           "check_users",
                           "explain_api",
                           "get_data",
                           "parse_and_apply",
                           "validate_db",
                           "explain_and_write_query",
                           "query_and_format",
                           "mutate_and_validate",
                           "perform_and_validate",
                           "get_and_parse",
                           "relay_parse",
                           "proxy_parser",
                           "process_and_format",
                           "gateway_format",
                           "parseThenFormat",
                           "forward_lint",
                           "post_format"}) {
    CAPTURE(tool);
    CHECK(rule(tool) == "deny by deletes");
  }
}

TEST_CASE("a text that reads as SQL, too, is read as Cypher, and SQL is no worse for it") {
  const auto policy = good(R"y(
default: allow
rules:
  - {name: deletes, condition: "action.type == 'delete'", action: deny}
  - {name: writes, condition: "action.type == 'write'", action: deny}
  - {name: runs, condition: "action.type == 'execute'", action: deny}
  - {name: sql, condition: "!(sql.class in ['none', 'read_only', 'write', 'ddl'])", action: require_approval})y");
  const auto rule = [&](const char* tool, const std::string& query) {
    std::string quoted;
    json::append_string(quoted, query);
    return say(ask(*policy, call(tool, "{\"query\":" + quoted + "}")));
  };
  for (const char* tool : {"neo4j_query", "sql_query"})
    for (
        const char* query :
        {"WITH ['a','b'] AS values UNWIND values AS v MATCH (n:User {name: v}) DETACH DELETE n",
         "WITH 1 AS values MATCH (n) DETACH DELETE n", "WITH (1) AS from MATCH (n) DELETE n",
         "WITH 1 AS table CALL db.index.fulltext.queryNodes('a', 'b') YIELD node DETACH DELETE node",
         "WITH 1 AS values UNWIND [1] AS x MATCH SHORTEST 1 (a)-[*]-(b) DELETE a",
         "WITH (1) AS values MATCH (n) /* FROM t */ DETACH DELETE n"}) {
      CAPTURE(tool, query);
      CHECK(rule(tool, query) == "deny by deletes");
    }
  CHECK(rule("neo4j_query", "WITH (1) AS values MATCH (n) SET n.admin = true") == "deny by writes");
  CHECK(rule("sql_query", "WITH (1) AS values MERGE (n {id: 1})") == "deny by writes");
  // SQL, whatever words it has.
  for (
      const char* query :
      {"SELECT a FROM t", "VALUES (1), (2)", "WITH x AS (SELECT 1) SELECT * FROM x",
       "WITH x AS (SELECT load, set, remove FROM t) SELECT * FROM x",
       "WITH m AS (SELECT id FROM t WHERE MATCH (a, t.b) AGAINST ('x')) DELETE FROM t WHERE id = 1",
       "WITH x AS (SELECT 1 AS id) UPDATE t SET a = 1 WHERE id IN (SELECT id FROM x)",
       "WITH x AS (SELECT sum(yield) yield FROM t) DELETE FROM t WHERE id = 1",
       ("WITH s AS (SELECT 1 AS id) MERGE INTO t USING s ON t.id=s.id WHEN MATCHED THEN DELETE WHEN "
        "NOT MATCHED THEN INSERT (id, [b c], \"d\") VALUES (s.id, 1, 2)"),
       "WITH x AS (SELECT a FROM docs WHERE docs MATCH ('x')) DELETE FROM t WHERE a IN (SELECT a FROM x)",
       "CREATE INDEX i ON t (a)", "WITH x (a) AS (VALUES (1)) SELECT a FROM x WHERE a = 1",
       "WITH x AS (SELECT 1) TABLE x"}) {
    CAPTURE(query);
    CHECK(rule("sql_query", query) == "allow by default");
  }
}

TEST_CASE("no padding hides what a query does") {
  const auto policy = good("extends: [moderate]\nunknown_methods: allow");
  const std::string pad(1U << 20, 'x');
  const auto verdict = [&](const char* tool, const std::string& args) {
    return ask(*policy, call(tool, "{" + args + "}"));
  };
  const std::string before = R"("a":")" + pad + R"(","b":")" + pad + R"(",)";
  // A short one is read behind whatever stands before it.
  CHECK(verdict("graphql_query", before + R"("query":"mutation { deleteUser(id: 1) { id } }")")
            .facts.type == "delete");
  CHECK(verdict("neo4j_query", before + R"("query":"MATCH (n) DETACH DELETE n")").facts.type ==
        "delete");
  // A long one is not, and a person is asked.
  struct Case {
    const char* tool;
    std::string args;
  };
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"graphql_query", R"("query":"#)" + pad + R"(\nmutation { deleteUser(id:1){id} }")"},
           {"graphql_query",
            R"("query":"{ a } #)" + pad + R"(\nmutation { deleteUser(id:1){id} }")"},
           {"graphql_query",
            before + R"("query":"mutation { deleteUser(id:1){id} } #)" + pad.substr(0, 5000) + '"'},
           {"neo4j_query", R"("query":"LIMIT 1 /*)" + pad + R"(*/ MATCH (n) DETACH DELETE n")"},
           {"neo4j_query", R"("query":"/*)" + pad + R"(*/ MATCH (n) DETACH DELETE n")"}}) {
    CAPTURE(tool, args.size());
    const Verdict held = verdict(tool, args);
    CHECK(held.action == Action::kRequireApproval);
    CHECK((held.facts.type == "write" || held.facts.type == "delete"));
  }
  // Long documents and long questions are none.
  for (const char* front : {"What is a mutation { ", "{\\\"a\\\": 1, ", "[1, 2, ", "# Title\\n"}) {
    CAPTURE(front);
    for (const char* key : {"document", "query", "request"})
      CHECK(
          verdict("graphql_query", "\"" + std::string(key) + "\":\"" + front + pad + '"').passes());
  }
}

TEST_CASE("a comment ends with its line, whatever ends that") {
  CHECK(kind_of_graphql("# a\rmutation { deleteUser(id: 1) { id } }") == Kind::kDelete);
  CHECK(kind_of_cypher("// a\rMATCH (n) DETACH DELETE n") == Kind::kDelete);
}

TEST_CASE("a query beside a path makes what is done to that no milder") {
  // By what its name says a tool writes, whatever else it does.
  const auto policy = good("default: allow");
  for (const char* query :
       {"mutation { sendMessage }", "mutation { runJob }", "mutation { touch }"})
    for (const char* path : {"~/.config/autostart/x.desktop", ".git/hooks/pre-commit"}) {
      CAPTURE(query, path);
      const auto verdict =
          ask(*policy, call("write_file", std::string(R"({"query":")") + query + R"(","path":")" +
                                              path + R"(","content":"x"})"));
      REQUIRE(!verdict.findings.empty());
      CHECK(verdict.findings[0].id == "path.sensitive");
      CHECK(verdict.findings[0].severity == Severity::kHigh);
    }
  const auto kinds = good(R"(
default: allow
rules:
  - {name: writes, condition: "action.type == 'write'", action: deny})");
  for (const char* query : {"mutation { sendMessage }", "mutation { fetchX }"})
    CHECK(say(ask(*kinds, call("write_file", std::string(R"({"path":"a","query":")") + query +
                                                 R"("})"))) == "deny by writes");
}

TEST_CASE("long and broken query texts are read in one pass") {
  for (const char* piece :
       {"{", "mutation {", "(", "... on A {", "\"", "a:", "@x(", "/*", "match ("}) {
    std::string text;
    while (text.size() < 200'000) text += piece;
    CAPTURE(piece);
    CHECK(kind_of_graphql("mutation {" + text) >= Kind::kUnknown);
    CHECK(kind_of_cypher("match " + text) >= Kind::kUnknown);
    (void)has_cypher_clause(text);
  }
}

}  // namespace
}  // namespace agentmesh::policy
