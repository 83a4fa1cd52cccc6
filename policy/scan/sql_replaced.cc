#include "policy/scan/sql_replaced.h"

#include <algorithm>
#include <utility>

#include "policy/scan/decode.h"
#include "policy/scan/sql_row_policy.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMostAlike = 16;       // routines of one name that a drop is held against
constexpr size_t kMostParameters = 64;  // that are read
constexpr size_t kLongestType = 16;     // tokens

// Types that have more than one name.
constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {"int", "integer"},
    {"int4", "integer"},
    {"int8", "bigint"},
    {"int2", "smallint"},
    {"bool", "boolean"},
    {"character varying", "varchar"},
    {"char varying", "varchar"},
    {"char", "character"},
    {"bpchar", "character"},
    {"decimal", "numeric"},
    {"dec", "numeric"},
    {"float", "double precision"},
    {"float8", "double precision"},
    {"float4", "real"},
    {"timestamp with time zone", "timestamptz"},
    {"timestamp without time zone", "timestamp"},
    {"time with time zone", "timetz"},
    {"time without time zone", "time"},
    {"bit varying", "varbit"}};

// A name as databases compare it: in quotes in its own case.
std::string name_of(const SqlToken& token) {
  return token.kind == SqlTokenKind::kQuotedName ? std::string(token.text)
                                                 : ascii_lower(token.text);
}

// Reads shop.daily at `at`, which ends behind it; "" if no name stands there. The parts are joined by what stands in none.
std::string name_at(SqlTokens tokens, size_t& at) {
  if (!token_at(tokens, at).name()) return "";
  std::string name = name_of(tokens[at++]);
  for (; token_at(tokens, at).sign('.') && token_at(tokens, at + 1).name(); at += 2)
    name.append(1, '\0').append(name_of(tokens[at + 1]));
  return name;
}

// The schema that is meant where none is named; "" if it is none of these.
std::string_view usual_schema(std::string_view name) {
  for (const std::string_view schema : {"public", "dbo"})
    if (name.starts_with(schema) && name.size() > schema.size() && name[schema.size()] == '\0' &&
        name.find('\0', schema.size() + 1) == std::string_view::npos)
      return schema;
  return {};
}
std::string without_usual_schema(const std::string& name) {
  const std::string_view schema = usual_schema(name);
  return schema.empty() ? name : name.substr(schema.size() + 1);
}
// "public." and "dbo." are like nothing, and not like each other.
bool are_one_schema(std::string_view one, std::string_view other) {
  const std::string_view a = usual_schema(one);
  const std::string_view b = usual_schema(other);
  return a.empty() || b.empty() || a == b;
}

// What is dropped or made.
struct Thing {
  std::string kind;
  std::string name;
  bool materialized = false;
  std::pair<std::string, std::string> key(const std::string& table) const {
    return {kind + " " + without_usual_schema(name), without_usual_schema(table)};
  }
  bool on_a_table() const { return kind == "policy" || kind == "rule"; }
  bool may_be_on_one() const { return on_a_table() || kind == "trigger" || kind == "index"; }
  bool is_routine() const {
    return kind == "function" || kind == "procedure" || kind == "aggregate" || kind == "macro";
  }
};

// Its kind stands at `at` or behind words that say how, and `at` ends behind its name, which is empty if it is none that can be
// replaced.
Thing thing_at(SqlTokens tokens, size_t& at) {
  Thing thing;
  for (; one_of(token_at(tokens, at), {"or", "replace", "unique", "materialized", "constraint"});
       ++at)
    thing.materialized = thing.materialized || tokens[at].is("materialized");
  if (!one_of(token_at(tokens, at), {"view", "index", "trigger", "function", "procedure", "type",
                                     "rule", "policy", "aggregate", "macro"}))
    return thing;
  thing.kind = ascii_lower(tokens[at++].text);
  while (one_of(token_at(tokens, at), {"concurrently", "if", "not", "exists"})) ++at;
  thing.name = name_at(tokens, at);
  return thing;
}

// The table behind "on", which of a rule stands behind the event: ON UPDATE TO t.
std::string table_of(SqlTokens statement, size_t from, std::string_view kind) {
  size_t at = find_word(statement, from, statement[0].depth, {"on"});
  if (kind == "rule") at = find_word(statement, at, statement[0].depth, {"to"});
  if (token_at(statement, ++at).is("only")) ++at;
  return name_at(statement, at);
}

