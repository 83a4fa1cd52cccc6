#include "policy/scan/sql_shapes.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace agentmesh::policy::scan {
namespace {

constexpr std::string_view kStrongNames[] = {
    "information_schema", "pg_catalog",      "sysobjects",      "syscolumns",
    "sysusers",           "xp_cmdshell",     "sp_password",     "sp_executesql",
    "sp_oacreate",        "xp_regread",      "xp_dirtree",      "utl_inaddr",
    "utl_http",           "dbms_pipe",       "dbms_ldap",       "dbms_xmlgen",
    "dbms_utility",       "ctxsys",          "pg_sleep",        "extractvalue",
    "updatexml",          "group_concat",    "name_const",      "benchmark",
    "randomblob",         "@@version",       "@@datadir",       "@@hostname",
    "@@servername",       "lo_import",       "lo_export",       "lo_get",
    "load_file",          "database_to_xml", "query_to_xml",    "xmltype",
    "all_tables",         "user_tables",     "sqlite_master",   "gtid_subset",
    "st_latfromgeohash",  "pg_read_file",    "current_setting", "dba_users"};

// What "select" goes on with in English.
constexpr std::string_view kProseEndings[] = {"ed",  "s",     "ing", "ion", "ions", "or",   "ors",
                                              "ive", "ively", "man", "men", "able", "ivity"};

class Shapes {
 public:
  Shapes(Fragments fragments, bool short_text) : tokens_(fragments), short_(short_text) {}

  int run();

 private:
  void seen(int how) { verdict_ = std::max(verdict_, how); }

  size_t skip(size_t i, std::initializer_list<std::string_view> words) const {
    while (i < tokens_.size() && one_of(tokens_[i], words)) ++i;
    return i;
  }

  void union_select(size_t i) {
    if (!one_of(tokens_[i], {"union", "intersect", "except"})) return;
    size_t next = skip(i + 1, {"all", "distinct", "distinctrow", "("});
    const std::string_view select = fragment_at(tokens_, next).text;
    // "union selectchar(88)", but "union selected" and "except selecting" are prose.
    if (!select.starts_with("select") || (tokens_[i].text != "union" && select.size() > 6)) return;
    if (is_among(kProseEndings, select.substr(6))) return;
    ++next;
    const Fragment after = fragment_at(tokens_, next);
    const Fragment then = fragment_at(tokens_, next + 1);
    const bool ends = next + 1 >= tokens_.size();
    const bool list = (after.kind != FragmentKind::kWord && !one_of(after, {",", ")", "?"})) ||
                      is_literal(after) || one_of(then, {",", "from", ".", "||"}) ||
                      (then.text == "(" && !then.spaced) || after.text.starts_with('@') || ends ||
                      then.kind == FragmentKind::kComment;
    if (one_of(after, {"all", "top", "distinct", "char", "concat"}) ||
        (list && !goes_on_as_prose(i, next)))
      seen(tokens_[i].text == "union" ? 2 : 1);
  }

  // "The student union select members from the board": words alone before it, and no code behind what is selected.
  bool goes_on_as_prose(size_t i, size_t selected) const {
    const auto is_word = [](const Fragment& token) { return token.kind == FragmentKind::kWord; };
    if (!std::all_of(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(i), is_word))
      return false;
    if (selected + 1 >= tokens_.size())
      return selected >= tokens_.size() ? i > 0 : is_word(tokens_[selected]);
    return tokens_[selected + 1].text == "from" &&
           one_of(fragment_at(tokens_, selected + 2),
                  {"the", "a", "an", "its", "their", "our", "among"});
  }

