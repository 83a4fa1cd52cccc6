// What a text of SQL drops and makes again, and whom a policy of rows lets in (sql_replaced.h, sql_row_policy.h).

#include "policy/scan/sql.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"
#include "tests/policy/scan/sql_looks.h"

namespace agentmesh::policy::scan {
namespace {

using tests::class_of;

}  // namespace

TEST_CASE("what is dropped is made again only if the same comes back, and with it") {
  const std::string body = " execute function f()";
  for (
      const std::string& text : std::initializer_list<std::string>{
          "drop trigger a on t; create trigger a after insert on t for each row" + body,
          "drop trigger a; create trigger a after insert on t for each row set x = 1",
          "drop rule r on t; create rule r as on update to t do instead nothing",
          "drop index i; create index i on t (a)",
          ("drop function f(integer, text); create function f(a integer, in b text default 'x', out c "
           "int) as $$ select 1 $$ language sql"),
          "drop function f; create function f(text) returns int as $$ select 1 $$ language sql",
          "drop view \"V\"; create view \"V\" as select 1",
          ("begin; drop view v; drop view w; alter table t add a int; create view w as select 1; create view v as "
           "select 1; commit"),
          "drop materialized view v; create materialized view v as select 1",
          // Of types and schemas one is called like another.
          "drop function add(integer, integer); create function add(a int, b int4) as $$ $$",
          "drop function f(varchar); create function f(a character varying(9)) as $$ $$",
          ("drop function f(numeric); create function f(numeric(10, 2)[]  , out x int) as $$ $$; "
           "create function f(numeric(10, 2)) as $$ $$"),
          "drop function f(a bool); create function f(b boolean) as $$ $$",
          "drop function f(a timestamp with time zone); create function f(timestamptz) as $$ $$",
          ("drop trigger t on public.users; create trigger t after insert on users for each row "
           "execute function g()"),
          "drop policy p on docs; create policy p on public.docs using (owner = current_user)",
          "drop view public.v; create view v as select 1",
          "drop procedure dbo.f; create procedure f as select 1",
          "drop index i; analyze t; create index i on t (a)",
          ("drop policy p on t; drop policy p on u; create policy p on u using (o = current_user); "
           "create policy p on t using (o = current_user)")}) {
    CAPTURE(text);
    CHECK(class_of(text) == "ddl");
  }
  for (const char* text :
       {"drop trigger a on t; create trigger a after insert on u for each row execute function f()",
        "drop policy p on t; create policy p on u using (owner = current_user)",
        "drop policy p; create policy p on u using (owner = current_user)",
        "drop rule r on t; create rule r as on update to u do instead nothing",
        "drop index i on t; create index i on u (a)",
        ("drop trigger t on public.users; create trigger t after insert on shop.users for each row "
         "execute function g()"),
        "drop view shop.v; create view v as select 1",
        "drop trigger \"a on t\"; create trigger a after insert on t for each row set x = 1",
        "drop view \"V\"; create view v as select 1"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "destructive");
  }
  // Who drops it may mean another, or it may not come back.
  for (
      const char* text :
      {"drop view v; begin; create view v as select 1; rollback",
       "drop view v; start transaction; create view v as select 1; rollback",
       "drop view v; commit and chain; create view v as select 1; rollback",
       "drop view v; end and chain; create view v as select 1; rollback",
       "drop view v; savepoint s; create view v as select 1; rollback to s",
       "drop view v; set search_path to other; create view v as select 1",
       "drop view v; select set_config('search_path', 'b', false); create view v as select 1",
       "drop view v; alter session set current_schema = b; create view v as select 1",
       "drop view v; use other; create view v as select 1",
       "drop policy p on t; commit; create policy p on t using (owner = current_user)",
       "drop function f(int); create function f(text) returns int as $$ select 1 $$ language sql",
       "drop function f(int); create function f(int, int) returns int as $$ select 1 $$ language sql",
       "drop function f(int); create function f() returns int as $$ select 1 $$ language sql",
       "drop function f(time with time zone); create function f(timestamp with time zone) as $$ $$",
       "drop function f(int[]); create function f(int) as $$ $$",
       "drop view v; create materialized view v as select 1",
       "drop materialized view v; create view v as select 1"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "unparsed");
  }
}

// Seconds and more, while each DROP read the parameters of what is made, and each of these the whole of its type.
TEST_CASE(
    "what is dropped a thousand times and made with a thousand parameters is read in linear time") {
  const auto many = [](const std::string& unit, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += unit;
    return out;
  };
  const std::string drops = many("drop function f(int);", 15'000);
  CHECK(class_of(drops + "create function f(" + many("out a,", 60'000) + "out a) as $$ $$") ==
        "unparsed");
  CHECK(class_of(drops + "create function f(" + many("a ", 150'000) + ") as $$ $$") == "unparsed");
  CHECK(class_of(drops + "create function f(" + many("int,", 80'000) + "int) as $$ $$") ==
        "unparsed");
  CHECK(class_of("drop function f(" + many("int,", 80'000) + "int);" +
                 many("create function f(int) as $$ $$;", 10'000)) == "unparsed");
}

TEST_CASE(
    "a policy of rows is an ordinary change if its condition asks who is asking, and no other is") {
  const std::string create = "create policy p on accounts for select to anon using (";
  for (
      const char* condition : {
          "user_id = auth.uid()",
          "(select auth.uid()) = user_id",
          "auth.uid()::text = owner::text",
          "tenant_id = current_setting('app.tenant')::uuid",
          "tenant_id = nullif(current_setting('app.tenant', true), '')::uuid",
          "lower(owner) = lower(current_user)",
          "org_id = (auth.jwt() ->> 'org')::uuid",
          "org_id = app.current_org() and deleted = false",
          "auth.uid() in (select user_id from members where members.team_id = accounts.team_id)",
          "team_id in (select m.team_id from members m join teams t on t.id = m.team_id where m.user_id = auth.uid())",
          "exists (select 1 from members where user_id = (select auth.uid()) and team_id = accounts.team_id)",
          "auth.uid() = any (member_ids)",
          "auth.uid() = any (select m.user_id from members m where m.team_id = accounts.team_id and m.active)",
          "user_id = auth.uid() or owner in (current_user, session_user)",
          "bucket = 'avatars' and auth.uid()::text = (storage.foldername(name))[1]",
          "cast(user_id as text) = cast(auth.uid() as text)",
      }) {
    CAPTURE(condition);
    CHECK(class_of(create + condition + ")") == "ddl");
    CHECK(class_of("alter policy p on accounts with check (" + std::string(condition) + ")") ==
          "ddl");
  }
  for (const char* condition : {
           "id is not null",
           "id > 0",
           "published = true",
           "current_user is not null",
           "auth.uid() is not null",
           "auth.role() = 'anon'",
           "tenant_id in (select tenant_id from accounts)",
           "user_id = auth.uid() or id > 0",
           "user_id <> auth.uid()",
           "not user_id = auth.uid()",
           "not (user_id = auth.uid())",
           "user_id not in (auth.uid())",
           "coalesce(auth.uid(), user_id) = user_id",
           "user_id in (auth.uid(), user_id)",
           "(user_id = auth.uid()) = false",
           "(user_id = auth.uid()) is not true",
           "user_id = auth.uid() is not true",
           "user_id = case when auth.uid() is null then user_id else auth.uid() end",
           "left(owner, 0) = left(current_user, 0)",
           "id * 0 = length(current_user) * 0",
           "not exists (select 1 from members where user_id = auth.uid())",
           "exists (select 1 from pg_roles where rolname = current_user)",
           "exists (select 1 from pg_catalog.pg_roles where rolname = current_user)",
           "exists (select 1 from (select current_user as u) x where u = current_user)",
           "exists (select 1 from t, unnest(array[current_user]) u where u = current_user)",
           "user_id in (select user_id from accounts union select auth.uid())",
           "(select count(id) from members where user_id = auth.uid()) = zero",
           "auth.uid() = all (member_ids)",
           "deleted = pg_is_in_recovery()",
           "is_open()",
           "has_it(id)",
           "user_id is not distinct from auth.uid()",
           "x between 1 and owner = current_user",
           // What is true or false is so for all, and so are the server's own settings.
           "(id notnull) = current_setting('jit')::bool",
           "(id in (id)) = current_setting('standard_conforming_strings')::boolean",
           "texteq(name, name) = current_setting('jit')::bool",
           "flag = current_setting('app.flag')::bool",
           "flag = cast(current_setting('app.flag') as boolean)",
           "owner = current_setting('jit')",
           "(id in (id)) = app.flag()",
           "texteq(name, name) = app.flag()",
           // Everybody who is there.
           "auth.uid() in (select id from auth.users)",
           "auth.uid() = any (select id from auth.users)",
           "current_user in (select rolname from all_people)",
           "auth.uid() in (select id from members where active)",
           "auth.uid() in (select id from members where members.id = members.id)",
           "auth.uid() in (select id from members m where m.team = docs.team or true)",
           "auth.uid() in (select id from members m where docs.team = docs.team)",
       }) {
    CAPTURE(condition);
    CHECK(class_of(create + condition + ")") == "unparsed");
    CHECK(class_of("alter policy p on accounts using (" + std::string(condition) + ")") ==
          "unparsed");
  }
  for (const char* condition :
       {"true", "1 = 1", "auth.uid() = auth.uid()", "user_id = auth.uid() or true"}) {
    CAPTURE(condition);
    CHECK(class_of(create + condition + ")") == "privilege");
  }
  CHECK(class_of("create policy p on a as restrictive using (id > 0)") == "ddl");
  CHECK(class_of("create policy p on a using (owner = current_user) with check (id > 0)") ==
        "unparsed");
  for (const char* text :
       {"create row access policy p on d.t grant to ('allAuthenticatedUsers') filter using (true)",
        "create or replace masking policy p as (v string) returns string -> v",
        "alter security policy p with (state = off)", "create rls policy p using (true)",
        "create join policy p as () returns join_constraint -> x",
        "create or replace privacy policy p as () returns privacy_budget -> x"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "privilege");
  }
  for (const char* text :
       {"create table security (policy int)", "create table policy (id int)",
        "create table if not exists policy (id int)", "create view policy as select 1",
        "alter table policy add column a int", "create index policy on t (a)"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "ddl");
  }
  // As deep as anybody likes.
  std::string deep = "owner = current_user";
  for (int i = 0; i < 5000; ++i) deep = "(a = (" + deep + "))";
  CHECK(class_of(create + deep + ")") == "unparsed");
  // And cut off anywhere.
  const std::string whole =
      create +
      "(select auth.uid()) = any (a) or b::text in (select (c) from d join e on (d.f = e.g) where "
      "exists (select 1 from h where i = cast(nullif(current_user, '') as uuid))) and j ->> 'k' = l(m)) "
      "with check (n = app.o()); drop function p(q, r s default (1)); create function p(t q, out u v, r s) "
      "as $$ $$; drop rule w on x; create rule w as on update to x do instead nothing";
  for (size_t length = 0; length <= whole.size(); ++length) (void)class_of(whole.substr(0, length));
}

}  // namespace agentmesh::policy::scan
