#include "policy/scan/sql_condition.h"

#include <charconv>
#include <optional>

#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

enum class Truth : uint8_t { kUnknown, kFalse, kTrue };

constexpr int kDeepest = 32;
constexpr size_t kMostTerms = 32;  // of one OR that are held against each other

bool is_or(const SqlToken& token) { return token.is("or") || token.text == "||"; }
bool is_and(const SqlToken& token) { return token.is("and") || token.text == "&&"; }

bool same(SqlTokens a, SqlTokens b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const SqlToken& x, const SqlToken& y) {
                      return x.kind == y.kind && x.text.size() == y.text.size() &&
                             ascii_lower(x.text) == ascii_lower(y.text);
                    });
}

std::optional<double> number(SqlTokens tokens) {
  const bool minus = !tokens.empty() && tokens[0].sign('-');
  if (minus) tokens = tokens.subspan(1);
  if (tokens.size() != 1 || tokens[0].kind != SqlTokenKind::kNumber) return std::nullopt;
  const std::string_view text = tokens[0].text;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return minus ? -value : value;
}

// A comparison sign, which may be one token or two (> =).
struct Comparison {
  SqlTokens left, right;
  std::string op;  // empty: none
};

bool compares(const SqlToken& token) {
  return token.kind == SqlTokenKind::kSign &&
         (token.text == "=" || token.text == "<" || token.text == ">" || token.text == "<=" ||
          token.text == ">=" || token.text == "<>" || token.text == "!=");
}

Comparison comparison(SqlTokens tokens) {
  for (size_t i = 0; i < tokens.size(); i = next_token(tokens, i)) {
    if (!compares(tokens[i])) continue;
    size_t end = i + 1;
    std::string op(tokens[i].text);
    while (end < tokens.size() && compares(tokens[end])) op += tokens[end++].text;
    return {tokens.first(i), tokens.subspan(end), op == "==" ? "=" : op};
  }
  return {};
}

std::string_view opposite(std::string_view op) {
  if (op == "=") return "<>";
  if (op == "<") return ">=";
  if (op == ">") return "<=";
  if (op == "<=") return ">";
  if (op == ">=") return "<";
  return "=";
}

class Condition {
 public:
  explicit Condition(std::string_view table) : table_(table) {}

  // Without parentheses around the whole.
  static SqlTokens bare(SqlTokens tokens) {
    while (tokens.size() >= 2 && tokens.front().sign('(') &&
           next_token(tokens, 0) + 1 == tokens.size())
      tokens = tokens.subspan(1, tokens.size() - 2);
    return tokens;
  }

  Truth of(SqlTokens tokens, int level = 0) {
    tokens = bare(tokens);
    if (tokens.empty() || level > kDeepest) return Truth::kUnknown;
    if (tokens[0].is("not")) {
      const Truth inner = of(tokens.subspan(1), level + 1);
      // NOT binds less than a comparison and more than AND: what AND or OR joins is not one of its own.
      if (!joined(tokens))
        return inner == Truth::kUnknown ? inner
                                        : (inner == Truth::kTrue ? Truth::kFalse : Truth::kTrue);
    }
    const std::vector<SqlTokens> either = split(tokens, is_or);
    if (either.size() > 1) return any(either, level);
    const std::vector<SqlTokens> both = split(tokens, is_and);
    if (both.size() > 1 && !between(tokens)) return all(both, level);
    return atom(tokens);
  }

 private:
  template <class Is>
  static std::vector<SqlTokens> split(SqlTokens tokens, Is is) {
    std::vector<SqlTokens> out;
    size_t from = 0;
    for (size_t i = 0; i < tokens.size(); i = next_token(tokens, i)) {
      if (!is(tokens[i])) continue;
      out.push_back(tokens.subspan(from, i - from));
      from = i + 1;
    }
    out.push_back(tokens.subspan(std::min(from, tokens.size())));
    return out;
  }
  static bool has(SqlTokens tokens, bool (*is)(const SqlToken&)) {
    for (size_t i = 0; i < tokens.size(); i = next_token(tokens, i))
      if (is(tokens[i])) return true;
    return false;
  }
  static bool joined(SqlTokens tokens) { return has(tokens, is_or) || has(tokens, is_and); }
  static bool between(SqlTokens tokens) {
    return has(tokens, [](const SqlToken& token) { return token.is("between"); });
  }

