#include "policy/scan/sql_definition.h"

#include "policy/scan/decode.h"
#include "policy/scan/sql_code.h"
#include "policy/scan/sql_condition.h"
#include "policy/scan/sql_row_policy.h"

namespace agentmesh::policy::scan {
namespace {

// Languages whose functions may do what the server may.
bool is_untrusted(const SqlToken& token) {
  const std::string name = ascii_lower(token.text);
  return name == "c" || name == "internal" || name == "plsh" || name == "plpythonu" ||
         name == "plpython2u" || name == "plpython3u" || name == "plperlu" || name == "pltclu" ||
         name == "plrubyu" || name == "pljavau";
}
// Extensions that read and write files, run programs or connect.
bool opens_the_machine(const SqlToken& token) {
  const std::string name = ascii_lower(token.text);
  return is_untrusted(token) || name == "adminpack" || name == "file_fdw" || name == "shellfs";
}

class Definition {
 public:
  Definition(SqlTokens tokens, size_t verb, SqlReading& reading, int strings)
      : tokens_(tokens), verb_(verb), reading_(reading), strings_(strings) {}

  void read() {
    size_t what = verb_ + 1;
    bool replaces = false;
    bool temporary = false;
    for (; one_of(token_at(tokens_, what),
                  {"or", "replace", "temp", "temporary", "global", "local", "unlogged", "external",
                   "if", "not", "exists", "transient", "private"});
         ++what) {
      replaces = replaces || tokens_[what].is("replace");
      temporary = temporary || one_of(tokens_[what], {"temp", "temporary"});
    }
    const SqlToken& kind = token_at(tokens_, what);
    if (kind.is("policy")) return policy_of_rows(what);
    if (one_of(kind, {"user", "role", "login", "group", "credential", "server", "subscription"}) ||
        policy_of_another_database(what) == OtherPolicy::kPolicy ||
        (alters() && one_of(kind, {"system", "authorization", "default"})))
      return reading_.privilege();
    const bool doubt = policy_of_another_database(what) == OtherPolicy::kInDoubt;
    reading_.raise(doubt ? SqlClass::kUnparsed : SqlClass::kDdl);
    if (alters()) return alter(what);
    if (brings_code(what)) return reading_.program(Severity::kHigh);
    if (kind.is("table")) return table(what, replaces, temporary);
    if (one_of(kind, {"procedure", "proc", "function", "trigger", "event", "rule", "task",
                      "definer", "aggregate", "constraint", "macro"}))
      body(what);
  }

 private:
  void policy_of_rows(size_t what) {
    switch (row_policy(tokens_.subspan(verb_), what - verb_)) {
      case RowPolicy::kAsksWho: return reading_.raise(SqlClass::kDdl);
      case RowPolicy::kByData: return reading_.raise(SqlClass::kUnparsed);
      case RowPolicy::kLetsAllIn: return reading_.privilege();
    }
  }

  // ROW ACCESS POLICY, MASKING POLICY, RLS POLICY: what they let through is not read. Things of other kinds may be called policy.
  enum class OtherPolicy : uint8_t { kNone, kPolicy, kInDoubt };
  OtherPolicy policy_of_another_database(size_t what) const {
    const SqlToken& kind = token_at(tokens_, what);
    if (kind.is("row") && token_at(tokens_, what + 2).is("policy")) return OtherPolicy::kPolicy;
    if (kind.kind != SqlTokenKind::kWord || !token_at(tokens_, what + 1).is("policy") ||
        !token_at(tokens_, what + 2).name())
      return OtherPolicy::kNone;
    if (one_of(kind, {"row", "masking", "rls", "security", "join", "privacy", "aggregation",
                      "projection", "session", "network", "password", "authentication", "packages",
                      "feature", "access", "column", "encryption", "audit"}))
      return OtherPolicy::kPolicy;
    if (one_of(kind,
               {"table",      "view",       "index",     "materialized", "unique",     "sequence",
                "schema",     "database",   "type",      "domain",       "function",   "procedure",
                "proc",       "trigger",    "rule",      "event",        "aggregate",  "macro",
                "synonym",    "dimension",  "extension", "collation",    "constraint", "virtual",
                "foreign",    "package",    "task",      "publication",  "statistics", "stream",
                "stage",      "warehouse",  "pipe",      "tag",          "service",    "model",
                "keyspace",   "dictionary", "share",     "catalog",      "library",    "queue",
                "tablespace", "operator",   "notebook"}))
      return OtherPolicy::kNone;
    return OtherPolicy::kInDoubt;
  }

