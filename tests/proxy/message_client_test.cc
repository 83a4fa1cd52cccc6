// What a client may send (protocol, section 4 and checklist rows 1 to 22, 55).

#include <string>
#include <string_view>
#include <vector>

#include "proxy/message.h"
#include "tests/catch.h"
#include "tests/proxy/reading.h"

namespace agentmesh::proxy::tests {
namespace {

using namespace std::string_literals;

TEST_CASE("a good line of a client is a message, however it is spelled") {
  struct Case {
    const char* line;
    const char* kind;
    const char* method;
  };
  const Case cases[] = {
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{}}})",
       "request", "tools/call"},
      {R"( {"params" : {"arguments":null, "name":"x"}	,"method":"tools/call","id":"a" , "jsonrpc":"2.0"} )",
       "request", "tools/call"},
      {R"({"jsonrpc":"2.0","id":1,"m\u0065thod":"tools\/call","params":{"n\u0061me":"\u0064elete"}})",
       "request", "tools/call"},
      {R"({"jsonrpc":"2.0","id":1,"method":"vendor/x","params":[1.10,12345678901234567890,1e400,"é\u2028"]})",
       "request", "vendor/x"},
      {R"({"jsonrpc":"2.0","id":1,"method":"vendor/x","params":{"Name":1,"NAME":2,"name ":3}})",
       "request", "vendor/x"},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping"})", "request", "ping"},
      {R"({"jsonrpc":"2.0","id":1,"method":"Ping","params":null})", "request", "Ping"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", "request", "tools/list"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":""}})", "request",
       "tools/list"},
      {R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"},"extra":{}})",
       "request", "initialize"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"__proto__":1,"Name":2,"name":3}}})",
       "request", "tools/call"},
      {R"({"jsonrpc":"2.0","method":"notifications/initialized"})", "notification",
       "notifications/initialized"},
      {R"({"jsonrpc":"2.0","method":"vendor/note","params":{}})", "notification", "vendor/note"},
      {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}})",
       "notification", "notifications/cancelled"},
      {R"({"jsonrpc":"2.0","id":0,"result":{"roots":[]}})", "result", ""},
      {R"({"jsonrpc":"2.0","id":0,"result":null})", "result", ""},
      {R"({"jsonrpc":"2.0","id":0,"error":{"code":-1,"message":"no"}})", "error", ""},
      {R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}})", "error", ""},
      {R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}})", "error", ""},
  };
  Lines client(Direction::kClientToServer);
  for (const Case& c : cases) {
    CAPTURE(c.line);
    for (const char* end : {"\n", "\r\n", ""}) {
      const std::string line = std::string(c.line) + end;
      const Reading reading = client.read(line);
      CHECK(outcome(reading) == c.kind);
      if (const auto* message = std::get_if<Message>(&reading)) {
        CHECK(message->method == c.method);
        CHECK(message->text.front() == '{');
        CHECK(message->text.back() == '}');
        CHECK(line.find(message->text) != std::string::npos);
      }
    }
  }
}

TEST_CASE("raw U+2028, U+2029 and U+0085 are content, not the end of a line") {
  Lines client(Direction::kClientToServer);
  const std::string line =
      call("{\"name\":\"x\",\"arguments\":{\"a\":\"\xE2\x80\xA8\xE2\x80\xA9\xC2\x85\"}}");
  CHECK(outcome(client.read(line + "\n")) == "request");
}

TEST_CASE("a message shows its members as the reader found them") {
  Lines client(Direction::kClientToServer);
  const std::string line = call(R"({"n\u0061me":"\u0064elete","arguments":{"x":1},"_meta":{}})");
  const Reading reading = client.read(line);
  REQUIRE(std::holds_alternative<Message>(reading));
  const auto& message = std::get<Message>(reading);
  CHECK(message.member("name").string() == "delete");
  CHECK(message.member("arguments").raw() == R"({"x":1})");
  CHECK(message.member("_meta").raw() == "{}");
  CHECK_FALSE(message.member("uri").present());
  REQUIRE(message.governed != nullptr);
  CHECK(message.governed->marked);
  CHECK(message.params.raw() == line.substr(line.find("{\"n\\"), message.params.raw().size()));
}

