#include "policy/scan/sql_row_policy.h"

#include <string>
#include <unordered_set>

#include "policy/scan/decode.h"
#include "policy/scan/sql_condition.h"

namespace agentmesh::policy::scan {
namespace {

constexpr int kDeepest = 32;

SqlTokens without_parentheses(SqlTokens tokens) {
  while (tokens.size() >= 2 && tokens.front().sign('(') &&
         next_token(tokens, 0) + 1 == tokens.size())
    tokens = tokens.subspan(1, tokens.size() - 2);
  return tokens;
}

// The parts between the words and signs that `joins` is true of, outside of parentheses.
template <class Joins>
std::vector<SqlTokens> parts(SqlTokens tokens, Joins joins) {
  std::vector<SqlTokens> out;
  size_t from = 0;
  for (size_t i = 0; i < tokens.size(); i = next_token(tokens, i)) {
    if (!joins(tokens[i])) continue;
    out.push_back(tokens.subspan(from, i - from));
    from = i + 1;
  }
  out.push_back(tokens.subspan(std::min(from, tokens.size())));
  return out;
}

bool is_sign(const SqlToken& token, std::string_view text) {
  return token.kind == SqlTokenKind::kSign && token.text == text;
}
bool is_or(const SqlToken& token) { return token.is("or") || is_sign(token, "||"); }
bool is_and(const SqlToken& token) { return token.is("and"); }

bool is_select(SqlTokens tokens) { return !tokens.empty() && tokens[0].is("select"); }

// What a side of a comparison is made of.
struct Side {
  bool who = false;
  bool column = false;
  void take(const Side& other) {
    who = who || other.who;
    column = column || other.column;
  }
};
constexpr Side kNothingSure = {true, true};

class RowCondition {
 public:
  bool asks_who(SqlTokens tokens, int level = 0) const {
    tokens = without_parentheses(tokens);
    if (tokens.empty() || level > kDeepest) return false;
    if (const auto either = parts(tokens, is_or); either.size() > 1)
      return std::all_of(either.begin(), either.end(),
                         [&](SqlTokens part) { return asks_who(part, level + 1); });
    if (const auto both = parts(tokens, is_and); both.size() > 1)
      return find_word(tokens, 0, tokens[0].depth, {"between", "case"}) == tokens.size() &&
             std::any_of(both.begin(), both.end(),
                         [&](SqlTokens part) { return asks_who(part, level + 1); });
    if (tokens[0].is("exists"))
      return token_at(tokens, 1).sign('(') && next_token(tokens, 1) + 1 == tokens.size() &&
             chooses(without_parentheses(tokens.subspan(1)), level + 1);
    return compares(tokens, level);
  }

 private:
  // `column = who`, `who IN (…)`, and the other way round.
  bool compares(SqlTokens tokens, int level) const {
    size_t at = 0;
    while (at < tokens.size() && !tokens[at].sign('=') && !tokens[at].is("in"))
      at = next_token(tokens, at);
    if (at == 0 || at + 1 >= tokens.size()) return false;
    const Side left = side(tokens.first(at), level + 1);
    const Side right = side(tokens.subspan(at + 1), level + 1);
    return left.who != left.column && right.who != right.column && left.who == right.column;
  }

  Side side(SqlTokens tokens, int level) const {
    if (level > kDeepest) return kNothingSure;
    Side out;
    for (size_t i = 0; i < tokens.size();) {
      const SqlToken& token = tokens[i];
      if (token.sign('(')) {
        const size_t end = std::min(next_token(tokens, i), tokens.size());
        out.take(group(tokens.subspan(i + 1, end - i - 1), level));
        i = end + 1;
      } else if (is_sign(token, "::")) {
        if (is_truth(token_at(tokens, i + 1))) return kNothingSure;
        i = name_end(tokens, i + 1);
      } else if (token.name()) {
        out.take(name(tokens, i, level));
      } else {
        // ->> is two tokens; what reckons may come to the same whoever asks.
        const bool extracts = token.sign('>') && i > 0 && is_sign(tokens[i - 1], "->");
        if (token.kind == SqlTokenKind::kSign && !extracts && !is_sign(token, "->") &&
            !token.sign(',') && !token.sign('[') && !token.sign(']'))
          return kNothingSure;
        ++i;
      }
    }
    return out;
  }

