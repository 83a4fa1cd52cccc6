#include <algorithm>
#include <array>

#include "policy/scan/decode.h"
#include "policy/scan/sql.h"
#include "policy/scan/sql_begin_words.h"
#include "policy/scan/sql_client.h"
#include "policy/scan/sql_grammar.h"
#include "policy/scan/sql_sentence.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMostBytes = size_t{1}
                              << 20;  // a longer text that did not tell so far is in doubt

constexpr int kMostKinds = 8;  // words for what is made: CREATE UNIQUE CLUSTERED COLUMNSTORE INDEX

class Opening : private SqlGrammar {
 public:
  // `closed`: another statement stands behind.
  Opening(SqlTokens statement, bool closed) : SqlGrammar(statement, true), closed_(closed) {}

  bool reads() {
    pass_over();
    if (ended()) return false;
    if (const std::string start = ascii_lower(here().text.substr(0, 3));
        here().kind == SqlTokenKind::kWord && (start == "sp_" || start == "xp_"))
      return true;
    if (here().kind != SqlTokenKind::kWord && !in_block_) return false;
    const size_t verb = at_;
    if (opens()) return true;
    at_ = verb;
    return holds_another();
  }

 private:
  // Parentheses, labels, and what begins a block or a transaction.
  void pass_over() {
    for (;;) {
      if (here().sign('(') || here().sign('{')) {
        ++at_;
      } else if (here().sign('<') && next().sign('<') && third().name()) {
        at_ += 5;
      } else if (here().kind == SqlTokenKind::kWord && next().sign(':')) {
        at_ += 2;
      } else if (is("begin") || (is("start") && next().is("transaction"))) {
        ++at_;
        in_block_ = true;
        take_all({"transaction", "tran", "work", "try", "catch", "distributed", "atomic",
                  "immediate", "exclusive", "deferred", "concurrent"});
      } else {
        return;
      }
    }
  }

  const SqlToken& next() const { return token_at(tokens_, at_ + 1); }
  const SqlToken& third() const { return token_at(tokens_, at_ + 2); }
  SqlTokens rest() const { return tokens_.subspan(at_); }
  template <class Is>
  bool any(Is is) const {
    return std::any_of(rest().begin() + 1, rest().end(), is);
  }
  bool has_sign(std::string_view signs) const {
    return any([&](const SqlToken& token) {
      return token.kind == SqlTokenKind::kSign && token.text.size() == 1 &&
             signs.find(token.text[0]) != std::string_view::npos;
    });
  }
  bool has(std::string_view word) const {
    return any([&](const SqlToken& token) { return token.is(word); });
  }
  bool has_literal() const {
    return any([](const SqlToken& token) {
      return token.kind == SqlTokenKind::kString || token.kind == SqlTokenKind::kQuotedName;
    });
  }
  static bool is_number_or_literal(const SqlToken& token) {
    return token.kind == SqlTokenKind::kNumber || is_string(token);
  }
  static bool has_sign_of_names(const SqlToken& token) {
    return token.kind == SqlTokenKind::kWord &&
           token.text.find_first_of("_@#") != std::string_view::npos;
  }

  bool opens() {
    const SqlToken& verb = here();
    if (ended(1)) return one_of(verb, {"shutdown", "reconfigure", "revert", "vacuum", "analyze"});
    if (is_dml_start(tokens_, at_) &&
        !one_of(verb, {"exec", "execute", "create", "grant", "revoke", "shutdown"}))
      return true;
    for (const Beginning& each : kBeginnings)
      if (verb.is(each.verb) && is_in(each.behind, next())) return true;
    if (one_of(verb, {"create", "alter", "drop"})) return defines();
    if (one_of(verb, {"grant", "revoke", "deny"})) return grants();
    if (one_of(verb, {"insert", "replace", "upsert", "update", "delete", "merge"}))
      return changes();
    if (one_of(verb, {"exec", "execute", "call"}))
      return ended(2) || next().sign('(') ||
             (next().name() && (third().sign('.') || third().sign('('))) || has_literal() ||
             has_sign_of_names(next()) || (!verb.is("call") && has_sign("(@,="));
    if (one_of(verb, {"explain", "describe", "desc"})) return explains();
    if (one_of(verb, {"if", "while"})) return controls();
    return of_one_kind(verb);
  }

