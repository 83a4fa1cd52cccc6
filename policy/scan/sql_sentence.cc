#include "policy/scan/sql_sentence.h"

#include "policy/scan/sql_grammar.h"

namespace agentmesh::policy::scan {
namespace {

class Sentence : private SqlGrammar {
 public:
  using SqlGrammar::SqlGrammar;

  bool reads() {
    while (is("begin") || is("start")) {  // BEGIN DELETE …
      ++at_;
      while (is("transaction") || is("work") || is("tran")) ++at_;
      if (ended()) return false;
    }
    const SqlToken& verb = here();
    if (verb.kind != SqlTokenKind::kWord) return false;
    ++at_;
    if (verb.is("select")) return select();
    if (verb.is("with")) return with();
    if (verb.is("drop")) return drop();
    if (verb.is("truncate")) return truncate();
    if (verb.is("delete")) return deletes();
    if (verb.is("update")) return update();
    if (one_of(verb, {"insert", "replace", "upsert"})) return insert(verb.is("replace"));
    if (verb.is("merge")) return merge();
    if (verb.is("alter")) return alter();
    if (verb.is("create")) return create();
    if (one_of(verb, {"grant", "revoke"})) return grant(verb.is("grant") ? "to" : "from");
    if (verb.is("copy")) return copy();
    if (one_of(verb, {"attach", "detach"})) return attach();
    if (one_of(verb, {"exec", "execute"})) return execute();
    if (verb.is("call")) return name() && here().sign('(');
    if (verb.is("do")) return is_string(here()) || (is("language") && has_string());
    if (verb.is("set")) return set();
    if (verb.is("declare")) return here().text.substr(0, 1) == "@" || (name() && is("cursor"));
    if (verb.is("kill")) return sure_ && here().kind == SqlTokenKind::kNumber && ended(1);
    if (verb.is("shutdown")) return sure_ && (ended() || is("with"));
    if (verb.is("pragma")) return name() && (ended() || here().sign('=') || here().sign('('));
    if (verb.is("vacuum")) return sure_ && (ended() || has_string());
    if (one_of(verb, {"explain", "describe", "desc", "show", "values"})) return shown(verb);
    if (verb.is("if")) {
      take("not");
      return take("exists") && here().sign('(');
    }
    if (one_of(verb, {"load", "bulk", "backup", "restore", "unload", "export", "import"}))
      return has_string() && (here().sign('(') || take({"data", "insert", "database", "log"})) &&
             plain_from_here();
    if (verb.is("put")) return take("file") && here().sign(':');
    return false;
  }

 private:
  bool select() {
    if (ended()) return false;
    // SELECT FROM t is read by PostgreSQL, and said by people.
    if (is("from") && !sure_) return false;
    const bool says = std::any_of(tokens_.begin() + 1, tokens_.end(), [](const SqlToken& token) {
      return token.is("from") || token.sign('*') || token.sign('(') || token.sign('=');
    });
    if (!says && here().kind == SqlTokenKind::kWord && tokens_.size() > 2) return false;
    return plain_from_here();
  }

  bool with() {
    return std::any_of(tokens_.begin(), tokens_.end(),
                       [](const SqlToken& t) { return t.is("as"); }) &&
           std::any_of(
               tokens_.begin(), tokens_.end(),
               [](const SqlToken& t) {
                 return one_of(t, {"select", "insert", "update", "delete", "values", "merge"});
               }) &&
           std::any_of(tokens_.begin(), tokens_.end(),
                       [](const SqlToken& t) { return t.sign('('); });
  }

  // A condition has something that compares, or is one word.
  bool condition() const {
    const bool asks = std::any_of(
        tokens_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, tokens_.size())), tokens_.end(),
        [](const SqlToken& token) {
          return token.kind == SqlTokenKind::kSign ? !token.sign(',') && !token.sign('?')
                                                   : one_of(token, {"is", "like", "between", "in"});
        });
    if (!asks && !(sure_ && !ended() && ended(2))) return at_ + 1 == tokens_.size() && sure_;
    return plain_from_here();
  }

  bool top() {
    if (take("top")) {
      if (!parentheses()) ++at_;
      take("percent");
    }
    return true;
  }

  bool deletes() {
    (void)top();
    take_all({"low_priority", "quick", "ignore"});
    const size_t target = at_;
    const bool multiple = !is("from");
    if (multiple && !name()) return false;
    while (here().sign(',') && ++at_ != 0)
      if (!name()) return false;
    const bool from = take("from");
    if (from) {
      take("only");
      if (!name()) return false;
    }
    const SqlToken& first = token_at(tokens_, target);
    if (here().sign('*')) ++at_;
    if (take("as") && !name()) return false;
    const bool alias = here().kind == SqlTokenKind::kWord && !joins(here()) &&
                       !one_of(here(), {"option", "settings", "top", "force", "use"});
    const std::string_view called = here().text;
    if (alias) ++at_;
    if (take("where")) return !ended() && condition();
    if (ended()) {
      if (!from) return sure_;
      // DELETE u FROM users u; no alias without a use.
      return sure_ && (!alias || (multiple && called == first.text));
    }
    if (is("limit") && token_at(tokens_, at_ + 1).kind == SqlTokenKind::kWord) return false;
    if (one_of(here(), {"using", "join", "inner", "left", "right", "cross", "returning", "limit",
                        "order", "output", "on", "with", "option", "force", "partition"}) ||
        here().sign(',') || here().sign('('))
      return (sure_ || one_of(here(), {"limit", "order", "returning"})) && plain_from_here();
    return false;
  }

