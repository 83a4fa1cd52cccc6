#include "policy/scan/escapes.h"

#include <array>

#include "base/bytes.h"
#include "policy/scan/pii.h"
#include "policy/scan/secrets.h"
#include "policy/scan/urls.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

namespace {

// What may stand directly before a word: as programs print it, and as other programs hand that on.
constexpr std::array<std::string_view, 23> kBefore = {"total 1\\n",
                                                      "\\t",
                                                      "\\r\\n",
                                                      "C:\\n",
                                                      "\\\\n",
                                                      "\\\\t",
                                                      "\\u0022",
                                                      "\\u000a",
                                                      "\\U0000000A",
                                                      "\\x0a",
                                                      "\\012",
                                                      "\x1B[31m",
                                                      "\x1B[m",
                                                      "a\x1B[01;31m\x1B[K",
                                                      "\\x1b[31m",
                                                      "\\u001b[0m",
                                                      "\\033[38;5;9m",
                                                      "\xC2\x9B"
                                                      "1m",
                                                      "key%3D",
                                                      "%0A",
                                                      "%20",
                                                      "a%253D",
                                                      "key=3D"};

// Put together here, so that no scanner of repositories takes the tests for a leak.
const std::string kAws = std::string("AK") + "IA" + "Q7RX2LMN5PZK3WTY";

}  // namespace

TEST_CASE("a word begins behind an escape, and nowhere inside a word") {
  CHECK(begins_word("key", 0));
  CHECK(begins_word("a key", 2));
  CHECK_FALSE(begins_word("akey", 1));
  CHECK_FALSE(begins_word("a\\nkey", 4));
  CHECK_FALSE(begins_word("x1b[31 mkey", 8));
  for (const std::string_view before : kBefore) {
    CAPTURE(before);
    CHECK(begins_word(std::string(before) + "key", before.size()));
  }
  CHECK(begins_word("\\0key", 2));
  CHECK(begins_word("\x1B(Bkey", 3));
  CHECK(end_of_escape("%3", 0) == 0);
  CHECK(end_of_escape("\\u00", 0) == 0);
  CHECK(end_of_escape("[1;2", 0) == 0);
  CHECK(end_of_escape("=41", 0) == 0);
  CHECK(end_of_escape("\\", 0) == 0);
}

TEST_CASE("secrets are found behind an escape, and only they are cut out") {
  struct Case {
    std::string value;
    const char* id;
  };
  const std::array<Case, 8> cases = {{
      {kAws, "secret.aws-access-key"},
      {std::string("gh") + "p_a8Jk29dLq0ZxW3rTb71NcVyE5mUf6oPsHiG4", "secret.github-token"},
      {std::string("xox") + "b-2718281828-3141592653-kT9dQw2LxP0sVb7nMz", "secret.slack-token"},
      {std::string("sk") + "_live_9fKq2LmZx7Rt4Vb8Nc1Wy6Ud", "secret.stripe-key"},
      {std::string("ey") +
           "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk",
       "secret.jwt"},
      {std::string("12345678") + "9:AAH9xKq2LmZx7Rt4Vb8Nc1Wy6Udp0sJfGh3", "secret.telegram-token"},
      {"postgres://shop:Tr0ub4dor-x9@db.shop.example/prod", "secret.database-url"},
      {"https://ann:q8Zk3LmW0x@git.shop.example/a.git", "secret.url-password"},
  }};
  for (const Case& c : cases) {
    for (const std::string_view before : kBefore) {
      CAPTURE(c.id, before);
      const std::string text = "out: " + std::string(before) + c.value + " end";
      std::vector<Hit> hits;
      find_secrets(text, "", hits);
      REQUIRE(hits.size() == 1);
      CHECK(hits[0].id == c.id);
      CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin) == c.value);
    }
  }
}

TEST_CASE("a secret in base64 is found behind an escape") {
  const std::string code = to_base64(as_bytes("the token is " + kAws));
  for (const std::string_view before : kBefore) {
    CAPTURE(before);
    const std::string text = std::string(before) + code;
    std::vector<Hit> hits;
    find_secrets(text, "", hits);
    REQUIRE(hits.size() == 1);
    CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin) == code);
  }
}

TEST_CASE("one escape is enough to hide a name and its value from nobody") {
  std::vector<Hit> hits;
  find_secrets("see https://a.example/?next=password%3Dk9.Lm2_vQz7 there", "", hits);
  CHECK(has(hits, "secret.password"));
}

TEST_CASE("personal data is found behind an escape") {
  for (const std::string_view value :
       {"4539 1488 0343 6467", "378282246310005", "DE89370400440532013000", "219-09-9998",
        "RSSMRA85T10A562S", "ann.lee@mail.shop.co", "+44 20 7946 0958"}) {
    for (const std::string_view before : kBefore) {
      CAPTURE(value, before);
      const std::string text = "out: " + std::string(before) + std::string(value) + " end";
      std::vector<Hit> hits;
      find_pii(text, hits);
      REQUIRE(hits.size() == 1);
      CHECK(hits[0].begin <= 5 + before.size());
      CHECK(hits[0].end == text.size() - 4);
      if (value[3] != '.') CHECK(hits[0].begin == 5 + before.size());
    }
  }
  std::vector<Hit> hits;
  find_pii("id\\nSSN: 219099998", hits);
  CHECK(has(hits, "pii.national-id"));
}

TEST_CASE("letters before a key that are no escape still make it part of a longer word") {
  for (const std::string_view before : {"x", "mn", "a1", "3D", "n", "[x3", "31m", "u0022"}) {
    CAPTURE(before);
    std::vector<Hit> hits;
    find_secrets("out: " + std::string(before) + kAws + " end", "", hits);
    find_pii("out: " + std::string(before) + "378282246310005 end", hits);
    CHECK(hits.empty());
  }
}

}  // namespace agentmesh::policy::scan