  static size_t name_end(SqlTokens tokens, size_t at) {
    if (!token_at(tokens, at).name()) return at;
    for (++at; token_at(tokens, at).sign('.') && token_at(tokens, at + 1).name(); at += 2) {
    }
    return at;
  }

  // A column, a function, or who is asking, at `i`, which goes behind it.
  Side name(SqlTokens tokens, size_t& i, int level) const {
    const size_t end = name_end(tokens, i);
    const SqlToken& first = tokens[i];
    const SqlToken& last = tokens[end - 1];
    const bool alone = end == i + 1;
    i = end;
    if (token_at(tokens, end).sign('(')) return called(last, tokens, i, level);
    if (alone && one_of(first, {"current_user", "session_user", "user", "current_role"}))
      return {true, false};
    if (alone && first.is("as")) {  // CAST(… AS uuid)
      if (is_truth(token_at(tokens, i))) return kNothingSure;
      i = std::max(i, name_end(tokens, i));
      return {};
    }
    if (alone && one_of(first, {"true", "false", "null", "array", "any", "some"})) return {};
    // What chooses between things may choose what always holds, and so may what is true or false; ALL holds of none.
    if (alone &&
        one_of(first, {"case",    "is",     "like",      "ilike",  "not",     "between",  "all",
                       "union",   "except", "intersect", "values", "similar", "select",   "in",
                       "notnull", "isnull", "and",       "or",     "exists",  "overlaps", "rlike",
                       "regexp",  "glob",   "match",     "member"}))
      return kNothingSure;
    return {false, true};
  }

  Side called(const SqlToken& function, SqlTokens tokens, size_t& i, int level) const {
    const size_t end = std::min(next_token(tokens, i), tokens.size());
    const SqlTokens given = tokens.subspan(i + 1, end - i - 1);
    i = end + 1;
    const std::string name = ascii_lower(function.text);
    if (given.empty())
      return {!name.starts_with("pg_") && name != "current_database" && name != "current_schema" &&
                  name != "current_catalog" && name != "version",
              false};
    if (one_of(function, {"all", "exists"})) return kNothingSure;
    const Side inside = group(given, level);
    // One's own has a dot; the server's others are the same for all.
    if (function.is("current_setting"))
      return !inside.column && given[0].kind == SqlTokenKind::kString &&
                     given[0].text.find('.') < given[0].text.size()
                 ? Side{true, false}
                 : kNothingSure;
    // What else is made of who is asking, or of a column, may be the same for all: left(current_user, 0).
    const bool keeps = one_of(function, {"any", "some", "array", "cast", "lower", "upper", "trim",
                                         "btrim", "nullif", "uuid", "text"});
    const bool of_column = one_of(function, {"foldername", "filename", "split_part", "coalesce"});
    return keeps || (of_column && !inside.who) ? inside : kNothingSure;
  }

  static bool is_truth(const SqlToken& type) { return one_of(type, {"bool", "boolean"}); }

  // What stands in parentheses.
  Side group(SqlTokens tokens, int level) const {
    tokens = without_parentheses(tokens);
    if (!is_select(tokens)) return side(tokens, level + 1);
    const size_t from = find_word(tokens, 0, tokens[0].depth, {"from"});
    if (from == tokens.size()) return side(tokens.subspan(1), level + 1);
    const SqlTokens selected = tokens.subspan(1, from - 1);
    // A count is one of whoever asks.
    if (!from_tables(tokens, from) || side(selected, level + 1).who ||
        std::any_of(selected.begin(), selected.end(),
                    [](const SqlToken& token) { return token.sign('('); }))
      return kNothingSure;
    if (chooses(tokens, level + 1)) return {true, false};
    return goes_by_row(tokens, from) ? Side{false, true} : kNothingSure;
  }

