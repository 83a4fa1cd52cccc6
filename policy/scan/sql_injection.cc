// find_sql_injection: tokens of a short text, as if it stood inside a statement, against shapes that data does not have.

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

#include "policy/scan/decode.h"
#include "policy/scan/sql.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxText =
    4096;  // longer strings are documents and code, where SQL is quoted, not injected

enum class Kind : uint8_t { kWord, kNumber, kQuote, kSign, kComment };

struct Token {
  Kind kind = Kind::kSign;
  std::string text;        // lower case; a quote as ', ", or `
  bool spaced = false;     // white space (or a comment) before it
  bool commented = false;  // a /* */ comment before it
};

using Tokens = std::span<const Token>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<uint8_t>(c) >= 0x80;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    while (at_ < text_.size() && out_.size() < 2048) step();
    return std::move(out_);
  }

 private:
  void put(Kind kind, std::string_view text) {
    out_.push_back({kind, ascii_lower(text), spaced_, commented_});
    spaced_ = commented_ = false;
  }

  void step() {
    const char c = text_[at_];
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (static_cast<uint8_t>(c) <= ' ') {
      spaced_ = true;
      ++at_;
    } else if (c == '/' && next == '*') {
      if (text_.substr(at_ + 2, 1) == "!") {  // MySQL runs what is inside
        at_ += 3;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        spaced_ = commented_ = true;
        return;
      }
      const size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) {
        put(Kind::kComment, "/*");
        at_ = text_.size();
        return;
      }
      at_ = end + 2;
      spaced_ = commented_ = true;
    } else if (c == '*' && next == '/') {
      at_ += 2;
      spaced_ = true;
    } else if (c == '-' && next == '-') {
      size_t end = at_;
      while (end < text_.size() && text_[end] == '-') ++end;
      // "--option" and rules of dashes are no comments.
      const bool comment = end - at_ <= 4 && (end >= text_.size() || !is_alpha(text_[end]));
      put(comment ? Kind::kComment : Kind::kSign, "--");
      at_ = end;
      while (comment && at_ < text_.size() &&
             (text_[at_] == '-' || text_[at_] == ' ' || text_[at_] == '+'))
        ++at_;
    } else if (c == '#') {
      put(Kind::kComment, "#");
      ++at_;
    } else if (c == '\'' || c == '"' || c == '`') {
      put(Kind::kQuote, text_.substr(at_, 1));
      ++at_;
    } else if (c == '\\' && (next == '\'' || next == '"')) {
      ++at_;
    } else if (is_digit(c)) {
      const size_t begin = at_;
      while (at_ < text_.size() &&
             (is_digit(text_[at_]) || is_alpha(text_[at_]) ||
              (text_[at_] == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))))
        ++at_;
      const bool number = is_digit(text_[at_ - 1]) || text_.substr(begin, 2) == "0x";
      put(number ? Kind::kNumber : Kind::kWord, text_.substr(begin, at_ - begin));
    } else if (is_alpha(c) || (c == '@' && (is_alpha(next) || next == '@'))) {
      const size_t begin = at_;
      while (at_ < text_.size() && (is_alpha(text_[at_]) || is_digit(text_[at_]) ||
                                    text_[at_] == '@' || text_[at_] == '$'))
        ++at_;
      put(Kind::kWord, text_.substr(begin, at_ - begin));
    } else {
      const std::string_view two = text_.substr(at_, 2);
      const bool pair = two == "||" || two == "&&" || two == "!=" || two == "<>" || two == "<=" ||
                        two == ">=" || two == "==" || two == "::";
      put(Kind::kSign, text_.substr(at_, pair ? 2 : 1));
      at_ += pair ? 2 : 1;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  bool spaced_ = false;
  bool commented_ = false;
  std::vector<Token> out_;
};

bool one_of(const Token& token, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), token.text) != words.end();
}

const Token kEnd{};
const Token& at(Tokens tokens, size_t i) { return i < tokens.size() ? tokens[i] : kEnd; }