  bool of_one_kind(const SqlToken& verb) const {
    if (verb.is("select"))
      return has("from") || has_sign("*(=") || next().kind != SqlTokenKind::kWord || ended(2);
    if (verb.is("with"))
      return has("as") && has_sign("(") && any([](const SqlToken& token) {
               return one_of(token, {"select", "insert", "update", "delete", "merge", "values",
                                     "table", "from", "replace"});
             });
    if (one_of(verb, {"table", "from"})) return ended(2) || has("select");
    if (verb.is("values")) return next().sign('(');
    if (verb.is("show"))
      return one_of(next(), {"tables", "databases", "schemas", "columns", "create", "index",
                             "indexes", "grants", "variables", "status", "processlist", "full"});
    if (verb.is("use")) return ended(2);
    if (verb.is("declare"))
      return next().text.substr(0, 1) == "@" || has_sign("=") || closed_ || has("cursor") ||
             has("begin");
    if (verb.is("set"))
      return has_sign("=") || any([](const SqlToken& t) { return t.text == ":="; }) ||
             (closed_ && ended(3)) || has_sign_of_names(next()) ||
             (next().is("role") && (ended(3) || closed_ || has("identified") || has("except"))) ||
             (one_of(next(), {"local", "default", "password"}) &&
              one_of(third(), {"role", "session", "for", "to"}));
    if (one_of(verb, {"pragma", "dbcc", "binlog", "xa", "delimiter"})) return !ended(1);
    if (one_of(verb, {"attach", "vacuum", "copy", "load", "install", "unload"}))
      return has_literal() || next().sign('(') || next().text.starts_with("@") ||
             (verb.is("copy") && (has("from") || has("to") || has("into"))) ||
             (verb.is("vacuum") && (ended(2) || third().is("retain")));
    if (verb.is("do"))
      return is_string(next()) || next().is("language") ||
             (has_sign("(") && !is_of_sentences(next()));
    if (verb.is("prepare")) return prepares();
    if (one_of(verb, {"put", "get", "remove", "rm", "list", "ls"}))
      return next().text.starts_with("@") || next().text.starts_with("file:") ||
             (next().is("file") && third().sign(':'));
    if (verb.is("detach")) return ended(2) || has("permanently");
    if (verb.is("truncate"))
      return ended(3) || third().sign(',') || third().sign('.') ||
             one_of(third(), {"restart", "continue", "cascade", "restrict", "on", "partition"});
    if (verb.is("kill"))
      return is_number_or_literal(next()) || next().text.starts_with("@") || has("where") ||
             (one_of(next(), {"query", "connection", "hard", "soft", "mutation"}) &&
              is_number_or_literal(third()));
    if (verb.is("handler")) return one_of(third(), {"open", "read", "close"});
    if (one_of(verb, {"reindex", "refresh", "lock", "optimize", "analyze", "cluster"}))
      return next().sign('(') ||
             one_of(third(), {"in", "using", "final", "zorder", "partition", "where"});
    if (one_of(verb, {"writetext", "updatetext"})) return has_literal();
    if (verb.is("rename")) return third().is("to") && ended(4);
    if (verb.is("system")) return one_of(next(), {"shutdown", "kill"}) && ended(2);
    return false;
  }

  // PREPARE p AS DELETE …, PREPARE p (int) AS …, PREPARE p FROM @s
  bool prepares() const {
    for (size_t i = at_ + 1; i + 1 < tokens_.size(); i = next_token(tokens_, i))
      if (one_of(tokens_[i], {"as", "from"}))
        return is_sql_verb(tokens_[i + 1]) || tokens_[i + 1].text.starts_with("@");
    return third().sign('(');
  }

