#include <array>

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {
namespace {

// What a statement may begin with: everything that classify() asks for.
constexpr std::array<std::string_view, 109> kVerbs = {
    "abort",      "alter",     "analyze",  "attach",    "backup",   "begin",      "binlog",
    "bulk",       "call",      "case",     "change",    "check",    "checkpoint", "checksum",
    "close",      "cluster",   "comment",  "commit",    "copy",     "create",     "dbcc",
    "deallocate", "declare",   "delete",   "delimiter", "deny",     "desc",       "describe",
    "detach",     "discard",   "do",       "drop",      "else",     "elseif",     "elsif",
    "end",        "exchange",  "exec",     "execute",   "exists",   "explain",    "export",
    "fetch",      "flush",     "for",      "foreach",   "from",     "get",        "go",
    "grant",      "handler",   "help",     "if",        "import",   "insert",     "install",
    "kill",       "list",      "listen",   "load",      "lock",     "loop",       "merge",
    "notify",     "optimize",  "pivot",    "pragma",    "prepare",  "print",      "purge",
    "put",        "reassign",  "refresh",  "reindex",   "release",  "remove",     "rename",
    "repeat",     "replace",   "reset",    "restore",   "return",   "revoke",     "rm",
    "rollback",   "savepoint", "security", "select",    "set",      "show",       "shutdown",
    "start",      "summarize", "system",   "table",     "truncate", "undrop",     "uninstall",
    "unload",     "unlock",    "unpivot",  "update",    "upsert",   "use",        "vacuum",
    "values",     "waitfor",   "while",    "with"};

// Tokens behind UPDATE and GRANT: without a bound a text full of them would be read once for each.
constexpr size_t kFarthestSet = 24;
constexpr size_t kFarthestGrantee = 64;

}  // namespace

bool is_sql_verb(const SqlToken& token) {
  return std::any_of(kVerbs.begin(), kVerbs.end(),
                     [&](std::string_view verb) { return token.is(verb); });
}

bool may_begin_statement(SqlTokens tokens) {
  while (!tokens.empty() && (tokens.front().sign('(') || tokens.front().sign(';')))
    tokens = tokens.subspan(1);
  return !tokens.empty() && is_sql_verb(tokens.front());
}

bool is_dml_start(SqlTokens tokens, size_t i) {
  const SqlToken& token = tokens[i];
  const SqlToken& next = token_at(tokens, i + 1);
  const SqlToken& third = token_at(tokens, i + 2);
  if (token.kind != SqlTokenKind::kWord) return false;
  if (token.is("delete"))
    return next.is("from") || (next.name() && third.is("from")) ||
           (next.name() && third.is("where")) ||
           (next.is("top") && (third.sign('(') || third.kind == SqlTokenKind::kNumber));
  if (token.is("insert")) return one_of(next, {"into", "overwrite"});
  if (token.is("update")) {
    if (!next.name() || next.is("set") || next.is("of")) return false;
    const SqlTokens near = tokens.first(std::min(tokens.size(), i + kFarthestSet));
    return find_word(near, i + 1, token.depth, {"set"}) < near.size();
  }
  if (token.is("merge")) return next.is("into") || (next.name() && one_of(third, {"using", "as"}));
  if (token.is("truncate")) return next.is("table");
  if (token.is("drop"))
    return one_of(next, {"table", "database", "schema", "view", "index", "user", "role", "login",
                         "procedure", "function", "trigger", "sequence", "materialized", "type",
                         "domain", "extension", "tablespace"});
  if (token.is("alter"))
    return one_of(
        next, {"table", "database", "user", "role", "login", "system", "server", "authorization"});
  if (token.is("create"))
    return one_of(next, {"table", "user", "role", "login", "procedure", "function", "trigger",
                         "database", "view", "index", "or"});
  if (one_of(token, {"exec", "execute"}))
    return next.name() || next.sign('(') || next.kind == SqlTokenKind::kString;
  if (one_of(token, {"grant", "revoke"})) {
    const SqlTokens near = tokens.first(std::min(tokens.size(), i + kFarthestGrantee));
    return next.kind == SqlTokenKind::kWord &&
           find_word(near, i + 1, token.depth, {"to", "from"}) < near.size();
  }
  return token.is("shutdown") && (i + 1 == tokens.size() || next.is("with"));
}

}  // namespace agentmesh::policy::scan
