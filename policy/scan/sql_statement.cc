#include "policy/scan/sql_statement.h"

#include "policy/scan/decode.h"
#include "policy/scan/sql_calls.h"
#include "policy/scan/sql_code.h"
#include "policy/scan/sql_condition.h"
#include "policy/scan/sql_definition.h"

namespace agentmesh::policy::scan {
namespace {

// Statements behind WITH, EXPLAIN and PREPARE inside one another. What lies deeper is taken for unreadable.
constexpr int kDeepest = 4;

class Statement {
 public:
  // Inside another statement, who found it there finds what stands behind it as well.
  Statement(SqlTokens tokens, SqlReading& reading, bool inner = false, int strings = 0)
      : tokens_(tokens), reading_(reading), inner_(inner), strings_(strings) {}

  void read_inner() { classify(0, 1); }

  void read() {
    read_calls(tokens_, reading_);
    read_places(tokens_, reading_);
    size_t first = 0;
    while (first < tokens_.size() && tokens_[first].sign('(')) ++first;
    classify(first, 0);
    nested();
  }

 private:
  // What stands behind a word that only introduces it.
  void classify_behind(size_t i, int level) {
    if (level >= kDeepest) {
      reading_.garbage = true;
      return;
    }
    classify(i, level + 1);
  }

  void read_only() { reading_.raise(SqlClass::kReadOnly); }

  // The statement that begins at `i` (a word).
  void classify(size_t i, int level) {
    if (i >= tokens_.size()) {
      reading_.garbage = true;
      return;
    }
    const SqlToken& verb = tokens_[i];
    const SqlToken& next = token_at(tokens_, i + 1);
    // SQL Server's procedures need no EXEC where nothing stands before them.
    if (verb.kind == SqlTokenKind::kWord && is_system_procedure(verb))
      return only_tells(verb) ? juxtaposed(i + 1) : run(i);
    if (!is_sql_verb(verb)) {
      reading_.garbage = true;
      return;
    }
    if (one_of(verb, {"select", "from"}) && !next.sign('.')) return select(i);
    if (verb.is("with")) return with(i, level);
    if (one_of(verb, {"insert", "replace", "upsert"}) && !next.sign('(')) return insert(next);
    if (one_of(verb, {"update", "delete"}) && !next.sign('(') && !next.sign('.')) return modify(i);
    if (verb.is("merge") && next.name()) return merge(i);
    if (verb.is("drop") && next.kind == SqlTokenKind::kWord) return drop(i);
    // TRUNCATE(x, 2) is a function in an expression, and no statement of any database: nobody means it well here.
    if (verb.is("truncate") && (next.name() || next.sign('('))) return reading_.destroy();
    if (one_of(verb, {"create", "alter"}) && next.kind == SqlTokenKind::kWord)
      return read_definition(tokens_, i, reading_, strings_);
    if (destroys_otherwise(i)) return reading_.destroy();
    if (one_of(verb, {"comment", "exchange", "rename", "undrop", "detach", "cluster"}) &&
        next.name())
      return reading_.raise(SqlClass::kDdl);
    if (verb.is("attach")) {
      reading_.hit("sql.side-effect", Severity::kHigh);
      return reading_.raise(SqlClass::kDdl);
    }
    if (one_of(verb, {"grant", "revoke", "deny"}) && next.name()) return reading_.privilege();
    if (verb.is("reassign") && next.is("owned")) return reading_.privilege();
    if (verb.is("reset") && one_of(next, {"role", "session"})) return reading_.privilege();
    if (verb.is("kill") && i + 1 < tokens_.size()) return reading_.privilege();
    if (verb.is("shutdown") && (next.is("with") || i + 1 == tokens_.size()))
      return reading_.destroy();
    if (one_of(verb, {"explain", "describe", "desc"})) return explain(i, level);
    if (verb.is("show") && (next.name() || next.kind == SqlTokenKind::kNumber)) return read_only();
    if (one_of(verb, {"values", "table"}) && i + 1 < tokens_.size()) return juxtaposed(i + 1);
    if (one_of(verb, {"exists", "check", "checksum"}) && next.is("table")) return juxtaposed(i + 2);
    if (verb.is("dbcc") && one_of(next, {"show_statistics", "opentran", "sqlperf", "inputbuffer",
                                         "useroptions", "tracestatus", "showcontig"}))
      return juxtaposed(i + 2);
    if (one_of(verb, {"summarize", "pivot", "unpivot"}) && (next.name() || next.sign('(')))
      return juxtaposed(i + 1);
    if (verb.is("start") && !next.is("transaction") && next.kind == SqlTokenKind::kWord)
      return run(i);
    if (one_of(verb, {"use", "begin", "start", "commit", "rollback", "savepoint", "release", "end",
                      "abort", "fetch", "close", "deallocate", "discard", "print", "go", "help",
                      "list"}) &&
        !next.sign('(') && !next.sign('.'))
      return juxtaposed(i + 1);
    if (verb.is("set")) return set(i);
    if (verb.is("pragma") && next.name()) return pragma(i);
    if (verb.is("copy") && i + 1 < tokens_.size()) return copy(i);
    if (one_of(verb, {"load",     "import",     "export", "unload", "vacuum", "analyze", "reindex",
                      "optimize", "refresh",    "lock",   "unlock", "notify", "listen",  "flush",
                      "reset",    "checkpoint", "put",    "get",    "remove", "rm"}) &&
        !next.sign('(')) {
      if (verb.is("load") && next.kind == SqlTokenKind::kString && is_library(next.text))
        return reading_.program(Severity::kHigh);
      if (one_of(verb, {"load", "export", "unload", "import", "put", "get"}) ||
          (verb.is("vacuum") && contains_word("into")))
        reading_.hit("sql.side-effect", Severity::kMedium);
      return reading_.raise(SqlClass::kWrite);
    }
    if (verb.is("unload") && next.sign('(')) return reading_.side_effect();
    if (verb.is("install") && one_of(next, {"plugin", "component", "shellfs"}))
      return reading_.program(Severity::kHigh);
    if (one_of(verb, {"exec", "execute"}) && only_tells(next)) return juxtaposed(i + 2);
    if (verb.is("if")) return branch(i);
    // A piece of a routine's body.
    if (one_of(verb,
               {"case", "else", "elseif", "elsif", "for", "foreach", "loop", "repeat", "return"})) {
      read_body(tokens_.subspan(i + 1), reading_, strings_);
      return reading_.raise(SqlClass::kUnparsed);
    }
    if (verb.is("prepare") || verb.is("declare")) return declared(i, level);
    if (one_of(verb,
               {"exec",     "execute", "call",  "do",      "if",        "while",   "backup",
                "restore",  "dbcc",    "bulk",  "waitfor", "handler",   "install", "uninstall",
                "security", "change",  "purge", "binlog",  "delimiter", "system"}) &&
        i + 1 < tokens_.size())
      return run(i);
    reading_.garbage = true;
  }