TEST_CASE(
    "row 7: a key that stands twice is refused, also by escapes; a doubled id is not answered") {
  check_refused({
      {call(R"({"name":"a","name":"b"})"), "read.R1", "1", -32602},
      {call(R"({"name":"a","n\u0061me":"b"})"), "read.R1", "1", -32602},
      {call(R"({"name":"a","arguments":{},"argument\u0073":{}})"), "read.R1", "1", -32602},
      {call(R"({"name":"a","_meta":{},"_meta":{}})"), "read.R1", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"})", "read.R1"},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","\u006dethod":"ping"})", "read.R1"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"},"params":{"name":"b"}})",
       "read.R1"},
      {R"({"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"ping"})", "read.R1"},
      {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})", "read.R1", ""},
      {R"({"jsonrpc":"2.0","id":1,"\u0069d":1,"method":"ping"})", "read.R1", ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","x":1,"x":1})", "read.R1"},
      {R"({"jsonrpc":"2.0","id":1,"method":"vendor/x","params":{"a":1,"a":2}})", "read.R1", "1",
       -32602},
      {R"({"jsonrpc":"2.0","method":"vendor/x","params":{"a":1,"a":2}})", "read.R1", ""},
      {R"({"jsonrpc":"2.0","id":1,"result":{"a":[{"b":1,"b":2}]}})", "read.R1"},
  });
}

TEST_CASE("row 8: a duplicate key deep inside arguments is refused") {
  check_refused({
      {call(R"({"name":"a","arguments":{"x":[0,{"y":{"z":1,"\u007a":2}}]}})"), "read.R1", "1",
       -32602},
      {call(R"({"name":"a","arguments":{"":1,"":2}})"), "read.R1", "1", -32602},
      {call(R"({"name":"a","arguments":{"\u0000":1,"\u0000":2}})"), "read.R1", "1", -32602},
      {call(R"({"name":"a","arguments":{"é":1,"\u00e9":2}})"), "read.R1", "1", -32602},
  });
}

TEST_CASE(
    "row 9: a key that only looks like a governed one is refused, beside it or instead of it") {
  const auto in_params = [](std::string_view key) {
    return call("{\"name\":\"a\",\"" + std::string(key) + "\":{}}");
  };
  std::vector<Refused> rows;
  for (const char* key :
       {"Name",           "NAME",
        "nAme",           "name ",
        " name",          "na me",
        "name\\u0000",    "\\u0000name",
        "na\\u0000me",    "name\\t",
        "name\\u00a0",    "name\\u200b",
        "\\ufeffname",    "na\\u00adme",
        "name\\ufe0f",    "n\\u0061Me",
        "n\\u0430me",     "nаme",
        "ｎａｍｅ",       "\\ud835\\udc27\\ud835\\udc1a\\ud835\\udc26\\ud835\\udc1e",
        "nàme",           "na\\u0301me",
        "n\\u4e2dme",     "tas\\u212a",
        "ta\\u017fk",     "argument\\u017f",
        "ARGUMENTS",      "URI",
        "ｕｒｉ",         "Cursor",
        "inputresponses", "INPUTRESPONSES",
        "requeststate",   "_Meta",
        "_meta ",         "＿meta",
        "Task",           "arg\\u1d64ments"})
    rows.push_back({in_params(key), "read.R2", "1", -32602});
  for (const char* key : {"Name", "NAME", "name\\u0000", "nаme"})
    rows.push_back({call("{\"" + std::string(key) + "\":\"a\"}"), "read.R2", "1", -32602});
  for (const char* key : {"Method", "PARAMS", "param\\u017f", "param\\u017F", "params\\u0000",
                          "params ", "Jsonrpc", "JSONRPC", "result ", "Error", "pаrams",
                          "ｐａｒａｍｓ", "metho\\u0501", "ID", "Id", "id\\u200d", "ıd"})
    rows.push_back(
        {R"({"jsonrpc":"2.0","id":1,"method":"ping",")" + std::string(key) + "\":{}}", "read.R2"});
  rows.push_back(
      {R"({"jsonrpc":"2.0","id":1,"Method":"tools/call","params":{"name":"a"}})", "read.R2"});
  rows.push_back({R"({"jsonrpc":"2.0","ID":1,"method":"ping"})", "read.R2", ""});
  rows.push_back({R"({"Jsonrpc":"2.0","id":1,"method":"ping"})", "read.R2"});
  check_refused(rows);
}

