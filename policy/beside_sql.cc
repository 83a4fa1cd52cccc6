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
constexpr std::array<std::string_view, 68> kHarmless = {
    "account",      "branch",     "catalog",     "catalogs",    "cluster",   "comment",
    "compute",      "conn",       "context",     "note",        "question",  "resource",
    "secret",       "summary",    "connection",  "database",    "databases", "dataset",
    "datasets",     "datasource", "db",          "description", "dialect",   "dsn",
    "encoding",     "engine",     "environment", "explanation", "format",    "host",
    "instance",     "intent",     "keyspace",    "label",       "labels",    "language",
    "limit",        "locale",     "location",    "org",         "port",      "priority",
    "profile",      "project",    "purpose",     "rationale",   "reason",    "reasoning",
    "region",       "role",       "schema",      "schemas",     "server",    "session",
    "subscription", "tags",       "team",        "tenant",      "thought",   "timeout",
    "timezone",     "title",      "user",        "warehouse",   "workgroup", "workspace",
    "country",      "countrycode"};
constexpr std::array<std::string_view, 7> kHarmlessToo = {
    "connectionstring", "isolationlevel", "justification",       "organization",
    "outputformat",     "responseformat", "transactionisolation"};
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
constexpr std::array<std::string_view, 33> kOfRun = {
    "action", "aggregat", "batch",     "body",  "call",    "code",    "command",
    "eval",   "exec",     "expr",      "func",  "hook",    "input",   "invoke",
    "macro",  "method",   "migrat",    "mutat", "operat",  "payload", "pipeline",
    "plugin", "procedur", "program",   "quer",  "request", "routine", "script",
    "step",   "task",     "statement", "text",  "workflow"};
constexpr std::array<std::string_view, 11> kRunAsWhole = {
    "cmd", "data", "ddl", "dml", "do", "job", "js", "op", "proc", "raw", "stmt"};
// Under which an object is what is run: {"query": {"drop": 1}}
constexpr std::array<std::string_view, 17> kRun = {
    "aggregate",  "body",    "command",  "cql",       "cypher",   "document",
    "expression", "graphql", "mutation", "operation", "payload",  "pipeline",
    "program",    "queries", "query",    "request",   "statement"};
// Of procedures, of which a database keeps its own, and of programs.
constexpr std::array<std::string_view, 15> kKept = {
    "command",   "commands",   "function", "functions", "job",        "jobs",   "macro",  "migrate",
    "migration", "migrations", "proc",     "procedure", "procedures", "script", "scripts"};
// In a tool's name: what is run is SQL; that something is run; and what says nothing of that.
constexpr std::array<std::string_view, 6> kSqlText = {"queries", "query",     "select",
                                                      "sql",     "statement", "statements"};
constexpr std::array<std::string_view, 6> kRuns = {"exec",    "execute", "executes",
                                                   "perform", "run",     "submit"};
constexpr std::array<std::string_view, 11> kAround = {
    "data", "in", "mcp", "on", "only", "raw", "read", "readonly", "safe", "the", "tool"};
constexpr size_t kLongestGiven = 64;
// {"output": {"table": {"style": "plain"}}}: each key on the way is known.
constexpr size_t kDeepestOption = 3;
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

// SQL does not care for case, by which words are told apart.
Kind worst_of(std::string_view text) {
  return std::max(read_name(text).worst, read_name(scan::ascii_lower(text)).worst);
}

// "a@b.c", "2024-01-01", "New York": no statement, no command, no act. Of what a statement is `given` one word is none.
bool says_nothing(std::string_view text, bool given) {
  constexpr std::string_view kSigns = ";(){}[]<>|`\\\"$";
  const auto is_sign = [&](char c) {
    return static_cast<unsigned char>(c) < 0x20 || kSigns.find(c) < kSigns.size();
  };
  if (text.size() > kLongestGiven || std::any_of(text.begin(), text.end(), is_sign) ||
      text.find("/*") < text.size())
    return false;
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (given && plain && text.find(' ') == std::string_view::npos) return true;
  const Kind worst = worst_of(text);
  return worst <= Kind::kQuery || worst == Kind::kMessage;  // Post Office
}

bool may_name_what_is_run(std::string_view name) {
  const std::string key = stem_of(name);
  return key.size() < 2 || key.ends_with("ql") || scan::is_among(kRunAsWhole, key) ||
         std::any_of(kOfRun.begin(), kOfRun.end(),
                     [&key](std::string_view part) { return key.find(part) < key.size(); }) ||
         scan::has_word(name, kKept) || worst_of(name) > Kind::kQuery;
}

// No key on the way says that what stands there may be run.
bool is_option(const Walk& walk) {
  if (walk.depth() > kDeepestOption) return false;
  for (const std::string_view key : {walk.key(), walk.holder(), walk.top_key()})
    if (!key.empty() && may_name_what_is_run(key)) return false;
  return true;
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
bool is_harmless(const Walk& walk, std::string_view key, std::string_view top) {
  const std::string_view text = walk.text();
  if (is_named_harmless(key)) return true;
  const bool operation = scan::is_among(kOperations, key);
  if (operation && scan::is_among(kReading, scan::ascii_lower(text.substr(0, kLongestGiven))))
    return true;
  const bool given = scan::is_among(kGiven, key) || scan::is_among(kGiven, top);
  // {"args": ["drop", "x"]} may be a command.
  const bool mark = !top.starts_with("arg") && !may_name_what_is_run(walk.key());
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
  if (outside && is_harmless(walk, key, top)) return false;
  return !(is_option(walk) && says_nothing(text, false));
}

bool may_run_sql_alone(std::string_view tool) {
  bool text = false;
  bool runs = false;
  bool other = false;
  const bool acts = scan::any_word(tool, [&](std::string_view word) {
    if (scan::is_among(kKept, word)) return true;
    if (scan::is_among(kSqlText, word)) {
      text = true;
    } else if (scan::is_among(kRuns, word)) {
      runs = true;
    } else if (!scan::is_among(kAround, word)) {
      const NameReading reading = read_name(word);
      other = other || !reading.database;
      return reading.worst > Kind::kQuery;
    }
    return false;
  });
  return !acts && (text || !runs || !other);
}

}  // namespace agentmesh::policy
