#include "policy/beside_sql.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "policy/kinds.h"
#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

// All without what stands between words, and without "name", "id", "path" and the like at the end.
// What says where, for whom, why, how much.
constexpr std::array<std::string_view, 66> kHarmless = {
    "account",     "branch",    "catalog",   "catalogs",  "cluster",  "comment",      "compute",
    "conn",        "context",   "note",      "question",  "resource", "secret",       "summary",
    "connection",  "database",  "databases", "dataset",   "datasets", "datasource",   "db",
    "description", "dialect",   "dsn",       "encoding",  "engine",   "environment",  "explanation",
    "format",      "host",      "instance",  "intent",    "keyspace", "label",        "labels",
    "language",    "limit",     "locale",    "location",  "org",      "port",         "priority",
    "profile",     "project",   "purpose",   "rationale", "reason",   "reasoning",    "region",
    "role",        "schema",    "schemas",   "server",    "session",  "subscription", "tags",
    "team",        "tenant",    "thought",   "timeout",   "timezone", "title",        "user",
    "warehouse",   "workgroup", "workspace"};
constexpr std::array<std::string_view, 5> kHarmlessToo = {
    "connectionstring", "justification", "organization", "outputformat", "responseformat"};
// So is a word that stands anywhere below these, at the top: {"connection": {"host": "a"}, "tags": {"team": "b"}}
constexpr std::array<std::string_view, 5> kHarmlessBelow = {"connection", "database", "datasource",
                                                            "labels", "tags"};
// What holds all arguments, or a part of them.
constexpr std::array<std::string_view, 11> kEnvelopes = {
    "args",    "arguments",  "config", "context", "input",   "metadata",
    "options", "parameters", "params", "request", "settings"};
// What a statement is given for its marks.
constexpr std::array<std::string_view, 9> kGiven = {"args",     "arguments", "bind",
                                                    "bindings", "binds",     "parameters",
                                                    "params",   "values",    "queryparameters"};
// What is done, by one word of these.
constexpr std::array<std::string_view, 6> kOperations = {
    "action", "op", "operation", "operationtype", "querytype", "statementtype"};
constexpr std::array<std::string_view, 13> kReading = {
    "count", "describe", "exists", "explain", "fetch",  "find", "get",
    "list",  "query",    "read",   "search",  "select", "show"};
// In a key that may name what is run; under others a few words without an act are an option: {"output": "table", "env": "dev"}
constexpr std::array<std::string_view, 25> kOfRun = {
    "action",  "aggregat", "batch",     "body",    "call",     "code",    "command",
    "eval",    "exec",     "expr",      "func",    "input",    "invoke",  "macro",
    "migrat",  "mutat",    "operat",    "payload", "pipeline", "program", "quer",
    "request", "script",   "statement", "text"};
constexpr std::array<std::string_view, 8> kRunAsWhole = {"cmd", "data", "do",   "job",
                                                         "js",  "op",   "proc", "stmt"};
// Under which an object is what is run: {"query": {"drop": 1}}
constexpr std::array<std::string_view, 17> kRun = {
    "aggregate",  "body",    "command",  "cql",       "cypher",   "document",
    "expression", "graphql", "mutation", "operation", "payload",  "pipeline",
    "program",    "queries", "query",    "request",   "statement"};
// Of procedures, of which a database keeps its own, and of programs.
constexpr std::array<std::string_view, 15> kKept = {
    "command",   "commands",   "function", "functions", "job",        "jobs",   "macro",  "migrate",
    "migration", "migrations", "proc",     "procedure", "procedures", "script", "scripts"};
constexpr size_t kLongestGiven = 64;
constexpr std::string_view kNumeric = " \t\r\n0123456789.,:+-";

// "databaseName" and "db_path" are a database, "project_id" a project.
std::string stem_of(std::string_view key) {
  std::string bare = scan::bare_name(key);
  for (const std::string_view end :
       {"identifier", "name", "uuid", "uid", "arn", "uri", "url", "id", "path", "file"})
    if (bare.size() > end.size() && bare.ends_with(end)) {
      bare.resize(bare.size() - end.size());
      break;
    }
  return bare;
}

bool is_named_harmless(std::string_view key) {
  return scan::is_among(kHarmless, key) || scan::is_among(kHarmlessToo, key);
}

// "a@b.c", "2024-01-01", "New York": no statement, no command, no act. Of what a statement is `given` one word is none.
bool says_nothing(std::string_view text, bool given) {
  constexpr std::string_view kSigns = ";(){}[]<>|`\\\"\r\n";
  if (text.size() > kLongestGiven || text.find_first_of(kSigns) < text.size()) return false;
  if (given && text.find(' ') == std::string_view::npos) return true;
  const Kind worst = read_name(text).worst;
  return worst <= Kind::kQuery || worst == Kind::kMessage;  // Post Office
}

bool may_name_what_is_run(std::string_view key) {
  return key.size() < 2 || key.ends_with("ql") || scan::is_among(kRunAsWhole, key) ||
         std::any_of(kOfRun.begin(), kOfRun.end(),
                     [key](std::string_view part) { return key.find(part) < key.size(); });
}

// {"query": {"drop": 1}}, and not {"request": {"sql": "SELECT 1", "limit": 5}}.
bool key_may_act(const Walk& walk) {
  constexpr std::string_view kNoName = " \t\r\n;({'\"";
  if (walk.text().find_first_of(kNoName) < walk.text().size()) return true;
  if (!scan::is_among(kRun, scan::bare_name(walk.holder()))) return false;
  const std::string key = stem_of(walk.key());
  return key != "sql" && !scan::is_among(kRun, key) && !scan::is_among(kGiven, key) &&
         !is_named_harmless(key);
}

// A text under `key`, at the top or in an envelope.
bool is_harmless(std::string_view key, std::string_view top, std::string_view text) {
  if (is_named_harmless(key)) return true;
  const bool operation = scan::is_among(kOperations, key);
  if (operation && scan::is_among(kReading, scan::ascii_lower(text.substr(0, kLongestGiven))))
    return true;
  const bool given = scan::is_among(kGiven, key) || scan::is_among(kGiven, top) || key == "mode";
  // {"args": ["drop", "x"]} may be a command.
  const bool mark = !top.starts_with("arg") && !may_name_what_is_run(key);
  return given && says_nothing(text, mark);
}

}  // namespace

bool may_act_beside_sql(const Walk& walk) {
  const std::string_view text = walk.text();
  const bool empty = text.find_first_not_of(kNumeric) == std::string_view::npos;
  if (empty || walk.what() == Walk::What::kNumber) return false;
  if (walk.what() == Walk::What::kKey) return key_may_act(walk);
  const std::string key = stem_of(walk.key());
  const std::string top = stem_of(walk.top_key());
  // {"connection": {"init_command": "DROP TABLE users"}} is run as well, and is no one word.
  constexpr std::string_view kOfStatement = " \t\r\n(";
  const bool one_word = text.find_first_of(kOfStatement) == std::string_view::npos;
  if (one_word && scan::is_among(kHarmlessBelow, top)) return false;
  const bool outside = walk.depth() <= 1 || top == key || scan::is_among(kEnvelopes, top) ||
                       scan::is_among(kGiven, top);
  if (outside && is_harmless(key, top, text)) return false;
  const bool option =
      !may_name_what_is_run(key) && (walk.depth() <= 1 || !may_name_what_is_run(top));
  return !(option && says_nothing(text, false));
}

bool runs_what_is_kept(std::string_view tool) { return scan::has_word(tool, kKept); }

}  // namespace agentmesh::policy
