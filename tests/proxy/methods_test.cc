#include "proxy/methods.h"

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "tests/catch.h"

namespace agentmesh::proxy::tests {
namespace {

TEST_CASE("a method is found by its exact name only") {
  REQUIRE(find_method("tools/call") != nullptr);
  CHECK(find_method("tools/call")->name == "tools/call");
  CHECK(find_method("tools/Call") == nullptr);
  CHECK(find_method("tools/call ") == nullptr);
  CHECK(find_method("") == nullptr);
}

TEST_CASE("the table says of each method what protocol section 3 says") {
  struct Case {
    const char* name;
    const char*
        does;  // c, s: from client, server; n: notification; d: decided; m: marked; r: result read; p: params read
  };
  const Case cases[] = {
      {"initialize", "cr"},
      {"server/discover", "cr"},
      {"tools/list", "crp"},
      {"tools/call", "cdmr"},
      {"resources/read", "cdr"},
      {"resources/subscribe", "cd"},
      {"resources/unsubscribe", "cd"},
      {"resources/list", "c"},
      {"resources/templates/list", "c"},
      {"prompts/get", "cdr"},
      {"prompts/list", "c"},
      {"completion/complete", "c"},
      {"logging/setLevel", "c"},
      {"ping", "cs"},
      {"subscriptions/listen", "cd"},
      {"tasks/get", "csrp"},
      {"tasks/list", "csp"},
      {"tasks/cancel", "csp"},
      {"tasks/result", "csmrp"},
      {"tasks/update", "cp"},
      {"sampling/createMessage", "sd"},
      {"elicitation/create", "sd"},
      {"roots/list", "sr"},
      {"notifications/initialized", "cn"},
      {"notifications/cancelled", "csn"},
      {"notifications/progress", "csn"},
      {"notifications/message", "sn"},
      {"notifications/tools/list_changed", "sn"},
      {"notifications/roots/list_changed", "cn"},
      {"notifications/tasks/status", "csn"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Method* method = find_method(c.name);
    REQUIRE(method != nullptr);
    std::string does;
    if (method->from_client) does += 'c';
    if (method->from_server) does += 's';
    if (method->notification) does += 'n';
    if (method->decided) does += 'd';
    if (method->marked) does += 'm';
    if (method->result_read) does += 'r';
    if (method->params_read) does += 'p';
    CHECK(does == c.does);
  }
}

TEST_CASE("a name is no look-alike of itself, nor of another method") {
  CHECK(look_alike_of("tools/call") == nullptr);
  CHECK(look_alike_of("ping") == nullptr);
  CHECK(look_alike_of("PING") == nullptr);  // nothing of ping is judged
  CHECK(look_alike_of("notifications/Cancelled") == nullptr);
  REQUIRE(look_alike_of("TOOLS/call\n") != nullptr);
  CHECK(look_alike_of("TOOLS/call\n")->name == "tools/call");
}

TEST_CASE("a key that is one governed key is not taken for another") {
  CHECK(folds_to_one_of("name", "name Name").empty());
  CHECK(folds_to_one_of("NAME", "uri name") == "name");
  CHECK(folds_to_one_of("name2", "uri name").empty());
  CHECK(folds_to_one_of("", "uri name").empty());
  CHECK(folds_to_one_of("NAME", "").empty());
  CHECK(folds_to("ta\xC5\xBFk", "task"));
  CHECK_FALSE(folds_to("task", "task"));
}

TEST_CASE("no character of Unicode can stand for one letter of a governed key") {
  for (uint32_t code_point = 0x80; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    std::string key = "na";
    append_utf8(key, code_point);
    key += 'e';
    if (!folds_to(key, "name")) {
      CAPTURE(code_point);
      REQUIRE(folds_to(key, "name"));
    }
  }
}

}  // namespace
}  // namespace agentmesh::proxy::tests
