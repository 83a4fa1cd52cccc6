// find_sql_injection: tokens of a short text, as if it stood inside a statement, against shapes that data does not have.

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

#include "policy/scan/decode.h"
#include "policy/scan/sql.h"
#include "policy/scan/sql_fragments.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxText =
    4096;  // longer strings are documents and code, where SQL is quoted, not injected

bool one_of(const Fragment& token, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), token.text) != words.end();
}

const Fragment kEnd{};
const Fragment& at(Fragments tokens, size_t i) { return i < tokens.size() ? tokens[i] : kEnd; }

bool is_bool(const Fragment& token) { return one_of(token, {"or", "and", "xor", "||", "&&"}); }
bool is_compare(const Fragment& token) {
  return one_of(token, {"=",      "<",    ">",      "<=",      ">=",      "<>",      "!=",
                        "==",     "like", "rlike",  "regexp",  "is",      "in",      "between",
                        "sounds", "glob", "isnull", "notnull", "collate", "similar", "ilike",
                        "~",      "->",   "@>",     "<@",      "?",       "?|",      "?&"});
}
bool is_literal(const Fragment& token) {
  return token.kind == FragmentKind::kNumber || one_of(token, {"null", "true", "false"});
}

bool is_strong_name(const Fragment& token) {
  return one_of(token, {"information_schema", "pg_catalog",      "sysobjects",      "syscolumns",
                        "sysusers",           "xp_cmdshell",     "sp_password",     "sp_executesql",
                        "sp_oacreate",        "xp_regread",      "xp_dirtree",      "utl_inaddr",
                        "utl_http",           "dbms_pipe",       "dbms_ldap",       "dbms_xmlgen",
                        "dbms_utility",       "ctxsys",          "pg_sleep",        "extractvalue",
                        "updatexml",          "group_concat",    "name_const",      "benchmark",
                        "randomblob",         "@@version",       "@@datadir",       "@@hostname",
                        "@@servername",       "lo_import",       "lo_export",       "lo_get",
                        "load_file",          "database_to_xml", "query_to_xml",    "xmltype",
                        "all_tables",         "user_tables",     "sqlite_master",   "gtid_subset",
                        "st_latfromgeohash",  "pg_read_file",    "current_setting", "dba_users"});
}

class Judge {
 public:
  explicit Judge(std::span<const Fragment> tokens, bool short_text)
      : tokens_(tokens), short_(short_text) {}

