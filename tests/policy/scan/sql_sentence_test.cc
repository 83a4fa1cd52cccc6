#include "policy/scan/sql.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

using namespace agentmesh::policy::scan;

TEST_CASE("a question that begins with a verb of SQL is no statement") {
  for (const char* text : {
           "drop table if exists postgres vs mysql",
           "drop view in Google Maps",
           "drop type of coffee",
           "drop user in slack",
           "drop table error 1051",
           "drop index fund",
           "DROP TABLE error 1051",
           "drop schema cascade",
           "drop column from dataframe",
           "truncate string javascript",
           "truncate table permission denied",
           "truncate cone",
           "delete from my list everything older than 2020",
           "delete user from linux",
           "delete from users where not working",
           "delete from trash",
           "delete from git history file",
           "delete duplicates from list python",
           "delete from users limit offset question",
           "update Windows set up",
           "update profile picture set as default",
           "UPDATE iOS 18 set up",
           "update users set password best practice",
           "update my calendar set reminder",
           "insert into list python",
           "insert or replace into sqlite",
           "INSERT COIN",
           "merge into main git",
           "merge into lane driving",
           "replace into vs insert on duplicate key",
           "alter user experience",
           "alter user password postgres",
           "alter table add column slow",
           "alter ego",
           "create user story template",
           "create user manual as pdf",
           "create table of contents in word",
           "create index of book",
           "create user with password mysql",
           "grant select on all tables postgres",
           "grant access to google drive",
           "grant all privileges on database to user postgres",
           "revoke access to shared folder",
           "attach file to email",
           "attach file as pdf to gmail",
           "detach from tmux",
           "copy to clipboard vim",
           "copy from stdin postgres",
           "copy files from phone to pc",
           "exec into pod kubernetes",
           "execute immediate oracle example",
           "execute order 66",
           "call my mom (urgent)",
           "kill query mysql",
           "shutdown immediate oracle",
           "explain analyze postgres",
           "describe table in oracle",
           "select from dropdown list in excel",
           "set password in keycloak",
           "declare variable in sql server",
           "if exists drop table sql server",
           "with great power comes great responsibility",
           "begin transaction example",
           "use the drop table command",
           "DELETE vs TRUNCATE",
           "don't drop table users",
       }) {
    CAPTURE(text);
    CHECK_FALSE(looks_like_sql(text));
  }
}

TEST_CASE("a statement is one wherever it stands and however it is spelled") {
  for (const char* text : {
           "drop table users",
           "DROP TABLE IF EXISTS shop.users, pets CASCADE",
           "drop table users;",
           "DROP USER alice",
           "drop user 'alice'@'localhost'",
           "drop index ix_users_name",
           "DROP VIEW v;",
           "DROP FUNCTION f(int)",
           "DROP INDEX i ON t",
           "truncate table pets",
           "TRUNCATE users, pets",
           "TRUNCATE TABLE ONLY t1, t2*, ONLY t3 RESTART IDENTITY",
           "DELETE FROM users",
           "delete from users where id > 3",
           "DELETE u FROM users u",
           "delete from users where 1=1",
           "DELETE FROM users USING orders WHERE true",
           "DELETE TOP (10) FROM users",
           "UPDATE users SET pw = 'x'",
           "update users u set u.pw = 1 where u.id = 2",
           "UPDATE a, b LEFT JOIN c ON b.id = c.id SET a.x = 1",
           "INSERT INTO t VALUES (1)",
           "insert into t (a, b) select c, d from e",
           "INSERT INTO t SET a = 1",
           "REPLACE INTO t VALUES (1)",
           "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE",
           "ALTER USER eve PASSWORD 'x'",
           "ALTER TABLE users DROP COLUMN pw",
           "ALTER SYSTEM SET a = 'b'",
           "CREATE USER eve",
           "create user eve identified by 'x'",
           "CREATE TABLE a (b int)",
           "create table a (b int)",
           "GRANT ALL ON *.* TO eve",
           "grant select on users to eve",
           "GRANT admin TO eve",
           "REVOKE SELECT (a, b) ON db.t FROM eve",
           "COPY users TO '/tmp/x'",
           "COPY t FROM PROGRAM 'id'",
           "ATTACH DATABASE '/tmp/x' AS a",
           "EXEC xp_cmdshell 'dir'",
           "EXEC('DROP TABLE users')",
           "EXECUTE IMMEDIATE 'DROP TABLE users'",
           "CALL drop_all()",
           "DO $$ BEGIN DELETE FROM a; END $$",
           "BEGIN; DROP TABLE users; COMMIT",
           "SET @s = 'x'; PREPARE p FROM @s; EXECUTE p",
           "DECLARE @s varchar(9) = 'x'; EXEC(@s)",
           "/* x */ DROP TABLE users",
           "((DROP TABLE users",
           "SHUTDOWN WITH NOWAIT",
           "delete from user where id = 1",
           "DROP TABLE user",
           "drop role role_a",
           "KILL 55",
           "SELECT 1; DROP TABLE users",
           "SELECT '\\'; DROP TABLE a; --'",
           "WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d",
           "EXPLAIN ANALYZE DELETE FROM users",
           "LOAD DATA INFILE '/etc/passwd' INTO TABLE t",
           "PUT file:///etc/passwd @~",
           "BACKUP DATABASE x TO DISK='y'",
       }) {
    CAPTURE(text);
    CHECK(looks_like_sql(text));
  }
}

TEST_CASE("no text of verbs makes the reader of sentences run wild") {
  for (const char* unit :
       {"explain ", "explain (analyze) ", "begin ", "not ", "select 1 where not (", "a or ",
        "create function f() as 'x' ", "with a as (", "(((", "set a = 1; ", "f('drop table a', "}) {
    CAPTURE(unit);
    const std::string text = repeated(unit, 300'000);
    (void)looks_like_sql(text);
    (void)begins_like_sql(text);
    std::vector<Hit> hits;
    (void)read_sql("delete from a where " + text, hits);
  }
}