TEST_CASE(
    "look-alikes of governed keys are judged in params of every governed method, and nowhere else") {
  const char* const governed[] = {"tools/call",          "tools/list",          "resources/read",
                                  "resources/subscribe", "prompts/get",         "tasks/get",
                                  "tasks/update",        "subscriptions/listen"};
  Lines client(Direction::kClientToServer);
  for (const char* method : governed) {
    CAPTURE(method);
    CHECK(outcome(client.read(R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                              R"(","params":{"name":"a","uri":"b","taskId":"c","Cursor":1}})")) ==
          "read.R2");
  }
  for (const char* method : {"initialize", "resources/list", "completion/complete", "vendor/x"}) {
    CAPTURE(method);
    CHECK(outcome(client.read(R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                              R"(","params":{"name":"a","Cursor":1}})")) == "request");
  }
  CHECK(outcome(client.read(
            R"({"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskid":"a"}})")) ==
        "read.R2");
}

TEST_CASE("keys of other words and other languages are no look-alikes") {
  Lines client(Direction::kClientToServer);
  for (const char* key :
       {"names", "nam", "n", "", "filename", "имя", "名前", "名称", "uri2", "_metadata", "meta",
        "tasks", "argument", "título", "日本語のキー", "😀", "x-name", "name_", "-name"}) {
    CAPTURE(key);
    CHECK(outcome(client.read(call("{\"name\":\"a\",\"" + std::string(key) + "\":1}"))) ==
          "request");
  }
  for (const char* key :
       {"meta", "_meta", "trace", "ident", "ids", "errors", "results", "методы", "параметры"}) {
    CAPTURE(key);
    CHECK(outcome(client.read(R"({"jsonrpc":"2.0","id":1,"method":"ping",")" + std::string(key) +
                              "\":1}")) == "request");
  }
}

TEST_CASE("row 10: jsonrpc that is not \"2.0\" is refused with the id") {
  check_refused({
      {R"({"id":1,"method":"ping"})", "read.R4"},
      {R"({"jsonrpc":"1.0","id":1,"method":"ping"})", "read.R4"},
      {R"({"jsonrpc":2.0,"id":1,"method":"ping"})", "read.R4"},
      {R"({"jsonrpc":null,"id":1,"method":"ping"})", "read.R4"},
      {R"({"jsonrpc":"2.0 ","id":1,"method":"ping"})", "read.R4"},
      {R"({"jsonrpc":["2.0"],"id":1,"method":"ping"})", "read.R4"},
  });
  Lines client(Direction::kClientToServer);
  CHECK(outcome(client.read(R"({"jsonrpc":"\u0032.0","id":1,"method":"ping"})")) == "request");
}

TEST_CASE("R5: a message is one thing only") {
  check_refused({
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"},"result":{}})",
       "read.R5"},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","error":null})", "read.R5"},
      {R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", "read.R5"},
      {R"({"jsonrpc":"2.0","id":1,"result":{},"error":null})", "read.R5"},
      {R"({"jsonrpc":"2.0","id":1})", "read.R5"},
      {R"({"jsonrpc":"2.0","id":1,"params":{}})", "read.R5"},
      {R"({"jsonrpc":"2.0","id":1,"method":5})", "read.R5"},
      {R"({"jsonrpc":"2.0","id":1,"method":null})", "read.R5"},
      {R"({"jsonrpc":"2.0","id":1,"method":["tools/call"],"params":{"name":"a"}})", "read.R5"},
      {R"({})", "read.R4", ""},
  });
}