// What stands in the parentheses at `at`.
SqlTokens inside(SqlTokens statement, size_t at) {
  if (!token_at(statement, at).sign('(')) return {};
  return statement.subspan(at + 1).first(std::min<size_t>(statement[at].skip - 1,  // its ')'
                                                          statement.size() - at - 1));
}

// A type in one spelling, "" if it is none that can be told: without what limits its length, numeric(10, 2).
std::string type_of(SqlTokens tokens) {
  if (tokens.size() > kLongestType) return "";
  std::string name;
  std::string rest;  // "[]"
  for (size_t i = 0; i < tokens.size(); i = next_token(tokens, i) + (tokens[i].sign('(') ? 1 : 0)) {
    if (tokens[i].sign('(')) continue;
    std::string& to = tokens[i].sign('[') || !rest.empty() ? rest : name;
    if (!to.empty() && tokens[i].name()) to.push_back(' ');
    to.append(name_of(tokens[i]));
  }
  for (const auto& [other, usual] : kTypes)
    if (name == other) name = usual;
  if (name == "varying" || name == "precision") return "";  // half of one
  return name + rest;
}

// True if behind this statement what came before may stay while what follows is undone, or another schema is meant.
bool breaks(SqlTokens statement) {
  const SqlToken& verb = statement[0];
  if (verb.is("alter")) return token_at(statement, 1).is("session");
  if (verb.is("end")) return statement.size() > 1;  // of a body
  return !one_of(verb, {"create", "drop", "comment", "grant", "revoke", "insert", "update",
                        "delete", "analyze", "show", "notify"});
}

// A policy AS RESTRICTIVE that does not ask who may take less away than the one before it.
bool widens(const Thing& thing, SqlTokens statement) {
  if (thing.kind != "policy") return false;
  const size_t what = find_word(statement, 0, statement[0].depth, {"policy"});
  return is_restrictive(statement, what) &&
         permissive_row_policy(statement, what) != RowPolicy::kAsksWho;
}

// A routine whose body is no string: its statements are behind `begin` or, as Oracle writes it, behind what is declared.
bool opens_body(SqlTokens statement) {
  const uint32_t depth = statement[0].depth;
  const size_t what =
      find_word(statement, 1, depth,
                {"procedure", "proc", "function", "trigger", "event", "package", "body"});
  if (what >= statement.size()) return false;
  if (find_word(statement, what, depth, {"begin"}) < statement.size()) return true;
  const size_t as = find_word(statement, what, depth, {"as", "is"});
  const SqlToken& behind = token_at(statement, as + 1);
  return behind.kind == SqlTokenKind::kWord &&
         !one_of(behind, {"select", "return", "with", "table", "on", "identity", "external"});
}

// Where the body of a routine ends that is made by the statement up to `end`: what it would make is not made. The end of a block
// stands at the beginning of a statement; one that is not found is the end of the text.
size_t body_end(SqlTokens tokens, SqlTokens statement, size_t end) {
  if (statement.empty() || !statement[0].is("create") || !opens_body(statement)) return end;
  size_t blocks = 0;
  bool any = false;
  for (size_t i = end - statement.size(); i < tokens.size(); ++i) {
    const SqlToken& before = tokens[i - std::min<size_t>(i, 1)];
    if (tokens[i].is("begin") && !before.sign('.')) {
      ++blocks;
      any = true;
      continue;
    }
    if (!any || !(before.sign(';') || before.is("begin")) || !tokens[i].is("end") ||
        one_of(token_at(tokens, i + 1), {"if", "loop", "while", "repeat", "case", "for"}))
      continue;
    if (--blocks > 0) continue;
    while (i < tokens.size() && !tokens[i].sign(';')) ++i;
    return i;
  }
  return tokens.size();
}

}  // namespace

SqlReplaced::SqlReplaced(SqlTokens tokens) : tokens_(tokens) {
  for (size_t begin = 0; begin < tokens.size();) {
    size_t end = begin;
    while (end < tokens.size() && !tokens[end].sign(';')) ++end;
    const SqlTokens statement = tokens.subspan(begin, end - begin);
    if (!statement.empty() && breaks(statement)) breaks_.push_back(begin);
    if (!statement.empty() && statement[0].is("create")) {
      size_t at = 1;
      if (const Thing thing = thing_at(statement, at); !thing.name.empty()) {
        Made made = {begin,
                     thing.materialized,
                     widens(thing, statement),
                     thing.name,
                     "",
                     thing.is_routine() ? parameters_in(inside(statement, at)) : Parameters{}};
        made_[thing.key("")].push_back(made);
        if (thing.may_be_on_one()) {
          made.table = table_of(statement, at, thing.kind);
          if (!made.table.empty()) made_[thing.key(made.table)].push_back(made);
        }
      }
    }
    begin = body_end(tokens, statement, end) + 1;
  }
}

