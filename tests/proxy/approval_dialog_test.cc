#include "proxy/approval_dialog.h"

#include <string>

#include "tests/catch.h"

using agentmesh::json::View;
using agentmesh::policy::Facts;
namespace proxy = agentmesh::proxy;

namespace {

Facts facts(bool secret, bool hides_data = false) {
  Facts facts;
  facts.secret = secret;
  facts.hides_data = hides_data;
  return facts;
}

}  // namespace

TEST_CASE("secrets among the arguments are masked, and nothing invisible is shown") {
  const auto brief = [](const std::string& args, bool secret) {
    return proxy::brief_of(View(args), facts(secret), 400);
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

TEST_CASE("arguments with a secret that only a reader of a text in them finds are not shown") {
  const std::string args =
      R"({"note":"AKIAIOSFODNN7SAMPLE4","params":"{\"\\u0070assword\":\"q7Rk2vLm9TzX4wBn\"}"})";
  const std::string hidden = proxy::brief_of(View(args), facts(true, true), 400);
  CHECK(hidden == "(the arguments hold a secret and are not shown)");
  // Personal data is shown to who decides.
  CHECK(proxy::brief_of(View(R"({"a":1})"), facts(false, true), 400) == "{a: 1}");
}

TEST_CASE(
    "no value among the arguments can pose as another one, or push it out of sight unnoticed") {
  const auto brief = [](const std::string& args) {
    return proxy::brief_of(View(args), Facts(), 700);
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

TEST_CASE("a number, a text or a key of which not all is shown says so, and how long it is") {
  const auto brief = [](const std::string& args) {
    return proxy::brief_of(View(args), Facts(), 700);
  };
  const std::string zeros(158, '0');
  const std::string number = brief(R"({"amount":0.)" + zeros + R"(1e170,"to":"me"})");
  CHECK(number.starts_with("{amount: 0." + zeros + "… (165 bytes), to:"));
  CHECK(brief(R"({"amount":-1234567.25e-3})") == "{amount: -1234567.25e-3}");

  const std::string harmless(160, 'h');
  CHECK(brief(R"({"files":{")" + harmless + R"(/../../x":"y"}})") ==
        "{files: {\"" + harmless + "\"… (168 bytes): \"y\"}}");
  CHECK(brief(R"({")" + harmless + R"(":1})") == "{" + harmless + ": 1}");

  // Of many arguments each is shown shorter, numbers as well.
  std::string many = R"({"number":12345678901234567890123,"text":"abcdefghijklmnopqrstuvwxyz")";
  for (int i = 0; i < 60; ++i) many += ",\"" + std::to_string(i) + "\":1";
  const std::string shown = brief(many + "}");
  CHECK(shown.starts_with(
      "{number: 1234567890123456… (23 bytes), text: \"abcdefghijklmnop\"… (26 bytes), 0: 1"));
  CHECK(shown.ends_with("59: 1}"));
  CHECK(brief(R"({"a":{"b":{"c":{"d":{"e":{"f":1}}}}}})") == "{a: {b: {c: {d: {e: {…}}}}}}");
  CHECK(brief(R"({"a":[[[[[1]]]]]})") == "{a: [[[[[…]]]]]}");
}

TEST_CASE("what grows when it is spelled out visibly takes no more room, and its cut is told") {
  std::string hidden;
  for (int i = 0; i < 50; ++i) hidden += "\xE2\x80\xAE";
  const std::string shown =
      proxy::brief_of(View(R"({"a":")" + hidden + R"(","path":"/home/me"})"), Facts(), 300);
  CHECK(shown.size() < 300 + 64);
  CHECK(shown.find("there is more in this call") != std::string::npos);
}

TEST_CASE("what a call has beside its arguments is named to the person who is asked") {
  const auto names = [](const std::string& params) {
    return proxy::names_beside_arguments(View(params));
  };
  CHECK(names(R"({"name":"t","arguments":{},"_meta":{},"inputResponses":{},"requestState":"s",)"
              R"("task":{}})")
            .empty());
  CHECK(names(R"({"name":"t","target":"/etc","arguments":{},"a, b":1})") == R"(target, "a, b")");
  CHECK(names(R"({"AKIAIOSFODNN7SAMPLE4":1})").find("AKIA") == std::string::npos);
  CHECK(names("{\"x\\u202ey\":1}") == "\"x\\u{202E}y\"");
  std::string many = R"({"short":1,")" + std::string(33, 'k') + R"(":1)";
  for (int i = 0; i < 90; ++i) many += ",\"m" + std::to_string(i) + "\":1";
  const std::string shown = names(many + "}");
  CHECK(shown.starts_with("short, \"" + std::string(32, 'k') + "\"… (33 bytes), m0, "));
  CHECK(shown.find(" and ") != std::string::npos);
  CHECK(shown.ends_with(" more"));
  CHECK(shown.size() <= 320);

  proxy::Judgement judgement;
  proxy::Question question;
  question.judgement = &judgement;
  question.tool = "t";
  CHECK(proxy::question_text(question).find("eside") == std::string::npos);
  question.beside = "target";
  CHECK(proxy::question_text(question).find(
            "\nBeside its arguments it has, not shown here: target\n") != std::string::npos);
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