  // LOAD '/tmp/x.so'; LOAD 'httpfs' takes one that the database knows.
  static bool is_library(std::string_view name) {
    return name.find_first_of("/\\.") != std::string_view::npos;
  }

  bool contains_word(std::string_view word) const {
    return std::any_of(tokens_.begin(), tokens_.end(),
                       [&](const SqlToken& token) { return token.is(word); });
  }

  void select(size_t i) {
    read_only();
    const uint32_t depth = tokens_[i].depth;
    const size_t into = find_word(tokens_, i + 1, depth, {"into"});
    if (into < tokens_.size()) {
      const SqlToken& target = token_at(tokens_, into + 1);
      if (one_of(target, {"outfile", "dumpfile"})) {
        reading_.raise(SqlClass::kWrite);
        reading_.hit("sql.side-effect", Severity::kHigh);
      } else if (target.kind != SqlTokenKind::kWord || target.text[0] != '@') {
        reading_.raise(SqlClass::kWrite);
      }
    }
    juxtaposed(i + 1);
  }

  // SQL Server needs no semicolon between statements.
  void juxtaposed(size_t from) {
    read_only();
    if (inner_) return;
    std::vector<bool> begins;
    for (size_t i = from; i < tokens_.size(); ++i) {
      if (tokens_[i].kind != SqlTokenKind::kWord ||
          (i > 0 &&
           (tokens_[i - 1].sign('(') || tokens_[i - 1].sign('.') || tokens_[i - 1].is("as"))))
        continue;
      if (!one_of(tokens_[i],
                  {"delete", "insert",  "update",  "merge", "truncate", "drop",     "alter",
                   "create", "exec",    "execute", "grant", "revoke",   "shutdown", "waitfor",
                   "backup", "restore", "bulk",    "deny",  "kill",     "dbcc"}) ||
          one_of(token_at(tokens_, i - 1), {"for", "on", "no", "do", "then"}))
        continue;
      if (!is_dml_start(tokens_, i)) {
        if (may_begin_here(i)) reading_.garbage = true;
        continue;
      }
      begins.resize(tokens_.size());
      begins[i] = true;
    }
    read_each(tokens_, begins, reading_, strings_);
  }

