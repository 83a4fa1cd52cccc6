#include "policy/cel/parser.h"

#include <array>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "policy/cel/lexer.h"
#include "policy/cel/literal.h"
#include "policy/cel/macros.h"

namespace agentmesh::policy::cel {

namespace {

struct Binary {
  int precedence = 0;  // 0: not a binary operator
  Op op = Op::kAnd;
};

Binary binary_operator(TokenKind kind) {
  switch (kind) {
    case TokenKind::kOr: return {1, Op::kOr};
    case TokenKind::kAnd: return {2, Op::kAnd};
    case TokenKind::kEqual: return {3, Op::kEqual};
    case TokenKind::kNotEqual: return {3, Op::kNotEqual};
    case TokenKind::kLess: return {3, Op::kLess};
    case TokenKind::kLessEqual: return {3, Op::kLessEqual};
    case TokenKind::kGreater: return {3, Op::kGreater};
    case TokenKind::kGreaterEqual: return {3, Op::kGreaterEqual};
    case TokenKind::kIn: return {3, Op::kIn};
    case TokenKind::kPlus: return {4, Op::kAdd};
    case TokenKind::kMinus: return {4, Op::kSubtract};
    case TokenKind::kStar: return {5, Op::kMultiply};
    case TokenKind::kSlash: return {5, Op::kDivide};
    case TokenKind::kPercent: return {5, Op::kRemainder};
    default: return {};
  }
}

// Every function returns a node, or nothing once wrong_ is set.
class Parser {
 public:
  Parser(Ast& ast, const std::vector<Token>& tokens) : ast_(ast), tokens_(tokens) {}

  Parsed<void> run() {
    if (peek().kind == TokenKind::kEnd) {
      fail(peek(), "the expression is empty");
    } else if (const auto root = expression()) {
      if (peek().kind == TokenKind::kEnd) {
        ast_.root = *root;
        return {};
      }
      unexpected("an operator or the end");
    }
    return tl::unexpected(std::move(*wrong_));
  }

 private:
  using Maybe = std::optional<NodeId>;

  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) { ++parser_.depth_; }
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    bool too_deep() const { return parser_.depth_ > kMaxDepth; }

   private:
    Parser& parser_;
  };

  const Token& peek() const { return tokens_[at_]; }
  const Token& take() {
    const Token& token = tokens_[at_];
    if (token.kind != TokenKind::kEnd) ++at_;
    return token;
  }
  bool accept(TokenKind kind) {
    if (peek().kind != kind) return false;
    ++at_;
    return true;
  }
  std::nullopt_t fail_at(uint32_t offset, std::string message) {
    if (!wrong_) wrong_ = remark_at(ast_.source, offset, std::move(message));
    return std::nullopt;
  }
  std::nullopt_t fail(const Token& token, std::string message) {
    return fail_at(token.offset, std::move(message));
  }
  std::nullopt_t too_deep(const Token& token) {
    return fail(token, fmt::format("nested more than {} levels deep", kMaxDepth));
  }
  std::nullopt_t unexpected(std::string_view wanted) {
    const Token& token = peek();
    if (token.kind == TokenKind::kEnd) {
      return fail(token, fmt::format("the expression ends where {} should follow", wanted));
    }
    constexpr size_t kShown = 40;
    return fail(token, fmt::format("'{}' where {} should be{}", cut_utf8(token.text, kShown),
                                   wanted, hint_for(token)));
  }
  // What was probably meant by a name where there can be none: AND, contains …
  static std::string hint_for(const Token& token) {
    if (token.kind != TokenKind::kName) return "";
    for (const std::string_view word :
         {"AND and", "OR or", "NOT not", "And and", "Or or", "IN in"}) {
      if (word.substr(0, word.find(' ')) == token.text) {
        return fmt::format("; did you mean '{}'?", word.substr(word.find(' ') + 1));
      }
    }
    const Signature* const function = find_function(token.text);
    return function == nullptr ? ""
                               : fmt::format("; {} is used as {}", token.text, function->usage);
  }
  bool expect(TokenKind kind, std::string_view wanted) {
    if (accept(kind)) return true;
    unexpected(wanted);
    return false;
  }

  Maybe add(Op op, uint32_t offset, std::span<const NodeId> children, std::string_view text = {}) {
    Node node;
    node.op = op;
    node.offset = offset;
    node.text = text;
    const NodeId id = ast_.add(node, children);
    if (ast_.nodes[id].depth > kMaxDepth) {
      return fail_at(offset, fmt::format("nested more than {} levels deep", kMaxDepth));
    }
    return id;
  }

  // condition ? a : condition ? b : c, built from its end.
  Maybe expression() {
    const Nesting nesting(*this);
    if (nesting.too_deep()) return too_deep(peek());
    struct Case {
      NodeId condition;
      NodeId value;
      uint32_t offset;
    };
    std::vector<Case> cases;
    for (;;) {
      const Maybe operand = binary(1);
      if (!operand) return std::nullopt;
      if (peek().kind != TokenKind::kQuestion) return fold(cases, *operand);
      const uint32_t offset = take().offset;
      const Maybe value = binary(1);
      if (!value) return std::nullopt;
      if (!expect(TokenKind::kColon, "':'")) return std::nullopt;
      cases.push_back({*operand, *value, offset});
    }
  }
  template <class Cases>
  Maybe fold(const Cases& cases, Maybe last) {
    for (auto it = cases.rbegin(); last && it != cases.rend(); ++it) {
      last = add(Op::kConditional, it->offset, std::array{it->condition, it->value, *last});
    }
    return last;
  }

