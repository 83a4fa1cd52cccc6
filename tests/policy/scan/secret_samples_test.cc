#include <algorithm>

#include "base/bytes.h"
#include "policy/scan/decode.h"
#include "policy/scan/made_up.h"
#include "policy/scan/secrets.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

namespace {

std::vector<Hit> look(std::string_view text) {
  std::vector<Hit> hits;
  find_secrets(text, "", hits);
  return hits;
}

// The highest severity of what is found: "-", "0" (low) to "3".
std::string worst(std::string_view text) {
  std::string out = "-";
  for (const Hit& hit : look(text))
    out = std::max(out, std::to_string(static_cast<int>(hit.severity)));
  return out;
}

std::string token_of(std::string_view payload) {
  std::string out = std::string("ey") + "JhbGciOiJIUzI1NiJ9." + to_base64(as_bytes(payload));
  while (out.ends_with('=')) out.pop_back();
  return out + ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
}

}  // namespace

TEST_CASE("a value made up of words for such values is made up") {
  for (const char* text :
       {"ValidPass123!", "TestPassword123!", "mysecretpassword", "devpassword", "app_password",
        "randompassword", "test-api-key-123", "admin123", "P@ssw0rd-example-2024",
        "dev-password-123!", "generate-with-openssl-rand-base64-32", "my-super-secret-jwt-key-2024",
        "replace-this-with-a-random-string-32", "change-me", "insecure-development-secret-key-1"}) {
    CAPTURE(text);
    CHECK(is_made_up(text));
  }
  for (const char* text :
       {"Sommer2024!Bahn", "hunter2x", "Tr0ub4dor-x9", "q8Zk3LmW0xR5tVb8", "correct-horse-battery",
        "my-app-user", "test48151623421", "secret-q8Zk3LmW", "", "7f3c9a1be5d24860", "Kd92LmQz7Rt",
        "testq", "a-b-c"}) {
    CAPTURE(text);
    CHECK_FALSE(is_made_up(text));
  }
}

TEST_CASE("settings of development hold no secret") {
  for (const char* text :
       {"password: 'ValidPass123!'", "API_KEY=test-api-key-123", "ADMIN_PASSWORD=ChangeMe123!",
        "NEXTAUTH_SECRET=generate-with-openssl-rand-base64-32", "curl -u admin:admin123 http://a.b",
        "SESSION_SECRET=replace-this-with-a-random-string-32", "tool --password TestPassword123!",
        "{\"password\": \"StrongPassword1!\"}"}) {
    CAPTURE(text);
    CHECK(worst(text) == "-");
  }
  CHECK(worst("SECRET_KEY = 'django-insecure-k3y9wq7xz2tr1p8m6n4b2c0l'") == "0");
  for (const char* text :
       {"password: 'Sommer2024!Bahn'", "DB_PASSWORD=Kd92LmQz7Rt!",
        "JWT_SECRET=q8Zk3LmW0xR5tVb8Nc1Wy6Ud", "SESSION_SECRET=7f3c9a1be5d24860f1a2b3c4d5e6f708"}) {
    CAPTURE(text);
    CHECK(worst(text) >= "1");
  }
}

TEST_CASE("a password of this machine's own service is low, unless a machine made it") {
  for (const char* text :
       {"DATABASE_URL=postgresql://johndoe:randompassword@localhost:5432/mydb?schema=public",
        "postgres://app:app_password@postgres:5432/app", "redis://:devpassword@localhost",
        "amqp://admin:admin123@rabbitmq", "mysql://root:rootpassword@127.0.0.1:3306/shop",
        "mongodb://root:sommer2024@mongo:27017/", "clickhouse://u:testing12@[::1]:9000/x",
        "{\"url\":\"postgres://u:shop123@db\"}", "\"redis://:devpassword@cache\\n\"",
        "postgres://u:testpassword1@db.corp.example/x", "http://u:testpass@api.localhost:8080/"}) {
    CAPTURE(text);
    CHECK(worst(text) == "0");
  }
  for (const char* text :
       {"postgres://app:q8Zk3LmW0xR5tVb8@db:5432/prod", "postgres://u:Kd92LmQz7Rt@localhost/x",
        "amqp://admin:admin123@mq.corp.io", "postgres://u:Summer@2024x@db.corp.io/x",
        "postgres://u:sommer2024@db%2Ecorp.io/x", "postgres://u:sommer2024@db\\u002ecorp.io/x",
        "postgres://u:sommer2024@a,b.corp.io/x", "postgres://u:sommer2024@db\u200b.corp.io/x",
        "postgres://u:sommer2024@$HOST/x", "postgres://u:admin123@db.notexample.com/x",
        "postgres://u:sommer2024@127.0.firm.com/x",
        "postgres://u:sommer2024@127.0.0.1.firm.com/x"}) {
    CAPTURE(text);
    CHECK(worst(text) == "2");
  }
  // What stands inside, in escapes too, is found.
  const std::string key = "p_a8Jk29dLq0ZxW3rTb71NcVyE5mUf6oPsHiG4";
  CHECK(worst("redis://:devpassword@localhost/gh" + key) == "2");
  CHECK(worst("redis://:devpassword@localhost/%67h" + key) == "2");
}

