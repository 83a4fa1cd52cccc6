#include "policy/scan/sql_row_policy.h"

#include <algorithm>
#include <string>

#include "policy/scan/decode.h"
#include "policy/scan/sql_condition.h"
#include "policy/scan/sql_subselect.h"

namespace agentmesh::policy::scan {
namespace {

constexpr int kDeepest = 32;

bool is_sign(const SqlToken& token, std::string_view text) {
  return token.kind == SqlTokenKind::kSign && token.text == text;
}
bool is_or(const SqlToken& token) { return token.is("or") || is_sign(token, "||"); }
bool is_and(const SqlToken& token) { return token.is("and"); }
bool is_comma(const SqlToken& token) { return token.sign(','); }

// 'app.tenant'::text
bool is_constant(SqlTokens tokens) {
  tokens = without_parentheses(tokens);
  if (tokens.size() > 2 && is_sign(tokens[1], "::") && name_end(tokens, 2) == tokens.size())
    tokens = tokens.first(1);
  return tokens.size() == 1 &&
         (tokens[0].kind == SqlTokenKind::kString || tokens[0].kind == SqlTokenKind::kNumber ||
          one_of(tokens[0], {"null", "true", "false"}));
}

// current_user_id and currentUserId, not is_user: a word of the name says that it tells who is asking, and it answers no question.
bool tells_who(std::string_view function) {
  std::string name;
  for (size_t i = 0; i < function.size(); ++i) {
    const bool capital = function[i] >= 'A' && function[i] <= 'Z';
    if (capital && i > 0 && function[i - 1] >= 'a' && function[i - 1] <= 'z') name.push_back('_');
    name.push_back(function[i]);
  }
  name = ascii_lower(name);
  bool who = false;
  for (size_t from = 0; from <= name.size();) {
    const size_t end = std::min(name.find('_', from), name.size());
    const std::string_view word = std::string_view(name).substr(from, end - from);
    for (const std::string_view other :
         {"is", "has", "can", "may", "check", "allow", "allowed", "count", "total", "max", "min",
          "pg", "default", "any", "all", "every", "anonymous", "public"})
      if (word == other) return false;
    for (const std::string_view each :
         {"user",      "uid",      "jwt",    "tenant",   "role",   "org",       "account",
          "claim",     "owner",    "member", "customer", "client", "company",   "team",
          "workspace", "employee", "person", "profile",  "viewer", "principal", "subject",
          "actor",     "identity", "login",  "session",  "caller", "email"})
      who = who || word.starts_with(each);
    who = who || word == "me" || word == "who" || word == "whoami";
    from = end + 1;
  }
  return who;
}

// What a side of a comparison is. Constants, what is put together and what cannot be told are nothing.
enum class Side : uint8_t { kNothing, kWho, kColumn };

Side other_of(Side side) {
  return side == Side::kWho ? Side::kColumn : side == Side::kColumn ? Side::kWho : Side::kNothing;
}

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
    if (tokens[0].is("exists")) {
      if (!token_at(tokens, 1).sign('(') || next_token(tokens, 1) + 1 != tokens.size())
        return false;
      const Subselect of = read_subselect(without_parentheses(tokens.subspan(1)));
      return chooses(of, level) && of.by_row;
    }
    return compares(tokens, level + 1);
  }

 private:
  // Whoever asks finds rows of their own in it.
  bool chooses(const Subselect& of, int level) const {
    return of.plain && of.joined && !of.where.empty() && asks_who(of.where, level + 1);
  }

  // `column = who`, `who IN (…)`, and the other way round.
  bool compares(SqlTokens tokens, int level) const {
    size_t at = 0;
    while (at < tokens.size() && !tokens[at].sign('=') && !tokens[at].is("in"))
      at = next_token(tokens, at);
    if (at == 0 || at + 1 >= tokens.size()) return false;
    const SqlTokens behind = tokens.subspan(at + 1);
    const Side left = side(tokens.first(at), level);
    if (left == Side::kNothing) return any_of(tokens.first(at), behind, tokens[at], level);
    if (tokens[at].is("in"))
      return behind[0].sign('(') && next_token(behind, 0) + 1 == behind.size() &&
             each_is(other_of(left), behind, level);
    if (is_set(behind)) return each_is(other_of(left), behind.subspan(1), level);
    return side(behind, level) == other_of(left);
  }

