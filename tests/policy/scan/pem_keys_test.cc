// Private keys that were cut short, as fixtures and chats have them, beside what only shows where one would stand.

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

// Put together here, so that no scanner of repositories takes the tests for a leak.
std::string pem(const std::string& kind, const std::string& body) {
  return "-----BEGIN " + kind + " KEY-----" + body + "-----END " + kind + " KEY-----";
}

}  // namespace

TEST_CASE("a private key that was cut short is one still") {
  const std::string pri = "PRIVATE";
  for (const std::string& text :
       {pem("RSA " + pri, "\nMIIEowIBAAKCAQEA7fakefakefake\n"),
        pem("RSA " + pri, "\\nMIIEpAIBAAKCAQEA1c7+9z5Pad\\n"),
        pem(pri, "\r\nMC4CAQAwBQYDK2VwBCIE\r\n"),
        pem("OPENSSH " + pri, "\nb3BlbnNzaC1rZXktdjEAAAAA\n"),
        pem("EC " + pri, "\nMHcCAQEEIIrYSSNQFaA2Hwf1d\n"), pem(pri, "\nq8Zk3LmW0xR5tVb8Nc1Wy6Ud\n"),
        pem("RSA " + pri, "\\n\" +\n    \"MIIEpAIBAAKCAQEA1c7+9z5Pad\\n\" +\n \""),
        "-----BEGIN RSA " + pri + " KEY-----\nMIIEowIBAAKCAQEA7q8Zk3LmW0"}) {
    CAPTURE(text);
    const std::vector<Hit> hits = look("key: " + text);
    REQUIRE(ids(hits) == "secret.private-key");
    CHECK(severity_of(hits, "secret.private-key") == "1");
    CHECK(hits[0].begin == 5);
    CHECK(hits[0].end == 5 + text.size());
  }
}

TEST_CASE("where a private key would stand there is none") {
  const std::string pri = "PRIVATE";
  for (const std::string& text :
       {pem("RSA " + pri, "\nMIIEpAIBAAKCAQEA...\n"), pem("RSA " + pri, "\nMIIE...\n"),
        pem(pri, "\\n...\\n"), pem(pri, "\n<your key>\n"), pem(pri, "\nYOUR_KEY\n"), pem(pri, "\n"),
        pem(pri, "\nYourPrivateKeyGoesHere24\n"), pem(pri, "\nxxxxxxxxxxxxxxxxxxxxxxxx\n"),
        pem(pri, "\n${KEY}\n"), pem(pri, "\nfoo\n"), pem(pri, "\nthis is the private key\n"),
        pem("PUBLIC", "\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n"),
        pem(pri, "\nMIIEowIBAAKCAQEA\xE2\x80\xA6\n"), "a file that begins with -----BEGIN " + pri,
        "-----BEGIN RSA " + pri + " KEY-----",
        "if (s.startsWith('-----BEGIN " + pri + " KEY-----'))"}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
}

}  // namespace agentmesh::policy::scan
