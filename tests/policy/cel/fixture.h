// Names as a policy would declare them, for the tests of this folder, and short ways to compile and ask.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "policy/cel/cel.h"
#include "policy/cel/typed_json.h"
#include "tests/catch.h"

namespace agentmesh::policy::cel {

struct Names {
  Names() {
    Choice kind{
        "action.type",
        {"read", "write", "delete", "execute", "query", "network", "export", "message", "unknown"},
        {{"api_call", {"network", "query", "message", "export"}}}};
    const Type type = Type::choice(std::make_shared<const Choice>(std::move(kind)));
    action = std::make_shared<const RecordType>(
        "action",
        std::vector<RecordType::Field>{
            {"type", type, {"kind"}}, {"tool", Type::string(), {}}, {"path", Type::string(), {}}});
    sql = std::make_shared<const RecordType>(
        "sql", std::vector<RecordType::Field>{{"class", Type::string(), {"verb", "type"}},
                                              {"statements", Type::integer(), {}},
                                              {"tables", Type::list(Type::string()), {}}});
    finding = std::make_shared<const RecordType>(
        "finding", std::vector<RecordType::Field>{{"id", Type::string(), {}},
                                                  {"severity", Type::string(), {}}});
    environment.declare("tool", Type::string());
    environment.declare("action", Type::record(action));
    environment.declare("args", Type::map(Type::string(), Type::dyn()), {"arguments", "params"});
    environment.declare("paths", Type::list(Type::string()));
    environment.declare("sql", Type::record(sql));
    environment.declare("findings", Type::list(Type::record(finding)));
    environment.declare("now", Type::timestamp());
  }

  Environment environment;
  std::shared_ptr<const RecordType> action;
  std::shared_ptr<const RecordType> sql;
  std::shared_ptr<const RecordType> finding;
};

// A call as a policy would present it; `args` is JSON.
struct Asked {
  explicit Asked(const Names& names, std::string args_text = "{}",
                 std::string_view tool = "read_file", std::string_view type = "read")
      : args(std::move(args_text)) {
    context.reset();
    action_fields = {Value::string(type), Value::string(tool), Value::string("/srv/a")};
    sql_fields = {Value::string("none"), Value::integer(0), Value::list({})};
    finding_fields = {Value::string("path.sensitive"), Value::string("high")};
    action = {names.action.get(), action_fields.data()};
    sql = {names.sql.get(), sql_fields.data()};
    finding = {names.finding.get(), finding_fields.data()};
    findings = {Value::record(&finding)};
    values = {Value::string(tool),
              Value::record(&action),
              json_args(),
              context.strings(paths),
              Value::record(&sql),
              Value::list(findings),
              Value::timestamp(1'700'000'000, 0)};
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  Value json_args();

  std::string args;
  std::vector<std::string> paths{"/srv/a", "/etc/passwd"};
  Context context;
  std::vector<Value> action_fields, sql_fields, finding_fields, findings, values;
  Record action, sql, finding;
};

// "1:6: message" of an expression that must not compile.
inline std::string refused(const Names& names, std::string_view text) {
  const auto compiled = compile(text, names.environment);
  INFO(std::string(text));
  REQUIRE_FALSE(compiled);
  const Remark& why = compiled.error();
  return std::to_string(why.line) + ":" + std::to_string(why.column) + ": " + why.message;
}

inline Compiled compiled(const Names& names, std::string_view text) {
  auto got = compile(text, names.environment);
  INFO(std::string(text));
  INFO((got ? std::string() : got.error().message));
  REQUIRE(got);
  return std::move(*got);
}

// The value as typed JSON, or "error: …".
inline std::string value_of(const Names& names, std::string_view text, Asked& asked) {
  const Compiled program = compiled(names, text);
  const auto json =
      to_typed_json(program.program.evaluate(asked.values, asked.context), asked.context);
  return json ? *json : "error: " + json.error().what;
}
inline std::string value_of(std::string_view text, std::string args = "{}") {
  const Names names;
  Asked asked(names, std::move(args));
  return value_of(names, text, asked);
}

}  // namespace agentmesh::policy::cel
