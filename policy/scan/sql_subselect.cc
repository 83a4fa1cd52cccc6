#include "policy/scan/sql_subselect.h"

#include <algorithm>

#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMostTables = 8;

bool is_column(SqlTokens side) {
  return !side.empty() && side[0].name() && name_end(side, 0) == side.size();
}

class Reader {
 public:
  explicit Reader(SqlTokens tokens) : tokens_(tokens) {}

  Subselect read() {
    if (tokens_.empty() || !tokens_[0].is("select")) return {};
    const uint32_t depth = tokens_[0].depth;
    const size_t from = find_word(tokens_, 0, depth, {"from"});
    if (from >= tokens_.size()) return {};
    if (find_word(tokens_, from, depth,
                  {"union", "except", "intersect", "group", "having", "order", "limit", "offset",
                   "window", "for", "fetch"}) < tokens_.size())
      return {};
    const size_t where = std::min(find_word(tokens_, from, depth, {"where"}), tokens_.size());
    out_.selected = tokens_.subspan(1, from - 1);
    if (where < tokens_.size()) out_.where = tokens_.subspan(where + 1);
    tokens_ = tokens_.subspan(from + 1, where - from - 1);
    out_.plain = tables();
    if (!out_.plain) return out_;
    for (const SqlTokens condition : conditions_) compare(condition);
    out_.by_row = false;  // an outer join takes those for whom ON does not hold, too
    compare(out_.where);
    out_.joined =
        std::all_of(group_.begin(), group_.end(), [&](size_t group) { return group == group_[0]; });
    return out_;
  }

 private:
  const SqlToken& here() const { return token_at(tokens_, at_); }

  // Names and aliases between commas and joins; false if something else stands there.
  bool tables() {
    while (at_ < tokens_.size()) {
      if (here().is("only")) ++at_;
      if (!table()) return false;
      bool natural = false;
      if (here().is("on")) {
        const size_t begin = ++at_;
        while (at_ < tokens_.size() && !here().sign(',') && !joins(here()))
          at_ = next_token(tokens_, at_);
        at_ = std::min(at_, tokens_.size());
        conditions_.push_back(tokens_.subspan(begin, at_ - begin));
      } else if (here().is("using") && token_at(tokens_, at_ + 1).sign('(')) {
        at_ = std::min(next_token(tokens_, at_ + 1) + 1, tokens_.size());
        join(group_.size() - 1, 0);
      }
      if (at_ == tokens_.size()) return true;
      if (here().sign(',')) {
        ++at_;
        continue;
      }
      bool join_word = false;
      for (; joins(here()); ++at_) {
        natural = natural || here().is("natural");
        join_word = join_word || here().is("join");
      }
      if (!join_word || natural) return false;
    }
    return false;  // FROM nothing, or a comma and nothing
  }

  static bool joins(const SqlToken& token) {
    return one_of(token, {"join", "inner", "left", "right", "full", "outer", "cross", "natural"});
  }

  bool table() {
    const size_t begin = at_;
    at_ = name_end(tokens_, at_);
    if (at_ == begin || here().sign('(') || group_.size() == kMostTables) return false;
    // What the database makes up for everybody.
    const std::string first = ascii_lower(tokens_[begin].text);
    std::string name = ascii_lower(tokens_[at_ - 1].text);
    if (first.starts_with("pg_") || first == "information_schema" || name.starts_with("pg_") ||
        one_of(tokens_[begin], {"lateral", "unnest", "values", "select", "table", "rows"}))
      return false;
    out_.of_accounts = out_.of_accounts || (first == "auth" && at_ > begin + 1);
    if (here().sign('*')) ++at_;
    if (here().is("as")) ++at_;
    if (here().name() && !joins(here()) && !one_of(here(), {"on", "using", "tablesample"})) {
      name = ascii_lower(here().text);
      if (token_at(tokens_, ++at_).sign('(')) return false;
    }
    out_.tables.push_back(std::move(name));
    group_.push_back(group_.size());
    return true;
  }

  void join(size_t one, size_t other) {
    const size_t from = group_[one];
    for (size_t& group : group_)
      if (group == from) group = group_[other];
  }

  // What the parts between AND, outside of any OR, compare by =.
  void compare(SqlTokens condition) {
    condition = without_parentheses(condition);
    if (condition.empty() ||
        find_word(condition, 0, condition[0].depth, {"or", "between", "case", "not"}) <
            condition.size() ||
        std::any_of(condition.begin(), condition.end(),
                    [](const SqlToken& token) { return token.text == "||"; }))
      return;
    for (const SqlTokens part : parts(condition, [](const SqlToken& t) { return t.is("and"); })) {
      auto sides =
          parts(without_parentheses(part), [](const SqlToken& token) { return token.sign('='); });
      for (SqlTokens& side : sides) side = without_parentheses(side);
      if (sides.size() != 2 || !is_column(sides[0]) || !is_column(sides[1])) continue;
      const std::string left = table_in_front(sides[0]);
      const std::string right = table_in_front(sides[1]);
      if (left.empty() || right.empty()) continue;
      const size_t one = number(left);
      const size_t other = number(right);
      const bool own = one < group_.size();
      if (own && other < group_.size())
        join(one, other);
      else if (own != (other < group_.size()))
        out_.by_row = true;
    }
  }

  size_t number(const std::string& table) const {
    return static_cast<size_t>(std::find(out_.tables.begin(), out_.tables.end(), table) -
                               out_.tables.begin());
  }

  SqlTokens tokens_;
  size_t at_ = 0;
  Subselect out_;
  std::vector<size_t> group_;  // of each table; those that are joined have the same
  std::vector<SqlTokens> conditions_;
};

}  // namespace

bool Subselect::may_own(const std::string& table) const {
  return table.empty() || std::find(tables.begin(), tables.end(), table) != tables.end();
}

size_t name_end(SqlTokens tokens, size_t at) {
  if (!token_at(tokens, at).name()) return at;
  for (++at; token_at(tokens, at).sign('.') && token_at(tokens, at + 1).name(); at += 2) {
  }
  return at;
}

SqlTokens without_parentheses(SqlTokens tokens) {
  while (tokens.size() >= 2 && tokens.front().sign('(') &&
         next_token(tokens, 0) + 1 == tokens.size())
    tokens = tokens.subspan(1, tokens.size() - 2);
  return tokens;
}

std::string table_in_front(SqlTokens column) {
  return column.size() > 2 ? ascii_lower(column[column.size() - 3].text) : std::string();
}

Subselect read_subselect(SqlTokens tokens) { return Reader(tokens).read(); }

}  // namespace agentmesh::policy::scan