TEST_CASE("row 11: an id that could be read as another one is dropped without an answer") {
  std::vector<Refused> rows;
  for (const char* id :
       {"null", "true", "false", "{}", "[1]", "1.5", "1.0", "1e0", "1E2", "-0", "-0.0", "1e400"}) {
    rows.push_back(
        {R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":"ping"})", "read.R6", ""});
    rows.push_back({R"({"jsonrpc":"2.0","id":)" + std::string(id) +
                        R"(,"method":"tools/call","params":{"name":"a"}})",
                    "read.R6", ""});
    rows.push_back(
        {R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":{}})", "read.R6", ""});
    if (std::string_view(id) != "null")
      rows.push_back(
          {R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"error":{}})", "read.R6", ""});
  }
  rows.push_back({R"({"jsonrpc":"2.0","result":{}})", "read.R6", ""});
  check_refused(rows);
}

TEST_CASE("row 12: any integer and any string is a legal id, and keeps its bytes") {
  struct Case {
    std::string raw;
    std::string key;
    std::string twin;
  };
  const Case cases[] = {
      {"0", "i0", "s0"},
      {"-5", "i-5", "s-5"},
      {"9007199254740993", "i9007199254740993", "s9007199254740993"},
      {"123456789012345678901234567890", "i123456789012345678901234567890",
       "s123456789012345678901234567890"},
      {R"("")", "s", ""},
      {R"("1")", "s1", "i1"},
      {R"("-7")", "s-7", "i-7"},
      {R"("07")", "s07", ""},
      {R"("-0")", "s-0", ""},
      {R"("1.0")", "s1.0", ""},
      {R"("-")", "s-", ""},
      {R"("\u0031")", "s1", "i1"},
      {R"("a\/b")", "sa/b", ""},
      {R"("\ud83d\ude00")", "s😀", ""},
      {R"("�")", "s�", ""},
      {"\"" + std::string(4096, 'x') + "\"", "s" + std::string(4096, 'x'), ""},
  };
  Lines client(Direction::kClientToServer);
  for (const Case& c : cases) {
    CAPTURE(c.raw);
    const std::string line = R"({"jsonrpc":"2.0","id":)" + c.raw + R"(,"method":"ping"})";
    const Reading reading = client.read(line);
    REQUIRE(std::holds_alternative<Message>(reading));
    const auto& id = std::get<Message>(reading).id;
    REQUIRE(id);
    CHECK(id->raw == c.raw);
    CHECK(id->key == c.key);
    CHECK(id->twin() == c.twin);
  }
}

TEST_CASE("row 13: params that readers take for different things are refused with the id") {
  check_refused({
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})", "read.R7", "1", -32602},
      {call("null"), "read.R7", "1", -32602},
      {call("[]"), "read.R7", "1", -32602},
      {call(R"(["a",{}])"), "read.R7", "1", -32602},
      {call(R"("a")"), "read.R7", "1", -32602},
      {call("{}"), "read.R7", "1", -32602},
      {call(R"({"name":5})"), "read.R7", "1", -32602},
      {call(R"({"name":null})"), "read.R7", "1", -32602},
      {call(R"({"name":["a"]})"), "read.R7", "1", -32602},
      {call(R"({"name":"a","arguments":"{}"})"), "read.R7", "1", -32602},
      {call(R"({"name":"a","arguments":[]})"), "read.R7", "1", -32602},
      {call(R"({"name":"a","arguments":5})"), "read.R7", "1", -32602},
      {call(R"({"name":"a","arguments":false})"), "read.R7", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":{}}})", "read.R7", "1",
       -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"name":"a"}})",
       "read.R7", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"a","arguments":[]}})",
       "read.R7", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":null})", "read.R7", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"subscriptions/listen"})", "read.R7", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tasks/result","params":[]})", "read.R7", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay\u0000"}})", "read.R7",
       "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"\u0000a:b"}})",
       "read.R7", "1", -32602},
  });
}

