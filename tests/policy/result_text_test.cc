// What `result.text` holds.

#include "policy/result_text.h"

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::good;

constexpr const char* kDeny =
    "default: allow\nrules: [{name: r, stage: result, action: deny, condition: "
    "\"result.text.contains('SECRET PLAN')\"}]";

Question result(std::string text) {
  Question question;
  question.stage = Stage::kResult;
  question.tool = "get";
  question.result = std::move(text);
  return question;
}

// The texts of a result, a line each.
std::string text_of(const std::string& json) {
  std::string out;
  ResultText text(out, 1000);
  for (Walk walk(json::View(json), ""); walk.next();) text.add(walk);
  return out;
}

}  // namespace

TEST_CASE("a condition on the result's text sees it wherever a model may read it") {
  const auto policy = good(kDeny);
  for (const char* json :
       {R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"SECRET PLAN"}]})",
        R"({"content":[{"type":"text","text":"SECRET PL\u0041N"}]})",
        R"({"content":[{"type":"resource","resource":{"uri":"a:b","text":"SECRET PLAN"}}]})",
        R"({"content":[{"type":"resource_link","uri":"a:b","description":"SECRET PLAN"}]})",
        R"({"content":[{"type":"unknown","words":["SECRET PLAN"]}]})",
        R"({"content":{"type":"text","text":"SECRET PLAN"}})", R"({"content":"SECRET PLAN"})",
        R"({"content":[],"structuredContent":{"a":[{"type":"SECRET PLAN"}]}})",
        R"({"content":[],"structuredContent":"SECRET PLAN"})",
        R"({"toolResult":{"status":"SECRET PLAN"}})",
        R"({"contents":[{"uri":"a:b","text":"SECRET PLAN"}]})",
        R"({"messages":[{"role":"user","content":{"type":"text","text":"SECRET PLAN"}}]})",
        R"({"taskId":"t","status":"completed","result":{"content":[{"text":"SECRET PLAN"}]}})",
        R"({"code":1,"message":"SECRET PLAN"})",
        R"({"code":1,"message":"x","data":{"content":[{"type":"SECRET PLAN"}]}})",
        R"(["SECRET PLAN"])", R"("SECRET PLAN")"}) {
    CAPTURE(json);
    CHECK_FALSE(ask(*policy, result(json)).passes());
  }
  for (const char* json : {R"({"content":[{"type":"text","text":"SECRET"},{"text":"PLAN"}]})",
                           R"({"content":[],"_meta":{"a":"SECRET PLAN"}})"}) {
    CAPTURE(json);
    CHECK(ask(*policy, result(json)).passes());
  }
}

TEST_CASE("the protocol's own words are no text of a result") {
  CHECK(
      text_of(R"({"resultType":"complete","content":[{"type":"text","text":"one","_meta":{"a":"b"}},
    {"type":"resource","resource":{"uri":"file:///x","mimeType":"text/plain","text":"two"},
     "annotations":{"audience":["user"]}}],"isError":false,"nextCursor":"n"})") == "one\ntwo");
  CHECK(text_of(R"({"contents":[{"uri":"file:///x","mimeType":"text/plain","text":"one"}]})") ==
        "one");
  CHECK(text_of(R"({"structuredContent":{"uri":"a","status":"b","type":"c"}})") == "a\nb\nc");
}

TEST_CASE(
    "of a result that is longer than what is looked at a condition on its text says nothing") {
  const auto policy = good(kDeny);
  const std::string long_text(1'100'000, 'x');
  const auto blocks = [&](int count, const std::string& last) {
    std::string json = R"({"content":[)";
    for (int i = 0; i < count; ++i) json += R"({"type":"text","text":")" + long_text + R"("},)";
    return json + R"({"type":"text","text":")" + last + R"("}]})";
  };
  CHECK_FALSE(ask(*policy, result(blocks(1, "SECRET PLAN"))).passes());
  CHECK(ask(*policy, result(blocks(1, "nothing"))).passes());
  const Verdict verdict = ask(*policy, result(blocks(2, "nothing")));  // it fails, so it holds
  CHECK_FALSE(verdict.passes());
  CHECK(verdict.errors.size() == 1);
  const auto marking = good(
      "default: allow\nrules: [{name: r, stage: result, action: allow, condition: "
      "\"result.text == ''\"}, {name: s, stage: result, action: warn, condition: \"result.bytes > 0\"}]");
  CHECK(ask(*marking, result(blocks(2, "nothing"))).rule == "s");
}

}  // namespace agentmesh::policy