  // A verb where an expression has just ended and a name follows: perhaps a statement (SQL Server's DELETE needs no FROM, its
  // INSERT no INTO), and surely nothing that is known to read only.
  bool may_begin_here(size_t i) const {
    if (i == 0) return false;
    const SqlToken& before = tokens_[i - 1];
    const SqlToken& next = token_at(tokens_, i + 1);
    const bool ended =
        before.sign(')') || before.kind == SqlTokenKind::kString ||
        before.kind == SqlTokenKind::kNumber || before.kind == SqlTokenKind::kQuotedName ||
        (before.kind == SqlTokenKind::kWord &&
         !one_of(before, {"select", "distinct", "all",     "by",   "where",    "and",    "or",
                          "not",    "having",   "case",    "when", "then",     "else",   "from",
                          "join",   "in",       "like",    "is",   "between",  "set",    "with",
                          "using",  "limit",    "explain", "show", "describe", "analyze"}));
    if (!ended || next.kind == SqlTokenKind::kQuotedName) return ended;
    return next.kind == SqlTokenKind::kWord &&
           !one_of(next,
                   {"from",      "where", "and",    "or",    "is",     "in",    "like",  "between",
                    "order",     "group", "having", "limit", "offset", "fetch", "union", "except",
                    "intersect", "join",  "inner",  "left",  "right",  "full",  "cross", "on",
                    "as",        "asc",   "desc",   "end",   "then",   "when",  "else",  "not",
                    "over",      "into",  "for",    "using", "window"});
  }

  void with(size_t i, int level) {
    const size_t main = find_word(
        tokens_, i + 1, tokens_[i].depth,
        {"select", "insert", "update", "delete", "merge", "values", "table", "from", "replace"});
    if (main == tokens_.size()) {  // WITH x AS (…) (SELECT …)
      for (size_t k = i + 1; k + 1 < tokens_.size() && tokens_[k].depth >= tokens_[i].depth;
           k = next_token(tokens_, k)) {
        if (tokens_[k].depth == tokens_[i].depth && tokens_[k].sign(')') &&
            tokens_[k + 1].sign('('))
          return classify_behind(k + 2, level);
      }
      reading_.garbage = true;
      return;
    }
    classify_behind(main, level);
  }

  // INSERT OVERWRITE puts away what was there.
  void insert(const SqlToken& next) {
    reading_.raise(SqlClass::kWrite);
    if (next.is("overwrite")) reading_.hit("sql.overwrite", Severity::kMedium);
  }

  // The table that UPDATE or DELETE at `i` changes, without its schema; empty if it cannot be told.
  std::string_view table_changed(size_t i) const {
    size_t at = i + 1;
    while (one_of(token_at(tokens_, at), {"from", "only", "low_priority", "ignore", "quick"})) ++at;
    while (token_at(tokens_, at + 1).sign('.') && token_at(tokens_, at + 2).name()) at += 2;
    return token_at(tokens_, at).name() ? tokens_[at].text : std::string_view();
  }

  void modify(size_t i) {
    reading_.raise(SqlClass::kWrite);
    const size_t where = find_word(tokens_, i + 1, tokens_[i].depth, {"where"});
    if (where == tokens_.size() || always_true(tokens_, where + 1, table_changed(i))) {
      if (!is_temporary(i)) reading_.whole_table();
    }
  }

  // A table of this text's own: #t, or made as a temporary one before.
  bool is_temporary(size_t i) const {
    const std::string_view name = table_changed(i);
    if (name.empty() || token_at(tokens_, i + 1).text.empty()) return false;
    const std::vector<std::string>& own = reading_.temporary;
    return name[0] == '#' || std::find(own.begin(), own.end(), ascii_lower(name)) != own.end();
  }

  // DROP TABLE of tables of one's own loses nothing; but what has the name behind it is another's.
  void drop(size_t i) {
    const SqlToken& what = token_at(tokens_, i + 1);
    if (one_of(what, {"temporary", "temp"})) return reading_.raise(SqlClass::kDdl);
    size_t at = i + 2;
    if (token_at(tokens_, at).is("if")) at += 2;
    bool own = what.is("table") && at < tokens_.size();
    for (; own && at < tokens_.size(); at += 2) {
      const auto found = std::find(reading_.temporary.begin(), reading_.temporary.end(),
                                   ascii_lower(tokens_[at].text));
      own = tokens_[at].name() && (at + 1 == tokens_.size() || tokens_[at + 1].sign(',')) &&
            (tokens_[at].text[0] == '#' || found != reading_.temporary.end());
      if (own && found != reading_.temporary.end()) reading_.temporary.erase(found);
    }
    if (!own) return reading_.destroy();
    reading_.raise(SqlClass::kDdl);
  }