bool is_bool(const Token& token) { return one_of(token, {"or", "and", "xor", "||", "&&"}); }
bool is_compare(const Token& token) {
  return one_of(token, {"=",      "<",    ">",      "<=",      ">=",      "<>",      "!=",
                        "==",     "like", "rlike",  "regexp",  "is",      "in",      "between",
                        "sounds", "glob", "isnull", "notnull", "collate", "similar", "ilike",
                        "~",      "->",   "@>",     "<@",      "?",       "?|",      "?&"});
}
bool is_literal(const Token& token) {
  return token.kind == Kind::kNumber || one_of(token, {"null", "true", "false"});
}

bool is_strong_name(const Token& token) {
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
  explicit Judge(std::span<const Token> tokens, bool short_text)
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
    const Token& after = at(tokens_, next);
    const Token& then = at(tokens_, next + 1);
    const bool list = after.kind != Kind::kWord || next >= tokens_.size() || is_literal(after) ||
                      one_of(then, {",", "(", "from", ".", "||"}) || after.text[0] == '@' ||
                      next + 1 >= tokens_.size() || then.kind == Kind::kComment;
    if (list || one_of(after, {"all", "top", "distinct", "char", "concat"}))
      seen(tokens_[i].text == "union" ? 2 : 1);
  }

  // A literal at i, quotes included; `end` is behind it.
  std::string literal(size_t i, size_t& end) const {
    i = skip(i, {"(", "-", "+", "!", "~", "not", "binary", "n"});
    end = i;
    if (i >= tokens_.size()) return {};
    if (tokens_[i].kind == Kind::kNumber || tokens_[i].kind == Kind::kWord) {
      end = skip(i + 1, {")"});
      return tokens_[i].kind == Kind::kNumber ? tokens_[i].text : "w:" + tokens_[i].text;
    }
    if (tokens_[i].kind != Kind::kQuote) return {};
    const std::string& quote = tokens_[i].text;
    std::string value = "q:";
    for (size_t k = i + 1; k < tokens_.size() && k < i + 6; ++k) {
      if (tokens_[k].kind == Kind::kQuote && tokens_[k].text == quote) {
        end = skip(k + 1, {")"});
        return value;
      }
      if (tokens_[k].kind == Kind::kComment) break;
      value += tokens_[k].text;
    }
    end = tokens_.size();  // the last quote is the statement's own
    return value;
  }

  void tautology(size_t i) {
    const Token& op = tokens_[i];
    if (!is_bool(op) && !one_of(op, {"where", "having"})) return;
    size_t end = i;
    const std::string left = literal(i + 1, end);
    if (left.empty()) return;
    const Token& compare = at(tokens_, end);
    if (!one_of(compare, {"=", "<", ">", "<=", ">=", "<>", "!=", "==", "like", "rlike", "regexp",
                          "is", "sounds"})) {
      // OR 1 -- , or true#
      const bool alone =
          (left[0] != 'w' || left == "w:true" || left == "w:false") && left[0] != 'q';
      if (alone &&
          (compare.kind == Kind::kComment || (i == 0 && end >= tokens_.size() && is_bool(op))))
        seen(compare.kind == Kind::kComment ? 2 : 1);
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
    const bool commented = at(tokens_, after).kind == Kind::kComment;
    const bool code = compare.text == "==" && !commented;
    if (code) return;
    seen(commented || strings || after >= tokens_.size() ? (commented || numbers || strings ? 2 : 1)
                                                         : 1);
  }

  void stacked(size_t i) {
    if (tokens_[i].text != ";") return;
    const Token& verb = at(tokens_, i + 1);
    const Token& next = at(tokens_, i + 2);
    bool matches = false;
    if (one_of(verb, {"drop", "truncate", "alter", "create"}))
      matches = one_of(next, {"table", "database", "schema", "view", "user", "index", "procedure",
                              "function", "login", "role", "trigger"});
    if (verb.text == "delete") matches = next.text == "from";
    if (verb.text == "insert") matches = next.text == "into";
    if (verb.text == "update")
      matches = next.kind == Kind::kWord && at(tokens_, i + 3).text == "set";
    if (one_of(verb, {"exec", "execute"}))
      matches = next.text == "xp_cmdshell" || next.text.substr(0, 3) == "sp_" ||
                one_of(next, {"(", "immediate", "master", "@"}) || next.text[0] == '@';
    if (verb.text == "declare") matches = next.text.substr(0, 1) == "@";
    if (verb.text == "waitfor") matches = one_of(next, {"delay", "time"});
    if (verb.text == "shutdown")
      matches = i + 2 >= tokens_.size() || next.text == "with" || next.kind == Kind::kComment ||
                next.text == ";";
    if (verb.text == "select")
      matches = next.kind != Kind::kWord || at(tokens_, i + 3).text == "(" ||
                at(tokens_, i + 3).text == "from" || at(tokens_, i + 3).text == ",";
    if (one_of(verb, {"sleep", "benchmark", "pg_sleep"})) matches = next.text == "(";
    if (verb.text == "set") matches = next.text.substr(0, 1) == "@";
    if (!matches) return;
    const bool quoted =
        i > 0 && (tokens_[i - 1].kind == Kind::kQuote || tokens_[i - 1].text == ")" ||
                  tokens_[i - 1].kind == Kind::kNumber);
    const bool whole = i > 0 && one_of(tokens_[0], {"select", "insert", "update", "delete",
                                                    "create", "begin", "with", "drop"});
    if (!whole || quoted) seen(quoted || i == 0 || tokens_.back().kind == Kind::kComment ? 2 : 1);
  }

  void functions(size_t i) {
    const Token& name = tokens_[i];
    if (name.kind != Kind::kWord) return;
    const Token& before = i > 0 ? tokens_[i - 1] : kEnd;
    if (name.text == "waitfor" && one_of(at(tokens_, i + 1), {"delay", "time"}) &&
        (at(tokens_, i + 2).kind == Kind::kQuote || i + 2 >= tokens_.size() ||
         at(tokens_, i + 2).kind == Kind::kNumber))
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
        before.text == "." || (before.kind == Kind::kWord &&
                               one_of(before, {"def", "function", "fn", "func", "void", "int",
                                               "await", "return", "new", "the", "call", "using"}));
    if (one_of(name, {"sleep"}) && !member &&
        (at(tokens_, i + 2).kind == Kind::kNumber || at(tokens_, i + 2).kind == Kind::kQuote ||
         at(tokens_, i + 2).text == "(" ||
         (before.text == "select" && at(tokens_, i + 3).text == "(")) &&
        tokens_.size() < 40) {
      const bool inside =
          i > 0 && (is_bool(before) || before.kind == Kind::kQuote ||
                    one_of(before, {"(", ",", "select", "+", "-", "=", ";", "by", "if"}));
      size_t close = i + 2;
      while (close < tokens_.size() && tokens_[close].text != ")") ++close;
      if (inside || at(tokens_, close + 1).kind != Kind::kWord) seen(inside ? 2 : 1);
    }
    if (one_of(name, {"char", "chr"}) && at(tokens_, i + 2).kind == Kind::kNumber &&
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
          [](const Token& token) {
            return is_bool(token) ||
                   one_of(token, {"select", "union", "concat", "substring", "extractvalue"});
          });
      if (sql) seen(1);
    }
  }

  void subselect(size_t i) {
    if (tokens_[i].text != "select" || i == 0 || !short_) return;
    const Token& before = tokens_[i - 1];
    const Token& next = at(tokens_, i + 1);
    const bool opened = before.text == "(" || is_bool(before);
    if (!opened || one_of(tokens_[0], {"select", "with", "insert", "create"})) return;
    const bool plausible =
        next.kind != Kind::kWord || one_of(at(tokens_, i + 2), {"(", ",", "from", ".", "*"}) ||
        one_of(next,
               {"top", "distinct", "count", "case", "null", "char", "concat", "user", "password"});
    if (plausible &&
        (i < 2 || tokens_[i - 2].text != "in" || !tokens_[i - 2].spaced || is_bool(tokens_[0])))
      seen(1);
  }

  void order_by(size_t i) {
    if (!one_of(tokens_[i], {"order", "group"}) || at(tokens_, i + 1).text != "by" || !short_)
      return;
    size_t k = i + 2;
    const Token& what = at(tokens_, k);
    while (k < tokens_.size() &&
           (tokens_[k].kind == Kind::kNumber || one_of(tokens_[k], {",", "asc", "desc"})))
      ++k;
    const bool numbers =
        what.kind == Kind::kNumber && (k >= tokens_.size() || tokens_[k].kind == Kind::kComment ||
                                       one_of(tokens_[k], {"sleep", "benchmark", "(", ";"}));
    const bool calls = one_of(what, {"sleep", "benchmark", "if", "case"}) ||
                       (what.text == "(" && at(tokens_, k + 1).text == "select");
    if ((numbers && (i <= 2 || k < tokens_.size())) || calls)
      seen(k < tokens_.size() && tokens_[k].kind == Kind::kComment ? 2 : 1);
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
                  tokens_[i - 1].kind == Kind::kQuote);
    const std::string joined = i > 0 ? tokens_[i - 1].text + tokens_[i].text : tokens_[i].text;
    constexpr std::array<std::string_view, 14> kSplit = {
        "select", "union", "or",   "and",    "sleep", "drop",  "insert",
        "update", "from",  "into", "delete", "where", "alter", "exec"};
    const bool split = std::find(kSplit.begin(), kSplit.end(), joined) != kSplit.end();
    if ((word && i > 0) || before || (split && i > 0 && tokens_[i - 1].kind == Kind::kWord))
      seen(1);
  }

  void null_list(size_t i) {
    if (tokens_[i].text != "," || at(tokens_, i + 1).text != "null" ||
        at(tokens_, i + 2).text != "," || at(tokens_, i + 3).text != "null")
      return;
    if (i > 0 && one_of(tokens_[0], {"select", "insert", "["})) return;
    if (tokens_.back().kind == Kind::kComment || tokens_[0].kind == Kind::kQuote) seen(2);
  }

  // 'x'::json, password::int: PostgreSQL's casts, which no prose and no path has.
  void casts(size_t i) {
    if (tokens_[i].text != "::" || i == 0 || tokens_[i].spaced) return;
    const Token& type = at(tokens_, i + 1);
    if (type.spaced) return;
    const bool ends = i + 2 >= tokens_.size() || at(tokens_, i + 2).kind != Kind::kWord;
    if (one_of(type, {"int", "integer", "json", "jsonb", "bool", "text", "varchar", "numeric"}) &&
        ends && tokens_[i - 1].kind != Kind::kNumber)
      seen(1);
  }

  // A whole text that is a piece of SQL: a call that is not closed, the end of a subselect, a statement with a comment tail.
  void fragments() {
    const Token& first = tokens_[0];
    const Token& last = tokens_.back();
    if (tokens_.size() == 2 && last.text == "(" && first.kind == Kind::kWord &&
        is_sql_function(first))
      seen(1);
    if (tokens_.size() >= 3 && last.text == "(" && first.text == "select" && tokens_.size() <= 4)
      seen(1);
    if (first.text == ")" && tokens_.size() >= 2 &&
        one_of(tokens_[1], {"as", "like", "union", "from", "or", "and", "in"}) &&
        tokens_.size() >= 3)
      seen(1);
    if (tokens_.size() >= 3 && last.kind == Kind::kComment && last.text == "--" &&
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
                        [](const Token& token) { return token.text == "select"; }) > 2)
        seen(1);
    }
  }

  static bool is_sql_function(const Token& token) {
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
    while (first < tokens_.size() && tokens_[first].kind != Kind::kQuote) ++first;
    if (first >= tokens_.size()) {
      // or nothing was quoted: a number and code behind it
      if (tokens_.size() >= 3 && tokens_[0].kind == Kind::kNumber && is_bool(tokens_[1]) &&
          (is_literal(tokens_[2]) || tokens_[2].text == "("))
        seen(tokens_.size() > 3 && (is_compare(tokens_[3]) || tokens_[3].kind == Kind::kComment)
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
                                               [](const Token& token) { return token.spaced; })))
      return;
    size_t i = first + 1;
    while (i < tokens_.size() &&
           (tokens_[i].text == ")" || (tokens_[i].kind == Kind::kQuote && !tokens_[i].spaced)))
      ++i;
    if (i >= tokens_.size()) return;
    const Token& next = tokens_[i];
    const Token& then = at(tokens_, i + 1);
    const Token& third = at(tokens_, i + 2);
    const bool last = i + 1 >= tokens_.size();
    if (next.kind == Kind::kComment) {
      const bool end = last || then.kind != Kind::kWord || !then.spaced;
      if (end && !(first == 0 && next.text == "#" && !last)) seen(i == first + 1 ? 1 : 2);
      return;
    }
    if (is_bool(next) && !last) {
      const bool expression = then.kind == Kind::kQuote || then.kind == Kind::kNumber ||
                              one_of(then, {"(", "not", "exists", "if", "case", "sleep", "null",
                                            "true", "false", "-", "+", "!", "~"}) ||
                              then.text[0] == '@' || is_compare(third) ||
                              one_of(third, {"(", "[", "is", "notnull", "::"});
      const bool goes_on =
          i + 2 < tokens_.size() || then.kind == Kind::kNumber || then.kind == Kind::kQuote;
      const bool pair = then.kind == Kind::kQuote && tokens_.size() > i + 4 &&
                        !std::any_of(tokens_.begin() + static_cast<std::ptrdiff_t>(i),
                                     tokens_.end(), [](const Token& token) {
                                       return is_compare(token) || token.kind == Kind::kComment ||
                                              token.text == "(";
                                     });
      if (expression && goes_on && !pair)
        seen(is_compare(third) || tokens_.back().kind == Kind::kComment || then.kind == Kind::kQuote
                 ? 2
                 : 1);
      return;
    }
    if (one_of(next, {"union", "having", "waitfor", "procedure", "limit", "intersect", "except",
                      "rlike", "regexp", "collate", "div"}) &&
        !last)
      return seen(one_of(then, {"select", "all", "delay", "analyse"}) ||
                          then.kind == Kind::kNumber || is_literal(then) || next.text == "collate"
                      ? 2
                      : 1);
    if (one_of(next, {"is", "like", "sounds", "between"}) &&
        (one_of(then, {"not", "null", "like"}) || then.kind == Kind::kQuote) &&
        (tokens_.back().kind == Kind::kComment || then.kind == Kind::kQuote))
      return seen(1);
    if (one_of(next, {"order", "group"}) && then.text == "by") return seen(2);
    if (one_of(next, {"=", "<", ">", "+", ".", "-", "*", "/", "%", "^", "<>", "!="}) &&
        (then.kind == Kind::kQuote || (third.text == "(" && then.kind == Kind::kWord) ||
         then.text == "(")) {
      const bool quoted_sign = first == 0 && then.kind == Kind::kQuote && next.text != "=";  // '*'
      const bool concat =
          quoted_sign || (next.text == "+" && then.kind == Kind::kQuote && tokens_.size() <= i + 2);
      if (!concat) seen(1);
      return;
    }
    // id'not like id--, x'=email--: whatever it compares, the comment cuts off the rest of a statement
    const bool operates = is_compare(next) || one_of(next, {"not", "<", ">", "~", "!"});
    if (operates && !last && tokens_.back().kind == Kind::kComment && tokens_.back().text == "--" &&
        tokens_.size() <= i + 8)
      return seen(1);
    if (next.text == ";" && (tokens_.back().kind == Kind::kComment ||
                             one_of(then, {"drop", "select", "exec", "shutdown", "waitfor",
                                           "insert", "update", "delete", "sleep"})))
      seen(2);
  }

  Tokens tokens_;
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
  const std::vector<Token> tokens = Lexer(decoded).run();
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
