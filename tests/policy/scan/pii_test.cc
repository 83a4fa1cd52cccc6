#include "policy/scan/pii.h"

#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

namespace {

std::vector<Hit> look(std::string_view text) {
  std::vector<Hit> hits;
  find_pii(text, hits);
  return hits;
}

}  // namespace

TEST_CASE("personal data is found with its bytes") {
  struct Case {
    const char* before;
    const char* value;
    const char* id;
  };
  const Case cases[] = {
      {"write to ", "ann.lee+x@mail.shop.co", "pii.email"},
      {"call ", "+44 20 7946 0958", "pii.phone"},
      {"phone: ", "(020) 7946-0958", "pii.phone"},
      {"card ", "4539 1488 0343 6467", "pii.card"},
      {"card ", "378282246310005", "pii.card"},
      {"to ", "GB29 NWBK 6016 1331 9268 19", "pii.iban"},
      {"to ", "DE89370400440532013000", "pii.iban"},
      {"", "219-09-9998", "pii.national-id"},
      {"CPF ", "111.444.777-35", "pii.national-id"},
      {"", "RSSMRA85T10A562S", "pii.national-id"},
      {"DNI ", "12345678Z", "pii.national-id"},
      {"NHS number ", "943 476 5919", "pii.national-id"},
      {"PESEL ", "44051401359", "pii.national-id"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    const std::string text = std::string(c.before) + c.value + ", thanks";
    const std::vector<Hit> hits = look(text);
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].id == c.id);
    // a number may begin behind an opening parenthesis
    CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin)
              .find(std::string(c.value).substr(1)) != std::string::npos);
  }
}

TEST_CASE("numbers and addresses that are nobody's are left alone") {
  for (const char* text : {"a@example.com",
                           "no-reply@shop.co",
                           "git@github.com:a/b",
                           "user@localhost",
                           "x@y",
                           "order 4539148803436468",
                           "1234567812345678",
                           "0000 0000 0000 0000",
                           "GB29 NWBK 6016 1331 9268 18",
                           "2024-05-17 10:30:00",
                           "version 1.22.333.4444",
                           "id 943 476 5918",
                           "123-45-6789-0",
                           "10.0.0.1",
                           "3.14159265358979",
                           "44051401359",
                           "12345678Z",
                           "https://u:p@host.co/x",
                           "9780306406157",
                           "1700000000",
                           "000-12-3456",
                           "decorators: @app.route",
                           "3 + 4 = 7"}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
}

TEST_CASE("no bytes make the scanner for personal data run wild") {
  for (const std::string& unit : hostile_units()) {
    CAPTURE(unit);
    const std::string text = repeated(unit, 20000);
    for (const Hit& hit : look(text)) {
      CHECK(hit.begin < hit.end);
      CHECK(hit.end <= text.size());
    }
  }
}

}  // namespace agentmesh::policy::scan
