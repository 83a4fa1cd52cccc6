#include "policy/beside_sql.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "policy/kinds.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/sql.h"
#include "policy/scan/word_lists.h"
#include "policy/sql_tool.h"

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
constexpr std::array<std::string_view, 12> kRunAsWhole = {
    "cmd", "data", "ddl", "dml", "do", "job", "js", "method", "op", "proc", "raw", "stmt"};
// The same where the key does not end as one that says which it was: {"task_id": "7f1c"}
constexpr std::array<std::string_view, 7> kOfRunToo = {"hook", "plugin", "procedur", "routine",
                                                       "step", "task",   "workflow"};
// Words that may be acts and are none where a key begins with them, or with an act in front of one of the second ones: commit_message,
// order, write_timeout, export_format, run_as.
constexpr std::array<std::string_view, 15> kThings = {
    "auto", "chart",   "commit", "dry",    "editor", "email", "fetch", "format",
    "lock", "message", "order",  "return", "sort",   "type",  "write"};
constexpr std::array<std::string_view, 10> kOfThings = {
    "as", "count", "format", "id", "limit", "method", "mode", "size", "timeout", "type"};
constexpr std::array<std::string_view, 10> kSettings = {"all", "async", "false", "no",   "none",
                                                        "off", "on",    "sync",  "true", "yes"};
// Under which an object is what is run: {"query": {"drop": 1}}
constexpr std::array<std::string_view, 17> kRun = {
    "aggregate",  "body",    "command",  "cql",       "cypher",   "document",
    "expression", "graphql", "mutation", "operation", "payload",  "pipeline",
    "program",    "queries", "query",    "request",   "statement"};
constexpr size_t kLongestGiven = 64;
constexpr size_t kDeepestOption = 6;  // what is deeper is none
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

// Whose keys are anybody's: {"labels": {"job": "nightly"}}
bool is_of_labels(std::string_view top) { return top == "labels" || top == "tags"; }

bool is_named_harmless(std::string_view key) {
  return scan::is_among(kHarmless, key) || scan::is_among(kHarmlessToo, key);
}

// SQL does not care for case, by which words are told apart.
Kind worst_of(std::string_view text) {
  return std::max(read_name(text).worst, read_name(scan::ascii_lower(text)).worst);
}

// $name stands for something else, and "$100" and "US$" do not.
bool has_variable(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i)
    if (text[i - 1] == '$' && (scan::is_alpha(text[i]) || text[i] == '_')) return true;
  return false;
}

// "a@b.c", "2024-01-01", "New York": no statement, no command, no act. Of what a statement is `given` one word is none.
bool says_nothing(std::string_view text, bool given) {
  constexpr std::string_view kSigns = ";(){}[]<>|`\\\"";
  const auto is_sign = [&](char c) {
    return static_cast<unsigned char>(c) < 0x20 || kSigns.find(c) < kSigns.size();
  };
  if (text.size() > kLongestGiven || std::any_of(text.begin(), text.end(), is_sign) ||
      text.find("/*") < text.size() || has_variable(text))
    return false;
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const bool word = plain && text.find(' ') == std::string_view::npos;
  if (word && (given || scan::is_among(kSettings, scan::ascii_lower(text)))) return true;
  if (!word && scan::begins_like_sql(text)) return false;
  const Kind worst = worst_of(text);
  return worst <= Kind::kQuery || worst == Kind::kMessage;  // Post Office
}

// "drop_table", "deleteUsers"; and not "order", "commit_message", "export_format".
bool begins_with_act(std::string_view name) {
  bool first = true;
  bool acts = false;
  (void)scan::any_word(name, [&](std::string_view word) {
    if (!std::exchange(first, false)) {
      acts = acts && !scan::is_among(kOfThings, word);
      return true;
    }
    acts = !scan::is_among(kThings, word) && read_name(word).worst > Kind::kQuery;
    return !acts;
  });
  return acts;
}