  // ANY (…) = who
  bool any_of(SqlTokens set, SqlTokens value, const SqlToken& sign, int level) const {
    if (!sign.sign('=') || !is_set(set)) return false;
    const Side of = side(value, level);
    return of != Side::kNothing && each_is(other_of(of), set.subspan(1), level);
  }
  static bool is_set(SqlTokens tokens) {
    return one_of(tokens[0], {"any", "some"}) && token_at(tokens, 1).sign('(') &&
           next_token(tokens, 1) + 1 == tokens.size();
  }

  // Of a list, an array or a subselect.
  bool each_is(Side wanted, SqlTokens set, int level) const {
    set = without_parentheses(set);
    if (set.empty() || level > kDeepest) return false;
    if (set[0].is("array") && token_at(set, 1).sign('[') && set.back().sign(']'))
      set = set.subspan(2, set.size() - 3);
    const auto each = parts(set, is_comma);
    return std::all_of(each.begin(), each.end(),
                       [&](SqlTokens one) { return side(one, level + 1) == wanted; });
  }

  Side side(SqlTokens tokens, int level) const {
    tokens = without_parentheses(tokens);
    if (tokens.empty() || level > kDeepest) return Side::kNothing;
    if (tokens[0].is("select")) return selected(tokens, level + 1);
    // What is taken out of JSON, what is turned into another type, what stands at a place of an array.
    size_t arrow = tokens.size();
    size_t cast = tokens.size();
    size_t bracket = tokens.size();
    for (size_t i = 0; i < tokens.size(); i = next_token(tokens, i)) {
      if (is_sign(tokens[i], "->")) arrow = std::min(arrow, i);
      if (is_sign(tokens[i], "::")) cast = i;
      if (tokens[i].sign('[')) bracket = i;
    }
    if (arrow < tokens.size())
      return are_keys(tokens.subspan(arrow)) ? side(tokens.first(arrow), level + 1)
                                             : Side::kNothing;
    if (cast < tokens.size())
      return keeps(tokens.subspan(cast + 1)) ? side(tokens.first(cast), level + 1) : Side::kNothing;
    if (bracket < tokens.size())
      return tokens.size() == bracket + 3 && tokens.back().sign(']') &&
                     tokens[bracket + 1].kind == SqlTokenKind::kNumber
                 ? side(tokens.first(bracket), level + 1)
                 : Side::kNothing;
    const size_t end = name_end(tokens, 0);
    if (end == tokens.size()) return name(tokens);
    if (end == 0 || !tokens[end].sign('(') || next_token(tokens, end) + 1 != tokens.size())
      return Side::kNothing;
    return called(tokens[end - 1], end == 1, tokens.subspan(end + 1, tokens.size() - end - 2),
                  level);
  }