  // A literal at i, quotes included; `end` is behind it.
  std::string literal(size_t i, size_t& end) const {
    i = skip(i, {"(", "-", "+", "!", "~", "not", "binary", "n"});
    end = i;
    if (i >= tokens_.size()) return {};
    if (tokens_[i].kind == FragmentKind::kNumber || tokens_[i].kind == FragmentKind::kWord) {
      end = skip(i + 1, {")"});
      std::string value = tokens_[i].kind == FragmentKind::kNumber ? "" : "w:";
      return value += tokens_[i].text;
    }
    if (tokens_[i].kind != FragmentKind::kQuote) return {};
    const std::string_view quote = tokens_[i].text;
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
    const Fragment compare = fragment_at(tokens_, end);
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
    const bool commented = fragment_at(tokens_, after).kind == FragmentKind::kComment;
    const bool code = compare.text == "==" && !commented;
    if (code) return;
    seen(commented || strings || after >= tokens_.size() ? (commented || numbers || strings ? 2 : 1)
                                                         : 1);
  }

  void stacked(size_t i) {
    if (tokens_[i].text != ";") return;
    const Fragment verb = fragment_at(tokens_, i + 1);
    const Fragment next = fragment_at(tokens_, i + 2);
    bool matches = false;
    if (one_of(verb, {"drop", "truncate", "alter", "create"}))
      matches = one_of(next, {"table", "database", "schema", "view", "user", "index", "procedure",
                              "function", "login", "role", "trigger"});
    if (verb.text == "delete") matches = next.text == "from";
    if (verb.text == "insert") matches = next.text == "into";
    if (verb.text == "update")
      matches = next.kind == FragmentKind::kWord && fragment_at(tokens_, i + 3).text == "set";
    if (one_of(verb, {"exec", "execute"}))
      matches = next.text == "xp_cmdshell" || next.text.substr(0, 3) == "sp_" ||
                one_of(next, {"(", "immediate", "master", "@"}) || next.text.starts_with('@');
    if (verb.text == "declare") matches = next.text.substr(0, 1) == "@";
    if (verb.text == "waitfor") matches = one_of(next, {"delay", "time"});
    if (verb.text == "shutdown")
      matches = i + 2 >= tokens_.size() || next.text == "with" ||
                next.kind == FragmentKind::kComment || next.text == ";";
    if (verb.text == "select")
      matches = next.kind != FragmentKind::kWord || fragment_at(tokens_, i + 3).text == "(" ||
                fragment_at(tokens_, i + 3).text == "from" ||
                fragment_at(tokens_, i + 3).text == ",";
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
    const Fragment before = i > 0 ? tokens_[i - 1] : Fragment();
    if (name.text == "waitfor" && one_of(fragment_at(tokens_, i + 1), {"delay", "time"}) &&
        (fragment_at(tokens_, i + 2).kind == FragmentKind::kQuote || i + 2 >= tokens_.size() ||
         fragment_at(tokens_, i + 2).kind == FragmentKind::kNumber))
      return seen(2);
    if (name.text == "procedure" && one_of(fragment_at(tokens_, i + 1), {"analyse", "analyze"}))
      return seen(2);
    if (!short_) return;
    const bool also_a_word = name.text == "benchmark" || name.text == "xmltype";
    if (is_strong_sql_name(name.text) &&
        (!also_a_word ||
         (fragment_at(tokens_, i + 1).text == "(" && !fragment_at(tokens_, i + 1).spaced)) &&
        (before.text != "." || name.text.find('_') != std::string_view::npos) &&
        (tokens_.size() < 48 || fragment_at(tokens_, i + 1).text == "("))
      return seen(1);
    if (fragment_at(tokens_, i + 1).text != "(") return;
    const bool member =
        before.text == "." || (before.kind == FragmentKind::kWord &&
                               one_of(before, {"def", "function", "fn", "func", "void", "int",
                                               "await", "return", "new", "the", "call", "using"}));
    if (one_of(name, {"sleep"}) && !member &&
        (fragment_at(tokens_, i + 2).kind == FragmentKind::kNumber ||
         fragment_at(tokens_, i + 2).kind == FragmentKind::kQuote ||
         fragment_at(tokens_, i + 2).text == "(" ||
         (before.text == "select" && fragment_at(tokens_, i + 3).text == "(")) &&
        tokens_.size() < 40) {
      const bool inside =
          i > 0 && (is_bool(before) || before.kind == FragmentKind::kQuote ||
                    one_of(before, {"(", ",", "select", "+", "-", "=", ";", "by", "if"}));
      size_t close = i + 2;
      while (close < tokens_.size() && tokens_[close].text != ")") ++close;
      if (inside || fragment_at(tokens_, close + 1).kind != FragmentKind::kWord)
        seen(inside ? 2 : 1);
    }
    if (one_of(name, {"char", "chr"}) &&
        fragment_at(tokens_, i + 2).kind == FragmentKind::kNumber &&
        fragment_at(tokens_, i + 3).text == ")" &&
        one_of(fragment_at(tokens_, i + 4), {"+", "||"}) &&
        one_of(fragment_at(tokens_, i + 5), {"char", "chr"}))
      seen(2);
    if (name.text == "concat" && fragment_at(tokens_, i + 2).text.substr(0, 2) == "0x") seen(2);
    if (name.text == "if" &&
        one_of(fragment_at(tokens_, i + 2),
               {"benchmark", "sleep", "substring", "ascii", "substr", "mid", "pg_sleep"}))
      seen(2);
    if (one_of(name, {"ascii", "ord", "length", "hex", "substring", "substr", "mid"}) &&
        one_of(fragment_at(tokens_, i + 2),
               {"substring", "substr", "mid", "database", "user", "version", "("}) &&
        (fragment_at(tokens_, i + 3).text == "(" || fragment_at(tokens_, i + 3).text == "select"))
      seen(1);
    if (one_of(name,
               {"database", "version", "user", "current_user", "system_user", "session_user"}) &&
        fragment_at(tokens_, i + 2).text == ")" && i > 0 &&
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
    const Fragment next = fragment_at(tokens_, i + 1);
    const bool opened = before.text == "(" || is_bool(before);
    if (!opened || one_of(tokens_[0], {"select", "with", "insert", "create"})) return;
    // select(.a == 1): a filter of jq
    if (next.text == "(" && fragment_at(tokens_, i + 2).text == ".") return;
    const bool plausible = next.kind != FragmentKind::kWord ||
                           one_of(fragment_at(tokens_, i + 2), {"(", ",", "from", ".", "*"}) ||
                           one_of(next, {"top", "distinct", "count", "case", "null", "char",
                                         "concat", "user", "password"});
    if (plausible &&
        (i < 2 || tokens_[i - 2].text != "in" || !tokens_[i - 2].spaced || is_bool(tokens_[0])))
      seen(1);
  }

  void order_by(size_t i) {
    if (!one_of(tokens_[i], {"order", "group"}) || fragment_at(tokens_, i + 1).text != "by" ||
        !short_)
      return;
    size_t k = i + 2;
    const Fragment what = fragment_at(tokens_, k);
    while (k < tokens_.size() &&
           (tokens_[k].kind == FragmentKind::kNumber || one_of(tokens_[k], {",", "asc", "desc"})))
      ++k;
    const bool numbers = what.kind == FragmentKind::kNumber &&
                         (k >= tokens_.size() || tokens_[k].kind == FragmentKind::kComment ||
                          one_of(tokens_[k], {"sleep", "benchmark", "(", ";"}));
    const bool calls = one_of(what, {"sleep", "benchmark", "if", "case"}) ||
                       (what.text == "(" && fragment_at(tokens_, k + 1).text == "select");
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
    std::string joined(i > 0 ? tokens_[i - 1].text : std::string_view());
    joined += tokens_[i].text;
    constexpr std::array<std::string_view, 14> kSplit = {
        "select", "union", "or",   "and",    "sleep", "drop",  "insert",
        "update", "from",  "into", "delete", "where", "alter", "exec"};
    const bool split = std::find(kSplit.begin(), kSplit.end(), joined) != kSplit.end();
    if ((word && i > 0) || before || (split && i > 0 && tokens_[i - 1].kind == FragmentKind::kWord))
      seen(1);
  }

  void null_list(size_t i) {
    if (tokens_[i].text != "," || fragment_at(tokens_, i + 1).text != "null" ||
        fragment_at(tokens_, i + 2).text != "," || fragment_at(tokens_, i + 3).text != "null")
      return;
    if (i > 0 && one_of(tokens_[0], {"select", "insert", "["})) return;
    if (tokens_.back().kind == FragmentKind::kComment || tokens_[0].kind == FragmentKind::kQuote)
      seen(2);
  }

  // 'x'::json, password::int: PostgreSQL's casts, which no prose and no path has.
  void casts(size_t i) {
    if (tokens_[i].text != "::" || i == 0 || tokens_[i].spaced) return;
    const Fragment type = fragment_at(tokens_, i + 1);
    if (type.spaced) return;
    const bool ends =
        i + 2 >= tokens_.size() || fragment_at(tokens_, i + 2).kind != FragmentKind::kWord;
    if (one_of(type, {"int", "integer", "json", "jsonb", "bool", "text", "varchar", "numeric"}) &&
        ends && tokens_[i - 1].kind != FragmentKind::kNumber)
      seen(1);
  }

  void into_file(size_t i) {
    if (tokens_[i].text == "into" && one_of(fragment_at(tokens_, i + 1), {"outfile", "dumpfile"}))
      seen(2);
  }

  Fragments tokens_;
  bool short_;
  int verdict_ = 0;
};

// Which shape a word or a sign may begin. Most fragments of most texts begin none, and their first letter and length say so.
class Beginnings {
 public:
  using Look = void (Shapes::*)(size_t);

