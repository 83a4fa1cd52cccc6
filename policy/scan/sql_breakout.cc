#include <algorithm>

#include "policy/scan/sql_shapes.h"

namespace agentmesh::policy::scan {
namespace {

class Piece {
 public:
  explicit Piece(Fragments fragments) : tokens_(fragments) {}

  int run() {
    fragments();
    breakout();
    return verdict_;
  }

 private:
  void seen(int how) { verdict_ = std::max(verdict_, how); }

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
    // 42 like 42: what is always true and nothing else. 1=1 is what people put where a filter has to be.
    if (tokens_.size() == 3 && first.kind == FragmentKind::kNumber && first.text == last.text &&
        one_of(tokens_[1], {"like", "rlike"}))
      seen(1);
    if (tokens_.size() == 2 && first.text == "select" && last.text.starts_with("0x")) seen(1);
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].kind == FragmentKind::kWord) {
        words(i);
      } else if (tokens_[i].kind == FragmentKind::kSign) {
        signs(i);
      }
    }
  }

  void words(size_t i) {
    const std::string_view word = tokens_[i].text;
    if (word == "having" && one_of(tokens_[i + 1], {"count", "sum", "avg", "max", "min"}) &&
        fragment_at(tokens_, i + 2).text == "(")
      seen(1);
    if (word == "execute" && tokens_[i + 1].text == "immediate") seen(1);
  }

  void signs(size_t i) {
    const std::string_view sign = tokens_[i].text;
    const Fragment& next = tokens_[i + 1];
    if (sign == "[" && next.text == "$" &&
        one_of(fragment_at(tokens_, i + 2),
               {"ne", "gt", "lt", "regex", "where", "gte", "exists", "nin", "in"}))
      seen(1);
    if (sign == "<=" && next.text == ">" && !next.spaced && i > 0 &&
        fragment_at(tokens_, i + 2).kind == tokens_[i - 1].kind)
      seen(1);
    if (sign == "(" && next.text == "select" && fragment_at(tokens_, i + 2).text == "count" &&
        tokens_[0].text == "select" &&
        std::count_if(tokens_.begin(), tokens_.end(),
                      [](const Fragment& token) { return token.text == "select"; }) > 2)
      seen(1);
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

  // 5' or
  bool is_measure(size_t quote, const Fragment& next) const {
    return quote == 1 && tokens_[0].kind == FragmentKind::kNumber && next.spaced;
  }

  // x', role='admin   eve', admin=1 WHERE a='b'--   x', 1, 1) ON CONFLICT …--: the next value of a list that a statement sets or
  // inserts. A name and a value stand there, and a comment, or a quote that stays open, makes the rest of the statement go away.
  void next_value(size_t comma) {
    const auto begin = tokens_.begin() + static_cast<std::ptrdiff_t>(comma);
    const bool cut = tokens_.back().kind == FragmentKind::kComment && tokens_.back().text == "--";
    const auto quotes = std::count_if(begin, tokens_.end(), [](const Fragment& token) {
      return token.kind == FragmentKind::kQuote;
    });
    const bool sets = fragment_at(tokens_, comma + 1).kind == FragmentKind::kWord &&
                      fragment_at(tokens_, comma + 2).text == "=" && tokens_.size() > comma + 3;
    if (sets && (cut || quotes % 2 == 1)) return seen(cut ? 2 : 1);
    const Fragment& value = fragment_at(tokens_, comma + 1);
    const bool inserts =
        is_literal(value) || value.kind == FragmentKind::kQuote || value.text == "(";
    const bool closes =
        std::any_of(begin, tokens_.end(), [](const Fragment& token) { return token.text == ")"; });
    if (inserts && closes && cut) seen(1);
  }

  // The first quote ends the literal the text was put into; what follows is code.
  void breakout() {
    size_t first = 0;
    while (first < tokens_.size() && tokens_[first].kind != FragmentKind::kQuote) ++first;
    if (first >= tokens_.size()) {
      // or nothing was quoted: a number and code behind it
      const Fragment right = fragment_at(tokens_, 4);  // 1 or 2 = enough
      const bool said = right.kind == FragmentKind::kWord && right.spaced && tokens_.size() == 5;
      if (tokens_.size() >= 3 && tokens_[0].kind == FragmentKind::kNumber && is_bool(tokens_[1]) &&
          (is_literal(tokens_[2]) || tokens_[2].text == "(") && !said)
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
    const Fragment then = fragment_at(tokens_, i + 1);
    const Fragment third = fragment_at(tokens_, i + 2);
    const bool last = i + 1 >= tokens_.size();
    if (next.kind == FragmentKind::kComment) {
      const bool end = last || then.kind != FragmentKind::kWord || !then.spaced;
      if (end && !(first == 0 && next.text == "#" && !last)) seen(i == first + 1 ? 1 : 2);
      return;
    }
    if (next.text == "," && i == first + 1) return next_value(i);
    if (is_bool(next) && !last) {
      const bool expression = then.kind == FragmentKind::kQuote ||
                              then.kind == FragmentKind::kNumber ||
                              one_of(then, {"(", "not", "exists", "if", "case", "sleep", "null",
                                            "true", "false", "-", "+", "!", "~"}) ||
                              then.text.starts_with('@') || is_compare(third) ||
                              one_of(third, {"(", "[", "is", "notnull", "::"});
      const bool goes_on = i + 2 < tokens_.size() || then.kind == FragmentKind::kNumber ||
                           then.kind == FragmentKind::kQuote;
      // x' or "y"; 5' or 6': two names, two measures
      const bool two = (third.kind == FragmentKind::kWord && tokens_.size() == i + 4 &&
                        tokens_.back().text == then.text) ||
                       (is_measure(first, next) && third.text == tokens_[first].text &&
                        (tokens_.size() == i + 3 ||
                         (tokens_.size() == i + 4 && tokens_.back().kind == FragmentKind::kWord)));
      if (two) return;
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
  int verdict_ = 0;
};

}  // namespace

int sql_of_one_piece(Fragments fragments) { return Piece(fragments).run(); }

}  // namespace agentmesh::policy::scan
