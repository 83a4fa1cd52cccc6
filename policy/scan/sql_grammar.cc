#include "policy/scan/sql_grammar.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMostBareWords = 3;  // in a row, that are no words of SQL

// Words that no name is spelled like without quotes, and that stand between names.
bool is_reserved(const SqlToken& token) {
  return one_of(
      token,
      {"add",     "all",    "alter",       "and",      "as",        "at",     "between", "by",
       "cascade", "create", "delete",      "distinct", "drop",      "else",   "end",     "exists",
       "for",     "from",   "grant",       "group",    "having",    "if",     "in",      "insert",
       "into",    "is",     "join",        "like",     "limit",     "not",    "null",    "of",
       "on",      "or",     "order",       "restrict", "returning", "revoke", "select",  "set",
       "table",   "then",   "to",          "union",    "update",    "using",  "values",  "when",
       "where",   "with",   "concurrently"});
}
// Words of sentences: no table is called so, and no column.
bool is_english(const SqlToken& token) {
  return one_of(token,
                {"the",       "my",       "your",     "our",   "their",  "an",      "vs",
                 "versus",    "how",      "what",     "why",   "which",  "who",     "whose",
                 "please",    "me",       "you",      "we",    "they",   "about",   "everything",
                 "something", "anything", "everyone", "does",  "should", "would",   "could",
                 "can",       "cannot",   "can't",    "these", "those",  "instead", "because"});
}

}  // namespace

// Words that join names in SQL: a run of names ends there.
bool SqlGrammar::joins(const SqlToken& token) {
  return is_reserved(token) ||
         one_of(
             token,
             {"asc",       "case",       "cast",    "collate",   "constraint", "cross",   "current",
              "default",   "desc",       "except",  "fetch",     "filter",     "first",   "foreign",
              "full",      "ilike",      "inner",   "intersect", "key",        "lateral", "left",
              "matched",   "merge",      "natural", "next",      "nulls",      "offset",  "only",
              "outer",     "output",     "over",    "partition", "preceding",  "primary", "range",
              "recursive", "references", "replace", "right",     "row",        "rows",    "time",
              "top",       "unbounded",  "unique",  "window",    "within",     "without", "zone"});
}