// "job_timeout", "step_size".
bool ends_as_setting(std::string_view name) {
  bool setting = false;
  (void)scan::any_word(name, [&setting](std::string_view word) {
    setting = word != "id" && word != "as" && scan::is_among(kOfThings, word);
    return false;
  });
  return setting;
}

// A long one is no key that anybody knows, and is not gone through for each text below it.
bool may_name_what_is_run(std::string_view name) {
  if (name.size() > kLongestGiven) return true;
  std::string key = stem_of(name);
  constexpr std::string_view kNoAction = "transaction";  // transaction_isolation
  if (const size_t at = key.find(kNoAction); at < key.size() && key != kNoAction)
    key.erase(at, kNoAction.size());
  const auto in_key = [&key](std::string_view part) { return key.find(part) < key.size(); };
  const bool which = scan::bare_name(name).ends_with("id") || ends_as_setting(name);
  return key.size() < 2 || key.ends_with("ql") || scan::is_among(kRunAsWhole, key) ||
         std::any_of(kOfRun.begin(), kOfRun.end(), in_key) ||
         (!which && std::any_of(kOfRunToo.begin(), kOfRunToo.end(), in_key)) ||
         (!ends_as_setting(name) && names_what_is_kept(name)) || begins_with_act(name);
}

// It stands at the top or in envelopes, or in a list of them.
bool is_outside(const Walk& walk, std::string_view key, std::string_view top) {
  if (walk.depth() <= 1) return true;
  if (walk.depth() > kDeepestOption) return false;
  if (!scan::is_among(kEnvelopes, top) && !scan::is_among(kGiven, top) && top != key) return false;
  bool own = true;
  return !walk.any_key([&own](std::string_view above) {
    if (std::exchange(own, false)) return false;
    const std::string stem = stem_of(above);
    return !scan::is_among(kEnvelopes, stem) && !scan::is_among(kGiven, stem) &&
           may_name_what_is_run(above);
  });
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

// A text under `key`, at the top or in an envelope. `run`: the key may name what is run.
bool is_harmless(std::string_view text, std::string_view key, std::string_view top, bool run) {
  if (is_named_harmless(key)) return true;
  const bool operation = scan::is_among(kOperations, key);
  if (operation && scan::is_among(kReading, scan::ascii_lower(text.substr(0, kLongestGiven))))
    return true;
  const bool given = scan::is_among(kGiven, key) || scan::is_among(kGiven, top);
  // {"args": ["drop", "x"]} may be a command.
  return given && says_nothing(text, !top.starts_with("arg") && !run);
}

}  // namespace

const BesideSql::Place& BesideSql::place_of(const Walk& walk) {
  const char* const at = walk.key().data();
  if (walk.keys() == place_.keys && walk.depth() == place_.depth && at == place_.at) return place_;
  place_ = {walk.keys(), walk.depth(), at, stem_of(walk.key()), stem_of(walk.top_key())};
  place_.may_name_run = may_name_what_is_run(walk.key());
  place_.outside = is_outside(walk, place_.key, place_.top);
  place_.option = walk.depth() <= kDeepestOption && !walk.any_key(may_name_what_is_run);
  return place_;
}

bool BesideSql::may_act(const Walk& walk) {
  const std::string_view text = walk.text();
  const bool empty = text.find_first_not_of(kNumeric) == std::string_view::npos;
  if (empty || walk.what() == Walk::What::kNumber) return false;
  if (walk.what() == Walk::What::kKey) return key_may_act(walk);
  const Place& place = place_of(walk);
  // {"connection": {"init_command": "DROP TABLE users"}} is run as well, and is no one word.
  constexpr std::string_view kOfStatement = " \t\r\n(";
  const bool one_word = text.find_first_of(kOfStatement) == std::string_view::npos;
  if (one_word && scan::is_among(kHarmlessBelow, place.top) &&
      (is_of_labels(place.top) || !place.may_name_run))
    return false;
  if (place.outside && is_harmless(text, place.key, place.top, place.may_name_run)) return false;
  return !(place.option && says_nothing(text, false));
}

}  // namespace agentmesh::policy
