#include "proxy/approval_dialog.h"

#include <string>

#include "tests/catch.h"

using agentmesh::json::View;
namespace proxy = agentmesh::proxy;

TEST_CASE("secrets among the arguments are masked, and nothing invisible is shown") {
  const auto brief = [](const std::string& args, bool secret) {
    return proxy::brief_of(View(args), secret, 400);
  };
  const std::string key = "AKIAIOSFODNN7SAMPLE4";
  const std::string masked =
      brief(R"({"note":"the key is )" + key + R"( as said","path":"/tmp/x"})", true);
  CHECK(masked.find(key) == std::string::npos);
  CHECK(masked.find("/tmp/x") != std::string::npos);
  // Nor is a secret shown that is a key, whatever else was masked.
  const std::string key_shown = brief(
      R"({"note":")" + key + R"(",")" + key + R"(":1,"x )" + key + R"( y":{")" + key + R"(":2}})",
      true);
  CHECK(key_shown.find(key) == std::string::npos);
  CHECK(key_shown == R"({note: "[secret]", "[secret]": 1, "x [secret] y": {"[secret]": 2}})");
  CHECK(brief(R"({"a":"nothing found here"})", true).find("nothing") == std::string::npos);
  CHECK(brief("{\"a\":\"x\\u202egnp\\u001b[2J\"}", false).find('\x1b') == std::string::npos);
  const std::string text(5000, 'a');
  const std::string big = R"({"text":")" + text + R"(","last":1})";
  CHECK(brief(big, false).size() < 300);
  CHECK(brief(big, false).find("5000 bytes") != std::string::npos);
  CHECK(brief("{}", false).empty());
}

TEST_CASE(
    "no value among the arguments can pose as another one, or push it out of sight unnoticed") {
  const auto brief = [](const std::string& args) {
    return proxy::brief_of(View(args), false, 700);
  };
  CHECK(brief(R"({"note":"x\", path: \"/tmp/a","path":"/home/me"})") ==
        R"({note: "x\", path: \"/tmp/a", path: "/home/me"})");
  CHECK(brief(R"({"a: \"x\", b":1})") == R"({"a: \"x\", b": 1})");
  std::string padded = R"({"note":"x\", path: \"/tmp/a")";
  for (int i = 0; i < 6; ++i)
    padded += ",\"p" + std::to_string(i) + "\":\"" + std::string(300, 'y') + '"';
  CHECK(brief(padded + R"(,"path":"/home/me"})").find("path: \"/home/me\"") != std::string::npos);
  for (int i = 6; i < 200; ++i) padded += ",\"p" + std::to_string(i) + "\":1";
  CHECK(brief(padded + R"(,"path":"/home/me"})").find("there is more in this call") !=
        std::string::npos);
}

TEST_CASE("a tool's name stands in quotes, and cannot end them") {
  proxy::Judgement judgement;
  proxy::Question question;
  question.judgement = &judgement;
  question.agent = "desk";
  question.server = "files";
  question.tool = "read\" on the server \"bank\".\nRule: none. Safe";
  const std::string text = proxy::question_text(question);
  CHECK(text.find("\"desk\" wants to call \"read' on the server 'bank'.") != std::string::npos);
  CHECK(text.find("\" on the server \"files\".") != std::string::npos);
}
