// Any text as a condition: it compiles or is refused with a place inside it, and evaluating it ends, twice the same way.

#include "policy/cel/cel.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cel/json_value.h"
#include "policy/cel/typed_json.h"

namespace agentmesh::policy::cel {

namespace {

struct Fixture {
  Fixture() {
    Choice kind{"action.type", {"read", "write"}, {{"api_call", {"read", "write"}}}};
    record = std::make_shared<const RecordType>(
        "action", std::vector<RecordType::Field>{
                      {"type", Type::choice(std::make_shared<const Choice>(kind)), {"kind"}},
                      {"path", Type::string(), {}}});
    names.declare("tool", Type::string());
    names.declare("action", Type::record(record));
    names.declare("args", Type::map(Type::string(), Type::dyn()));
    names.declare("paths", Type::list(Type::string()));
    names.declare("x", Type::dyn());
  }
  std::shared_ptr<const RecordType> record;
  Environment names;
};

std::string answer(const Program& program, const Fixture& fixture) {
  static const std::string kArgs =
      R"({"path":"/a/../b","to":["a","\u0062"],"n":9223372036854775807,"m":{"k":{"k":[1,2.5,null]}},"t":true})";
  static const std::vector<std::string> kPaths{"/srv/a", "/etc/passwd"};
  Context context(20'000);
  context.reset();
  const Value fields[] = {Value::string("read"), Value::string("")};
  const Record action{fixture.record.get(), fields};
  const Value values[] = {Value::string("read_file"), Value::record(&action),
                          json_value(json::View(kArgs), context), context.strings(kPaths),
                          Value::integer(7)};
  const Value value = program.evaluate(values, context);
  const auto json = to_typed_json(value, context);
  return json ? *json : "error: " + json.error().what;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Fixture kFixture;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto compiled = compile(text, kFixture.names);
  if (!compiled) {
    if (compiled.error().offset > text.size() || compiled.error().message.empty()) std::abort();
    return 0;
  }
  for (const Remark& warning : compiled->warnings)
    if (warning.offset > text.size() || warning.message.empty()) std::abort();
  for (const Read& read : reads(compiled->program))
    if (read.offset > text.size()) std::abort();
  if (answer(compiled->program, kFixture) != answer(compiled->program, kFixture)) std::abort();
  return 0;
}

}  // namespace agentmesh::policy::cel