  // 0 nothing, 1 likely, 2 sure.
  int run() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      union_select(i);
      tautology(i);
      stacked(i);
      functions(i);
      subselect(i);
      order_by(i);
      hidden_words(i);
      null_list(i);
      casts(i);
      into_file(i);
    }
    if (short_) fragments();
    breakout();
    return verdict_;
  }

 private:
  void seen(int how) { verdict_ = std::max(verdict_, how); }

  size_t skip(size_t i, std::initializer_list<std::string_view> words) const {
    while (i < tokens_.size() && one_of(tokens_[i], words)) ++i;
    return i;
  }

  void union_select(size_t i) {
    if (!one_of(tokens_[i], {"union", "intersect", "except"})) return;
    size_t next = skip(i + 1, {"all", "distinct", "distinctrow", "("});
    if (at(tokens_, next).text.substr(0, 6) != "select") return;
    ++next;
    const Fragment& after = at(tokens_, next);
    const Fragment& then = at(tokens_, next + 1);
    const bool list = after.kind != FragmentKind::kWord || next >= tokens_.size() ||
                      is_literal(after) || one_of(then, {",", "(", "from", ".", "||"}) ||
                      after.text[0] == '@' || next + 1 >= tokens_.size() ||
                      then.kind == FragmentKind::kComment;
    if (list || one_of(after, {"all", "top", "distinct", "char", "concat"}))
      seen(tokens_[i].text == "union" ? 2 : 1);
  }

  // A literal at i, quotes included; `end` is behind it.
  std::string literal(size_t i, size_t& end) const {
    i = skip(i, {"(", "-", "+", "!", "~", "not", "binary", "n"});
    end = i;
    if (i >= tokens_.size()) return {};
    if (tokens_[i].kind == FragmentKind::kNumber || tokens_[i].kind == FragmentKind::kWord) {
      end = skip(i + 1, {")"});
      return tokens_[i].kind == FragmentKind::kNumber ? tokens_[i].text : "w:" + tokens_[i].text;
    }
    if (tokens_[i].kind != FragmentKind::kQuote) return {};
    const std::string& quote = tokens_[i].text;
    std::string value = "q:";
    for (size_t k = i + 1; k < tokens_.size() && k < i + 6; ++k) {
      if (tokens_[k].kind == FragmentKind::kQuote && tokens_[k].text == quote) {
        end = skip(k + 1, {")"});
        return value;
      }
      if (tokens_[k].kind == FragmentKind::kComment) break;
      value += tokens_[k].text;
    }
    end = tokens_.size();  // the last quote is the statement's own
    return value;
  }

  void tautology(size_t i) {
    const Fragment& op = tokens_[i];
    if (!is_bool(op) && !one_of(op, {"where", "having"})) return;
    size_t end = i;
    const std::string left = literal(i + 1, end);
    if (left.empty()) return;
    const Fragment& compare = at(tokens_, end);
    if (!one_of(compare, {"=", "<", ">", "<=", ">=", "<>", "!=", "==", "like", "rlike", "regexp",
                          "is", "sounds"})) {
      // OR 1 -- , or true#
      const bool alone =
          (left[0] != 'w' || left == "w:true" || left == "w:false") && left[0] != 'q';
      if (alone && (compare.kind == FragmentKind::kComment ||
                    (i == 0 && end >= tokens_.size() && is_bool(op))))
        seen(compare.kind == FragmentKind::kComment ? 2 : 1);
      return;
    }
    size_t after = end;
    size_t second = skip(end + 1, {"=", "like", "not"});
    const std::string right = literal(second, after);
    if (right.empty()) return;
    const bool numbers = left[0] != 'w' && left[0] != 'q' && right[0] != 'w' && right[0] != 'q';
    const bool strings = left[0] == 'q' && right[0] == 'q';
    const bool same = left == right && left.size() > 2;
    const bool mixed = (left[0] == 'q' && right[0] != 'w') || (right[0] == 'q' && left[0] != 'w');
    if (!numbers && !strings && !mixed && !same) return;
    if (!short_) return;
    const bool commented = at(tokens_, after).kind == FragmentKind::kComment;
    const bool code = compare.text == "==" && !commented;
    if (code) return;
    seen(commented || strings || after >= tokens_.size() ? (commented || numbers || strings ? 2 : 1)
                                                         : 1);
  }

  void stacked(size_t i) {
    if (tokens_[i].text != ";") return;
    const Fragment& verb = at(tokens_, i + 1);
    const Fragment& next = at(tokens_, i + 2);
    bool matches = false;
    if (one_of(verb, {"drop", "truncate", "alter", "create"}))
      matches = one_of(next, {"table", "database", "schema", "view", "user", "index", "procedure",
                              "function", "login", "role", "trigger"});
    if (verb.text == "delete") matches = next.text == "from";
    if (verb.text == "insert") matches = next.text == "into";
    if (verb.text == "update")
      matches = next.kind == FragmentKind::kWord && at(tokens_, i + 3).text == "set";
    if (one_of(verb, {"exec", "execute"}))
      matches = next.text == "xp_cmdshell" || next.text.substr(0, 3) == "sp_" ||
                one_of(next, {"(", "immediate", "master", "@"}) || next.text[0] == '@';
    if (verb.text == "declare") matches = next.text.substr(0, 1) == "@";
    if (verb.text == "waitfor") matches = one_of(next, {"delay", "time"});
    if (verb.text == "shutdown")
      matches = i + 2 >= tokens_.size() || next.text == "with" ||
                next.kind == FragmentKind::kComment || next.text == ";";
    if (verb.text == "select")
      matches = next.kind != FragmentKind::kWord || at(tokens_, i + 3).text == "(" ||
                at(tokens_, i + 3).text == "from" || at(tokens_, i + 3).text == ",";
    if (one_of(verb, {"sleep", "benchmark", "pg_sleep"})) matches = next.text == "(";
    if (verb.text == "set") matches = next.text.substr(0, 1) == "@";
    if (!matches) return;
    const bool quoted =
        i > 0 && (tokens_[i - 1].kind == FragmentKind::kQuote || tokens_[i - 1].text == ")" ||
                  tokens_[i - 1].kind == FragmentKind::kNumber);
    const bool whole = i > 0 && one_of(tokens_[0], {"select", "insert", "update", "delete",
                                                    "create", "begin", "with", "drop"});
    if (!whole || quoted)
      seen(quoted || i == 0 || tokens_.back().kind == FragmentKind::kComment ? 2 : 1);
  }

  void functions(size_t i) {
    const Fragment& name = tokens_[i];
    if (name.kind != FragmentKind::kWord) return;
    const Fragment& before = i > 0 ? tokens_[i - 1] : kEnd;
    if (name.text == "waitfor" && one_of(at(tokens_, i + 1), {"delay", "time"}) &&
        (at(tokens_, i + 2).kind == FragmentKind::kQuote || i + 2 >= tokens_.size() ||
         at(tokens_, i + 2).kind == FragmentKind::kNumber))
      return seen(2);
    if (name.text == "procedure" && one_of(at(tokens_, i + 1), {"analyse", "analyze"}))
      return seen(2);
    if (!short_) return;
    const bool also_a_word = name.text == "benchmark" || name.text == "xmltype";
    if (is_strong_name(name) && (!also_a_word || at(tokens_, i + 1).text == "(") &&
        (before.text != "." || name.text.find('_') != std::string::npos) &&
        (tokens_.size() < 48 || at(tokens_, i + 1).text == "("))
      return seen(1);
    if (at(tokens_, i + 1).text != "(") return;
    const bool member =
        before.text == "." || (before.kind == FragmentKind::kWord &&
                               one_of(before, {"def", "function", "fn", "func", "void", "int",
                                               "await", "return", "new", "the", "call", "using"}));
    if (one_of(name, {"sleep"}) && !member &&
        (at(tokens_, i + 2).kind == FragmentKind::kNumber ||
         at(tokens_, i + 2).kind == FragmentKind::kQuote || at(tokens_, i + 2).text == "(" ||
         (before.text == "select" && at(tokens_, i + 3).text == "(")) &&
        tokens_.size() < 40) {
      const bool inside =
          i > 0 && (is_bool(before) || before.kind == FragmentKind::kQuote ||
                    one_of(before, {"(", ",", "select", "+", "-", "=", ";", "by", "if"}));
      size_t close = i + 2;
      while (close < tokens_.size() && tokens_[close].text != ")") ++close;
      if (inside || at(tokens_, close + 1).kind != FragmentKind::kWord) seen(inside ? 2 : 1);
    }
    if (one_of(name, {"char", "chr"}) && at(tokens_, i + 2).kind == FragmentKind::kNumber &&
        at(tokens_, i + 3).text == ")" && one_of(at(tokens_, i + 4), {"+", "||"}) &&
        one_of(at(tokens_, i + 5), {"char", "chr"}))
      seen(2);
    if (name.text == "concat" && at(tokens_, i + 2).text.substr(0, 2) == "0x") seen(2);
    if (name.text == "if" && one_of(at(tokens_, i + 2), {"benchmark", "sleep", "substring", "ascii",
                                                         "substr", "mid", "pg_sleep"}))
      seen(2);
    if (one_of(name, {"ascii", "ord", "length", "hex", "substring", "substr", "mid"}) &&
        one_of(at(tokens_, i + 2),
               {"substring", "substr", "mid", "database", "user", "version", "("}) &&
        (at(tokens_, i + 3).text == "(" || at(tokens_, i + 3).text == "select"))
      seen(1);
    if (one_of(name,
               {"database", "version", "user", "current_user", "system_user", "session_user"}) &&
        at(tokens_, i + 2).text == ")" && i > 0 &&
        (is_bool(before) || one_of(before, {"select", ",", "=", "(", "hex", "like"})) && !member &&
        tokens_.size() < 64) {
      const bool sql = std::any_of(
          tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(i),
          [](const Fragment& token) {
            return is_bool(token) ||
                   one_of(token, {"select", "union", "concat", "substring", "extractvalue"});
          });
      if (sql) seen(1);
    }
  }

  void subselect(size_t i) {
    if (tokens_[i].text != "select" || i == 0 || !short_) return;
    const Fragment& before = tokens_[i - 1];
    const Fragment& next = at(tokens_, i + 1);
    const bool opened = before.text == "(" || is_bool(before);
    if (!opened || one_of(tokens_[0], {"select", "with", "insert", "create"})) return;
    const bool plausible = next.kind != FragmentKind::kWord ||
                           one_of(at(tokens_, i + 2), {"(", ",", "from", ".", "*"}) ||
                           one_of(next, {"top", "distinct", "count", "case", "null", "char",
                                         "concat", "user", "password"});
    if (plausible &&
        (i < 2 || tokens_[i - 2].text != "in" || !tokens_[i - 2].spaced || is_bool(tokens_[0])))
      seen(1);
  }

  void order_by(size_t i) {
    if (!one_of(tokens_[i], {"order", "group"}) || at(tokens_, i + 1).text != "by" || !short_)
      return;
    size_t k = i + 2;
    const Fragment& what = at(tokens_, k);
    while (k < tokens_.size() &&
           (tokens_[k].kind == FragmentKind::kNumber || one_of(tokens_[k], {",", "asc", "desc"})))
      ++k;
    const bool numbers = what.kind == FragmentKind::kNumber &&
                         (k >= tokens_.size() || tokens_[k].kind == FragmentKind::kComment ||
                          one_of(tokens_[k], {"sleep", "benchmark", "(", ";"}));
    const bool calls = one_of(what, {"sleep", "benchmark", "if", "case"}) ||
                       (what.text == "(" && at(tokens_, k + 1).text == "select");
    if ((numbers && (i <= 2 || k < tokens_.size())) || calls)
      seen(k < tokens_.size() && tokens_[k].kind == FragmentKind::kComment ? 2 : 1);
  }

  // se/**/lect, /*!union*/: comments where blanks would do.
  void hidden_words(size_t i) {
    if (!tokens_[i].commented || !short_) return;
    const bool word = one_of(tokens_[i], {"select", "union", "or", "and", "from", "where", "like",
                                          "insert", "drop", "sleep", "null", "in", "order"});
    const bool before =
        i > 0 && (one_of(tokens_[i - 1],
                         {"select", "union",   "or",    "and",    "from", "where",    "like",
                          "all",    "order",   "sleep", "insert", "drop", "delete",   "update",
                          "exec",   "execute", "alter", "in",     "not",  "truncate", "declare",
                          "having", "between", "limit", "join",   "by",   "benchmark"}) ||
                  tokens_[i - 1].kind == FragmentKind::kQuote);
    const std::string joined = i > 0 ? tokens_[i - 1].text + tokens_[i].text : tokens_[i].text;
    constexpr std::array<std::string_view, 14> kSplit = {
        "select", "union", "or",   "and",    "sleep", "drop",  "insert",
        "update", "from",  "into", "delete", "where", "alter", "exec"};
    const bool split = std::find(kSplit.begin(), kSplit.end(), joined) != kSplit.end();
    if ((word && i > 0) || before || (split && i > 0 && tokens_[i - 1].kind == FragmentKind::kWord))
      seen(1);
  }

  void null_list(size_t i) {
    if (tokens_[i].text != "," || at(tokens_, i + 1).text != "null" ||
        at(tokens_, i + 2).text != "," || at(tokens_, i + 3).text != "null")
      return;
    if (i > 0 && one_of(tokens_[0], {"select", "insert", "["})) return;
    if (tokens_.back().kind == FragmentKind::kComment || tokens_[0].kind == FragmentKind::kQuote)
      seen(2);
  }

  // 'x'::json, password::int: PostgreSQL's casts, which no prose and no path has.
  void casts(size_t i) {
    if (tokens_[i].text != "::" || i == 0 || tokens_[i].spaced) return;
    const Fragment& type = at(tokens_, i + 1);
    if (type.spaced) return;
    const bool ends = i + 2 >= tokens_.size() || at(tokens_, i + 2).kind != FragmentKind::kWord;
    if (one_of(type, {"int", "integer", "json", "jsonb", "bool", "text", "varchar", "numeric"}) &&
        ends && tokens_[i - 1].kind != FragmentKind::kNumber)
      seen(1);
  }

  // A whole text that is a piece of SQL: a call that is not closed, the end of a subselect, a statement with a comment tail.
  void fragments() {
    const Fragment& first = tokens_[0];
    const Fragment& last = tokens_.back();
    if (tokens_.size() == 2 && last.text == "(" && first.kind == FragmentKind::kWord &&
        is_sql_function(first))
      seen(1);
    if (tokens_.size() >= 3 && last.text == "(" && first.text == "select" && tokens_.size() <= 4)
      seen(1);
    if (first.text == ")" && tokens_.size() >= 2 &&
        one_of(tokens_[1], {"as", "like", "union", "from", "or", "and", "in"}) &&
        tokens_.size() >= 3)
      seen(1);
    if (tokens_.size() >= 3 && last.kind == FragmentKind::kComment && last.text == "--" &&
        tokens_[tokens_.size() - 2].text == ";")
      seen(one_of(first,
                  {"drop", "delete", "insert", "update", "select", "alter", "truncate", "exec"})
               ? 2
               : 1);
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].text == "having" &&
          one_of(tokens_[i + 1], {"count", "sum", "avg", "max", "min"}) &&
          at(tokens_, i + 2).text == "(")
        seen(1);
      if (tokens_[i].text == "execute" && tokens_[i + 1].text == "immediate") seen(1);
      if (tokens_[i].text == "[" && tokens_[i + 1].text == "$" &&
          one_of(at(tokens_, i + 2),
                 {"ne", "gt", "lt", "regex", "where", "gte", "exists", "nin", "in"}))
        seen(1);
      if (tokens_[i].text == "<=" && tokens_[i + 1].text == ">" && !tokens_[i + 1].spaced &&
          i > 0 && at(tokens_, i + 2).kind == tokens_[i - 1].kind)
        seen(1);
      if (tokens_[i].text == "(" && tokens_[i + 1].text == "select" &&
          at(tokens_, i + 2).text == "count" && first.text == "select" &&
          std::count_if(tokens_.begin(), tokens_.end(),
                        [](const Fragment& token) { return token.text == "select"; }) > 2)
        seen(1);
    }
  }

  static bool is_sql_function(const Fragment& token) {
    return one_of(
        token,
        {"concat",      "concat_ws",   "group_concat", "substring", "substr",    "mid",
         "ascii",       "ord",         "char",         "chr",       "hex",       "unhex",
         "cast",        "convert",     "coalesce",     "ifnull",    "isnull",    "nullif",
         "count",       "sum",         "now",          "curdate",   "rand",      "current_user",
         "user",        "system_user", "session_user", "database",  "version",   "db_name",
         "sleep",       "benchmark",   "ltrim",        "rtrim",     "trim",      "length",
         "char_length", "uncompress",  "compress",     "strcmp",    "replace",   "lower",
         "upper",       "lcase",       "ucase",        "reverse",   "repeat",    "round",
         "floor",       "updatexml",   "extractvalue", "load_file", "if",        "case",
         "exists",      "name_const",  "md5",          "sha1",      "row_count", "last_insert_id",
         "find_in_set", "insert",      "elt",          "field"});
  }

  void into_file(size_t i) {
    if (tokens_[i].text == "into" && one_of(at(tokens_, i + 1), {"outfile", "dumpfile"})) seen(2);
  }

  // The first quote ends the literal the text was put into; what follows is code.
  void breakout() {
    if (!short_) return;
    size_t first = 0;
    while (first < tokens_.size() && tokens_[first].kind != FragmentKind::kQuote) ++first;
    if (first >= tokens_.size()) {
      // or nothing was quoted: a number and code behind it
      if (tokens_.size() >= 3 && tokens_[0].kind == FragmentKind::kNumber && is_bool(tokens_[1]) &&
          (is_literal(tokens_[2]) || tokens_[2].text == "("))
        seen(tokens_.size() > 3 &&
                     (is_compare(tokens_[3]) || tokens_[3].kind == FragmentKind::kComment)
                 ? 1
                 : 0);
      return;
    }
    // A quote that opens: at the beginning of a word, with blanks or an operator before it.
    if (first > 0 &&
        (tokens_[first].spaced ||
         one_of(tokens_[first - 1], {"=", "(", ",", "[", "{", ":", "like", "in", "=="})))
      return;
    if (first > 3 && (first > 8 || std::any_of(tokens_.begin() + 1,
                                               tokens_.begin() + static_cast<std::ptrdiff_t>(first),
                                               [](const Fragment& token) { return token.spaced; })))
      return;
    size_t i = first + 1;
    while (i < tokens_.size() && (tokens_[i].text == ")" ||
                                  (tokens_[i].kind == FragmentKind::kQuote && !tokens_[i].spaced)))
      ++i;
    if (i >= tokens_.size()) return;
    const Fragment& next = tokens_[i];
    const Fragment& then = at(tokens_, i + 1);
    const Fragment& third = at(tokens_, i + 2);
    const bool last = i + 1 >= tokens_.size();
    if (next.kind == FragmentKind::kComment) {
      const bool end = last || then.kind != FragmentKind::kWord || !then.spaced;
      if (end && !(first == 0 && next.text == "#" && !last)) seen(i == first + 1 ? 1 : 2);
      return;
    }
    if (is_bool(next) && !last) {
      const bool expression = then.kind == FragmentKind::kQuote ||
                              then.kind == FragmentKind::kNumber ||
                              one_of(then, {"(", "not", "exists", "if", "case", "sleep", "null",
                                            "true", "false", "-", "+", "!", "~"}) ||
                              then.text[0] == '@' || is_compare(third) ||
                              one_of(third, {"(", "[", "is", "notnull", "::"});
      const bool goes_on = i + 2 < tokens_.size() || then.kind == FragmentKind::kNumber ||
                           then.kind == FragmentKind::kQuote;
      const bool pair = then.kind == FragmentKind::kQuote && tokens_.size() > i + 4 &&
                        !std::any_of(tokens_.begin() + static_cast<std::ptrdiff_t>(i),
                                     tokens_.end(), [](const Fragment& token) {
                                       return is_compare(token) ||
                                              token.kind == FragmentKind::kComment ||
                                              token.text == "(";
                                     });
      if (expression && goes_on && !pair)
        seen(is_compare(third) || tokens_.back().kind == FragmentKind::kComment ||
                     then.kind == FragmentKind::kQuote
                 ? 2
                 : 1);
      return;
    }
    if (one_of(next, {"union", "having", "waitfor", "procedure", "limit", "intersect", "except",
                      "rlike", "regexp", "collate", "div"}) &&
        !last)
      return seen(one_of(then, {"select", "all", "delay", "analyse"}) ||
                          then.kind == FragmentKind::kNumber || is_literal(then) ||
                          next.text == "collate"
                      ? 2
                      : 1);
    if (one_of(next, {"is", "like", "sounds", "between"}) &&
        (one_of(then, {"not", "null", "like"}) || then.kind == FragmentKind::kQuote) &&
        (tokens_.back().kind == FragmentKind::kComment || then.kind == FragmentKind::kQuote))
      return seen(1);
    if (one_of(next, {"order", "group"}) && then.text == "by") return seen(2);
    if (one_of(next, {"=", "<", ">", "+", ".", "-", "*", "/", "%", "^", "<>", "!="}) &&
        (then.kind == FragmentKind::kQuote ||
         (third.text == "(" && then.kind == FragmentKind::kWord) || then.text == "(")) {
      const bool quoted_sign =
          first == 0 && then.kind == FragmentKind::kQuote && next.text != "=";  // '*'
      const bool concat = quoted_sign || (next.text == "+" && then.kind == FragmentKind::kQuote &&
                                          tokens_.size() <= i + 2);
      if (!concat) seen(1);
      return;
    }
    // id'not like id--, x'=email--: whatever it compares, the comment cuts off the rest of a statement
    const bool operates = is_compare(next) || one_of(next, {"not", "<", ">", "~", "!"});
    if (operates && !last && tokens_.back().kind == FragmentKind::kComment &&
        tokens_.back().text == "--" && tokens_.size() <= i + 8)
      return seen(1);
    if (next.text == ";" && (tokens_.back().kind == FragmentKind::kComment ||
                             one_of(then, {"drop", "select", "exec", "shutdown", "waitfor",
                                           "insert", "update", "delete", "sleep"})))
      seen(2);
  }

  Fragments tokens_;
  bool short_;
  int verdict_ = 0;
};