  void put(std::initializer_list<std::string_view> words, Look look) {
    for (const std::string_view word : words) put(word, look);
  }
  void put(std::string_view word, Look look) {
    const auto letter = static_cast<uint8_t>(word[0]);
    looks_[letter].emplace_back(word, look);
    lengths_[letter] |= 1U << word.size();
  }
  Look find(std::string_view word) const {
    const auto letter = static_cast<uint8_t>(word[0]);
    if (word.size() >= 32 || (lengths_[letter] >> word.size() & 1U) == 0) return nullptr;
    for (const auto& [known, look] : looks_[letter])
      if (known == word) return look;
    return nullptr;
  }

 private:
  std::array<uint32_t, 256> lengths_{};  // by the first letter, a bit each
  std::array<std::vector<std::pair<std::string_view, Look>>, 256> looks_;
};

int Shapes::run() {
  static const Beginnings kBeginnings = [] {
    Beginnings all;
    for (const std::string_view name : kStrongNames) all.put(name, &Shapes::functions);
    all.put({"waitfor",  "procedure", "sleep",  "char",         "chr",         "concat",      "if",
             "ascii",    "ord",       "length", "hex",          "substring",   "substr",      "mid",
             "database", "version",   "user",   "current_user", "system_user", "session_user"},
            &Shapes::functions);
    all.put({"union", "intersect", "except"}, &Shapes::union_select);
    all.put({"or", "and", "xor", "||", "&&", "where", "having"}, &Shapes::tautology);
    all.put({"order", "group"}, &Shapes::order_by);
    all.put(";", &Shapes::stacked);
    all.put("select", &Shapes::subselect);
    all.put(",", &Shapes::null_list);
    all.put("::", &Shapes::casts);
    all.put("into", &Shapes::into_file);
    return all;
  }();
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (const Beginnings::Look look = kBeginnings.find(tokens_[i].text)) (this->*look)(i);
    if (tokens_[i].commented) hidden_words(i);
  }
  return verdict_;
}

}  // namespace

bool is_strong_sql_name(std::string_view word) { return is_among(kStrongNames, word); }

int sql_shapes(Fragments fragments, bool short_text) { return Shapes(fragments, short_text).run(); }

}  // namespace agentmesh::policy::scan