  Maybe binary(int least) {
    Maybe left = unary();
    while (left) {
      const Binary next = binary_operator(peek().kind);
      if (next.precedence == 0 || next.precedence < least) return left;
      const uint32_t offset = take().offset;
      if (next.precedence <= 2) {
        left = chain(next, *left, offset);
        continue;
      }
      const Maybe right = binary(next.precedence + 1);
      left = right ? add(next.op, offset, std::array{*left, *right}) : std::nullopt;
    }
    return left;
  }

  bool accept_operator(Op op) {
    const Binary next = binary_operator(peek().kind);
    return next.precedence != 0 && next.op == op && accept(peek().kind);
  }

  // a && b && c: one node. Its first operator is taken.
  Maybe chain(Binary binary_op, NodeId first, uint32_t offset) {
    std::vector<NodeId> operands{first};
    do {
      const Maybe operand = binary(binary_op.precedence + 1);
      if (!operand) return std::nullopt;
      operands.push_back(*operand);
    } while (accept_operator(binary_op.op));
    return add(binary_op.op, offset, operands);
  }

  Maybe unary() {
    const Token& first = peek();
    if (first.kind != TokenKind::kNot && first.kind != TokenKind::kMinus) return member();
    std::vector<Token> signs;
    while (peek().kind == first.kind) signs.push_back(take());
    if (signs.size() > kMaxDepth) return too_deep(first);
    const bool number = peek().kind == TokenKind::kInt || peek().kind == TokenKind::kDouble;
    const bool negative = first.kind == TokenKind::kMinus && number;
    if (negative) signs.pop_back();
    // A sign of the other sort may follow: -!x is left to the checker.
    Maybe operand;
    if (peek().kind == TokenKind::kNot || peek().kind == TokenKind::kMinus) {
      const Nesting nesting(*this);
      if (nesting.too_deep()) return too_deep(peek());
      operand = unary();
    } else {
      operand = member(negative);
    }
    const Op op = first.kind == TokenKind::kNot ? Op::kNot : Op::kNegate;
    for (; operand && !signs.empty(); signs.pop_back()) {
      operand = add(op, signs.back().offset, std::array{*operand});
    }
    return operand;
  }

  Maybe member(bool negative = false) {
    Maybe operand = primary(negative);
    while (operand) {
      if (accept(TokenKind::kDot)) {
        operand = selected(*operand);
      } else if (peek().kind == TokenKind::kOpenBracket) {
        const uint32_t offset = take().offset;
        if (peek().kind == TokenKind::kQuestion) return unexpected("an index");
        const Maybe index = expression();
        if (!index || !expect(TokenKind::kCloseBracket, "']'")) return std::nullopt;
        operand = add(Op::kIndex, offset, std::array{*operand, *index});
      } else {
        return operand;
      }
    }
    return operand;
  }

  static bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
  static bool is_word(TokenKind kind) {
    return kind == TokenKind::kAnd || kind == TokenKind::kOr || kind == TokenKind::kNot;
  }

  // Behind a dot: a field, a method, or a macro. Reserved words and `and or not` may be fields.
  Maybe selected(NodeId operand) {
    const Token& name = peek();
    const bool word = is_word(name.kind) && is_letter(name.text.front());
    if (name.kind != TokenKind::kName && name.kind != TokenKind::kQuoted && !word) {
      return unexpected("the name of a field");
    }
    take();
    if (name.kind == TokenKind::kName && peek().kind == TokenKind::kOpenParen) {
      return method(operand, name);
    }
    return add(Op::kSelect, name.offset, std::array{operand}, name.text);
  }

  Maybe method(NodeId receiver, const Token& name) {
    if (const Macro* macro = find_macro(name.text)) return comprehension(receiver, name, *macro);
    std::vector<NodeId> arguments{receiver};
    if (!parenthesised(arguments)) return std::nullopt;
    return call(name, arguments, true);
  }

  Maybe call(const Token& name, std::span<const NodeId> arguments, bool dotted) {
    const Maybe id = add(Op::kCall, name.offset, arguments, name.text);
    if (id) ast_.nodes[*id].dotted = dotted;
    return id;
  }

  // "(" arguments ")", put behind what is in `out`.
  bool parenthesised(std::vector<NodeId>& out) {
    take();
    if (accept(TokenKind::kCloseParen)) return true;
    do {
      const Maybe argument = expression();
      if (!argument) return false;
      out.push_back(*argument);
    } while (accept(TokenKind::kComma));
    return expect(TokenKind::kCloseParen, "',' or ')'");
  }

