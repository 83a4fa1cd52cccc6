// Values with their secrets taken out: still JSON, everything else byte for byte as it was.

#include "policy/mask.h"

#include <string>

#include "base/json.h"
#include "tests/catch.h"

namespace agentmesh {

using policy::mask_secrets;

TEST_CASE("a value without secrets is left alone, whatever it is") {
  for (const char* json :
       {"{}", "[]", "null", "7", R"("a text")", R"({"path":"/home/me/notes.txt","n":[1,2]})"}) {
    CAPTURE(json);
    CHECK_FALSE(mask_secrets(json));
  }
}

TEST_CASE("secrets are masked where they stand, and the rest stays as it was spelled") {
  // Put together here, so that no scanner of repositories takes them for real.
  const std::string token = "ghp_" + std::string("16C7e42F292c6912E7710c838347Ae178B4a");
  const std::string json =
      R"({ "note" : "caf\u00e9 )" + token + R"( end","list":[")" + token + R"(", 1e3]})";
  const auto masked = mask_secrets(json);
  REQUIRE(masked);
  CHECK(masked->find(token) == std::string::npos);
  CHECK(masked->find(R"({ "note" : "caf\u00e9 [masked:secret.)") == 0);
  CHECK(masked->find("] end\",\"list\":[\"[masked:secret.") != std::string::npos);
  CHECK(masked->ends_with("]\", 1e3]}"));
  json::Reader reader;
  CHECK(reader.read(*masked).fault == json::Fault::kNone);
}

TEST_CASE("a secret that hides in escapes, or is a key, is masked too") {
  const std::string tail = "16C7e42F292c6912E7710c838347Ae178B4a";
  for (const std::string& json :
       {R"({"a":"\u0067hp_)" + tail + "\"}", R"({"ghp_)" + tail + R"(":1})"}) {
    CAPTURE(json);
    const auto masked = mask_secrets(json);
    REQUIRE(masked);
    CHECK(masked->find(tail) == std::string::npos);
    json::Reader reader;
    CHECK(reader.read(*masked).fault == json::Fault::kNone);
  }
}

TEST_CASE("a text of arguments that hides a secret from all but its readers is masked whole") {
  for (
      const char* json :
      {R"({"params":"{\"\\u0070assword\":\"q7Rk2vLm9TzX4wBn\"}","keep":"me"})",
       R"({"params":"{\"args\":\"{'k': '\\\\101KIA2E7XMPLQ5WZKHT3V'}\"}","keep":"me"})",
       R"({"params":"{'a': 'AKIA2E7XMPLQ5WZKHT4W', 'k': '\\101KIA2E7XMPLQ5WZKHT3V'}","keep":"me"})"}) {
    CAPTURE(json);
    const auto masked = mask_secrets(json);
    REQUIRE(masked);
    CHECK(masked->starts_with(R"({"params":"[masked:secret.)"));
    CHECK(masked->ends_with(R"(]","keep":"me"})"));
    json::Reader reader;
    CHECK(reader.read(*masked).fault == json::Fault::kNone);
  }
  // One that shows is taken out by itself.
  const auto shown = mask_secrets(R"({"params":"{\"password\":\"q7Rk2vLm9TzX4wBn\",\"keep\":1}"})");
  REQUIRE(shown);
  CHECK(shown->find("keep") < shown->size());
}

}  // namespace agentmesh
