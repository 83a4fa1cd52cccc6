// What a server may send (protocol, section 4 and checklist rows 2, 3, 24 to 27).

#include <string>
#include <string_view>

#include "proxy/message.h"
#include "tests/catch.h"
#include "tests/proxy/reading.h"

namespace agentmesh::proxy::tests {
namespace {

std::string result(std::string_view value) {
  return R"({"jsonrpc":"2.0","id":7,"result":)" + std::string(value) + "}";
}

TEST_CASE("rows 2 and 3: what a server may say passes, however odd") {
  struct Case {
    std::string line;
    const char* answers;
    const char* kind;
  };
  const Case cases[] = {
      {result(R"({"content":[{"type":"text","text":"cut \ud83d"}],"x":1e400,"y":1.10})"),
       "tools/call", "result"},
      {result("{\"content\":[{\"type\":\"text\",\"text\":\"a\xE2\x80\xA8\xC2\x85\"}]}"),
       "tools/call", "result"},
      {R"( { "id" : 7 , "result" : { } ,	"jsonrpc" : "2.0" } )", "tools/call", "result"},
      {result("{}"), "tools/call", "result"},
      {result("null"), "tools/call", "result"},
      {result("[1]"), "tools/call", "result"},
      {result(R"({"structuredContent":{"a":1,"a":2,"b":{"c":1,"c":2}}})"), "tools/call", "result"},
      {result(R"({"_meta":{"vendor":{"a":1,"a":2}}})"), "tools/call", "result"},
      {result(R"({"a":1,"a":2,"Content":1})"), "vendor/x", "result"},
      {result(R"({"a":1,"a":2,"Content":1})"), "", "result"},
      {result(R"({"Names":1,"contents ":1})"), "ping", "result"},
      {result(R"({"data":{"Content":1}})"), "tools/call", "result"},
      {R"({"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"m","data":{"a":1,"a":2}}})",
       "tools/call", "error"},
      {R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}})", "", "error"},
      {R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}})", "", "error"},
      {R"({"jsonrpc":"2.0","id":"7","result":{}})", "tools/call", "result"},
      {R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"a":1,"a":2}}})",
       "", "notification"},
      {R"({"jsonrpc":"2.0","method":"vendor/note","params":{"a":1,"a":2}})", "", "notification"},
      {R"({"jsonrpc":"2.0","method":"vendor/\ud800","params":{"text":"\udc00"}})", "",
       "notification"},
      {R"({"jsonrpc":"2.0","id":0,"method":"roots/list"})", "", "request"},
      {R"({"jsonrpc":"2.0","id":0,"method":"ping","params":null})", "", "request"},
      {R"({"jsonrpc":"2.0","id":0,"method":"sampling/createMessage","params":{"messages":[],"x":"\ud83d"}})",
       "", "request"},
      {R"({"jsonrpc":"2.0","id":0,"method":"elicitation/create","params":{"message":"m","requestedSchema":{}}})",
       "", "request"},
      {R"({"jsonrpc":"2.0","id":0,"method":"tools/call"})", "", "request"},
  };
  Lines server(Direction::kServerToClient);
  for (const Case& c : cases) {
    CAPTURE(c.line);
    CHECK(outcome(server.read(c.line + "\n", c.answers)) == c.kind);
  }
}