  // CREATE, ALTER and DROP of a kind of things, a name, and what stands behind one.
  bool defines() {
    const SqlToken verb = here();
    if (next().kind != SqlTokenKind::kWord || is_of_sentences(next())) return false;
    if (verb.is("drop") && next().is("all")) return third().is("objects");
    const bool whom = is_in(kWhom, next());
    if (verb.is("alter"))
      return whom || is_in(kKinds, next()) ||
             one_of(next(), {"system", "authorization", "default"}) || has_sign("(=") ||
             has("as") || has("add") || has("drop") || has("rename") || has("set");
    if (verb.is("create") && (has_sign("(=") || has_literal() || has("as"))) return true;
    if (!whom && !is_in(kKinds, next())) return false;
    ++at_;
    const size_t kind = at_++;
    if (whom && is("mapping")) return next().is("for");
    for (int more = 0; !whom && more < kMostKinds; ++more) {
      if (!is_in(kKinds, here()) && !is_in(kWhom, here())) break;
      ++at_;
    }
    take_all({"concurrently", "if", "not", "exists", "by", "authorization"});
    const bool named = is_string(here()) || here().kind == SqlTokenKind::kQuotedName || name();
    if (is_string(here())) ++at_;
    // DROP TABLE type, CREATE INDEX ON t
    if (!named) return here().sign('(') || ((ended() || is("on")) && at_ > kind + 1);
    // None of these is made by its name alone.
    if (ended() && verb.is("create") &&
        one_of(tokens_[kind], {"server", "subscription", "policy", "credential", "login"}))
      return false;
    if (ended() || here().kind != SqlTokenKind::kWord || has_sign_of_names(here())) return true;
    if (!whom) return is_in(kOptions, here());
    if (!take({"with", "for", "from", "in", "not"}))
      return is_in(kOptionsOfWhom, here()) || (verb.is("drop") && is_in(kOptions, here()));
    return is_in(kOptionsOfWhom, here()) || here().kind != SqlTokenKind::kWord;
  }

  // What is granted, TO or FROM whom, and nothing behind but how.
  bool grants() const {
    if (is_of_sentences(next())) return false;
    const size_t on = find_word(tokens_, at_ + 1, here().depth, {"on"});
    if (on < tokens_.size() && (has("to") || has("from")))
      return !is_of_sentences(token_at(tokens_, on + 1));
    const size_t to = find_word(tokens_, at_ + 1, here().depth, {"to", "from"});
    if (to + 1 >= tokens_.size() || is_of_sentences(tokens_[to + 1])) return false;
    const SqlToken& behind = token_at(tokens_, to + 2);
    return to + 2 == tokens_.size() || behind.kind != SqlTokenKind::kWord ||
           one_of(tokens_[to + 1], {"user", "role", "group"}) ||
           one_of(behind, {"with", "identified", "granted", "cascade", "restrict", "container"});
  }

  // INSERT, UPDATE, DELETE, MERGE and REPLACE with what stands between the verb and the name, or without the word that is usual.
  bool changes() const {
    const SqlToken& verb = here();
    size_t i = at_ + 1;
    while (
        one_of(token_at(tokens_, i), {"low_priority", "high_priority", "delayed", "quick", "ignore",
                                      "or", "rollback", "abort", "fail", "replace", "only"}))
      ++i;
    const SqlToken& first = token_at(tokens_, i);
    const SqlToken& behind = token_at(tokens_, i + 1);
    if (one_of(first, {"into", "overwrite"})) return true;
    if (verb.is("delete"))
      return first.is("from") || (i + 1 == tokens_.size() && first.name()) || behind.sign(',') ||
             (first.name() && (behind.sign('.') || one_of(behind, {"output", "with", "option"})));
    if (verb.is("update")) return has("set") && has_sign("=");
    if (verb.is("merge")) return has("using") && has("matched");
    return first.name() &&
           (one_of(behind, {"values", "value", "select", "set", "default"}) || behind.sign('(') ||
            behind.sign('.')) &&
           (has_sign("(=") || has("select") || has("default"));
  }

