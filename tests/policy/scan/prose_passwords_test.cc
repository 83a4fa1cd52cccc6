// Passwords that a sentence tells, beside what sentences say of passwords.

#include <string>

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

}  // namespace

TEST_CASE("a password that a sentence tells is found, and nothing around it") {
  struct Case {
    std::string_view text;
    std::string_view value;
  };
  const Case cases[] = {
      {"The password for the staging server is Qx7-bluefin-92Kd and the user is deploy.",
       "Qx7-bluefin-92Kd"},
      {"the wifi password is now 'Summer2024!', tell nobody", "Summer2024!"},
      {"Das Passwort des Servers lautet Kd92-Lm!z7, bitte gleich ändern.", "Kd92-Lm!z7"},
      {"Your new password is: Zk3vQ9xT7b.", "Zk3vQ9xT7b"},
      {"Password is `Tr0ub4dor-x9`", "Tr0ub4dor-x9"},
      {"El password es Kd92LmQz7Rt", "Kd92LmQz7Rt"},
      {"The password, or Passwort, is Kd92LmQz7Rt", "Kd92LmQz7Rt"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const std::vector<Hit> hits = look(c.text);
    REQUIRE(ids(hits) == "secret.password");
    CHECK(hits[0].severity == Severity::kMedium);
    CHECK(c.text.substr(hits[0].begin, hits[0].end - hits[0].begin) == c.value);
  }
  CHECK(ids(look("The password is password=Kd92LmQz7Rt")) == "secret.password");
}

TEST_CASE("what sentences say of passwords is no password") {
  for (const std::string_view text : {"The password is required.",
                                      "The password is P2P-encrypted.",
                                      "the password is SHA-256 hashed",
                                      "The password is Base64-encoded.",
                                      "The password is AES256-GCM-encrypted.",
                                      "The password is PBKDF2-HMAC-SHA256 derived",
                                      "the password is OAuth2-based",
                                      "A password is 8-16 characters long",
                                      "The password is UTF-16LE encoded",
                                      "The password is ********",
                                      "the default password is changeme",
                                      "The password is <password>.",
                                      "the password is ${PW}",
                                      "The password is 'your-Password-123'",
                                      "The password is \"Password123\"",
                                      "The password is 'TestPassword123!'",
                                      "If the password is NULL2Empty then",
                                      "the password is in /etc/Kd92LmQz7",
                                      "The password is stored. It is Kd92LmQz7Rt",
                                      "The password is wrong\nKd92LmQz7Rt is the commit",
                                      "passwords is Kd92LmQz7Rt",
                                      "the mypassword is Kd92LmQz7Rt",
                                      "password is(Kd92LmQz7Rt)",
                                      "Swiss password is Isomorphic2Webpack5Plugin"}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
}

}  // namespace agentmesh::policy::scan