  Maybe comprehension(NodeId range, const Token& name, const Macro& macro) {
    take();  // (
    const Token& variable = peek();
    if (variable.kind != TokenKind::kName || tokens_[at_ + 1].kind != TokenKind::kComma) {
      return fail(variable, fmt::format("{} is used as {}", macro.name, macro.usage));
    }
    if (is_reserved(variable.text)) return reserved(variable);
    take();
    if (++macro_depth_ > kMaxMacroDepth) {
      return fail(name, fmt::format("more than {} macros inside each other", kMaxMacroDepth));
    }
    std::vector<NodeId> children{range};
    while (accept(TokenKind::kComma)) {
      const Maybe argument = expression();
      if (!argument) return std::nullopt;
      children.push_back(*argument);
    }
    --macro_depth_;
    if (!expect(TokenKind::kCloseParen, "')'")) return std::nullopt;
    if (children.size() < macro.least || children.size() > macro.most) {
      return fail(name, fmt::format("{} is used as {}", macro.name, macro.usage));
    }
    return add(macro.op, name.offset, children, variable.text);
  }

  std::nullopt_t reserved(const Token& token) {
    return fail(token, fmt::format("'{}' is a reserved word", token.text));
  }

  Maybe primary(bool negative) {
    const Token& token = peek();
    switch (token.kind) {
      case TokenKind::kInt:
      case TokenKind::kUint:
      case TokenKind::kDouble:
      case TokenKind::kString:
      case TokenKind::kBytes: return constant(take(), negative);
      case TokenKind::kTrue:
      case TokenKind::kFalse:
        return ast_.add_constant(Value::boolean(take().kind == TokenKind::kTrue), token.offset);
      case TokenKind::kNull: return ast_.add_constant(Value::null(), take().offset);
      case TokenKind::kOpenParen: {
        take();
        const Maybe inside = expression();
        if (!inside || !expect(TokenKind::kCloseParen, "')'")) return std::nullopt;
        return inside;
      }
      case TokenKind::kOpenBracket: return list();
      case TokenKind::kOpenBrace: return map();
      case TokenKind::kDot:
        take();
        if (peek().kind != TokenKind::kName) return unexpected("a name");
        return name(true);
      case TokenKind::kName: return name(false);
      default: return unexpected("a value");
    }
  }

  Maybe constant(const Token& token, bool negative) {
    auto value = literal(token, negative, ast_.memory);
    if (!value) return fail_at(token.offset + value.error().at, std::move(value.error().message));
    return ast_.add_constant(*value, token.offset);
  }

  Maybe name(bool dotted) {
    const Token& token = take();
    if (is_reserved(token.text)) return reserved(token);
    if (peek().kind == TokenKind::kOpenBrace) {
      return fail(peek(), "messages cannot be made here; write a map: {'key': value}");
    }
    if (peek().kind == TokenKind::kOpenParen) {
      std::vector<NodeId> arguments;
      if (!parenthesised(arguments)) return std::nullopt;
      return token.text == "has" && !dotted ? has(token, arguments) : call(token, arguments, false);
    }
    const Maybe id = add(Op::kName, token.offset, {}, token.text);
    if (id) ast_.nodes[*id].dotted = dotted;
    return id;
  }

  Maybe has(const Token& token, std::span<const NodeId> arguments) {
    if (arguments.size() != 1 || ast_.nodes[arguments[0]].op != Op::kSelect) {
      return fail(token, "has is used as has(x.field)");
    }
    const Node select = ast_.nodes[arguments[0]];
    return add(Op::kHas, select.offset, std::array{ast_.links[select.first]}, select.text);
  }

  Maybe list() {
    const Token& open = take();
    std::vector<NodeId> elements;
    while (peek().kind != TokenKind::kCloseBracket) {
      const Maybe element = expression();
      if (!element) return std::nullopt;
      elements.push_back(*element);
      if (!accept(TokenKind::kComma)) break;
    }
    if (!expect(TokenKind::kCloseBracket, "',' or ']'")) return std::nullopt;
    return add(Op::kList, open.offset, elements);
  }

  Maybe map() {
    const Token& open = take();
    std::vector<NodeId> entries;
    while (peek().kind != TokenKind::kCloseBrace) {
      const Maybe key = expression();
      if (!key || !expect(TokenKind::kColon, "':'")) return std::nullopt;
      const Maybe value = expression();
      if (!value) return std::nullopt;
      entries.push_back(*key);
      entries.push_back(*value);
      if (!accept(TokenKind::kComma)) break;
    }
    if (!expect(TokenKind::kCloseBrace, "',' or '}'")) return std::nullopt;
    return add(Op::kMap, open.offset, entries);
  }

  Ast& ast_;
  const std::vector<Token>& tokens_;
  size_t at_ = 0;
  uint32_t depth_ = 0;
  uint32_t macro_depth_ = 0;
  std::optional<Remark> wrong_;
};

}  // namespace

Parsed<void> parse(Ast& ast) {
  const auto tokens = scan(ast.source);
  if (!tokens) return tl::unexpected(tokens.error());
  return Parser(ast, *tokens).run();
}

}  // namespace agentmesh::policy::cel