  // MERGE … ON true WHEN MATCHED THEN DELETE
  void merge(size_t i) {
    reading_.raise(SqlClass::kWrite);
    const uint32_t depth = tokens_[i].depth;
    const size_t on = find_word(tokens_, i + 1, depth, {"on"});
    const size_t when = find_word(tokens_, on, depth, {"when"});
    if (when >= tokens_.size()) return;
    const SqlTokens condition = tokens_.subspan(on + 1, when - on - 1);
    const bool all = holds(condition, std::string_view());
    // WHEN NOT MATCHED BY SOURCE, where nothing matches
    const bool others = never_holds(condition) && contains_word("source");
    for (size_t k = when; (all || others) && k + 1 < tokens_.size(); k = next_token(tokens_, k))
      if (tokens_[k].is("then") && one_of(tokens_[k + 1], {"delete", "update"}))
        return reading_.whole_table();
  }

  // What destroys and is no DROP, DELETE or TRUNCATE.
  bool destroys_otherwise(size_t i) const {
    const SqlToken& verb = tokens_[i];
    const SqlToken& next = token_at(tokens_, i + 1);
    if (verb.is("detach")) return contains_word("permanently");
    if (verb.is("reset")) return one_of(next, {"master", "slave", "replica", "binary", "persist"});
    if (verb.is("purge"))
      return one_of(next, {"binary", "master", "recyclebin", "dba_recyclebin", "table", "index",
                           "tablespace"});
    if (verb.is("restore"))
      return one_of(next, {"database", "log", "table", "tables", "schema", "all"});
    if (verb.is("system"))
      return one_of(next, {"drop", "shutdown", "kill"}) && !contains_word("cache");
    return one_of(verb, {"remove", "rm"}) && next.text.substr(0, 1) == "@";  // files of a stage
  }

  static bool is_system_procedure(const SqlToken& name) {
    const std::string prefix = ascii_lower(name.text.substr(0, 3));
    return prefix == "sp_" || prefix == "xp_";
  }

  // Procedures of SQL Server's that tell of the database, of its objects and of what goes on.
  static bool only_tells(const SqlToken& name) {
    const std::string lower = ascii_lower(name.text);
    return name.kind == SqlTokenKind::kWord &&
           (lower.substr(0, 7) == "sp_help" || lower == "sp_who" || lower == "sp_who2" ||
            lower == "sp_columns" || lower == "sp_tables" || lower == "sp_databases" ||
            lower == "sp_spaceused" || lower == "sp_lock" || lower == "sp_depends" ||
            lower == "sp_stored_procedures" || lower == "sp_pkeys" || lower == "sp_fkeys" ||
            lower == "sp_statistics" || lower == "sp_server_info" || lower == "sp_monitor");
  }

  // IF … SELECT … ELSE SELECT …: reads, if each of its statements does.
  void branch(size_t i) {
    const uint32_t depth = tokens_[i].depth;
    const size_t reads = find_word(tokens_, i + 1, depth, {"select", "print", "return", "set"});
    if (reads >= tokens_.size()) return run(i);
    juxtaposed(i + 1);
  }

  void explain(size_t i, int level) {
    size_t next = i + 1;
    bool runs = false;
    while (next < tokens_.size() &&
           (one_of(tokens_[next],
                   {"analyze", "analyse", "verbose", "extended", "partitions", "query", "plan",
                    "for", "formatted", "format", "json", "text", "cost", "table"}) ||
            tokens_[next].sign('=') || tokens_[next].sign('('))) {
      if (one_of(tokens_[next], {"analyze", "analyse"})) runs = true;
      if (tokens_[next].sign('(')) {  // options in parentheses
        const size_t close = std::min(next_token(tokens_, next), tokens_.size());
        for (++next; next < close; ++next) {
          if (one_of(tokens_[next], {"analyze", "analyse"})) runs = true;
          if (one_of(tokens_[next], {"select", "with"})) return read_only();
        }
      }
      ++next;
    }
    read_only();
    if (runs && next < tokens_.size()) classify_behind(next, level);
  }