TEST_CASE("row 20: a method that only looks like a governed one is refused") {
  std::vector<Refused> rows;
  for (const char* method : {"Tools/Call",
                             "TOOLS/CALL",
                             "tools/call ",
                             " tools/call",
                             "tools/call\\u0000",
                             "tools/cal\\u0000l",
                             "tools/\\u017fall",
                             "tool\\u017f/call",
                             "tools\\u2215call",
                             "tools\\uff0fcall",
                             "ｔｏｏｌｓ/call",
                             "toolѕ/call",
                             "tools/call\\u200b",
                             "tools/call\\n",
                             "Resources/Read",
                             "resources/reаd",
                             "prompts/Get",
                             "Tools/List",
                             "tasks/Result",
                             "tas\\u212as/get",
                             "Sampling/createMessage",
                             "sampling/createmessage",
                             "Initialize"})
    rows.push_back({R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                        R"(","params":{"name":"a"}})",
                    "read.R3"});
  check_refused(rows);
  Lines client(Direction::kClientToServer);
  for (const char* method :
       {"tools.call", "tools/calls", "tool/call", "x/tools/call", "tools/", "tools/call2", ""}) {
    CAPTURE(method);
    CHECK(outcome(client.read(R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                              "\"}")) == "request");
  }
}

TEST_CASE("row 32: a notification can do no governed work") {
  std::vector<Refused> rows;
  for (const char* method :
       {"tools/call", "tools/list", "resources/read", "resources/subscribe", "prompts/get",
        "subscriptions/listen", "tasks/cancel", "tasks/update", "tools\\/call", "initialize"})
    rows.push_back({R"({"jsonrpc":"2.0","method":")" + std::string(method) +
                        R"(","params":{"name":"a","uri":"b","taskId":"c"}})",
                    "read.notification", ""});
  check_refused(rows);
}

TEST_CASE("what a refused line was is said, as far as it can be known") {
  struct Case {
    const char* line;
    bool request;
    bool answer;
    const char* method;
  };
  const Case cases[] = {
      {R"({"id":1,"method":"tools/call"})", true, false, "tools/call"},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","result":1})", true, false, "tools/call"},
      {R"({"jsonrpc":"2.0","id":1,"Method":"tools/call"})", true, false, ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"a","method":"b"})", true, false, ""},
      {R"({"jsonrpc":"2.0","id":1,"result":1,"error":2})", false, true, ""},
      {R"({"jsonrpc":"2.0","id":1,"Result":1})", false, true, ""},
      {R"({"jsonrpc":"2.0","id":1})", false, false, ""},
      {R"({"jsonrpc":"2.0","id":1,)", false, false, ""},
  };
  Lines client(Direction::kClientToServer);
  for (const Case& c : cases) {
    CAPTURE(c.line);
    const Reading reading = client.read(c.line);
    REQUIRE(std::holds_alternative<Refusal>(reading));
    const auto& refusal = std::get<Refusal>(reading);
    CHECK(refusal.was_request == c.request);
    CHECK(refusal.was_answer == c.answer);
    CHECK(refusal.method == c.method);
  }
}

TEST_CASE(
    "rows 55 and 56: an array comes apart into members that are read as if each had come alone") {
  const std::string first = call(R"({"name":"a"})");
  const std::string second =
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b","Name":"c"}})";
  const std::string line = "[ " + first + " ,\t" + second + "]\r\n";
  MessageReader reader(Direction::kClientToServer);
  const MessageReader::ResultOf nobody;
  const Reading reading = reader.read(line, nobody);
  REQUIRE(std::holds_alternative<Batch>(reading));
  const Batch batch = std::get<Batch>(reading);
  CHECK(batch.only_objects);
  REQUIRE(batch.members.size() == 2);
  CHECK(batch.members[0] == first);
  CHECK(batch.members[1] == second);
  const Reading good = reader.read_member(batch.members[0], nobody);
  CHECK(outcome(good) == "request");
  const Reading bad = reader.read_member(batch.members[1], nobody);
  CHECK(outcome(bad) == "read.R2");
  CHECK(due_id(bad) == "2");

  const Reading mixed = reader.read("[" + first + ",1,[]]", nobody);
  REQUIRE(std::holds_alternative<Batch>(mixed));
  CHECK_FALSE(std::get<Batch>(mixed).only_objects);
  CHECK(outcome(reader.read_member("1", nobody)) == "read.R15");
  CHECK(outcome(reader.read_member("[" + first + "]", nobody)) == "read.R15");
  CHECK(outcome(reader.read("[" + first + "]x", nobody)) == "read.R9");
  CHECK(outcome(reader.read("[" + first + "\r]", nobody)) == "read.R10");
}

}  // namespace
}  // namespace agentmesh::proxy::tests