  bool alters() const { return tokens_[verb_].is("alter"); }

  void table(size_t what, bool replaces, bool temporary) {
    if (temporary) {
      size_t name = what + 1;
      while (one_of(token_at(tokens_, name), {"if", "not", "exists"})) ++name;
      reading_.temporary.push_back(ascii_lower(token_at(tokens_, name).text));
    } else if (replaces) {
      reading_.hit("sql.overwrite", Severity::kMedium);
    }
  }

  void alter(size_t what) {
    const uint32_t depth = tokens_[verb_].depth;
    size_t drop = find_word(tokens_, what, depth, {"drop", "truncate"});
    while (drop + 2 < tokens_.size() && tokens_[drop + 1].is("not") && tokens_[drop + 2].is("null"))
      drop = find_word(tokens_, drop + 1, depth, {"drop", "truncate"});
    if (drop < tokens_.size()) return reading_.destroy();
    const size_t owner = find_word(tokens_, what, depth, {"owner"});
    if (owner < tokens_.size() && token_at(tokens_, owner + 1).is("to"))
      return reading_.privilege();
    const size_t row = find_word(tokens_, what, depth, {"row"});  // … LEVEL SECURITY
    if (row < tokens_.size() && token_at(tokens_, row + 1).is("level") &&
        one_of(tokens_[row - 1], {"disable", "force"}))
      return reading_.privilege();
    // ClickHouse: ALTER TABLE t DELETE WHERE …, UPDATE a = 1 WHERE …
    const size_t changes = find_word(tokens_, what + 2, depth, {"delete", "update"});
    if (changes >= tokens_.size() || one_of(tokens_[changes - 1], {"on", "for"})) return;
    const size_t where = find_word(tokens_, changes, depth, {"where"});
    if (where < tokens_.size() && always_true(tokens_, where + 1, token_at(tokens_, what + 1).text))
      reading_.whole_table();
  }

  // CREATE FUNCTION … LANGUAGE c, … SONAME 'x.so', CREATE ASSEMBLY, EXTENSION plpython3u, LANGUAGE plperlu.
  bool brings_code(size_t what) const {
    size_t name = what + 1;
    while (one_of(token_at(tokens_, name), {"if", "not", "exists"})) ++name;
    const SqlToken& kind = token_at(tokens_, what);
    if (kind.is("assembly")) return true;
    if (kind.is("extension")) return opens_the_machine(token_at(tokens_, name));
    if (one_of(kind, {"language", "trusted", "procedural"}))
      return std::any_of(tokens_.begin() + static_cast<std::ptrdiff_t>(what), tokens_.end(),
                         is_untrusted);
    const uint32_t depth = tokens_[verb_].depth;
    if (find_word(tokens_, what, depth, {"soname"}) < tokens_.size()) return true;
    const size_t language = find_word(tokens_, what, depth, {"language"});
    return language + 1 < tokens_.size() && is_untrusted(tokens_[language + 1]);
  }

  // Creating it runs nothing; what it will destroy, grant or run counts.
  void body(size_t what) {
    const uint32_t depth = tokens_[verb_].depth;
    const size_t language = find_word(tokens_, what, depth, {"language"});
    if (language + 1 < tokens_.size() &&
        !one_of(tokens_[language + 1], {"sql", "plpgsql", "plsql", "sqlscript"}) &&
        tokens_[language + 1].kind == SqlTokenKind::kWord)
      return;
    size_t begin = find_word(tokens_, what, depth, {"begin"});
    if (begin == tokens_.size()) begin = find_word(tokens_, what, depth, {"as", "do", "row"});
    if (begin == tokens_.size()) return;
    SqlReading inner;
    inner.temporary = reading_.temporary;
    read_body(tokens_.subspan(begin + 1), inner, strings_);
    for (size_t i = what; i < tokens_.size(); i = next_token(tokens_, i))
      if (tokens_[i].kind == SqlTokenKind::kString && tokens_[i].depth == depth &&
          one_of(tokens_[i - 1], {"as", "do"}))
        read_body(tokens_[i], inner, strings_);
    reading_.take_worse(inner);
  }

  SqlTokens tokens_;
  size_t verb_;
  SqlReading& reading_;
  int strings_;
};

}  // namespace

void read_definition(SqlTokens tokens, size_t i, SqlReading& reading, int strings) {
  Definition(tokens, i, reading, strings).read();
}

}  // namespace agentmesh::policy::scan