TEST_CASE(
    "rows 25 and 26: what a client could read in two ways is withheld, and its request is named") {
  struct Case {
    std::string line;
    const char* rule;
    const char* id;
  };
  const Case cases[] = {
      {R"({"jsonrpc":"2.0","id":7,"result":{"content":[]},"result":{"content":[]}})", "read.R1",
       "7"},
      {R"({"jsonrpc":"2.0","id":7,"result":{},"\u0072esult":{}})", "read.R1", "7"},
      {R"({"jsonrpc":"2.0","id":7,"id":8,"result":{}})", "read.R1", ""},
      {R"({"jsonrpc":"2.0","id":7,"result":{},"x":1,"x":2})", "read.R1", "7"},
      {result(R"({"content":[],"content":[]})"), "read.R1", "7"},
      {result(R"({"_meta":{},"_meta":{}})"), "read.R1", "7"},
      {result(R"({"structuredContent":{},"structuredContent":{}})"), "read.R1", "7"},
      {result(R"({"content":[{"type":"text","text":"a","text":"b"}]})"), "read.R1", "7"},
      {result(R"({"content":[{"type":"text","text":"a","t\u0065xt":"b"}]})"), "read.R1", "7"},
      {result(R"({"content":[{"type":"resource","resource":{"uri":"a","uri":"b"}}]})"), "read.R1",
       "7"},
      {R"({"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"a","message":"b"}})", "read.R1",
       "7"},
      {R"({"jsonrpc":"2.0","id":7,"Result":{}})", "read.R2", "7"},
      {R"({"jsonrpc":"2.0","id":7,"result":{},"Result":{}})", "read.R2", "7"},
      {R"({"jsonrpc":"2.0","id":7,"result\u0000":{}})", "read.R2", "7"},
      {R"({"jsonrpc":"2.0","id":7,"re\u017fult":{}})", "read.R2", "7"},
      {result(R"({"Content":[]})"), "read.R2", "7"},
      {result(R"({"content":[],"content\u0000":[]})"), "read.R2", "7"},
      {result(R"({"content":[],"IsError":true})"), "read.R2", "7"},
      {result(R"({"content":[],"iserror":true})"), "read.R2", "7"},
      {result(R"({"content":[],"StructuredContent":{}})"), "read.R2", "7"},
      {R"({"jsonrpc":"2.0","id":7,"error":{"code":-32042,"message":"m","data":{"Elicitations":[]}}})",
       "read.R2", "7"},
      {R"({"jsonrpc":"2.0","id":7,"error":{"code":-32042,"message":"m","Data":{"elicitations":[]}}})",
       "read.R2", "7"},
      {R"({"jsonrpc":"2.0","id":7,"result":{},"error":{}})", "read.R5", "7"},
      {R"({"jsonrpc":"2.0","id":7,"result":{},"error":null})", "read.R5", "7"},
      {R"({"jsonrpc":"2.0","id":7})", "read.R5", "7"},
      {R"({"id":7,"result":{}})", "read.R4", "7"},
      {R"({"jsonrpc":"1.0","id":7,"result":{}})", "read.R4", "7"},
      {R"({"jsonrpc":"2.0","id":7.0,"result":{}})", "read.R6", ""},
      {R"({"jsonrpc":"2.0","id":7.0,"error":{}})", "read.R6", ""},
      {R"({"jsonrpc":"2.0","id":"\ud800","result":{}})", "read.R6", ""},
      {R"({"jsonrpc":"2.0","id":null,"result":{}})", "read.R6", ""},
      {R"({"jsonrpc":"2.0","result":{}})", "read.R6", ""},
      {R"({"jsonrpc":"2.0","id":null,"method":"sampling/createMessage","params":{}})", "read.R6",
       ""},
      {result(R"({"content":[NaN]})"), "read.R8", ""},
      {"\xEF\xBB\xBF" + result("{}"), "read.R11", ""},
      {result("{\r}"), "read.R10", ""},
      {result("{\"content\":\"\xFF\"}"), "read.R12", ""},
      {result("{}") + result("{}"), "read.R9", ""},
      {"server listening on stdio", "read.R8", ""},
      {R"({"jsonrpc":"2.0","id":7,"resu)", "read.R8", ""},
      {"[1]", "read.R15", ""},
      {"42", "read.R15", ""},
  };
  Lines server(Direction::kServerToClient);
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const std::string line = c.line + "\n";
    const Reading reading = server.read(line);
    CHECK(outcome(reading) == c.rule);
    CHECK(due_id(reading) == c.id);
    if (*c.id != '\0') {
      REQUIRE(std::holds_alternative<Refusal>(reading));
      CHECK(std::get<Refusal>(reading).was_answer);
      CHECK_FALSE(std::get<Refusal>(reading).was_request);
    }
  }
}