// Quotes that readers and converters turn into ' and ".
std::string plain_quotes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    switch (point.value) {
      case 0x2018:
      case 0x2019:
      case 0x2032:
      case 0xB4:
      case 0x2BC:
      case 0xFF07: out += '\''; break;
      case 0x201C:
      case 0x201D:
      case 0x2033:
      case 0xFF02: out += '"'; break;
      default: out.append(text, i, point.bytes);
    }
    i += point.bytes;
  }
  return out;
}

}  // namespace

void find_sql_injection(std::string_view text, std::vector<Hit>& hits) {
  if (text.size() > kMaxText || text.size() < 3) return;
  std::string decoded(text);
  if (decoded.find('%') != std::string::npos) {
    Percent percent = percent_decode(decoded);
    if (percent.changed) {
      decoded = std::move(percent.text);
      std::replace(decoded.begin(), decoded.end(), '+', ' ');
    }
  }
  if (decoded.find('&') != std::string::npos) decoded = html_decode(decoded);
  if (!is_plain(decoded)) decoded = fold(plain_quotes(decoded)).text;
  const std::vector<Fragment> tokens = sql_fragments(decoded);
  if (tokens.size() < 2) {
    if (tokens.size() == 1 && is_strong_name(tokens[0]) &&
        tokens[0].text.find('_') != std::string::npos)
      add_hit(hits, {"sql.injection", Severity::kMedium});
    return;
  }
  const bool lines = std::count(decoded.begin(), decoded.end(), '\n') > 3;
  const int verdict = Judge(tokens, decoded.size() <= 600 && !lines).run();
  if (verdict > 0)
    add_hit(hits, {"sql.injection", verdict > 1 ? Severity::kHigh : Severity::kMedium});
}

}  // namespace agentmesh::policy::scan