  Truth any(const std::vector<SqlTokens>& terms, int level) {
    size_t refuted = 0;
    for (const SqlTokens term : terms) {
      const Truth truth = of(term, level + 1);
      if (truth == Truth::kTrue) return truth;
      refuted += truth == Truth::kFalse ? 1 : 0;
    }
    if (refuted == terms.size()) return Truth::kFalse;
    const size_t most = std::min(terms.size(), kMostTerms);
    for (size_t i = 0; i < most; ++i)
      for (size_t k = i + 1; k < most; ++k)
        if (complete(terms[i], terms[k])) return Truth::kTrue;
    return Truth::kUnknown;
  }

  Truth all(const std::vector<SqlTokens>& terms, int level) {
    size_t held = 0;
    for (const SqlTokens term : terms) {
      const Truth truth = of(term, level + 1);
      if (truth == Truth::kFalse) return truth;
      held += truth == Truth::kTrue ? 1 : 0;
    }
    return held == terms.size() ? Truth::kTrue : Truth::kUnknown;
  }

  // x and NOT x, IS NULL and IS NOT NULL, >= and <, = and <>, IN and NOT IN.
  static bool complete(SqlTokens a, SqlTokens b) {
    a = bare(a);
    b = bare(b);
    if (negates(a, b) || negates(b, a)) return true;
    const Comparison left = comparison(a);
    const Comparison right = comparison(b);
    if (left.op.empty() || right.op.empty() || !same(left.left, right.left) ||
        !same(left.right, right.right))
      return false;
    const std::string_view wanted = opposite(left.op);
    return right.op == wanted || (wanted == "<>" && right.op == "!=");
  }
  static bool negates(SqlTokens a, SqlTokens b) {  // b is a with a NOT
    if (b.size() != a.size() + 1) return false;
    size_t at = 0;
    while (at < a.size() && same(a.subspan(at, 1), b.subspan(at, 1))) ++at;
    return b[at].is("not") && same(a.subspan(at), b.subspan(at + 1));
  }

  Truth atom(SqlTokens tokens) const {
    if (tokens.size() == 1) return of_one(tokens[0]);
    if (exists(tokens) || whole_table(tokens)) return Truth::kTrue;
    const size_t like = find_word(tokens, 0, tokens[0].depth, {"like", "ilike"});
    if (like + 2 == tokens.size() && !tokens[like - (like > 0 ? 1 : 0)].is("not") &&
        tokens[like + 1].kind == SqlTokenKind::kString &&
        (tokens[like + 1].text.find_first_not_of('%') == std::string_view::npos ||
         same(tokens.first(like), tokens.subspan(like + 1))))
      return tokens[like + 1].text.empty() ? Truth::kUnknown : Truth::kTrue;
    const Comparison found = comparison(tokens);
    if (!found.op.empty()) {
      const Truth compared = compare(found);
      if (compared != Truth::kUnknown) return compared;
    }
    const bool asks = !found.op.empty() || has(tokens, [](const SqlToken& token) {
      return one_of(token, {"like", "ilike", "in", "between", "is"});
    });
    return asks && constant(tokens) ? Truth::kTrue : Truth::kUnknown;
  }

  static Truth of_one(const SqlToken& token) {
    if (token.is("true")) return Truth::kTrue;
    if (token.is("false") || token.is("null")) return Truth::kFalse;
    if (token.kind != SqlTokenKind::kNumber) return Truth::kUnknown;
    return token.text.find_first_not_of("0.") == std::string_view::npos ? Truth::kFalse
                                                                        : Truth::kTrue;
  }

  static Truth compare(const Comparison& found) {
    const auto truth = [](bool holds) { return holds ? Truth::kTrue : Truth::kFalse; };
    const bool reflexive = found.op == "=" || found.op == "<=" || found.op == ">=";
    const std::optional<double> left = number(found.left);
    const std::optional<double> right = number(found.right);
    if (left && right) {
      if (found.op == "=") return truth(*left == *right);
      if (found.op == "<") return truth(*left < *right);
      if (found.op == ">") return truth(*left > *right);
      if (found.op == "<=") return truth(*left <= *right);
      if (found.op == ">=") return truth(*left >= *right);
      return truth(*left != *right);
    }
    if (!found.left.empty() && same(found.left, found.right)) return truth(reflexive);
    if (found.left.size() == 1 && found.right.size() == 1 &&
        found.left[0].kind == SqlTokenKind::kString && found.right[0].kind == SqlTokenKind::kString)
      return truth(
          found.op == "<>" || found.op == "!=" ||
          (!reflexive && (found.left[0].text < found.right[0].text) == (found.op == "<")) ||
          (found.op == "<=" && found.left[0].text < found.right[0].text) ||
          (found.op == ">=" && found.left[0].text > found.right[0].text));
    // length(x) >= 0, count(x) > -1
    if (right && found.left.size() >= 3 && found.left[1].sign('(') &&
        one_of(found.left[0], {"length", "len", "char_length", "character_length", "octet_length",
                               "datalength", "abs", "count", "cardinality"}) &&
        ((found.op == ">=" && *right <= 0) || (found.op == ">" && *right < 0)))
      return Truth::kTrue;
    return Truth::kUnknown;
  }

