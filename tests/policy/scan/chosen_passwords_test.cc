// Passwords that people choose, under a password's name, beside what documents, code and tests have there.

#include <string>

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

void none_in(std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
}

}  // namespace

TEST_CASE("a word, a year and a mark under a password's name are a password") {
  struct Case {
    std::string_view text;
    std::string_view value;
  };
  const Case cases[] = {
      {"Passwort: Sommer2023!", "Sommer2023!"},
      {"DB_PASSWORD=Summer2024!", "Summer2024!"},
      {"db_password: 'Tiger4471'", "Tiger4471"},
      {"pw: Xk29!mPq77", "Xk29!mPq77"},
      {"user: anna\npw=Winter#22\n", "Winter#22"},
      {"mysql -u root -pTiger4471", "Tiger4471"},
      {"mysqldump -uroot -p'Tiger4471' shop", "Tiger4471"},
      {"senha: Futebol99!", "Futebol99!"},
      {"export PGPASSWORD=Arsenal1886", "Arsenal1886"},
      {"curl -u deploy:Berlin2030! https://ci.acme.io", "Berlin2030!"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const std::vector<Hit> hits = look(c.text);
    REQUIRE(ids(hits) == "secret.password");
    CHECK(hits[0].severity >= Severity::kMedium);
    CHECK(c.text.substr(hits[0].begin, hits[0].end - hits[0].begin) == c.value);
  }
}

TEST_CASE("words that people take for passwords are one where every kind of letter was asked for") {
  for (const char* text :
       {"DB_PASSWORD=SuperSecret123!", "{\"password\":\"P@ssw0rd!\"}", "Password=P@ssW0rd!;",
        "admin_password: \"Welcome1!\"", "ROOT_PASSWORD='Qwerty123!'"}) {
    CAPTURE(text);
    const std::vector<Hit> hits = look(text);
    CHECK(severity_of(hits, "secret.password") == "1");
  }
  none_in({
      // the word itself, and those of templates and tests
      "password: 'Password123!'",
      "DB_PASSWORD=password123",
      "DB_PASSWORD=ChangeMe123!",
      "password: \"StrongP@ssw0rd!\"",
      "password: 'TestSecret123!'",
      "password: 'MySecret123!'",
      "ADMIN_PASSWORD=admin123",
      "ADMIN_PASSWORD=secret123",
      "password=Secret123",
      // a line that says what it is for
      "TEST_PASSWORD=SuperSecret123!",
      "const USER = { email: 'a@test.com', password: 'Welcome1!' }",
      "{\"email\": \"ann@example.com\", \"password\": \"P@ssw0rd!\"}",
      "expect(login({password: 'SuperSecret123!'}))",
      "mock_password = 'SuperSecret123!'",
  });
  CHECK(is_usual_password("SuperSecret123!"));
  CHECK(is_usual_password("p@ssw0rd"));
  CHECK_FALSE(is_usual_password("Sommer2024!"));
  CHECK_FALSE(is_usual_password("TestSecret1!"));
  CHECK_FALSE(is_usual_password("super1!"));
}

TEST_CASE("what documents, forms and code have under a password's name is none") {
  none_in({
      "password must contain 8 characters",
      "Password: Required!",
      "password: string",
      "password: String!",
      "password: [String!]!",
      "password: z.string().min(8)",
      "password: Joi.string().min(8).required()",
      "password: <password>",
      "password: your-Password1",
      "password: ${DB_Password1}",
      "password=xxxxXXXX1!",
      "password: EXAMPLE1!",
      "password: example",
      "password !== Password2",
      "password == this.password2",
      "password = self.pwd2",
      "return {\n    username: userPass[1],\n    password: userPass[2]\n};",
      "pw: string",
      "pw: 80px",
      "pw = ph * 2",
      "pw=1024",
      "apw: Xk29mPqa",
      "mysql -u root -p shop_2024",
      "mysql -u root -p Shop2024a1",
      "password: \"Passwort1 eingeben!\"",
      "password: Wrong!",
      "password: *****",
      "passwordLength: 12",
  });
}

TEST_CASE("a usual word in the address of a service that is not beside us is a password") {
  for (const char* text :
       {"redis://:mypassword@cache.acme.io", "redis://:mypassword@cache.acme.io:6379/0",
        "postgres://shop:mysecret@db.acme.io/shop"}) {
    CAPTURE(text);
    CHECK(severity_of(look(text), "secret.database-url") == "1");
  }
  none_in({"redis://:mypassword@localhost:6379", "redis://:mypassword@redis:6379/0",
           "redis://:mypassword@cache.example.com", "redis://:password@cache.acme.io",
           "postgres://user:password@db.acme.io/db", "postgres://user:mypassword@db.acme.io/db",
           "https://git:mypassword@git.acme.io/a.git", "redis://:mypassword@<host>",
           "redis://:mypassword@my-redis.your-domain.com"});
}

TEST_CASE("a name of a scope is no name of a value") {
  none_in({"return $status === Password::ResetLinkSent2\n", "ResetPassword::createUrlUsing2Ways(x",
           "use crate::password::Argon2Hasher;", "Password::Sha512Crypt"});
  CHECK(ids(look("password: :Kd92LmQz7Rt")) == "secret.password");
}

}  // namespace agentmesh::policy::scan
