// CEL: the language of conditions. A text is compiled once against the names it may use, and asked many times.
//
// What this folder does: the subset of the Common Expression Language that policy.md ("Conditions") names: lexing, parsing,
// type checking, evaluation; and what a reader of policies wants to know about an expression (is it constant, what does
// it read, which literals can never match). What it does not do: know rules, files or clocks, or what the names mean.
// RE2 stays in regex.cc.
//
// Start here, then environment.h (declaring names), type.h, value.h and context.h (asking). How it works: lexer.h,
// parser.h, checker.h, folder.h, evaluator.h. typed_json.h: values as JSON, for tests and `policy eval`.
//
//   Environment names;                                  // once
//   names.declare("tool", Type::string());
//   auto compiled = compile("tool.startsWith('delete_')", names);
//   Context context;                                    // once per thread
//   context.reset();                                    // for each question
//   const Value values[] = {Value::string("delete_file")};
//   compiled->program.test(values, context) == Truth::kTrue
//
// Thread: a Program is immutable but for leave_out(); any number of threads may ask it, each with a Context of its own.
// Cost (release build, 2026): compiling takes 1 to 4 us and 20 to 30 us more per literal pattern; a typical condition
// takes 50 to 300 ns and allocates nothing. Time and memory are bounded by the Context's step budget, compiling by the limits below.
// Failure: compile() says what is wrong and where; an evaluation error is a value (false && error is false), and what
// to make of it is the caller's decision.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/cel/checker.h"
#include "policy/cel/context.h"
#include "policy/cel/environment.h"
#include "policy/cel/reads.h"
#include "policy/cel/remark.h"
#include "policy/cel/type.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

constexpr size_t kMaxSource = 32 * 1024;  // bytes; kMaxDepth and kMaxMacroDepth stand in parser.h

enum class Truth : uint8_t { kFalse, kTrue, kError };

class Program {
 public:
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  // For conditions. kError: an evaluation error, or a value that is no bool; `why`, if given, is then set (its text is
  // good until the Context's next reset). `activation`: the values of the Environment's names, by slot.
  Truth test(Activation activation, Context& context, Failure* why = nullptr) const;
  // For expressions of any type. Good until the Context's next reset. The value may be an error (Value::why).
  Value evaluate(Activation activation, Context& context) const;

  // What the checker knows about the value.
  const Type& type() const;
  // The value, if it is the same for every activation.
  std::optional<Value> constant() const;
  std::string_view text() const;

  // Of an expression that is && at its top: these operands (by position, not all of them) are left out from now on. For who
  // asks only where they are true. Without operands nothing changes, whatever the expression is.
  void leave_out(const std::vector<uint32_t>& operands);

  const Ast& ast() const;

 private:
  friend tl::expected<struct Compiled, Remark> compile(std::string_view, const Environment&,
                                                       Checks);
  struct Code;
  explicit Program(std::unique_ptr<Code> code);
  std::unique_ptr<Code> code_;
};

struct Compiled {
  Program program;
  std::vector<Remark> warnings;  // in the order of the text
};

// `text` is UTF-8. The environment is not needed afterwards. With Checks::kNames, types that cannot fit are not refused
// but evaluated (false && 32 is false), as in `policy eval`; unknown names, functions and fields still are.
tl::expected<Compiled, Remark> compile(std::string_view text, const Environment& environment,
                                       Checks checks = Checks::kTypes);

// compile() for a condition: what can never be a bool is refused as well.
tl::expected<Compiled, Remark> compile_condition(std::string_view text,
                                                 const Environment& environment);

// What `program` reads, where `condition` && !`unless` are asked together and either may be null (see reads.h).
std::vector<Read> reads(const Program& program);
struct ConditionReads {
  std::vector<Read> condition;
  std::vector<Read> unless;
};
ConditionReads reads(const Program* condition, const Program* unless);

}  // namespace agentmesh::policy::cel
