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

TEST_CASE("SQL that only reads makes nothing milder that stands beside it") {
  const auto policy = good(R"(
default: allow
rules:
  - {name: runs, condition: "action.type in ['execute', 'delete']", action: deny}
  - {name: writes, condition: "action.type == 'write'", action: deny})");
  const auto rule = [&](const char* tool, const std::string& args) {
    return say(ask(*policy, call(tool, "{" + args + "}")));
  };
  struct Case {
    const char* tool;
    const char* args;
  };
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"query-graphql", R"("query":"mutation { runJob(id: 1) { id } }")"},
           {"run_graphql_query", R"("query":"mutation { updateUser(id:1){id} }")"},
           {"execute_query", R"("query":"MATCH (n) SET n.admin = true")"},
           {"execute_query", R"j("query":"db.users.drop()")j"},
           {"execute_query", R"("query":"FLUSHALL")"},
           {"execute_db_script", R"j("script":"db.users.drop()")j"},
           {"db_console", R"("input":"do it")"},
           {"run_query", R"("params":"{\"query\":\"mutation { updateUser }\"}")"},
           {"execute_sql", R"("command":"ls -l /tmp")"}}) {
    CAPTURE(tool, args);
    const std::string alone = rule(tool, args);
    CHECK(alone.starts_with("deny by "));
    CHECK(rule(tool, std::string(args) + R"(,"sql":"SELECT 1")") == alone);
    CHECK(rule(tool, R"("sql":"SELECT 1",)" + std::string(args)) == alone);
    CHECK(rule(tool, std::string(args) + R"j(,"args":"{\"sql\":\"SELECT 1\"}")j")
              .starts_with("deny by "));
  }
  // And alone it says what the call does.
  for (const char* args :
       {R"("sql":"SELECT 1")", R"("query":"SELECT a FROM t","database":"main","limit":10)",
        R"j("statement":"SELECT 1","explanation":"how many there are (all)")j",
        R"("query":"SELECT 1","operation":"read")", R"("query":"","sql":"SELECT 1")"}) {
    CAPTURE(args);
    CHECK(rule("execute_query", args) == "allow by default");
  }
}

TEST_CASE("whatever stands beside SQL that only reads may be what is run") {
  const auto policy = good("extends: [strict]");
  const auto rule = [&](const std::string& tool, const std::string& args) {
    return say(ask(*policy, call(tool, "{" + args + R"(,"sql":"SELECT 1"})")));
  };
  for (const char* key :
       {"raw_query",  "stmt",     "queryString",  "cql",   "aql",     "script",      "eval",
        "expression", "function", "procedure",    "input", "request", "document",    "params",
        "text",       "body",     "payload",      "data",  "batch",   "transaction", "args",
        "values",     "mode",     "command_text", "q",     "name"})
    for (const char* value :
         {R"("DROP TABLE users")", R"(["x","DROP TABLE users"])", R"({"text":"DROP TABLE users"})",
          R"([{"a":[{"database":"x","b":"FLUSHALL; DROP TABLE users"}]}])",
          R"j("db.users.drop()")j", R"({"DROP TABLE users":true})"}) {
      CAPTURE(key, value);
      CHECK(rule("execute_query", "\"" + std::string(key) + "\":" + value) == "deny by no-changes");
    }
  struct Case {
    const char* tool;
    const char* args;
  };
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"execute_query", R"("query":{"text":"DROP TABLE users"})"},
           {"execute_query", R"("query":{"dropDatabase":1})"},
           {"execute_query", R"("query":{"database":"wipe"})"},
           {"execute_query", R"("mutation":{"deleteUser":{"user":"bob"}})"},
           {"execute_query", R"("pipeline":[{"$match":{"a":1}},{"$out":"users"}])"},
           {"execute_query", R"("connection":{"init_command":"DROP TABLE users"})"},
           {"execute_query", R"("operation":"wipe")"},
           {"execute_sql", R"("args":["delete","x"])"},
           {"execute_sql", R"j("code":"db.users.drop()")j"},
           {"execute_query", R"("params":{"op":"wipe"})"},
           {"execute_query", R"("input":"[not json")"},
           {"run_db_migration", R"("name":"wipe_all")"},
           {"run_db_migration", R"("id":7)"},
           {"execute_db_script", R"("limit":7)"},
           {"call_db_procedure", R"("database":"main")"}}) {
    CAPTURE(tool, args);
    CHECK(rule(tool, args) == "deny by no-changes");
  }
  CHECK(rule("sqlite", R"("op":"wipe")") == "require_approval by ask-about-unknown");
}

