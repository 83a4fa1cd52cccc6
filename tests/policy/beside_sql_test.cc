#include "policy/beside_sql.h"

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
           {"execute_query", R"("options":[{"output":"a"},["a"],{"script":"a"}])"},
           {"execute_query", R"("a\u0062":"x y","scr\u0069pt":"x y")"},
           {"execute_query", R"("output":["a",{"style":"b","drop":["c"]},"d"])"},
           {"run_db_migration", R"("name":"wipe_all")"},
           {"run_db_migration", R"("id":7)"},
           {"execute_db_script", R"("limit":7)"},
           {"call_db_procedure", R"("database":"main")"},
           // What the tool does, or runs, is no SQL.
           {"reboot_db_instance", R"("db_instance_identifier":"prod")"},
           {"RebootDBInstance", R"("dbInstanceIdentifier":"prod")"},
           {"shutdown_database", R"("host":"prod")"},
           {"stop_query_cluster", R"("cluster":"prod")"},
           {"db_failover", R"("target":"replica")"},
           {"mysql_kill_process", R"("user":"all")"},
           {"snowflake_execute_task", R"("database":"nightly")"},
           {"bigquery_run_transfer", R"("project":"nightly")"},
           {"scale_db_cluster", R"("cluster":"prod")"},
           {"drain_db_node", R"("host":"prod")"},
           {"promote_db_cluster", R"("cluster":"prod")"},
           {"trigger_db_workflow", R"("project":"nightly")"},
           {"execute_sql_task", R"("database":"nightly")"},
           {"run_query_pipeline", R"("database":"nightly")"},
           {"execute_query_to_s3", R"("location":"b")"},
           {"execute_sql_and_delete", R"("database":"main")"},
           {"restart_sql_server", R"("host":"prod")"},
           // A key that acts, or names what is run; on the way as well.
           {"execute_query", R"("options":{"delete":{"user":"bob"}})"},
           {"execute_query", R"("input":{"drop_table":{"schema":"public"}})"},
           {"execute_query", R"("params":{"procedure":{"name":"nightly"}})"},
           {"execute_query", R"("database":{"drop":"users"})"},
           {"execute_query", R"("connection":{"procedure":"nightly"})"},
           {"execute_query", R"("options":{"a":"VACUUM FULL users"})"},
           {"execute_query", R"("output":"PRAGMA x = 1")"},
           {"execute_query", R"("transaction_isolation":"serializable; DROP TABLE users")"},
           {"execute_query", R"("country":"DROP TABLE users")"},
           {"execute_query", R"("output":"$HOME/x & y")"},
           {"execute_query", R"("output":"\\! ls")"},
           {"execute_query", R"("delete":"users")"},
           {"execute_query", R"("drop_table":"users")"},
           {"execute_query", R"("remove":["users"])"},
           {"execute_query", R"("export":{"to":"users"})"},
           {"mssql_execute", R"("procedure":"nightly_x")"},
           {"execute_query", R"("stored_procedure":"sp_nightly")"},
           {"execute_query", R"("jobs":"nightly")"},
           {"execute_query", R"("task":"nightly")"},
           {"execute_query", R"("hook":"nightly")"},
           {"execute_query", R"("options":{"script":{"lines":["mAiNtEnAnCe"]}})"},
           {"execute_query", R"("output":{"a":{"b":{"c":"maintenance"}}})"},
           // SQL cares neither for case nor for what parts its words.
           {"execute_query", R"("output":"dRoP tAbLe users")"},
           {"execute_query", R"("params":"dRoP tAbLe users")"},
           {"execute_query", R"("params":"DROP\tTABLE\tusers")"},
           {"execute_query", R"("values":["DROP\u000bTABLE\u000busers"])"},
           {"execute_query", R"("values":["DROP\u00a0TABLE\u00a0users"])"},
           {"execute_query", R"("values":["DROP/**/TABLE/**/users"])"},
           {"execute_query", R"("mode":"drop")"},
           {"execute_query", R"("params":{"method":"drop"})"}}) {
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
           R"("sql":"SELECT 1","transaction_isolation":"serializable","country":"DE")"},
          {"acme_db_run_query", R"("sql":"SELECT 1","tenant":"a")"},
          {"acme_db_execute", R"("sql":"SELECT 1")"},
          {"mcp_server_mysql_execute", R"("sql":"SELECT 1")"},
          {"athena_start_query_execution", R"("query":"SELECT 1 FROM t")"},
          {"runDuckDB", R"("sql":"SELECT 1")"},
          {"mcp_plugin_supabase_execute_sql", R"("sql":"SELECT 1")"},
          {"execute_sql", R"("sql":"SELECT 1","labels":{"job":"nightly"},"job_timeout":"30s")"},
          {"invoke_query", R"("sql":"SELECT 1")"},
          {"execute_sql_backup", R"("sql":"SELECT 1")"},
          {"execute_sql_post_office", R"("sql":"SELECT 1")"},
          {"execute_sql", R"("sql":"SELECT 1","type":"query","db_type":"postgres","fetch":"all")"},
          {"execute_sql", R"("sql":"SELECT 1","row_format":"object","order":"desc","chart":"bar")"},
          {"execute_sql",
           R"("sql":"SELECT 1","auto_commit":"false","dry_run":"true","lock_mode":"none")"},
          {"execute_sql", R"("sql":"SELECT 1","run_as":"analyst","mode":"sync","task_id":"a-7")"},
          {"execute_sql",
           R"("sql":"SELECT 1","write_timeout":"30s","export_format":"csv","auth_method":"mtls")"},
          {"execute_sql", R"("sql":"SELECT 1","metadata":{"trace":{"span":{"id":"abc"}}})"},
          {"execute_sql", R"("sql":"SELECT 1","options":{"output":{"table":{"style":"plain"}}})"},
          {"execute_sql",
           R"("sql":"SELECT 1","params":{"type":"open","order_status":"open","a":"US$","b":"$100"})"},
          {"execute_sql",
           R"("sql":"SELECT 1","database_url":"postgres://db/x","table_name":"users")"}}) {
    CAPTURE(tool, args);
    const Verdict verdict = ask(*policy, call(tool, "{" + std::string(args) + "}"));
    CHECK(verdict.facts.type == "query");
    CHECK(say(verdict) == "allow by read-inside");
  }
}

}  // namespace
}  // namespace agentmesh::policy
