// Lines of a client that are no message, whatever stands in them (protocol, section 4 and checklist rows 14 to 19).

#include <string>
#include <string_view>
#include <vector>

#include "proxy/message.h"
#include "tests/catch.h"
#include "tests/proxy/reading.h"

namespace agentmesh::proxy::tests {
namespace {

using namespace std::string_literals;

TEST_CASE("row 14: what is not one JSON document is dropped") {
  check_refused({
      {call(R"({"name":"a","arguments":{"x":NaN}})"), "read.R8", ""},
      {call(R"({"name":"a","arguments":{"x":-Infinity}})"), "read.R8", ""},
      {call(R"({"name":"a"/*x*/})"), "read.R8", ""},
      {call(R"({"name":"a",})"), "read.R8", ""},
      {call("{\"name\":\"a\tb\"}"), "read.R8", ""},
      {call("{\"name\":\"a"s + '\0' + "\"}"), "read.R8", ""},
      {call(R"({"name":"a","arguments":{"x":07}})"), "read.R8", ""},
      {call(R"({"name":"a","arguments":{"x":"\x41"}})"), "read.R8", ""},
      {call(R"({'name':'a'})"), "read.R8", ""},
      {call(R"({"name":"a"})") + " " + call(R"({"name":"b"})"), "read.R9", ""},
      {call(R"({"name":"a"})") + "x", "read.R9", ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a")", "read.R8", ""},
      {"hello", "read.R8", ""},
      {"Content-Length: 20", "read.R8", ""},
  });
}

TEST_CASE("row 15: a carriage return anywhere but before the end of the line drops it") {
  const std::string good = call(R"({"name":"a"})");
  check_refused({
      {"\r" + good, "read.R10", ""},
      {good + "\r ", "read.R10", ""},
      {good + "\r\r", "read.R10", ""},
      {R"({"jsonrpc":"2.0",)"s + "\r" + R"("id":1,"method":"ping"})", "read.R10", ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":)"s + "\r" + good + "\r}}",
       "read.R10", ""},
      {"\"a\rb\"", "read.R10", ""},
  });
  Lines client(Direction::kClientToServer);
  CHECK(outcome(client.read(good + "\r\n")) == "request");
  CHECK(outcome(client.read(good + "\n" + good + "\n")) == "read.R9");
}

TEST_CASE("row 16: a byte order mark or anything that is not UTF-8 is dropped") {
  const auto named = [](std::string_view bytes) {
    return call("{\"name\":\"" + std::string(bytes) + "\"}");
  };
  std::string utf16;
  for (const char c : call(R"({"name":"a"})")) {
    utf16 += c;
    utf16 += '\0';
  }
  check_refused({
      {"\xEF\xBB\xBF" + call(R"({"name":"a"})"), "read.R11", ""},
      {"\xFF\xFE" + utf16, "read.R11", ""},
      {utf16, "read.R8", ""},
      {named("\xC0\xAF"), "read.R12", ""},
      {named("\xE0\x80\xAF"), "read.R12", ""},
      {named("\xED\xA0\xBD\xED\xB8\x80"), "read.R12", ""},
      {named("\xE2\x82"), "read.R12", ""},
      {named("\xF4\x90\x80\x80"), "read.R12", ""},
      {named("\xFF"), "read.R12", ""},
      {call("{\"name\":\"a\",\"\xC1\xAE\":1}"), "read.R12", ""},
  });
}

TEST_CASE("row 17: nesting of 128 passes, more is refused, and no depth harms the reader") {
  Lines client(Direction::kClientToServer);
  // The message, params and arguments are three levels of their own.
  const auto deep = [](size_t depth, std::string_view open, std::string_view close) {
    return call(R"({"name":"a","arguments":{"x":)" + nested(depth, open, close) + "}}");
  };
  CHECK(outcome(client.read(deep(60, "[", "]"))) == "request");
  CHECK(outcome(client.read(deep(125, "[", "]"))) == "request");
  check_refused({
      {deep(126, "[", "]"), "read.R14"},
      {deep(126, R"({"a":)", "}"), "read.R14"},
      {deep(5000, "[", "]"), "read.R14"},
      {deep(200'000, "[", "]"), "read.R14"},
      {deep(200'000, R"({"a":)", "}"), "read.R14"},
      {std::string(200'000, '['), "read.R8", ""},
      {nested(200'000, "[", "]"), "read.R15", ""},
  });
}

TEST_CASE("row 18: half a surrogate pair is refused wherever it stands") {
  check_refused({
      {call(R"({"name":"\ud800"})"), "read.R13", "1", -32602},
      {call(R"({"name":"a","arguments":{"x":"cut \ud83d"}})"), "read.R13", "1", -32602},
      {call(R"({"name":"a","\udc00":1})"), "read.R13", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call\ud800","params":{"name":"a"}})", "read.R13"},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","\ude00\ud83d":1})", "read.R13"},
      {R"({"jsonrpc":"2.0","id":1,"result":{"x":"\ud800\u0041"}})", "read.R13"},
      {R"({"jsonrpc":"2.0","id":"\ud800","method":"ping"})", "read.R13", ""},
      {R"({"jsonrpc":"2.0","x":"\ud800","id":"a\udc00","method":"ping"})", "read.R13", ""},
  });
}

TEST_CASE("row 19: what is no message at all is dropped, line by line") {
  check_refused({
      {"null", "read.R15", ""},
      {"1", "read.R15", ""},
      {"\"tools/call\"", "read.R15", ""},
      {"[]", "read.R15", ""},
      {"[ ]", "read.R15", ""},
      {"{", "read.R8", ""},
      {R"(  "jsonrpc": "2.0",)", "read.R9", ""},
      {R"(  "id": 1,)", "read.R9", ""},
      {"}", "read.R8", ""},
  });
  Lines client(Direction::kClientToServer);
  for (const char* line : {"", "\n", "\r\n", "  \t \n", " \r\n"}) {
    CAPTURE(line);
    CHECK(outcome(client.read(line)) == "blank");
  }
}

}  // namespace
}  // namespace agentmesh::proxy::tests
