#include "policy/sql_tool.h"

#include <array>
#include <string>
#include <string_view>

#include "policy/kinds.h"
#include "policy/scan/name_words.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

// Of procedures, of which a database keeps its own, and of programs.
constexpr std::array<std::string_view, 15> kKept = {
    "command",   "commands",   "function", "functions", "job",        "jobs",   "macro",  "migrate",
    "migration", "migrations", "proc",     "procedure", "procedures", "script", "scripts"};
// In a tool's name besides: what is run is none of the SQL that it is given.
constexpr std::array<std::string_view, 18> kKeptToo = {
    "agent",  "dag",     "flow",     "hook", "into", "lambda", "notebook", "package",  "pipeline",
    "plugin", "routine", "routines", "step", "task", "tasks",  "to",       "workflow", "workflows"};
// What is run is SQL; that something is run; and what says nothing of that.
constexpr std::array<std::string_view, 6> kSqlText = {"queries", "query",     "select",
                                                      "sql",     "statement", "statements"};
constexpr std::array<std::string_view, 9> kRuns = {
    "call", "exec", "execute", "executes", "execution", "invoke", "perform", "run", "submit"};
constexpr std::array<std::string_view, 14> kAround = {"data",     "duck", "fetch", "in",  "maria",
                                                      "mcp",      "on",   "only",  "raw", "read",
                                                      "readonly", "safe", "the",   "tool"};
constexpr std::array<std::string_view, 3> kJoining = {"and", "or", "then"};

}  // namespace

bool names_what_is_kept(std::string_view name) { return scan::has_word(name, kKept); }

bool may_run_sql_alone(std::string_view tool) {
  // start_query_execution is what Athena calls it.
  const bool starts = scan::bare_name(tool).find("startqueryexecution") != std::string::npos;
  bool text = false;    // SQL is named,
  bool runs = false;    // and running it,
  bool leads = true;    // and nothing else so far:
  bool joined = false;  // what is behind that is where it runs (execute_sql_backup), up to a joint
  bool prefix = false;  // something else stands before what runs: acme_db_execute
  bool object = false;  // or behind it
  bool kept = false;  // that may be run instead, unless running SQL stands behind: notebook_run_sql
  std::string rest;
  const bool keeps = scan::any_word(tool, [&](std::string_view word) {
    if (scan::is_among(kKept, word)) return true;
    if (scan::is_among(kKeptToo, word)) {
      kept = true;
      return text || runs;
    }
    if (scan::is_among(kSqlText, word)) {
      text = true;
    } else if (scan::is_among(kRuns, word) || (starts && word == "start")) {
      runs = true;
    } else if (!scan::is_among(kAround, word)) {
      joined = joined || scan::is_among(kJoining, word);
      if (!read_name(word).database) {
        (runs ? object : prefix) = true;
        leads = leads && text && runs;
      }
      if (!leads || joined) (rest += '_') += word;
    }
    return false;
  });
  if (keeps || (kept && !(text && runs)) || read_name(rest).worst > Kind::kQuery) return false;
  return text || (runs ? !object : !prefix);
}

}  // namespace agentmesh::policy
