#include "policy/scan/sql_calls.h"

#include "policy/scan/decode.h"
#include "policy/scan/sql_code.h"
#include "policy/scan/sql_functions.h"

namespace agentmesh::policy::scan {
namespace {

// Words before a parenthesis that is no call's.
bool is_no_function(const SqlToken& token) {
  return one_of(token, {"values", "in",    "and",       "or",      "not",     "where",  "select",
                        "from",   "as",    "on",        "using",   "any",     "all",    "some",
                        "exists", "then",  "else",      "when",    "by",      "over",   "into",
                        "set",    "like",  "ilike",     "with",    "row",     "case",   "having",
                        "array",  "is",    "returning", "check",   "table",   "union",  "join",
                        "key",    "limit", "top",       "between", "default", "options"});
}

// An argument by itself, or with its name before it.
bool is_argument(SqlTokens tokens, size_t i) {
  const SqlToken& before = token_at(tokens, i - 1);
  const SqlToken& behind = token_at(tokens, i + 1);
  return (before.sign('(') || before.sign(',') || before.sign('>') || before.text == ":=" ||
          before.sign('=')) &&
         (behind.sign(')') || behind.sign(',') || behind.text == "::");
}

class Calls {
 public:
  Calls(SqlTokens tokens, SqlReading& reading) : tokens_(tokens), reading_(reading) {}

  void read() {
    SqlCalls calls(tokens_);
    for (size_t i = 0; i < tokens_.size(); ++i) {
      calls.go(i);
      if (tokens_[i].name())
        function(i);
      else if (tokens_[i].kind == SqlTokenKind::kString && calls.name() != nullptr)
        argument(i, *calls.name());
    }
  }

 private:
  void function(size_t i) {
    const std::string_view text = tokens_[i].text;
    const bool called = token_at(tokens_, i + 1).sign('(');
    if (text.size() >= kShortestFunction && text.size() <= kLongestFunction &&
        (called || token_at(tokens_, i + 1).sign('.') || text.substr(0, 3) == "xp_" ||
         text.substr(0, 3) == "sp_" || (i > 0 && one_of(tokens_[i - 1], {"exec", "execute"})))) {
      if (const SqlFunction* const known = sql_function(ascii_lower(text)); known != nullptr) {
        reading_.raise(known->means);
        reading_.hit(known->program ? "sql.program" : "sql.side-effect",
                     known->means == SqlClass::kWrite ? Severity::kMedium : Severity::kHigh);
        return;
      }
    }
    if (!called || is_no_function(tokens_[i])) return;
    if (tokens_[i].is("set_config")) return set_config(i);
    const bool qualified = i >= 2 && tokens_[i - 1].sign('.') && tokens_[i - 2].name();
    switch (sql_effect(qualified ? tokens_[i - 2].text : std::string_view(), text)) {
      case SqlEffect::kNone: return;
      case SqlEffect::kActs:
        if (defines(i)) return;
        reading_.raise(SqlClass::kUnparsed);
        return reading_.hit("sql.side-effect", Severity::kMedium);
      case SqlEffect::kOutside:
        if (!defines(i)) reading_.program(Severity::kHigh);
    }
  }

  // A table's or a function's own name: INSERT INTO exports_put (a), CREATE FUNCTION drop_it ().
  bool defines(size_t i) const {
    size_t first = i;
    while (first >= 2 && tokens_[first - 1].sign('.') && tokens_[first - 2].name()) first -= 2;
    return first > 0 && one_of(tokens_[first - 1],
                               {"into", "table", "function", "procedure", "proc", "view", "index",
                                "on", "references", "exists", "as", "with", "update", "macro"});
  }

  // Like SET: for the session, and of who is asking a privilege.
  void set_config(size_t i) {
    const std::string setting = ascii_lower(token_at(tokens_, i + 2).text);
    if (setting == "role" || setting == "session_authorization") reading_.privilege();
  }

  void argument(size_t i, const SqlToken& function) {
    if (is_no_function(function) || !is_argument(tokens_, i)) return;
    if (!only_computes(ascii_lower(function.text.substr(0, 32))))
      read_literal(tokens_[i], reading_, 0);
  }

  SqlTokens tokens_;
  SqlReading& reading_;
};

}  // namespace

void read_calls(SqlTokens tokens, SqlReading& reading) { Calls(tokens, reading).read(); }

}  // namespace agentmesh::policy::scan