TEST_CASE(
    "requests of a server are read as strictly as those of a client, and withheld without an answer") {
  struct Case {
    const char* line;
    const char* rule;
  };
  const Case cases[] = {
      {R"({"jsonrpc":"2.0","id":0,"method":"sampling/createMessage","params":{"messages":[{"a":1,"a":2}]}})",
       "read.R1"},
      {R"({"jsonrpc":"2.0","id":0,"method":"roots/list","params":{"a":{"b":1,"b":2}}})", "read.R1"},
      {R"({"jsonrpc":"2.0","id":0,"method":"sampling/createMessage","params":{"Messages":[]}})",
       "read.R2"},
      {R"({"jsonrpc":"2.0","id":0,"method":"sampling/createMessage","params":{"messages":[],"system\u0050rompt ":1}})",
       "read.R2"},
      {R"({"jsonrpc":"2.0","id":0,"method":"elicitation/create","params":{"message":"m","URL":"x"}})",
       "read.R2"},
      {R"({"jsonrpc":"2.0","id":0,"method":"elicitation/create","Params":{"message":"m"}})",
       "read.R2"},
      {R"({"jsonrpc":"2.0","id":0,"method":"Elicitation/Create","params":{"message":"m"}})",
       "read.R3"},
      {R"({"jsonrpc":"2.0","id":0,"method":"sampling/createMessage"})", "read.R7"},
      {R"({"jsonrpc":"2.0","id":0,"method":"elicitation/create","params":[]})", "read.R7"},
      {R"({"jsonrpc":"2.0","method":"sampling/createMessage","params":{"messages":[]}})",
       "read.notification"},
      {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"requestId":2}})",
       "read.R1"},
      {R"({"jsonrpc":"2.0","method":"notifications/message","params":{"data":1,"d\u0061ta":2}})",
       "read.R1"},
  };
  Lines server(Direction::kServerToClient);
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const Reading reading = server.read(c.line);
    CHECK(outcome(reading) == c.rule);
    CHECK(due_id(reading).empty());
  }
}

TEST_CASE("row 17, the other way: a result deeper than 128 is withheld") {
  Lines server(Direction::kServerToClient);
  const auto deep = [](size_t depth) {
    return result(R"({"content":[],"structuredContent":)" + std::string(depth, '[') +
                  std::string(depth, ']') + "}");
  };
  CHECK(outcome(server.read(deep(126))) == "result");
  const std::string too_deep = deep(127);
  const Reading reading = server.read(too_deep);
  CHECK(outcome(reading) == "read.R14");
  CHECK(due_id(reading) == "7");
  const std::string abyss = deep(200'000);
  CHECK(due_id(server.read(abyss, "vendor/x")) == "7");
}

TEST_CASE("more repeated keys than the reader lists hide none that matters") {
  std::string harmless;
  for (int i = 0; i < 100; ++i) harmless += R"(,"k":1)";
  Lines server(Direction::kServerToClient);
  const std::string many = R"({"k":1)" + harmless + "}";
  CHECK(outcome(server.read(result(many), "vendor/x")) == "result");
  CHECK(outcome(server.read(R"({"jsonrpc":"2.0","method":"vendor/x","params":)" + many + "}")) ==
        "notification");
  CHECK(outcome(server.read(R"({"jsonrpc":"2.0","id":7,"result":)" + many + R"(,"x":1,"x":2})",
                            "vendor/x")) == "read.R1");
  CHECK(outcome(server.read(R"({"jsonrpc":"2.0","id":7,"error":{"data":)" + many +
                            R"(,"code":1,"code":2}})")) == "read.R1");
  CHECK(outcome(server.read(result(R"({"structuredContent":)" + many +
                                   R"(,"content":[{"text":1,"text":2}]})"))) == "read.R1");
}

TEST_CASE("the method that a result answers is asked for with the id as it was read") {
  MessageReader reader(Direction::kServerToClient);
  std::string asked;
  const auto result_of = [&](const Id& id) -> std::string_view {
    asked = id.key;
    return "tools/call";
  };
  const std::string twice = R"({"content":[{"text":1,"text":2}]})";
  CHECK(outcome(reader.read(R"({"jsonrpc":"2.0","id":"\u0037","result":)" + twice + "}",
                            result_of)) == "read.R1");
  CHECK(asked == "s7");
  CHECK(outcome(reader.read(R"({"jsonrpc":"2.0","id":7,"result":{}})", result_of)) == "result");
  CHECK(asked == "i7");
  asked.clear();
  CHECK(outcome(reader.read(R"({"jsonrpc":"2.0","id":7,"error":{}})", result_of)) == "error");
  CHECK(asked.empty());
}

TEST_CASE("the members of an answer are those of its result or its error") {
  Lines server(Direction::kServerToClient);
  const std::string good = result(R"({"content":[1],"isError":true})");
  const Reading reading = server.read(good);
  REQUIRE(std::holds_alternative<Message>(reading));
  CHECK(std::get<Message>(reading).member("isError").is_true());
  const std::string bad = R"({"jsonrpc":"2.0","id":7,"error":{"code":-5}})";
  const Reading error = server.read(bad);
  REQUIRE(std::holds_alternative<Message>(error));
  CHECK(std::get<Message>(error).member("code").integer() == -5);
  CHECK(std::get<Message>(error).error.raw() == R"({"code":-5})");
}

}  // namespace
}  // namespace agentmesh::proxy::tests