// What a routine gives back alone (OUT) is none.
SqlReplaced::Parameters SqlReplaced::parameters_in(SqlTokens list) {
  Parameters out;
  for (size_t begin = 0; begin < list.size();) {
    size_t end = begin;
    while (end < list.size() && !list[end].sign(',')) end = next_token(list, end);
    end = std::min(end, list.size());
    SqlTokens parameter = list.subspan(begin, end - begin);
    begin = end + 1;
    if (!parameter.empty() && parameter[0].is("out")) continue;
    if (out.types.size() == kMostParameters) {
      out.too_many = true;
      break;
    }
    if (!parameter.empty() && one_of(parameter[0], {"in", "inout", "variadic"}))
      parameter = parameter.subspan(1);
    size_t type = 0;
    while (type < parameter.size() && !parameter[type].is("default") &&
           !parameter[type].sign('=') && parameter[type].text != ":=")
      type = next_token(parameter, type);
    parameter = parameter.first(std::min(type, parameter.size()));
    const bool named = parameter.size() > 1 && parameter[0].name();
    out.types.push_back({type_of(parameter), named ? type_of(parameter.subspan(1)) : ""});
  }
  return out;
}

// "int" and "a int", "a int" and "b int".
bool SqlReplaced::are_same(const Parameters& one, const Parameters& other) {
  if (one.too_many || other.too_many) return false;
  return std::equal(one.types.begin(), one.types.end(), other.types.begin(), other.types.end(),
                    [](const Parameter& a, const Parameter& b) {
                      const auto same = [](const std::string& x, const std::string& y) {
                        return !x.empty() && x == y;
                      };
                      // With a name in front of either: of "time with time zone" the rest says nothing.
                      const bool one_word = a.without_first.find(' ') > a.without_first.size();
                      return same(a.whole, b.whole) || same(a.whole, b.without_first) ||
                             same(a.without_first, b.whole) ||
                             (one_word && same(a.without_first, b.without_first));
                    });
}

bool SqlReplaced::nothing_between(size_t begin, size_t end) const {
  const auto next = std::upper_bound(breaks_.begin(), breaks_.end(), begin);
  return next == breaks_.end() || *next > end;
}

Replaced SqlReplaced::ask(size_t begin, size_t end) const {
  if (made_.empty() || !tokens_[begin].is("drop")) return Replaced::kNo;
  const SqlTokens statement = tokens_.subspan(begin, end - begin);
  size_t at = 1;
  const Thing thing = thing_at(statement, at);
  if (thing.name.empty()) return Replaced::kNo;
  const bool says_parameters = token_at(statement, at).sign('(');
  const SqlTokens list = inside(statement, at);
  if (says_parameters) at += statement[at].skip + 1;
  std::string table;
  if (token_at(statement, at).is("on")) table = name_at(statement, ++at);
  // Nothing else may stand in it: no DROP VIEW a, b, no CASCADE, no other statement.
  if (token_at(statement, at).is("restrict")) ++at;
  if (at != statement.size() || (table.empty() && thing.on_a_table())) return Replaced::kNo;
  const auto found = made_.find(thing.key(table));
  if (found == made_.end()) return Replaced::kNo;
  const Parameters parameters = parameters_in(list);
  const std::vector<Made>& makings = found->second;
  auto made = std::upper_bound(makings.begin(), makings.end(), begin,
                               [](size_t place, const Made& one) { return place < one.begin; });
  Replaced out = Replaced::kNo;
  for (size_t i = 0; i < kMostAlike && made != makings.end(); ++i, ++made) {
    if (made->materialized == thing.materialized && !made->widens &&
        are_one_schema(made->name, thing.name) && are_one_schema(made->table, table) &&
        nothing_between(begin, made->begin) &&
        (!says_parameters || are_same(parameters, made->parameters)))
      return Replaced::kYes;
    out = Replaced::kInDoubt;
  }
  return out;
}

}  // namespace agentmesh::policy::scan