bool SqlGrammar::shows() const {
  const SqlToken& verb = token_at(tokens_, 0);
  if (verb.text.size() >= 2 &&
      std::all_of(verb.text.begin(), verb.text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return true;
  return std::any_of(tokens_.begin(), tokens_.end(), [](const SqlToken& token) {
    if (token.kind == SqlTokenKind::kString || token.kind == SqlTokenKind::kQuotedName) return true;
    if (token.kind == SqlTokenKind::kSign)
      return !token.sign(',') && !token.sign('?') && !token.sign('-');
    return token.text.find_first_of("_@#") != std::string_view::npos;
  });
}

bool SqlGrammar::name() {
  if (!here().name() || is_reserved(here()) || is_english(here())) return false;
  ++at_;
  while (here().sign('.')) {
    ++at_;
    if (here().name() || here().sign('*')) ++at_;
  }
  return true;
}

bool SqlGrammar::names() {
  do {
    if (token_at(tokens_, at_ + 1).name()) take({"only", "group", "role", "user"});
    if (is_string(here()))
      ++at_;  // 'eve'@'localhost'
    else if (!name())
      return false;
    if (here().sign('@')) at_ += 2;
    (void)parentheses();
    if (here().sign('*')) ++at_;
  } while (here().sign(',') && ++at_ != 0);
  return true;
}

bool SqlGrammar::plain_from_here() const {
  size_t run = 0;
  for (size_t i = at_; i < tokens_.size(); ++i) {
    const SqlToken& token = tokens_[i];
    if (token.kind != SqlTokenKind::kWord || joins(token)) {
      run = 0;
      continue;
    }
    if (is_english(token) && !token_at(tokens_, i + 1).sign('.') && !tokens_[i - 1].sign('.'))
      return false;
    if (++run > kMostBareWords) return false;
  }
  return true;
}

bool SqlGrammar::drop() {
  take_all({"temporary", "temp",      "foreign",   "external",     "materialized", "iceberg",
            "dynamic",   "unique",    "clustered", "nonclustered", "public",       "global",
            "event",     "workload",  "security",  "master",       "search",       "transient",
            "live",      "streaming", "virtual"});
  bool weak = true;
  if (take({"table", "tables", "database", "schema", "tablespace", "catalog", "keyspace"}))
    weak = false;
  else if (!take({"view",     "index",       "user",         "role",        "login",
                  "type",     "domain",      "policy",       "group",       "procedure",
                  "proc",     "function",    "trigger",      "sequence",    "extension",
                  "server",   "publication", "subscription", "stage",       "pipe",
                  "task",     "stream",      "warehouse",    "credential",  "assembly",
                  "synonym",  "rule",        "aggregate",    "operator",    "event",
                  "owned",    "dictionary",  "macro",        "package",     "share",
                  "model",    "key",         "session",      "collation",   "cast",
                  "language", "statistics",  "constraint",   "notification"}))
    return false;
  take("concurrently");
  if (take("if") && !take("exists")) return false;
  take("by");
  if (!names()) return false;
  if (take("on")) {
    take("cluster");
    if (!name() && !is_string(here())) return false;
    if (is_string(here())) ++at_;
  }
  (void)parentheses();
  if (weak && !sure_) return false;
  return options({"cascade", "restrict", "constraints", "purge", "sync", "force", "permanently",
                  "including", "contents", "datafiles", "and", "no", "delay", "not", "validate"});
}

bool SqlGrammar::truncate() {
  const bool says = take({"table", "database"});
  take("only");
  if (take("if") && !take("exists")) return false;
  if (!names() || (!says && !sure_)) return false;
  take_all({"restart", "continue", "identity", "cascade", "restrict", "drop", "reuse", "storage",
            "all"});
  return ended() || is("on") || is("partition") || is("with");
}

bool SqlGrammar::alter() {
  take_all({"foreign", "external", "materialized", "iceberg", "dynamic", "ignore", "online"});
  if (!take({"table",      "database",  "user",          "role",         "login",     "view",
             "index",      "schema",    "sequence",      "type",         "domain",    "system",
             "session",    "server",    "authorization", "function",     "procedure", "trigger",
             "default",    "warehouse", "account",       "group",        "extension", "policy",
             "tablespace", "event",     "publication",   "subscription", "stage",     "task"}))
    return false;
  if (is("set") && (tokens_[at_ - 1].is("system") || tokens_[at_ - 1].is("session"))) return sure_;
  if (take("if") && !take("exists")) return false;
  take("only");
  if (!name()) return false;
  (void)parentheses();
  if (here().sign('*')) ++at_;
  if (take("on") && take("cluster") && !ended()) ++at_;
  if (take("in") && (!take("database") || !name())) return false;
  const SqlToken& action = here();
  if (!take({"add",        "drop",      "rename",      "set",
             "alter",      "modify",    "change",      "owner",
             "enable",     "disable",   "with",        "password",
             "identified", "attach",    "detach",      "delete",
             "update",     "cluster",   "reset",       "no",
             "validate",   "inherit",   "convert",     "engine",
             "truncate",   "exchange",  "swap",        "auto_increment",
             "comment",    "superuser", "nosuperuser", "createdb",
             "createrole", "login",     "nologin",     "valid",
             "default",    "account",   "quota",       "grant",
             "replica",    "force",     "row",         "rebuild",
             "reorganize", "freeze",    "materialize", "unset",
             "suspend",    "resume",    "clustering",  "replace",
             "switch",     "character", "collate",     "as",
             "split",      "merge",     "check",       "nocheck",
             "restart",    "increment", "connection",  "bypassrls",
             "partition",  "read",      "search",      "order",
             "using"}) ||
      ended())
    return action.sign('(') || (sure_ && one_of(action, {"superuser", "createdb", "createrole",
                                                         "bypassrls", "suspend", "resume"}));
  if (one_of(action, {"password", "identified"})) return has_string();
  return sure_ ? plain_from_here() : ended(4) && plain_from_here();
}

bool SqlGrammar::create() {
  while (take({"or",         "replace",   "alter",        "temp",      "temporary",    "global",
               "local",      "unlogged",  "external",     "foreign",   "materialized", "unique",
               "fulltext",   "spatial",   "virtual",      "transient", "recursive",    "aggregate",
               "constraint", "clustered", "nonclustered", "iceberg",   "dynamic",      "definer",
               "trusted",    "event",     "secure",       "hypo"})) {
  }
  const SqlToken& what = here();
  if (what.kind != SqlTokenKind::kWord) return sure_;  // DEFINER = …
  ++at_;
  if (take("if") && (!take("not") || !take("exists"))) return false;
  if (what.is("index")) {
    take("concurrently");
    if (take("if") && (!take("not") || !take("exists"))) return false;
    if (!is("on") && !name()) return false;
    return take("on") && (take("only") || true) && name() && (here().sign('(') || is("using"));
  }
  if (what.is("user") && take("mapping")) return take("for");
  if (!name()) return false;
  if (one_of(what, {"user", "role", "login", "group"})) {
    if (here().sign('@')) return true;
    if (ended()) return sure_;
    return one_of(here(), {"with", "identified", "password", "superuser", "createdb", "createrole",
                           "login", "from", "for", "in", "default", "encrypted", "valid"}) &&
           (sure_ || has_string()) && plain_from_here();
  }
  if (one_of(what, {"table", "view", "type", "function", "procedure", "proc", "macro", "model"})) {
    const bool opened = parentheses();
    if (opened || here().sign('@')) return sure_ || opened;
    return is("as") ? sure_ && !ended(1) : sure_ && !ended() && joins(here());
  }
  if (one_of(what,
             {"database",    "schema",       "extension", "sequence",   "domain",     "trigger",
              "event",       "rule",         "policy",    "server",     "assembly",   "language",
              "stage",       "pipe",         "task",      "stream",     "warehouse",  "tablespace",
              "publication", "subscription", "synonym",   "credential", "statistics", "dictionary",
              "catalog",     "share",        "secret"}))
    return sure_ && plain_from_here();
  return false;
}

bool SqlGrammar::grant(std::string_view to) {
  const size_t target = find_word(tokens_, at_, token_at(tokens_, 0).depth, {to});
  if (target >= tokens_.size() || target == at_) return false;
  const size_t on = find_word(tokens_, at_, token_at(tokens_, 0).depth, {"on"});
  if (on < target) {
    if (!one_of(here(), {"select",  "insert",     "update",  "delete", "all",      "usage",
                         "execute", "references", "trigger", "create", "connect",  "temporary",
                         "temp",    "ownership",  "operate", "modify", "truncate", "alter",
                         "drop",    "index",      "grant",   "role",   "apply",    "maintain",
                         "read",    "write",      "control", "view"}))
      return false;
    at_ = on + 1;
    take_all({"table",     "schema",    "database",    "function",   "procedure", "sequence",
              "type",      "warehouse", "all",         "tables",     "in",        "functions",
              "sequences", "future",    "view",        "tablespace", "language",  "domain",
              "stage",     "role",      "integration", "account"});
    if (at_ == target) {  // no name, or one like a kind of things
      if (!sure_) return false;
    } else if (here().sign('*')) {
      while (here().sign('*') || here().sign('.')) ++at_;
    } else if (!names()) {
      return false;
    }
    if (at_ != target) return false;
  } else if (!sure_ || !names() || at_ != target) {
    return false;
  }
  at_ = target + 1;
  take_all({"role", "group", "user", "share", "database"});
  if (ended() && one_of(token_at(tokens_, at_ - 1), {"role", "group", "user"})) return sure_;
  if (!is_string(here()) && !names()) return false;
  return plain_from_here() && (ended() || here().sign('@') || is_string(here()) ||
                               one_of(here(), {"with", "identified", "cascade", "restrict",
                                               "granted", "copy", "revoke"}));
}

}  // namespace agentmesh::policy::scan
