#include "policy/cel/cel.h"

#include <algorithm>

#include <fmt/format.h>

#include "policy/cel/ast.h"
#include "policy/cel/evaluator.h"
#include "policy/cel/folder.h"
#include "policy/cel/parser.h"

namespace agentmesh::policy::cel {

struct Program::Code {
  explicit Code(std::string_view text) : ast(text) {}
  Ast ast;
  Type type;
};

Program::Program(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

Value Program::evaluate(Activation activation, Context& context) const {
  context.start();
  return cel::evaluate(code_->ast, code_->ast.root, activation, context);
}

Truth Program::test(Activation activation, Context& context, Failure* why) const {
  const Value value = evaluate(activation, context);
  if (value.kind() == Kind::kBool) return value.as_bool() ? Truth::kTrue : Truth::kFalse;
  if (why == nullptr) return Truth::kError;
  *why =
      value.is_error()
          ? value.why()
          : context.fail(0, fmt::format("the condition is {}, not bool", type_name(value.kind())))
                .why();
  return Truth::kError;
}

const Type& Program::type() const { return code_->type; }
std::string_view Program::text() const { return code_->ast.source; }

void Program::leave_out(const std::vector<uint32_t>& operands) {
  if (operands.empty()) return;
  Ast& ast = code_->ast;
  Node& root = ast.nodes[ast.root];
  uint32_t kept = 0;
  for (uint32_t i = 0; i < root.count; ++i)
    if (std::find(operands.begin(), operands.end(), i) == operands.end())
      ast.links[root.first + kept++] = ast.links[root.first + i];
  root.count = kept;
  if (kept == 1) ast.root = ast.links[root.first];
}

const Ast& Program::ast() const { return code_->ast; }

std::optional<Value> Program::constant() const {
  const Value* const value = code_->ast.constant(code_->ast.root);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

tl::expected<Compiled, Remark> compile(std::string_view text, const Environment& environment,
                                       Checks checks) {
  if (text.size() > kMaxSource) {
    return tl::unexpected(
        remark_at(text, 0, fmt::format("the expression is longer than {} bytes", kMaxSource)));
  }
  auto code = std::make_unique<Program::Code>(text);
  if (auto parsed = parse(code->ast); !parsed) return tl::unexpected(std::move(parsed.error()));
  auto checked = check(code->ast, environment, checks);
  if (!checked) return tl::unexpected(std::move(checked.error()));
  code->type = checked->type;
  std::vector<Remark> warnings = std::move(checked->warnings);
  if (auto folded = fold(code->ast, warnings); !folded) {
    return tl::unexpected(std::move(folded.error()));
  }
  std::stable_sort(warnings.begin(), warnings.end(),
                   [](const Remark& a, const Remark& b) { return a.offset < b.offset; });
  return Compiled{Program(std::move(code)), std::move(warnings)};
}

tl::expected<Compiled, Remark> compile_condition(std::string_view text,
                                                 const Environment& environment) {
  auto compiled = compile(text, environment);
  if (compiled && !compiled->program.type().may_be(Kind::kBool)) {
    return tl::unexpected(remark_at(
        text, 0,
        fmt::format("a condition is true or false; this is {}", compiled->program.type().name())));
  }
  return compiled;
}

std::vector<Read> reads(const Program& program) { return reads_of({{&program.ast(), false}}, 0); }

ConditionReads reads(const Program* condition, const Program* unless) {
  std::vector<Clause> clauses;
  if (condition != nullptr) clauses.push_back({&condition->ast(), false});
  if (unless != nullptr) clauses.push_back({&unless->ast(), true});
  ConditionReads out;
  if (condition != nullptr) out.condition = reads_of(clauses, 0);
  if (unless != nullptr) out.unless = reads_of(clauses, clauses.size() - 1);
  return out;
}

}  // namespace agentmesh::policy::cel
