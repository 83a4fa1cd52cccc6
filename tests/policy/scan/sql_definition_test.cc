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
          "drop view v; create view dbo.v as select 1",
          "drop view \"shop\".\"daily\"; create view shop.daily as select 1",
          "drop function f(int); create function f(a int := 0) returns int as $$ select 1 $$ language sql",
          // Bodies that end, and what comes behind them.
          "drop procedure p; create procedure p() begin select 1; select 2; end",
          ("drop procedure p; drop trigger t; create procedure p() begin if a then select case b when 1 then 2 end; end if; "
           "begin select 1; end; end; create trigger t after insert on u for each row begin select 1; end; select 1"),
          ("drop procedure p; drop view v; create procedure p is n int; begin select 1; end p; "
           "create view v as select 1"),
          ("drop function f; drop view v; create function f() returns int begin atomic select 1; end; "
           "create view v as select 1"),
          ("drop function f; drop view v; create function f() returns int as $$ begin return 1; end $$ language plpgsql; "
           "create view v as select 1"),
          ("drop trigger a; drop view v; create trigger a after insert on t for each row set x = 1; "
           "create view v as select 1"),
          ("drop policy p on t; drop policy p on u; create policy p on u using (o = current_user); "
           "create policy p on t using (o = current_user)")}) {
    CAPTURE(text);
    CHECK(class_of(text) == "ddl");
  }
  for (
      const char* text :
      {"drop trigger a on t; create trigger a after insert on u for each row execute function f()",
       "drop policy p on t; create policy p on u using (owner = current_user)",
       "drop policy p; create policy p on u using (owner = current_user)",
       "drop rule r on t; create rule r as on update to u do instead nothing",
       "drop index i on t; create index i on u (a)",
       ("drop trigger t on public.users; create trigger t after insert on shop.users for each row "
        "execute function g()"),
       "drop view shop.v; create view v as select 1",
       "drop trigger \"a on t\"; create trigger a after insert on t for each row set x = 1",
       "drop view \"V\"; create view v as select 1",
       "drop view \"shop.daily\"; create view shop.daily as select 1",
       "drop view shop.daily; create view \"shop.daily\" as select 1",
       "drop view \"public.v\"; create view v as select 1",
       // What a body would make is not made.
       "drop view v; create procedure p() begin select 1; create view v as select 1; end",
       "drop view v; create procedure p() begin create view w as select 1; create view v as select 1; end",
       "drop view v; create procedure p() begin select 1 end; create view v as select 1; end",
       "drop view v; create procedure p() begin begin select 1; end; create view v as select 1; end",
       "drop view v; create procedure p() begin if a then select 1; end if; create view v as select 1; end",
       "drop view v; create event e on schedule every 1 day do begin select 1; create view v as select 1; end",
       "drop view v; create or replace procedure p is n int; begin null; create view v as select 1; end",
       "drop view v; create function f() returns int begin atomic select 1; create view v as select 1; end",
       "drop view v; create procedure p as set nocount on; create view v as select 1"}) {
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
       "drop view dbo.v; create view public.v as select 1",
       "drop policy p on dbo.t; create policy p on public.t using (owner = current_user)",
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
          "exists (select 1 from members where user_id = (select auth.uid()) and members.team_id = accounts.team_id)",
          "exists (select 1 from members m join teams t on t.id = m.team_id where m.user_id = auth.uid() and t.org = accounts.org)",
          "exists (select 1 from members m, teams t where t.id = m.team_id and m.user_id = auth.uid() and t.org = accounts.org)",
          "exists (select 1 from members m left join teams t using (team_id) where m.user_id = auth.uid() and t.org = accounts.org)",
          "team_id in (select team_id from members where user_id = auth.uid())",
          "team_id in (select distinct team_id from public.members where user_id = auth.uid() and active)",
          "org_id = (select org_id from profiles where id = auth.uid())",
          "auth.uid() in (owner, editor)",
          "owner = any (array[current_user, session_user])",
          "coalesce(owner, '') = current_user::text",
          "trim(owner) = trim(current_user)",
          "split_part(path, '/', 1) = auth.uid()::text",
          "tenant_id = app.current_tenant_id()",
          "tenant_id = app.currentTenantId()",
          "owner = (auth.jwt() ->> 'email'::text)",
          "(select auth.uid() as uid) = user_id",
          "user_id = (current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid",
          "data ->> 'owner' = auth.uid()::text",
          "owner = current_user::character varying",
          // As a database writes them back.
          "((tenant_id)::text = current_setting('app.tenant_id'::text))",
          "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)",
          "((current_setting('request.jwt.claims'::text, true))::jsonb ->> 'sub'::text) = (user_id)::text",
          "(EXISTS ( SELECT 1 FROM members WHERE ((members.team_id = accounts.team_id) AND (members.user_id = auth.uid()))))",
          "(team_id IN ( SELECT members.team_id FROM members WHERE (members.user_id = ( SELECT auth.uid() AS uid))))",
          "(owner)::text = (auth.uid())::pg_catalog.text",
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
  for (
      const char* condition : {
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
          // Constants and what comes to one, in a list, in a call and selected.
          "status in ('draft', 'published', current_user)",
          "status in (current_user, null)",
          "auth.uid()::text in (owner, 'x')",
          "auth.uid() = any (array[owner, '0'])",
          "btrim(name, name) = btrim(current_user, current_user)",
          "trim(both name from name) = current_user",
          "coalesce(3.14, id) = pi()",
          "coalesce('', name) = (select '' from users where id = auth.uid())",
          "nullif('x', name) = current_user",
          "coalesce(name, current_user) = current_user",
          "split_part('a/b', '/', 1) = current_user",
          "status = (select 'published' from users where id = auth.uid())",
          "status in (select accounts.status from users where id = auth.uid())",
          "status = (select status from auth.users where id = auth.uid())",
          "status = (select max(status) from users where id = auth.uid())",
          "current_schema = current_user",
          // Everybody who is there, and tables that have nothing to do with each other.
          "exists (select 1 from auth.users where id = auth.uid())",
          "exists (select 1 from members where user_id = auth.uid() and team_id = accounts.team_id)",
          "exists (select 1 from members m where m.user_id = auth.uid() and m.team_id = team_id)",
          "exists (select 1 from members m, auth.users u where m.team_id = accounts.team_id and u.id = auth.uid())",
          "exists (select 1 from auth.users u cross join members m where m.team_id = accounts.team_id and u.id = auth.uid())",
          "exists (select 1 from auth.users u join members m on true where m.team_id = accounts.team_id and u.id = auth.uid())",
          "exists (select 1 from auth.users u left join members m on m.id = u.id and m.team_id = accounts.team_id where u.id = auth.uid())",
          "exists (select 1 from members m where m.user_id = auth.uid() and (m.team_id = accounts.team_id or true))",
          "id in (select d.id from docs d, auth.users u where u.id = auth.uid())",
          "id in (select d.id from docs d join auth.users u on d.id = d.id where u.id = auth.uid())",
          "auth.uid() in (select id from auth.users where team_id = docs.team_id)",
          "auth.uid() in (select u.id from auth.users u where u.team_id = team_id)",
          "exists (select 1 from members m where ((m.user_id = auth.uid()) and ((m.team_id = accounts.team_id) or (true))))",
          "exists (select 1 from members m where ((m.user_id = auth.uid()) and not (m.team_id = accounts.team_id)))",
          // What is true or false, whatever it is called, and what is cut.
          "flag = current_setting('app.flag')::pg_catalog.bool",
          "flag = current_setting('app.flag')::\"bool\"",
          "flag = cast(current_setting('app.flag') as pg_catalog.boolean)",
          "name::char = current_user::char",
          "name::varchar(1) = current_user::varchar(1)",
          "published = yes()",
          "published = is_user()",
          "published = has_role()",
          "n = user_count()",
          "id = pi()",
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
  CHECK(class_of("create policy p on a as restrictive using (true)") == "unparsed");
  CHECK(class_of("create policy p on a as restrictive") == "unparsed");
  // A restrictive one in the place of another may restrict less.
  const std::string restricts = "drop policy p on a; create policy p on a as restrictive using (";
  CHECK(class_of(restricts + "owner = current_user)") == "ddl");
  for (const char* condition : {"true", "1 = 1", "id > 0", "current_user is not null"})
    CHECK(class_of(restricts + condition + ")") == "unparsed");
  CHECK(class_of("create policy p on a using (owner = current_user) with check (id > 0)") ==
        "unparsed");
  for (const char* text :
       {"create row access policy p on d.t grant to ('allAuthenticatedUsers') filter using (true)",
        "create or replace masking policy p as (v string) returns string -> v",
        "alter security policy p with (state = off)", "create rls policy p using (true)",
        "create join policy p as () returns join_constraint -> x",
        "create or replace privacy policy p as () returns privacy_budget -> x",
        "create row policy p on t using 1 to bob", "alter masking policy p set body -> v",
        "create session policy p", "create network policy p allowed_ip_list = ('0.0.0.0/0')",
        "create authentication policy p", "create password policy p"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "privilege");
  }
  for (const char* text :
       {"create table security (policy int)", "create table policy (id int)",
        "create table if not exists policy (id int)", "create view policy as select 1",
        "alter table policy add column a int", "create index policy on t (a)",
        "create package policy as procedure p; end", "alter publication policy add table t",
        "create statistics policy on a, b from t", "create task policy schedule = 'x' as select 1",
        "create stream policy on table t", "create stage policy", "create pipe policy as select 1",
        "alter warehouse policy set x = 1", "create tag policy allowed_values 'a'",
        "create model policy (a int)", "create keyspace policy with x = 1",
        "create storage lifecycle policy p as (a int) returns boolean -> true"}) {
    CAPTURE(text);
    CHECK(class_of(text) == "ddl");
  }
  // Nobody knows what that is.
  for (const char* text : {"create galactic policy p", "alter galactic policy p set x = 1"})
    CHECK(class_of(text) == "unparsed");
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