  bool update() {
    (void)top();
    take_all({"low_priority", "ignore", "only", "or", "rollback", "abort", "fail", "replace"});
    if (!name()) return false;
    const size_t set = find_word(tokens_, at_, token_at(tokens_, 0).depth, {"set"});
    if (set >= tokens_.size()) return false;
    // Between the name and SET: an alias, other tables, joins.
    if (set > at_ + 2 &&
        !std::any_of(
            tokens_.begin() + static_cast<std::ptrdiff_t>(at_),
            tokens_.begin() + static_cast<std::ptrdiff_t>(set), [](const SqlToken& token) {
              return token.sign(',') || token.sign('(') || one_of(token, {"join", "as", "with"});
            }))
      return false;
    at_ = set + 1;
    if (here().sign('(')) {
      (void)parentheses();
    } else if (!name()) {
      return false;
    }
    while (here().sign('[')) ++at_;
    if (ended() || here().kind != SqlTokenKind::kSign || here().sign(',') || here().sign('?'))
      return false;
    return plain_from_here();
  }

  bool insert(bool replace) {
    while (take({"or", "ignore", "rollback", "abort", "fail", "replace", "low_priority", "delayed",
                 "high_priority", "all", "first"})) {
    }
    const bool into = take({"into", "overwrite"});
    if (replace && !into) return false;
    if (is("when")) return sure_;
    take_all({"into", "table", "local", "directory", "function"});
    if (is_string(here())) return true;
    if (!name()) return false;
    if (here().kind == SqlTokenKind::kWord && !joins(here()) &&
        !one_of(here(), {"values", "value", "select", "with", "set", "default", "table", "exec",
                         "execute", "by", "format", "from", "partition", "overriding"}))
      ++at_;  // an alias
    if (take("as")) (void)name();
    const bool columns = parentheses();
    (void)into;
    return (columns ||
            one_of(here(),
                   {"values", "value", "select", "with", "default", "table", "exec", "execute",
                    "by", "format", "from", "partition", "overriding", "output"}) ||
            (is("set") && token_at(tokens_, at_ + 2).sign('='))) &&
           (sure_ || columns) && plain_from_here();
  }

  bool merge() {
    take("top");
    (void)parentheses();
    const bool into = take("into");
    if (!name()) return false;
    if (!is("using") && !is("with")) {
      take("as");
      if (!name()) return false;
    }
    (void)into;
    return sure_ && find_word(tokens_, at_, token_at(tokens_, 0).depth, {"using"}) < tokens_.size();
  }

  bool copy() {
    take("into");
    const auto is_stage = [&] { return here().text.substr(0, 1) == "@"; };
    if (is_stage() || is_string(here())) return true;
    if (!parentheses() && !name()) return false;
    (void)parentheses();
    if (!take({"to", "from"})) return false;
    return is_string(here()) || is_stage() || here().sign('(') ||
           (take("program") && has_string()) || (take({"stdin", "stdout"}) && (sure_ || ended()));
  }

  bool attach() {
    const bool database = take({"database", "table", "dictionary", "view"});
    if (is_string(here())) return true;
    if (!name() || !sure_) return false;
    return ended() || (database && is("as")) || is("permanently") || is("from");
  }

  bool execute() {
    if (take("immediate")) return has_string() || (sure_ && name() && plain_from_here());
    if (is_string(here()) || here().sign('(')) return true;
    if (here().text.substr(0, 1) == "@") return true;
    if (!name() || !sure_) return false;
    return ended() || here().kind != SqlTokenKind::kWord || here().text[0] == '@' ||
           one_of(here(), {"using", "with", "into"}) || token_at(tokens_, at_ + 1).sign(',');
  }

  bool set() {
    if (one_of(here(), {"role", "session"}) && !ended(1)) return sure_;
    take_all({"global", "local", "session", "persist"});
    while (here().sign('@')) ++at_;
    if (is("password")) return has_string();
    return name() && (here().sign('=') || here().text == ":=" || (sure_ && is("to")));
  }

  bool shown(const SqlToken& verb) {
    if (verb.is("values")) return here().sign('(');
    if (verb.is("show"))
      return one_of(here(), {"tables", "databases", "schemas", "columns", "create", "index",
                             "indexes", "grants", "variables", "status", "processlist", "full"}) &&
             plain_from_here();
    const bool table = take_all({"analyze", "analyse", "verbose", "query", "plan", "for",
                                 "extended", "formatted", "table"}) &&
                       tokens_[at_ - 1].is("table");
    (void)parentheses();
    if (table || verb.text.size() > 7) return sure_ && name() && ended();
    return !ended() && !one_of(here(), {"explain", "describe", "desc"}) &&
           Sentence(tokens_.subspan(at_), sure_).reads();
  }
};

}  // namespace

bool reads_as_sql(SqlTokens tokens, bool in_code) {
  while (!tokens.empty() && (tokens.front().sign('(') || tokens.front().sign(';')))
    tokens = tokens.subspan(1);
  for (size_t begin = 0; begin < tokens.size();) {
    size_t end = begin;
    while (end < tokens.size() && !tokens[end].sign(';')) ++end;
    const bool closed = end < tokens.size();
    if (end > begin) {
      const SqlTokens statement = tokens.subspan(begin, end - begin);
      if (Sentence(statement, in_code || closed).reads()) return true;
      // What may stand before the first that tells.
      if (!one_of(statement[0], {"begin", "start", "use", "set", "declare", "commit", "rollback"}))
        return false;
    }
    begin = end + 1;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