  // Nothing in it depends on the row or on a parameter: no column, no variable, no placeholder, no subselect.
  static bool constant(SqlTokens tokens) {
    for (size_t i = 0; i < tokens.size(); ++i) {
      const SqlToken& token = tokens[i];
      if (token.kind == SqlTokenKind::kQuotedName) return false;
      if (token.kind == SqlTokenKind::kSign &&
          (token.sign('?') || token.sign('$') || token.sign(':') || token.sign('@') ||
           token.sign('{') || token.sign('%')))
        return false;
      if (token.kind != SqlTokenKind::kWord) continue;
      const bool called = token_at(tokens, i + 1).sign('(');
      if (token.is("select")) return false;
      if (called && !one_of(token, {"current_setting", "nextval", "random", "rand"})) continue;
      if (i > 0 && tokens[i - 1].is("as")) continue;  // CAST(1 AS int)
      if (one_of(token, {"date", "time", "timestamp", "interval"}) &&
          token_at(tokens, i + 1).kind == SqlTokenKind::kString)
        continue;
      if (!one_of(token, {"true", "false", "null", "not", "and", "or", "is", "in", "like", "ilike",
                          "between", "case", "when", "then", "else", "end", "as", "current_date",
                          "current_timestamp"}))
        return false;
    }
    return true;
  }

  // EXISTS (SELECT 1): of no table.
  static bool exists(SqlTokens tokens) {
    return tokens.size() >= 4 && tokens[0].is("exists") && tokens[1].sign('(') &&
           tokens[2].is("select") && next_token(tokens, 1) + 1 == tokens.size() &&
           std::none_of(tokens.begin() + 3, tokens.end(), [](const SqlToken& token) {
             return one_of(token, {"from", "where", "having"});
           });
  }

  // x IN (SELECT x FROM the table itself), and nothing that chooses.
  bool whole_table(SqlTokens tokens) const {
    const size_t in = find_word(tokens, 0, tokens[0].depth, {"in"});
    if (table_.empty() || in == 0 || in + 6 > tokens.size() || tokens[in - 1].is("not") ||
        !tokens[in + 1].sign('(') || !tokens[in + 2].is("select") ||
        next_token(tokens, in + 1) + 1 != tokens.size())
      return false;
    const SqlTokens inner = tokens.subspan(in + 2, tokens.size() - in - 3);
    const size_t from = find_word(inner, 1, inner[0].depth, {"from"});
    if (from + 1 >= inner.size() || !inner[from + 1].name()) return false;
    size_t name = from + 1;
    while (token_at(inner, name + 1).sign('.') && token_at(inner, name + 2).name()) name += 2;
    return name + 1 == inner.size() && ascii_lower(inner[name].text) == ascii_lower(table_) &&
           same(tokens.subspan(in - 1, 1), inner.subspan(from - 1, 1));
  }

  std::string_view table_;
};

}  // namespace

bool holds(SqlTokens condition, std::string_view table) {
  return Condition(table).of(condition) == Truth::kTrue;
}

bool never_holds(SqlTokens condition) {
  return Condition(std::string_view()).of(condition) == Truth::kFalse;
}

bool always_true(SqlTokens tokens, size_t from, std::string_view table) {
  const uint32_t depth = token_at(tokens, from).depth;
  size_t end = from;
  for (; end < tokens.size() && tokens[end].depth >= depth; end = next_token(tokens, end))
    if (tokens[end].depth == depth &&
        one_of(tokens[end], {"order", "limit", "returning", "group", "option", "settings", "end"}))
      break;
  return holds(tokens.subspan(from, std::min(end, tokens.size()) - from), table);
}

}  // namespace agentmesh::policy::scan
