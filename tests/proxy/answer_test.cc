#include "proxy/answer.h"

#include <string>

#include "proxy/message.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/proxy/marked_lines.h"
#include "tests/proxy/reading.h"

namespace agentmesh::proxy::tests {
namespace {

Mark denial() {
  Mark mark = written_mark();
  mark.decision = "deny";
  mark.rule = "no-deletes";
  mark.outcome_seq.reset();
  return mark;
}

const char kText[] =
    "Blocked by AgentMesh: \"delete\" is not allowed here.\nRule strict/no-deletes (strict.yaml:14).";

TEST_CASE("rows 28 to 31: what a denial looks like in each era and form") {
  std::string all;
  all += denied_result("41", kText, denial(), false);
  all += denied_result("\"a\\u0062\"", kText, denial(), true);
  all += denied_error("41", kText, denial());
  all += withheld_result("41", kText, denial(), false);
  all += withheld_result("41", kText, denial(), true);
  all += plain_error("-5", -32600, "a key stands twice in one object");
  CHECK(all == agentmesh::tests::golden("proxy/answer.txt", all));
}

TEST_CASE("every answer is one line that a strict client reads, with the id as it was sent") {
  const std::string nasty = std::string("\x01\n\r\"\\\xFF ") + "\xE2\x80\xA8";
  Lines client(Direction::kServerToClient);
  const std::string long_id = "\"" + std::string(4096, 'x') + "\"";
  for (const std::string& id :
       {std::string("0"), std::string("-5"), std::string("9007199254740993"), std::string(R"("")"),
        std::string(R"("\u0031\/")"), long_id}) {
    for (const std::string& line :
         {denied_result(id, nasty, denial(), false), denied_result(id, nasty, denial(), true),
          denied_error(id, nasty, denial()), plain_error(id, -32602, nasty),
          withheld_result(id, nasty, denial(), true)}) {
      CAPTURE(line);
      CHECK(line.back() == '\n');
      CHECK(line.find('\n') == line.size() - 1);
      const Reading reading = client.read(line);
      REQUIRE(std::holds_alternative<Message>(reading));
      CHECK(std::get<Message>(reading).id->raw == id);
    }
  }
}

TEST_CASE("a denial in the legacy era has no resultType, in the modern era it is complete") {
  const std::string legacy = denied_result("1", "t", denial(), false);
  const std::string modern = denied_result("1", "t", denial(), true);
  Lines client(Direction::kServerToClient);
  const Reading old = client.read(legacy);
  CHECK_FALSE(std::get<Message>(old).member("resultType").present());
  CHECK(std::get<Message>(old).member("isError").is_true());
  CHECK(std::get<Message>(old).member("content").at(0).find("text").string() == "t");
  CHECK(std::get<Message>(old).member("_meta").find(kMarkKey).find("decision").string() == "deny");
  const Reading now = client.read(modern);
  CHECK(std::get<Message>(now).member("resultType").string() == "complete");
  const std::string error = denied_error("1", "t", denial());
  const Reading as_error = client.read(error);
  CHECK(std::get<Message>(as_error).member("code").integer() == kDeniedCode);
  CHECK(std::get<Message>(as_error).member("message").string() == "t");
  CHECK(std::get<Message>(as_error).member("data").find(kMarkKey).find("rule").string() ==
        "no-deletes");
}

}  // namespace
}  // namespace agentmesh::proxy::tests