  void set(size_t i) {
    const SqlToken& next = token_at(tokens_, i + 1);
    if (one_of(next, {"global", "persist", "persist_only", "password", "role"}) ||
        (next.is("session") && token_at(tokens_, i + 2).is("authorization")) ||
        (next.sign('@') ||
         (next.kind == SqlTokenKind::kWord && ascii_lower(next.text).substr(0, 8) == "@@global")))
      return reading_.privilege();
    if (!next.name()) {
      reading_.garbage = true;
      return;
    }
    juxtaposed(i + 1);
  }

  void pragma(size_t i) {
    size_t name = i + 1;
    if (token_at(tokens_, name + 1).sign('.')) name += 2;
    const SqlToken& pragma = token_at(tokens_, name);
    if (pragma.is("writable_schema")) return reading_.privilege();
    const bool reads =
        one_of(pragma, {"table_info",      "table_xinfo", "table_list",       "index_list",
                        "index_info",      "index_xinfo", "foreign_key_list", "foreign_key_check",
                        "integrity_check", "quick_check", "database_list",    "collation_list",
                        "function_list",   "module_list", "pragma_list",      "compile_options",
                        "freelist_count",  "page_count",  "data_version",     "stats",
                        "show_tables"});
    const SqlToken& next = token_at(tokens_, name + 1);
    if (reads || name + 1 == tokens_.size()) return read_only();
    (void)next;
    reading_.raise(SqlClass::kWrite);
  }

  void copy(size_t i) {
    const uint32_t depth = tokens_[i].depth;
    const size_t program = find_word(tokens_, i + 1, depth, {"program"});
    if (program < tokens_.size() && one_of(tokens_[program - 1], {"to", "from"})) {
      reading_.privilege();
      return reading_.program(Severity::kCritical);
    }
    const size_t direction = find_word(tokens_, i + 1, depth, {"to", "from", "into"});
    if (direction == tokens_.size()) {
      reading_.garbage = true;
      return;
    }
    if (tokens_[direction].is("to") && token_at(tokens_, direction + 1).is("stdout"))
      return read_only();
    // COPY INTO 's3://…' FROM t
    if (tokens_[direction].is("to") ||
        (tokens_[direction].is("into") &&
         token_at(tokens_, direction + 1).kind == SqlTokenKind::kString))
      reading_.hit("sql.side-effect", Severity::kHigh);
    reading_.raise(SqlClass::kWrite);
  }

  // PREPARE p AS …, DECLARE c CURSOR FOR …: what stands behind counts.
  void declared(size_t i, int level) {
    const size_t body = find_word(tokens_, i + 1, tokens_[i].depth, {"as", "for", "from"});
    if (tokens_[i].is("declare") &&
        find_word(tokens_, i + 1, tokens_[i].depth, {"cursor"}) == tokens_.size())
      return juxtaposed(i + 1);
    if (body + 1 < tokens_.size()) {
      if (tokens_[i].is("prepare")) reading_.runs_text = true;
      if (tokens_[body + 1].kind == SqlTokenKind::kString)
        return read_body(tokens_[body + 1], reading_, strings_);
      return classify_behind(body + 1, level);
    }
    reading_.raise(SqlClass::kUnparsed);
  }

  // EXEC, CALL, DO and control flow: what they run is not in the text, or in a string.
  void run(size_t i) {
    juxtaposed(i + 1);
    reading_.raise(SqlClass::kUnparsed);
    reading_.runs_text = true;
    for (size_t k = i + 1; k < tokens_.size() && k < i + 16; ++k)
      if (tokens_[k].kind == SqlTokenKind::kString && tokens_[k].text.size() >= 8)
        read_body(tokens_[k], reading_, strings_);
  }

  // Statements in parentheses: CTEs that write.
  void nested() {
    for (size_t open = 0; open + 1 < tokens_.size(); ++open) {
      const size_t i = open + 1;
      if (!tokens_[open].sign('(') || tokens_[i].kind != SqlTokenKind::kWord) continue;
      if (!one_of(tokens_[i], {"delete", "insert", "update", "merge"}) || !is_dml_start(tokens_, i))
        continue;
      const size_t close = std::min(next_token(tokens_, open), tokens_.size());
      read_inner_statement(tokens_.subspan(i, close - i), reading_, strings_);
    }
  }

  SqlTokens tokens_;
  SqlReading& reading_;
  bool inner_;
  int strings_;  // that this one stands in
};

}  // namespace

void read_statement(SqlTokens tokens, SqlReading& reading) { Statement(tokens, reading).read(); }

void read_inner_statement(SqlTokens tokens, SqlReading& reading, int strings) {
  Statement(tokens, reading, true, strings).read_inner();
}

}  // namespace agentmesh::policy::scan