  // SELECT … WHERE a column of it = one of the row that the policy is asked about, and what else.
  static bool goes_by_row(SqlTokens tokens, size_t from) {
    const size_t where = find_word(tokens, from, tokens[0].depth, {"where"});
    if (where >= tokens.size()) return false;
    std::unordered_set<std::string> own;
    for (const SqlToken& token : tokens.subspan(from, where - from))
      if (token.name()) own.insert(ascii_lower(token.text));
    // The table in front of a column; "" if none is there.
    const auto table = [](SqlTokens side) {
      return side.size() > 2 ? ascii_lower(side[side.size() - 3].text) : std::string();
    };
    const auto is_column = [](SqlTokens side) {
      return !side.empty() && side[0].name() && name_end(side, 0) == side.size();
    };
    const SqlTokens condition = tokens.subspan(where + 1);
    if (find_word(condition, 0, tokens[0].depth, {"or", "between", "case", "not"}) <
        condition.size())
      return false;
    const auto both = parts(condition, is_and);
    return std::any_of(both.begin(), both.end(), [&](SqlTokens part) {
      const auto sides = parts(part, [](const SqlToken& token) { return token.sign('='); });
      if (sides.size() != 2 || !is_column(sides[0]) || !is_column(sides[1])) return false;
      const auto elsewhere = [&](SqlTokens side) {
        return side.size() > 2 && !own.contains(table(side));
      };
      return elsewhere(sides[0]) != elsewhere(sides[1]);
    });
  }

  // SELECT … FROM plain tables WHERE it asks who.
  bool chooses(SqlTokens tokens, int level) const {
    if (!is_select(tokens)) return false;
    const size_t from = find_word(tokens, 0, tokens[0].depth, {"from"});
    const size_t where = find_word(tokens, from, tokens[0].depth, {"where"});
    return where < tokens.size() && from_tables(tokens, from) &&
           asks_who(tokens.subspan(where + 1), level + 1);
  }

  // Tables that somebody filled, not what the statement or the database makes up, and one SELECT.
  static bool from_tables(SqlTokens tokens, size_t from) {
    const uint32_t depth = tokens[0].depth;
    if (find_word(tokens, from, depth,
                  {"union", "except", "intersect", "group", "having", "order", "limit", "offset",
                   "window"}) < tokens.size())
      return false;
    const size_t where = find_word(tokens, from, depth, {"where"});
    bool table = true;
    for (size_t i = from + 1; i < where; i = next_token(tokens, i)) {
      if (table && !tokens[i].name()) return false;
      if (token_at(tokens, i + 1).sign('(') && !one_of(tokens[i], {"on", "using", "and"}))
        return false;
      if (const std::string name = ascii_lower(tokens[i].text);
          table && (name.starts_with("pg_") || name == "information_schema"))
        return false;
      table = tokens[i].sign(',') || tokens[i].sign('.') || one_of(tokens[i], {"join", "only"});
    }
    return true;
  }
};

}  // namespace

RowPolicy row_policy(SqlTokens statement, size_t what) {
  const uint32_t depth = statement[0].depth;
  const size_t as = find_word(statement, what, depth, {"as"});
  if (token_at(statement, as + 1).is("restrictive")) return RowPolicy::kAsksWho;
  bool says = false;
  RowPolicy worst = RowPolicy::kAsksWho;
  for (size_t at = find_word(statement, what, depth, {"using", "check"}); at < statement.size();
       at = find_word(statement, at + 1, depth, {"using", "check"})) {
    if (!token_at(statement, at + 1).sign('(')) return RowPolicy::kLetsAllIn;
    const size_t end = next_token(statement, at + 1);
    if (end >= statement.size()) return RowPolicy::kLetsAllIn;
    says = true;
    const SqlTokens condition = statement.subspan(at + 1, end - at);
    if (RowCondition().asks_who(condition)) continue;
    if (holds(condition.subspan(1, condition.size() - 2), std::string_view()))
      return RowPolicy::kLetsAllIn;
    worst = RowPolicy::kByData;
  }
  return says ? worst : RowPolicy::kLetsAllIn;
}

}  // namespace agentmesh::policy::scan