  // -> 'a' ->> 'b'::text
  static bool are_keys(SqlTokens tokens) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (is_sign(tokens[i], "::") && token_at(tokens, i + 1).is("text"))
        ++i;
      else if (!is_sign(tokens[i], "->") && !tokens[i].sign('>') &&
               tokens[i].kind != SqlTokenKind::kString && tokens[i].kind != SqlTokenKind::kNumber)
        return false;
    }
    return true;
  }

  // A type in which values that differ still do: not true or false, and not cut to a length.
  static bool keeps(SqlTokens type) {
    while (!type.empty() && (type.back().sign(']') || type.back().sign('[')))
      type = type.first(type.size() - 1);
    if (type.empty()) return false;
    for (const SqlToken& token : type)
      if (!token.name() && !token.sign('.')) return false;
    const std::string name = ascii_lower(type.back().text);
    return name != "bool" && name != "boolean" && name != "char" && name != "bpchar" &&
           name != "character" && name != "bit" && name != "void" && name != "unknown";
  }

  static Side name(SqlTokens tokens) {
    if (tokens.size() > 1) return Side::kColumn;
    if (one_of(tokens[0], {"current_user", "session_user", "user", "current_role"}))
      return Side::kWho;
    // Constants, and what is the same in every row.
    if (one_of(tokens[0], {"true", "false", "null", "default", "current_catalog", "current_schema",
                           "current_date", "current_time", "current_timestamp", "localtime",
                           "localtimestamp", "tableoid", "xmin", "xmax", "cmin", "cmax", "ctid"}))
      return Side::kNothing;
    return Side::kColumn;
  }

  Side called(const SqlToken& function, bool alone, SqlTokens given, int level) const {
    if (given.empty()) return tells_who(function.text) ? Side::kWho : Side::kNothing;
    const auto each = parts(given, is_comma);
    const auto constant_from = [&](size_t first) {
      return std::all_of(each.begin() + static_cast<std::ptrdiff_t>(first), each.end(),
                         is_constant);
    };
    // One's own has a dot; the server's others are the same for all.
    if (function.is("current_setting")) {
      const bool own = is_constant(each[0]) && each[0][0].kind == SqlTokenKind::kString &&
                       each[0][0].text.find('.') < each[0][0].text.size();
      return own && constant_from(1) ? Side::kWho : Side::kNothing;
    }
    if (function.is("cast") && alone) {
      const size_t as = find_word(given, 0, given[0].depth, {"as"});
      return as < given.size() && keeps(given.subspan(as + 1)) ? side(given.first(as), level + 1)
                                                               : Side::kNothing;
    }
    if (one_of(function, {"lower", "upper", "trim", "btrim", "uuid", "text"}))
      return each.size() == 1 ? side(given, level + 1) : Side::kNothing;
    if (function.is("nullif"))
      return each.size() == 2 && constant_from(1) ? side(each[0], level + 1) : Side::kNothing;
    if (one_of(function, {"foldername", "filename", "split_part", "coalesce"}) &&
        constant_from(1) && side(each[0], level + 1) == Side::kColumn)
      return Side::kColumn;
    return Side::kNothing;
  }

  // (SELECT who); (SELECT a column FROM … WHERE …), which is who if it asks who, and a column if it goes by the row.
  Side selected(SqlTokens tokens, int level) const {
    if (find_word(tokens, 0, tokens[0].depth, {"from", "where"}) == tokens.size()) {
      SqlTokens what = tokens.subspan(1);
      if (what.size() > 2 && what[what.size() - 2].is("as")) what = what.first(what.size() - 2);
      return side(what, level + 1) == Side::kWho ? Side::kWho : Side::kNothing;
    }
    const Subselect of = read_subselect(tokens);
    if (!of.plain || !of.joined) return Side::kNothing;
    SqlTokens column = of.selected;
    if (!column.empty() && column[0].is("distinct")) column = column.subspan(1);
    if (column.empty() || name_end(column, 0) != column.size() || name(column) != Side::kColumn)
      return Side::kNothing;
    const std::string table = table_in_front(column);
    if (!of.may_own(table)) return Side::kNothing;
    // A table of all accounts has few columns: one of another name would be the row's.
    if (of.of_accounts && table.empty() && !one_of(column[0], {"id", "email"}))
      return Side::kNothing;
    if (!of.where.empty() && asks_who(of.where, level + 1)) return Side::kWho;
    return of.by_row ? Side::kColumn : Side::kNothing;
  }
};

}  // namespace

RowPolicy row_policy(SqlTokens statement, size_t what) {
  const RowPolicy alone = permissive_row_policy(statement, what);
  if (!is_restrictive(statement, what)) return alone;
  return alone == RowPolicy::kLetsAllIn ? RowPolicy::kByData : RowPolicy::kAsksWho;
}

bool is_restrictive(SqlTokens statement, size_t what) {
  const size_t as = find_word(statement, what, statement[0].depth, {"as"});
  return token_at(statement, as + 1).is("restrictive");
}

RowPolicy permissive_row_policy(SqlTokens statement, size_t what) {
  const uint32_t depth = statement[0].depth;
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