TEST_CASE("everyday questions to a database stay questions") {
  const auto policy = good("extends: [strict]");
  struct Case {
    const char* tool;
    const char* args;
  };
  for (
      const auto& [tool, args] : std::initializer_list<Case>{
          {"postgres_execute_query", R"("sql":"SELECT * FROM users WHERE id = $1","params":["7"])"},
          {"execute_sql",
           R"("sql":"SELECT 1","params":["ann@example.com","2024-01-01","New York"])"},
          {"execute_sql",
           R"("sql":"SELECT 1 FROM t WHERE a = :a","parameters":{"a":"7f1c","b":3,"c":null})"},
          {"execute_query", R"("query":"SELECT a FROM t","database":"main","schema":"public")"},
          {"execute_query", R"("query":"SELECT a FROM t","values":[1,2.5,true,null,""])"},
          {"run_snowflake_query",
           R"("query":"SELECT 1","warehouse":"WH","role":"READER","database":"D","schema":"S")"},
          {"snowflake_execute_query", R"("sql":"SELECT 1","warehouse_name":"WH","timeout":30)"},
          {"bigquery_execute_sql",
           R"("sql":"SELECT 1","project_id":"p","dataset":"d","location":"EU","dry_run":false)"},
          {"bigquery_execute_query",
           R"("query":"SELECT 1","projectId":"p","maximumBytesBilled":"1000","labels":{"team":"a"})"},
          {"sqlite", R"("sql":"SELECT 1","database":"notes.db")"},
          {"execute_sqlite_query",
           R"("query":"SELECT a FROM t LIMIT 3","format":"json","limit":10)"},
          {"sqlite_execute_query", R"("db_path":"notes.db","query":"SELECT a FROM t")"},
          {"neon_run_sql",
           R"("params":{"sql":"SELECT 1","projectId":"p-1","branchId":"br","databaseName":"neondb"})"},
          {"execute_sql",
           R"("sql":"SELECT 1","parameters":[{"name":"user_id","value":"7","type":"STRING"}])"},
          {"execute_sql", R"j("arguments":"{\"sql\":\"SELECT 1\",\"params\":[1,\"a\"]}")j"},
          {"execute_sql", R"("sql":"SELECT 1","args":[7,"ann"])"},
          {"execute_sql", R"("sql":"SELECT 1","host":"db.example.com","datasourceUid":"P1")"},
          {"mysql_execute", R"("sql":"SHOW TABLES","connection_id":"c1")"},
          {"execute_mysql_query",
           R"("sql":"SELECT 1","connection":{"host":"db","port":3306,"user":"a"})"},
          {"run_sql", R"j("sql":"SELECT 1","explanation":"how many there are; then (all) rows")j"},
          {"execute_query",
           R"("statement":"SELECT 1","catalog":"hive","cluster":"c","region":"eu-west-1")"},
          {"databricks_execute_sql",
           R"("statement":"SELECT 1","warehouse_id":"ab12","catalog":"m")"},
          {"athena_run_query",
           R"("query":"SELECT 1","workgroup":"primary","database":"logs","max_rows":10)"},
          {"execute_sql", R"("input":{"sql":"SELECT 1","limit":5,"database":"a"})"},
          {"execute_sql", R"j("params":"{\"sql\":\"SELECT 1\",\"params\":[1,\"a\"]}")j"},
          {"execute_query", R"("query":"SELECT 1","operation":"read","mode":"read_only")"},
          {"execute_query", R"("query":"SELECT 1","options":{"timeout":5,"format":"csv"})"},
          {"execute_query", R"("query":"SELECT 1","tags":["a","b c"],"user":"ann","title":"all")"},
          {"execute_query",
           R"("sql":"SELECT 1","cluster_identifier":"c","database_name":"dev","secret_arn":"a:b")"},
          {"execute_query", R"("sql":"SELECT a FROM t WHERE b = $1","params":["open"])"},
          {"execute_sql", R"("sql":"SELECT a FROM t WHERE b = ?","params":["update","a=1","A&B"])"},
          {"pg_execute_query", R"("operation":"count","query":"SELECT * FROM users")"},
          {"execute_sql", R"("sql":"SELECT 1","output":"table","env":"dev","readonly":"yes")"},
          {"execute_sql",
           R"("sql":"SELECT 1","options":{"rowMode":"array"},"question":"how many")"},
          {"execute_sql",
           R"("sql":"SELECT 1","database_url":"postgres://db/x","table_name":"users")"}}) {
    CAPTURE(tool, args);
    const Verdict verdict = ask(*policy, call(tool, "{" + std::string(args) + "}"));
    CHECK(verdict.facts.type == "query");
    CHECK(say(verdict) == "allow by read-inside");
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
