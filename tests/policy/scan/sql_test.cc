#include "policy/scan/sql.h"

#include "tests/catch.h"
#include "tests/policy/scan/looks.h"
#include "tests/policy/scan/sql_looks.h"

namespace agentmesh::policy::scan {

namespace {

using tests::class_of;
using tests::Look;
using tests::look;

}  // namespace

TEST_CASE(
    "what may be a second statement of SQL Server is never read_only, and columns stay columns") {
  for (const char* text :
       {"SELECT 1 DELETE users", "SELECT 1 INSERT users VALUES ('x')",
        "SELECT 1 DELETE TOP (5) FROM users",
        "SELECT 1 UPDATE TOP (5) dbo.users WITH (ROWLOCK, READPAST) SET active=0",
        "SELECT 1 DROP PROC p", "SELECT a FROM t BACKUP DATABASE x TO DISK='y'",
        "SELECT count(*) FROM t RESTORE DATABASE x", "VALUES (1) DELETE users",
        "WITH (1) AS values MATCH (n) DETACH DELETE n", "TABLE t DELETE FROM users"}) {
    CAPTURE(text);
    CHECK(class_of(text) != "read_only");
  }
  for (const char* text :
       {"SELECT backup FROM t WHERE kill = 1", "SELECT a AS update FROM t",
        "SELECT t.drop, t.backup FROM t ORDER BY restore",
        "VALUES (1, 'drop'), (2, 'b') ORDER BY 1", "TABLE t LIMIT 5",
        "WITH x (a) AS (VALUES (1)) SELECT a FROM x", "SELECT * FROM t WHERE deny AND 1 = 1"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "read_only");
  }
}

TEST_CASE("statements are classed by what they do") {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      {"", "none"},
      {"-- only a remark", "none"},
      {"select name from pets where kind = 'drop table'", "read_only"},
      {"(SELECT 1) UNION (SELECT 2)", "read_only"},
      {"with t as (select 1) select * from t", "read_only"},
      {"EXPLAIN DELETE FROM pets", "read_only"},
      {"EXPLAIN ANALYZE DELETE FROM pets", "destructive"},
      {"explain (analyze, format json) update pets set a = 1 where id = 2", "write"},
      {"show tables", "read_only"},
      {"PRAGMA table_info(pets)", "read_only"},
      {"PRAGMA journal_mode = WAL", "write"},
      {"PRAGMA writable_schema = 1", "privilege"},
      {"BEGIN; SELECT 1; COMMIT", "read_only"},
      {"insert into pets values (1)", "write"},
      {"INSERT INTO pets SELECT * FROM old ON CONFLICT DO UPDATE SET a = 1", "write"},
      {"update pets set name = 'x' where id = 3", "write"},
      {"update pets set name = 'x'", "destructive"},
      {"UPDATE pets SET a = 1 WHERE 1 = 1", "destructive"},
      {"UPDATE pets SET a = 1 WHERE id = 2 OR 'a' = 'a'", "destructive"},
      {"DELETE FROM pets WHERE id = 3", "write"},
      {"DELETE FROM pets", "destructive"},
      {"delete from pets where true", "destructive"},
      {"WITH gone AS (DELETE FROM pets RETURNING *) SELECT * FROM gone", "destructive"},
      {"with n as (insert into pets values (1) returning id) select id from n", "write"},
      {"SELECT * INTO copy FROM pets", "write"},
      {"SELECT a INTO @x FROM pets", "read_only"},
      {"SELECT a FROM pets INTO OUTFILE '/tmp/x'", "write"},
      {"SELECT * FROM pets FOR UPDATE", "read_only"},
      {"create table pets (id int)", "ddl"},
      {"ALTER TABLE pets ADD age int", "ddl"},
      {"ALTER TABLE pets DROP COLUMN age", "destructive"},
      {"DROP TABLE pets", "destructive"},
      {"truncate pets", "destructive"},
      {"TRUNCATE(3.7, 0)", "destructive"},
      {"CREATE USER eve", "privilege"},
      {"create policy own on orders for select using (auth.uid() = user_id)", "ddl"},
      {"create policy own on orders with check (true or owner = 'a')", "privilege"},
      {"create policy own on orders using (id = 1) with check (1 = 1)", "privilege"},
      {"alter policy own on orders to eve", "privilege"},
      {"alter policy own on orders using (owner = current_user)", "ddl"},
      {"alter table t alter column a drop not null", "ddl"},
      {"drop trigger if exists touch on a; create trigger touch before update on a for each row execute function f()",
       "ddl"},
      {"DROP VIEW shop.daily; CREATE VIEW Shop.Daily AS SELECT 1", "ddl"},
      {"drop policy if exists own on a; create policy own on a using (id = current_user)", "ddl"},
      {"drop function f(int, text); create function f(int, text) returns int as $$ select 1 $$ language sql",
       "ddl"},
      {"drop view a delete from b where c = 1; create view a as select 1", "destructive"},
      {"drop policy own on a drop table b; create policy own on a using (id = 1)", "destructive"},
      {"create view a as select 1; drop view a", "destructive"},
      {"drop view a cascade; create view a as select 1", "destructive"},
      {"drop view a, b; create view a as select 1", "destructive"},
      {"drop view a; create view b as select 1", "destructive"},
      {"drop table a; create table a (id int)", "destructive"},
      {"drop function f; create function f() returns int as $$ drop table a $$ language sql",
       "destructive"},
      {"alter table t alter column a drop not null, drop column b", "destructive"},
      {"GRANT ALL ON pets TO eve", "privilege"},
      {"SET search_path TO shop", "read_only"},
      {"SET GLOBAL general_log = 1", "privilege"},
      {"COPY pets TO STDOUT", "read_only"},
      {"COPY pets FROM '/tmp/x'", "write"},
      {"COPY pets TO PROGRAM 'sh'", "privilege"},
      {"ATTACH DATABASE '/tmp/x.db' AS x", "ddl"},
      {"CALL refresh_all()", "unparsed"},
      {"DO $$ BEGIN DELETE FROM pets; END $$", "destructive"},
      {"EXEC sp_who", "read_only"},
      {"EXEC refresh_all", "unparsed"},
      {"EXEC xp_cmdshell 'dir'", "privilege"},
      {"PREPARE p AS DELETE FROM pets", "destructive"},
      {"select lo_import('/etc/passwd')", "privilege"},
      {"select nextval('s')", "write"},
      {"select 1; drop table pets; select 2", "destructive"},
      {"SELECT 1 DROP TABLE pets", "destructive"},
      {"weather in Paris", "unparsed"},
      {"x > 3", "unparsed"},
      {"SELECT 'never ends", "unparsed"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(class_of(c.text) == c.expected);
  }
}

TEST_CASE("what one dialect hides in a quote or comment is read as the other would run it") {
  for (const char* text : {
           "SELECT '\\'; DROP TABLE pets; --'",  // MySQL: one string; elsewhere two statements
           "SELECT /* /* */ 1; DROP TABLE pets; -- */ */",  // comments nest in some only
           "SELECT 1 /*!50000 ; DROP TABLE pets */",        // MySQL runs this comment
           "SELECT 1 # '\n; DROP TABLE pets; -- '",         // # begins a comment in MySQL
           "SELECT [it's], 1; DROP TABLE pets --']",        // a bracketed name in SQL Server
           "SELECT $$'$$; DROP TABLE pets; SELECT $$'$$",   // dollar quotes in PostgreSQL
       }) {
    CAPTURE(text);
    const SqlClass got = look(text).sql.sql_class;
    CHECK(got >= SqlClass::kUnparsed);
  }
}

TEST_CASE("words in strings, names and comments are not statements") {
  for (const char* text :
       {"SELECT 'DROP TABLE pets'", "SELECT \"delete\" FROM pets",
        "SELECT `update` FROM pets -- drop table pets", "SELECT a /* delete from b */ FROM pets",
        "SELECT $t$ it's; ok $t$", "select N'x', E'a\\'b', q'[it's]' from dual",
        "SELECT deleted, updated_at FROM pets", "SELECT x[1] FROM t",
        "SELECT a FROM t WHERE b LIKE '%;%'", "SELECT INSERT('abc', 1, 1, 'x')",
        "SELECT EXTRACT(YEAR FROM born) FROM pets"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "read_only");
  }
}

TEST_CASE("statements are counted and tables named") {
  const Look got = look(
      "SELECT * FROM Pets p JOIN shop.\"Orders\" o ON true, extra; UPDATE stock SET n = 1 WHERE id = 2;");
  CHECK(got.sql.statements == 2);
  CHECK(got.sql.tables == std::vector<std::string>{"pets", "shop.Orders", "stock"});
  CHECK(look("SELECT 1 FROM a, b AS c, d").sql.tables == std::vector<std::string>{"a", "b", "d"});
  CHECK(look("with t as (select 1 from base) select * from t").sql.tables ==
        std::vector<std::string>{"base"});
  CHECK(look("select * from generate_series(1, 3)").sql.tables.empty());
  CHECK(look("select a is distinct from b").sql.tables.empty());
}

TEST_CASE("findings say why a statement is dangerous") {
  CHECK(ids(look("DROP TABLE a").hits) == "sql.destructive");
  CHECK(ids(look("DELETE FROM a").hits) == "sql.no-where");
  CHECK(ids(look("GRANT x ON y TO z").hits) == "sql.privilege");
  CHECK(has(look("COPY a TO PROGRAM 'x'").hits, "sql.program"));
  CHECK(ids(look("select pg_read_file('x')").hits) == "sql.program");
  CHECK(ids(look("frobnicate").hits) == "sql.unparsed");
  CHECK(look("select 1").hits.empty());
}

TEST_CASE("SQL is told from sentences that begin with its verbs") {
  for (const char* text :
       {"select * from pets", "SELECT 1", "delete from pets where id=1", "update pets set a = 1",
        "with t as (select 1) select 2", "/* x */ DROP TABLE pets", "CREATE TABLE a (b int)",
        "exec sp_who", "show tables", "(select 1)"}) {
    CAPTURE(text);
    CHECK(looks_like_sql(text));
  }
  for (const char* text :
       {"select the best hotel", "update my profile please", "create a table of contents",
        "show me flights", "drop shipping", "insert coin", "with a view of the sea",
        "call me later", "set an alarm", "explain quantum physics", "", "execute order 66",
        "use cases", "grant funding"}) {
    CAPTURE(text);
    CHECK_FALSE(looks_like_sql(text));
  }
}

TEST_CASE("data that is made to be SQL is seen") {
  for (const char* text :
       {"' OR 'x'='x", "ann' or 1=1 --", "1 OR 2=2", "') OR ('a'='a",
        "7 UNION ALL SELECT null, password FROM users", "x'; DROP TABLE pets; --", "bob'--",
        "1; WAITFOR DELAY '0:0:9'--", "1 AND SLEEP(3)", "' || (select version()) || '",
        "9' ORDER BY 4#", "un/**/ion se/**/lect 1", "%27%20or%201%3D1--",
        "\xE2\x80\x99 or \xE2\x80\2311\xE2\x80\x99=\xE2\x80\2311", "a' AND extractvalue(1, 0x7e)--",
        "CHAR(65)+CHAR(66)", "' having 1=1--", "7 like 7", "select 0x41"}) {
    CAPTURE(text);
    std::vector<Hit> hits;
    find_sql_injection(text, hits);
    CHECK(ids(hits) == "sql.injection");
  }
}

TEST_CASE("names, prose, options and code are not SQL injection") {
  for (const char* text : {"O'Brien",
                           "it's mine or yours",
                           "Rock 'n' roll and blues",
                           "the union selected a new leader",
                           "union selected members from the board",
                           "union selection",
                           "credit union selects",
                           "student union select committee",
                           "the union select members from the board",
                           "western union selector",
                           "union selective service",
                           "union selectmen",
                           "how does union select work",
                           "union all selected layers",
                           "union select tool (QGIS)",
                           "the credit union selected, after review, a vendor",
                           "1=1",
                           "1 = 1",
                           "2=2",
                           "3<>4",
                           "1!=2",
                           "3=3",
                           "select one or more",
                           "5' 10\" tall",
                           "Tom & Jerry; and friends",
                           "price > 3 and size < 4",
                           "'quoted text' and more",
                           "x = 'a' and y = 'b'",
                           "status = 'open' AND owner = 'ann'",
                           "--verbose",
                           "\"--copy\" option",
                           "C# or F#",
                           "a -- b",
                           "order by date",
                           "time.sleep(5)",
                           "rock'n'roll",
                           "1=1 is a tautology?",
                           "2+2=4",
                           "4!=4",
                           "3=4",
                           "all except selecting the seat",
                           "a benchmark (2023)",
                           "you and/or me",
                           "'90s music or '80s?",
                           "100% cotton",
                           "drop the table off at 5",
                           "foo::bar()",
                           "user@example.org"}) {
    CAPTURE(text);
    std::vector<Hit> hits;
    find_sql_injection(text, hits);
    CHECK(ids(hits).empty());
  }
}

TEST_CASE("no bytes make the SQL scanners run wild") {
  for (const std::string& unit : hostile_units()) {
    CAPTURE(unit);
    const std::string text = repeated(unit, 20000);
    std::vector<Hit> hits;
    CHECK(read_sql(text, hits).tables.size() <= 256);
    (void)looks_like_sql(text);
    find_sql_injection(text.substr(0, 4000), hits);
  }
}

TEST_CASE(
    "statements inside statements are read once each, and a text of nothing else is unreadable") {
  // EXEC needs no semicolon before it: what stands behind one is behind all of those before it as well.
  CHECK(look(repeated("exec a ", 7000)).sql.sql_class == SqlClass::kUnparsed);
  CHECK(look("exec a exec b drop table pets").sql.sql_class == SqlClass::kDestructive);
  CHECK(look("exec a select 1 exec b grant all on x to y").sql.sql_class == SqlClass::kPrivilege);
  // SQL in strings, each in reach of many EXECs.
  std::string nested = "drop table pets";
  for (int depth = 0; depth < 6; ++depth) {
    std::string doubled;
    for (const char c : nested) doubled.append(c == '\'' ? 2 : 1, c);
    nested = repeated("exec a ", 56) + "'" + doubled + "'";
  }
  CHECK(look(nested).sql.sql_class >= SqlClass::kUnparsed);
  // A text full of statements in parentheses, each of which reaches to its end.
  CHECK(look("select 1 " + repeated("(delete from a ", 60'000)).sql.sql_class >=
        SqlClass::kUnparsed);
}

TEST_CASE("no statement is passed over because many stand before it") {
  CHECK(look(repeated("exec a ", 700) + "drop table pets").sql.sql_class == SqlClass::kDestructive);
  CHECK(look("select 1 " + repeated("(insert into a values (1)) ", 3000) + "(delete from pets)")
            .sql.sql_class == SqlClass::kDestructive);
  std::string from = "select * from t0";
  for (int table = 1; table < 100; ++table) from += ", t" + std::to_string(table);
  CHECK(look(from).sql.tables.size() == 100);
}

TEST_CASE("a statement ends where the next one begins") {
  CHECK(has(look("exec x delete from a delete from b where id = 1").hits, "sql.no-where"));
  CHECK(!has(look("exec x delete from a where id in (1) delete from b where id = 1").hits,
             "sql.no-where"));
  CHECK(has(look("exec x delete from a where id = 1 or 1 = 1 delete from b where id = 1").hits,
            "sql.no-where"));
}

TEST_CASE("what reaches to the end of the text again and again is read in linear time") {
  // A minute and more while each was read to the end of the text.
  for (const std::string_view unit :
       {"with () (", "with a as (b) (", "table ", "from a, ", "(delete from a ", "a[a[a["}) {
    CAPTURE(unit);
    (void)look(repeated(unit, 500'000));
  }
  CHECK(look(repeated("with () (", 90) + "delete from pets").sql.sql_class >= SqlClass::kUnparsed);
}

TEST_CASE("a statement cut anywhere is never called harmless for what was cut off before it") {
  const std::string text = "DELETE FROM \"pets\" WHERE name = 'it''s' /* x */ AND id = $t$1$t$";
  for (size_t n = 12; n < text.size(); ++n) {
    CAPTURE(n);
    CHECK(look(std::string_view(text).substr(0, n)).sql.sql_class >= SqlClass::kWrite);
  }
}

}  // namespace agentmesh::policy::scan