  // Behind what EXPLAIN is told stands a statement; DESCRIBE stands with a name, too.
  bool explains() const {
    if (ended(2)) return true;
    size_t i = at_ + 1;
    while (i < tokens_.size() &&
           (one_of(tokens_[i],
                   {"analyze",  "analyse",     "verbose", "extended",  "partitions", "plan",
                    "query",    "for",         "format",  "formatted", "json",       "text",
                    "tree",     "traditional", "cost",    "codegen",   "ast",        "syntax",
                    "pipeline", "estimate",    "table"}) ||
            tokens_[i].sign('=') || tokens_[i].sign('(')))
      i = next_token(tokens_, i) + (tokens_[i].sign('(') ? 1 : 0);
    if (one_of(next(), {"analyze", "query", "table"})) return true;
    return i < tokens_.size() &&
           (is_dml_start(tokens_, i) ||
            (one_of(tokens_[i], {"select", "insert", "with", "merge", "replace", "execute",
                                 "create", "declare", "refresh", "alter", "drop"}) &&
             !is_of_sentences(token_at(tokens_, i + 1))));
  }

  // IF 1 = 1 EXEC …
  bool controls() const {
    const SqlTokens near = rest().first(std::min<size_t>(rest().size(), 8));
    const bool asks = one_of(next(), {"exists", "not"}) || next().sign('(') || third().sign('(') ||
                      std::any_of(near.begin(), near.end(), [](const SqlToken& token) {
                        return token.sign('=') || token.sign('<') || token.sign('>') ||
                               token.text.starts_with("@");
                      });
    return asks && (!is_of_sentences(next()) || next().is("not")) &&
           any([](const SqlToken& token) { return is_sql_verb(token); });
  }

  // SQL Server needs no semicolon between statements: COMMIT DROP TABLE t. A sentence speaks of a statement so: "how to drop table".
  bool holds_another() const {
    if (!in_block_ &&
        !one_of(here(), {"alter",    "backup",     "checkpoint",  "close",   "commit", "create",
                         "dbcc",     "deallocate", "declare",     "delete",  "deny",   "drop",
                         "else",     "end",        "exec",        "execute", "fetch",  "go",
                         "goto",     "grant",      "if",          "insert",  "kill",   "open",
                         "print",    "raiserror",  "reconfigure", "restore", "return", "revert",
                         "revoke",   "rollback",   "save",        "select",  "set",    "throw",
                         "truncate", "update",     "use",         "waitfor", "while",  "with"}))
      return false;
    for (size_t i = at_ + 1; i < tokens_.size(); ++i) {
      if (!is_dml_start(tokens_, i)) continue;
      if (one_of(tokens_[i], {"exec", "execute"}) && !has_sign_of_names(token_at(tokens_, i + 1)) &&
          !token_at(tokens_, i + 1).sign('('))
        continue;
      if (!one_of(tokens_[i - 1], {"the", "a", "to", "and", "or", "how", "not", "vs", "versus"}))
        return true;
    }
    return false;
  }

  bool closed_;
  bool in_block_ = false;  // behind BEGIN
};

bool any_begins(SqlTokens tokens) {
  for (size_t begin = 0; begin < tokens.size();) {
    size_t end = begin;
    while (end < tokens.size() && !tokens[end].sign(';')) ++end;
    if (end > begin && Opening(tokens.subspan(begin, end - begin), end < tokens.size()).reads())
      return true;
    begin = end + 1;
  }
  return false;
}

bool begins_in_any_dialect(std::string_view text) {
  SqlReading client;
  const size_t only = read_client_commands(text, client);
  // .show is the query language's of another database.
  if (client.worst != SqlClass::kNone && !text.empty() &&
      text.find_first_of("\\.:") == text.find_first_not_of(" \t\r\n") && !text.starts_with(".show"))
    return true;
  text.remove_prefix(only);
  std::vector<SqlToken> tokens;
  std::array<SqlDialect, kDialects.size()> read{};
  for (size_t i = 0; i < kDialects.size(); ++i) {
    read[i] = in_text(kDialects[i], text);
    if (std::find(read.begin(), read.begin() + i, read[i]) != read.begin() + i) continue;
    tokens.clear();
    (void)sql_tokens(text, kDialects[i], tokens);
    if (any_begins(tokens)) return true;
  }
  return false;
}

}  // namespace

bool begins_like_sql(std::string_view text) {
  const std::string_view near = text.substr(0, kMostBytes);
  if (begins_in_any_dialect(near)) return true;
  if (!is_plain(near))
    if (const Folded folded = fold(near); folded.changed && begins_in_any_dialect(folded.text))
      return true;
  return near.size() < text.size();
}

}  // namespace agentmesh::policy::scan
