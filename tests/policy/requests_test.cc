// What is found in the requests of servers.

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::good;

// The findings of a server's request that begin with `with`: "id severity where", one a line.
std::string found(const std::string& method, const std::string& params,
                  std::string_view with = "") {
  static const auto kPolicy =
      good("default: allow\nrules: [{name: r, stage: request, action: log}]\n");
  Question question;
  question.stage = Stage::kRequest;
  question.method = method;
  question.args = params;
  std::string lines;
  for (const Finding& f : ask(*kPolicy, question).findings)
    if (f.id.starts_with(with))
      lines += f.id + " " + std::string(to_string(f.severity)) + " " + f.where + "\n";
  return lines;
}

std::string form(const std::string& properties) {
  return R"({"message":"Please","requestedSchema":{"type":"object","properties":)" + properties +
         "}}";
}

TEST_CASE("a form's field that asks for a secret is found by its name, its title or its format") {
  const char* const asking[] = {R"({"password":{}})",
                                R"({"db_password":{}})",
                                R"({"userPassword":{}})",
                                R"({"PASSWD":{}})",
                                R"({"api-key":{}})",
                                R"({"apiKey":{}})",
                                R"({"APIKey":{}})",
                                R"({"OPENAI_API_KEY":{}})",
                                R"({"secret":{}})",
                                R"({"clientSecret":{}})",
                                R"({"token":{}})",
                                R"({"githubToken":{}})",
                                R"({"privateKey":{}})",
                                R"({"cardNumber":{}})",
                                R"({"cvv":{}})",
                                R"({"pin":{}})",
                                R"({"otp":{}})",
                                R"({"seed phrase":{}})",
                                R"({"a":{"title":"Your password"}})",
                                R"({"a":{"title":"Credit card"}})",
                                R"({"a":{"format":"password"}})",
                                R"({"ssn":{}})"};
  for (const char* properties : asking) {
    CAPTURE(properties);
    CHECK(found("elicitation/create", form(properties)).starts_with("request.secret high "));
  }
}

TEST_CASE("a form's field that only sounds like a secret is none") {
  const char* const harmless[] = {R"({"city":{}})",
                                  R"({"pageToken":{}})",
                                  R"({"nextToken":{}})",
                                  R"({"max_tokens":{}})",
                                  R"({"tokenizer":{}})",
                                  R"({"key":{}})",
                                  R"({"primaryKey":{}})",
                                  R"({"pinned":{}})",
                                  R"({"spin":{}})",
                                  R"({"secretary":{}})",
                                  R"({"passenger":{}})",
                                  R"({"compass":{}})",
                                  R"({"card":{}})",
                                  R"({"author":{}})",
                                  R"({"keyboard":{}})",
                                  R"({"a":{"title":"Key of the song"}})",
                                  R"({"email":{"format":"email"}})"};
  for (const char* properties : harmless) {
    CAPTURE(properties);
    CHECK(found("elicitation/create", form(properties), "request.").empty());
  }
}

TEST_CASE("a form that speaks of secrets elsewhere is worth a warning") {
  CHECK(found("elicitation/create", form(R"({"a":{"description":"Paste your API key here"}})")) ==
        "request.secret medium params.requestedSchema.properties.a\n");
  CHECK(found("elicitation/create", R"({"message":"Enter your password"})") ==
        "request.secret medium params.message\n");
  CHECK(found("elicitation/create", R"({"message":"Which city?"})").empty());
}

TEST_CASE("the page of a URL elicitation is read like any URL") {
  CHECK(found("elicitation/create",
              R"({"mode":"url","message":"Sign in","url":"https://example.com/a"})")
            .empty());
  CHECK(found("elicitation/create", R"({"mode":"url","url":"http://169.254.169.254/"})", "url.") ==
        "url.metadata critical params.url\n");
  CHECK(found("elicitation/create", R"({"url":"https://good.example@evil.example/"})", "url.") ==
        "url.userinfo high params.url\n");
}

TEST_CASE("a completion that wants context or brings tools is found") {
  CHECK(found("sampling/createMessage", R"({"messages":[],"maxTokens":5})").empty());
  CHECK(found("sampling/createMessage", R"({"messages":[],"includeContext":"none","tools":null})")
            .empty());
  CHECK(found("sampling/createMessage", R"({"messages":[],"includeContext":"thisServer"})") ==
        "request.context low params.includeContext\n");
  CHECK(found("sampling/createMessage",
              R"({"messages":[],"includeContext":"allServers","tools":[]})") ==
        "request.context medium params.includeContext\nrequest.tools low params.tools\n");
}

}  // namespace
}  // namespace agentmesh::policy