TEST_CASE("what a browser is given is no alarm, what it must not be given is one") {
  CHECK(worst("ANON_KEY=" + token_of(R"({"iss":"supabase","role":"anon","exp":2015575000})")) ==
        "0");
  CHECK(worst("KEY=" + token_of(R"({"iss":"supabase","role":"service_role","exp":2015575000})")) ==
        "2");
  for (const char* payload :
       {R"({"meta":{"role":"anon"},"role":"service_role"})",
        R"({"role":"anon","role":"service_role"})", R"({"x":"\"role\":\"anon\""})"})
    CHECK(worst("KEY=" + token_of(payload)) == "2");
  for (const char* name : {"REACT_APP_SECRET_KEY", "VITE_SERVICE_API_KEY", "VITE_ADMIN_TOKEN"})
    CHECK(worst(std::string(name) + "=q8Zk3LmW0xR5tVb8Nc1Wy6Udp0sJfGh3aB7") != "-");
  const std::string mapbox =
      "eyJ1IjoiYWNtZSIsImEiOiJjbHhxOGszbG13MHhyNXR2YjhuYzF3eTZ1IiwieCI6MX0"
      ".q8Zk3LmW0xR5tVb8Nc1Wy6";
  CHECK(worst("accessToken = 'pk." + mapbox + "'") == "-");
  CHECK(worst("accessToken = 'sk." + mapbox + "'") == "2");
  CHECK(worst("VITE_MAPS_API_KEY=q8Zk3LmW0xR5tVb8Nc1Wy6Udp0sJfGh3") == "-");
  CHECK(worst("MAPS_API_KEY=q8Zk3LmW0xR5tVb8Nc1Wy6Udp0sJfGh3") == "1");
  CHECK(worst("VITE_DB_PASSWORD=Kd92LmQz7Rt") == "2");
  CHECK(worst(std::string("NEXT_PUBLIC_STRIPE_KEY=sk") + "_live_9fKq2LmZx7Rt4Vb8Nc1Wy6Ud") == "2");
}

TEST_CASE("a link that was signed names its key, and is a link that lets in") {
  const std::string id = std::string("AK") + "IAQ7RX2LMN5PZK3WTY";
  const std::string link =
      "https://b.s3.amazonaws.com/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256"
      "&X-Amz-Credential=" +
      id +
      "%2F20261130%2Feu-west-1%2Fs3%2Faws4_request"
      "&X-Amz-Expires=900&X-Amz-Signature=9f3c0a7be1d248569f3c0a7be1d24856"
      "9f3c0a7be1d248569f3c0a7be1d24856";
  CHECK_FALSE(has(look(link), "secret.aws-access-key"));
  CHECK(severity_of(look(link), "secret.link") == "1");
  CHECK(worst(link) == "1");
  CHECK(
      worst("X-Amz-Signature: 9f3c0a7be1d248569f3c0a7be1d248569f3c0a7be1d248569f3c0a7be1d24856") ==
      "-");
  CHECK(worst("X-Amz-Credential=" + id) == "2");
  CHECK(worst("https://a.example/?k=" + id) == "2");
  CHECK(worst(link + " and the key is " + id) == "2");
}

}  // namespace agentmesh::policy::scan
