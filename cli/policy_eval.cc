// `policy eval`: one expression, or a file of them, against values given as typed JSON.

#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/json_object.h"
#include "cli/policy.h"
#include "cli/say.h"
#include "policy/cel/cel.h"
#include "policy/cel/typed_json.h"
#include "policy/names.h"

namespace agentmesh::cli {

namespace {

namespace cel = policy::cel;

struct Answer {
  std::string value;  // typed JSON
  std::string error;
  bool compiles = true;
  uint32_t column = 0;  // of the error, from 1; 0: none in particular
};

// The names of `vars` can be anything; those of a policy that are not given are known, and fail where they are read.
Answer evaluate(const std::string& expression, json::View vars, cel::Context& context) {
  context.reset();
  Answer answer;
  const auto refuse = [&answer](std::string why, bool compiles) {
    answer.error = std::move(why);
    answer.compiles = compiles;
    return answer;
  };
  if (vars.present() && !vars.is_object() && !vars.is_null())
    return refuse("vars is no object", false);
  cel::Environment environment;
  std::vector<cel::Value> values;
  for (const json::View::Member& member : vars.members()) {
    auto value = cel::from_typed_json(member.value, context);
    if (!value)
      return refuse(fmt::format("vars.{}: {}", member.key.string(), value.error().what), false);
    environment.declare(member.key.string(), cel::Type::dyn());
    values.push_back(*value);
  }
  for (const cel::Environment::Name& name : policy::environment().names()) {
    if (environment.find(name.name) >= 0) continue;
    environment.declare(name.name, name.type, name.also_called);
    values.push_back(
        context.fail(0, fmt::format("'{}' has no value here; give it with --vars", name.name)));
  }
  auto compiled = cel::compile(expression, environment);
  if (!compiled) {
    answer.column = compiled.error().column;
    return refuse(compiled.error().message, false);
  }
  const cel::Value value = compiled->program.evaluate(values, context);
  if (value.is_error()) {
    answer.column = cel::remark_at(expression, value.why().offset, "").column;
    return refuse(std::string(value.why().message), true);
  }
  auto text = cel::to_typed_json(value, context);
  if (!text) return refuse(text.error().what, true);
  answer.value = std::move(*text);
  return answer;
}

int one(const PolicyEvalOptions& options) {
  json::Reader reader;
  json::View vars;
  if (!options.vars.empty()) {
    if (reader.read(options.vars).fault != json::Fault::kNone) {
      complain("--vars: this is not JSON");
      return kUsage;
    }
    vars = reader.root();
  }
  cel::Context context;
  const Answer answer = evaluate(options.expression, vars, context);
  if (answer.error.empty()) {
    print(options.json ? JsonObject().raw("value", answer.value).done() + "\n"
                       : answer.value + "\n");
    return kOk;
  }
  complain(answer.column > 0 ? fmt::format("column {}: {}", answer.column, answer.error)
                             : answer.error);
  return answer.compiles ? kNo : kUsage;
}

std::string batch_line(const std::string& line, json::Reader& reader, cel::Context& context) {
  JsonObject out;
  if (reader.read(line).fault != json::Fault::kNone || !reader.root().is_object())
    return out.raw("id", "null")
        .text("error", "this line is no JSON object")
        .text("kind", "compile")
        .done();
  const json::View row = reader.root();
  out.raw("id", row.find("id").present() ? row.find("id").raw() : "null");
  const Answer answer = evaluate(row.find("expr").string(), row.find("vars"), context);
  if (answer.error.empty()) return out.raw("value", answer.value).done();
  out.text("error", answer.error).text("kind", answer.compiles ? "evaluation" : "compile");
  if (answer.column > 0) out.integer("column", answer.column);
  return out.done();
}

int batch(const PolicyEvalOptions& options) {
  std::ifstream file;
  if (options.batch != "-") {
    file.open(options.batch);
    if (!file) {
      complain(fmt::format("cannot read {}", options.batch));
      return kUsage;
    }
  }
  std::istream& in = options.batch == "-" ? std::cin : file;
  json::Reader reader;
  cel::Context context;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) print(batch_line(line, reader, context) + "\n");
  return kOk;
}

}  // namespace

int policy_eval(const PolicyEvalOptions& options) {
  if (!options.batch.empty() && (!options.expression.empty() || !options.vars.empty())) {
    complain("--batch: its lines hold expressions and vars of their own; give one or the other");
    return kUsage;
  }
  return options.batch.empty() ? one(options) : batch(options);
}

}  // namespace agentmesh::cli
