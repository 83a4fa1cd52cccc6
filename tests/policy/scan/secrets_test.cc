#include "policy/scan/secrets.h"

#include <algorithm>

#include "base/bytes.h"
#include "policy/scan/decode.h"
#include "policy/scan/masks.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

namespace {

std::vector<Hit> look(std::string_view text, std::string_view key = "") {
  std::vector<Hit> hits;
  find_secrets(text, key, hits);
  return hits;
}

// Put together here, so that no scanner of repositories takes the tests for a leak.
const std::string kGithub = std::string("gh") + "p_" + "a8Jk29dLq0ZxW3rTb71NcVyE5mUf6oPsHiG4";
const std::string kAws = std::string("AK") + "IA" + "Q7RX2LMN5PZK3WTY";

}  // namespace

TEST_CASE("keys of known kinds are found, and the bytes to redact") {
  struct Case {
    std::string value;
    const char* id;
  };
  const Case cases[] = {
      {kGithub, "secret.github-token"},
      {kAws, "secret.aws-access-key"},
      {std::string("xox") + "b-2718281828-3141592653-kT9dQw2LxP0sVb7nMz", "secret.slack-token"},
      {std::string("sk") + "_live_9fKq2LmZx7Rt4Vb8Nc1Wy6Ud", "secret.stripe-key"},
      {std::string("glp") + "at-Zk4_t9Lw2Qx7Rm5Vb8Nc", "secret.gitlab-token"},
      {std::string("ey") +
           "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk",
       "secret.jwt"},
      {std::string("SG") + ".k3Jd8Lq0Zx2W5rTb71NcVy.E5mUf6oPsHiG4a8Jk29dLq0ZxW3rTb71NcVyE5mUf6o",
       "secret.sendgrid-key"},
      {std::string("https://hooks.sl") +
           "ack.com/services/T0AB1CD2EF/B9GH8IJ7KL/m3N4o5P6q7R8s9T0u1V2w3X4",
       "secret.webhook-url"},
      {"postgres://shop:Tr0ub4dor-x9@db.shop.example/prod", "secret.database-url"},
      {"https://ann:q8Zk3LmW0x@git.shop.example/a.git", "secret.url-password"},
      {std::string("sl") + ".B" + std::string(2, 'q') + repeated("x9Kd2LmZt7", 130),
       "secret.dropbox-token"},
      {std::string("nva") + "pi-" + repeated("r7Kd2LmZt9", 64), "secret.nvidia-key"},
      {std::string("pat") + "-na1-3f9a1c7e-5b2d-4f6a-8c0e-1d3b5f7a9c2e", "secret.hubspot-token"},
      {std::string("12345678") + "9:AAH9xKq2LmZx7Rt4Vb8Nc1Wy6Udp0sJfGh3", "secret.telegram-token"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.id);
    const std::string text = "here: \"" + c.value + "\", ok";
    const std::vector<Hit> hits = look(text);
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].id == c.id);
    CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin) == c.value);
    CHECK(look("x" + c.value.substr(0, c.value.size() / 3)).empty());
  }
}

TEST_CASE("keys that have a part inside for a form are found, and nothing that only begins so") {
  const std::string hex = "9f2c1e7ab34d5608c1f2e3d4b5a69788c7664554433f1e0d";
  const std::string letters = "a8Jk29dLq0ZxW3rTb71NcVyE5mUf6oPsHiG4Kd2LmZt7Rx9Qw8Yc5Nv3Bp6Sg1Hj4T";
  const std::string uuid = "-3f9a1c7e-5b2d-4f6a-8c0e-1d3b5f7a9c2e";
  struct Case {
    std::string value;
    const char* id;
  };
  const Case cases[] = {
      {"pat" + letters.substr(0, 14) + "." + hex + hex.substr(0, 16), "secret.airtable-token"},
      {std::string("sb_sec") + "ret_4NWlbgAK2Ue5Ng6a6aqdR8_Y50k-zAa", "secret.supabase-key"},
      {"re_" + letters.substr(0, 8) + "_" + letters.substr(8, 24), "secret.resend-key"},
      {"J5C8Q~" + letters.substr(0, 16) + "_" + letters.substr(16, 17), "secret.azure-key"},
      {letters + letters.substr(0, 10) + "AZDO" + "9Ki3", "secret.azure-key"},
      {"sl.u.AF" + repeated("x9Kd2LmZt7", 130), "secret.dropbox-token"},
      {"fc-" + hex.substr(0, 32), "secret.firecrawl-key"},
      {"csk-" + repeated("7nxd06d4deg3gx1b", 48), "secret.cerebras-key"},
      {"sk-lf" + uuid, "secret.langfuse-key"},
      {"ctx7sk" + uuid, "secret.context7-key"},
      {"sk_" + hex, "secret.elevenlabs-key"},
      {"key_" + hex + hex.substr(0, 16), "secret.cursor-key"},
      {"apify_api_" + letters.substr(0, 36), "secret.apify-token"},
      {"e2b_" + hex.substr(0, 40), "secret.e2b-key"},
      {"polar_oat_" + letters.substr(0, 43), "secret.polar-token"},
      {"pk_16816180_XME2I3X3NZ336BPERTB6M8O12NTTF67G", "secret.clickup-token"},
      {"1//0" + letters.substr(0, 40) + "-_" + letters.substr(0, 30), "secret.google-oauth"},
      {"EAAA" + letters.substr(0, 59) + "_", "secret.square-token"},
      {"EAA" + letters + "ZBx" + letters, "secret.facebook-token"},
      {"pcsk_KDxEW_" + letters, "secret.pinecone-key"},
      {"pa-" + letters.substr(0, 43), "secret.voyage-key"},
      {std::string("sk.ey") + "J1Ijoi" + letters + ".OZOOTRtzrHDROhT4QnpH6e",
       "secret.mapbox-token"},
      {"ATTA" + hex + hex.substr(0, 16), "secret.trello-token"},
      {"ABSKQmVkcm9ja0FQSUtleS" + letters + letters, "secret.aws-bedrock-key"},
      {"rnd_" + letters.substr(0, 28), "secret.render-key"},
      {"cio" + letters.substr(0, 32), "secret.crates-token"},
      {"BSA" + letters.substr(0, 28), "secret.brave-key"},
      {"v1.0-" + hex.substr(0, 24) + "-" + repeated(hex, 144) + "9f", "secret.cloudflare-key"},
      {std::string("MTE5ODYyMjQ4MzQ3MTkyNTI0OA") + ".Gx2Kd9." + letters.substr(0, 38),
       "secret.discord-token"},
      {hex.substr(0, 32) + "-us14", "secret.mailchimp-key"},
      {"https://mcp.zap" + std::string("ier.com/api/mcp/s/") + letters + "/mcp",
       "secret.webhook-url"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.id);
    const std::string text = "here: \"" + c.value + "\", ok";
    const std::vector<Hit> hits = look(text);
    REQUIRE(ids(hits) == c.id);
    CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin) == c.value);
    CHECK(holds_mask("[redacted:" + std::string(c.id) + "]"));
  }
  const std::string bot = std::string("7321563") + "993:AAGfzPY3wMsRbctSI4ZcZnjSi4VWee7bueW";
  const std::string link = "https://api.telegram.org/bot" + bot + "/sendMessage?chat_id=1";
  REQUIRE(ids(look(link)) == "secret.telegram-token");
  CHECK(link.substr(look(link)[0].begin, bot.size()) == bot);
  const std::string ordinary[] = {
      "pattern_of_names." + hex, "re_create_the_index_of_everything_now", "pa-" + hex.substr(0, 43),
      std::string("pa-guide-to-the-islands-of-the-northern-sea-x"),
      std::string("key_of_the_first_row_in_the_table_of_customers_and_orders_by_month"),
      "cio" + hex.substr(0, 32), "BSA" + hex.substr(0, 28), "pk_live_" + letters.substr(0, 24),
      std::string("pk_orders_customers_2026_created_at_idx_01"), "fc-" + letters.substr(0, 32),
      "rnd_" + hex.substr(0, 28),
      // Words, joined as source code joins them.
      std::string("rnd_generatedTestFixtureValue2024Abc"),
      std::string("re_evaluate_allOutstandingInvoicesNow"),
      std::string("re_download_missingAttachmentsAndImages"),
      std::string("re_generate_everythingFromScratch2024"),
      std::string("re_validate_everyCustomerAddress2024x"),
      std::string("BSA2024Q1ReportOnSoftwareLicenses1"),
      std::string("ciosReportForTheSecondQuarter2024Abc"),
      std::string("pa-some-long-kebab-case-Component-Name-2024-vx"),
      // A sum and a zone.
      "the cluster " + hex.substr(0, 32) + "-us3 is up", "sk_" + hex.substr(0, 40),
      std::string("v1.0-rc.2, v1.0-beta"), "sha1-" + hex.substr(0, 40),
      hex.substr(0, 32) + "-usage", hex.substr(0, 30) + "-us14", "a" + hex.substr(0, 32) + "-us14",
      hex.substr(0, 32) + "-eu14", "1//0" + hex, std::string("see http://a.example/1//0/b"),
      "robot" + bot, "MTE5ODYyMjQ4MzQ3MTky." + hex,
      "MTE5." + letters.substr(0, 6) + "." + letters.substr(0, 38), "EAA" + letters.substr(0, 60),
      std::string("HTTP/1.1 Q~x, FAQ5Q~ and so on"), letters + letters.substr(0, 18),
      std::string("webhook.office.com/webhookb2/<id>"),
      repeated("path.to.the.pattern.of-patches.", 300), repeated("Mz-MT_Nj.", 300)};
  for (const std::string& text : ordinary) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
}

TEST_CASE("a sum with a zone behind it is Mailchimp's key where Mailchimp is spoken of") {
  const std::string key = "9f2c1e7ab34d5608c1f2e3d4b5a69788-us14";
  const auto severity = [](const std::string& text) {
    return severity_of(look(text), "secret.mailchimp-key");
  };
  CHECK(severity("the key for Mailchimp is " + key + ".") == "2");
  CHECK(severity("MAILCHIMP=" + key) == "2");
  CHECK(severity(key + " (mandrillapp and mailchimp)") == "2");
  CHECK(severity(key) == "1");
  CHECK(severity("{\"value\": \"" + key + "\"}") == "1");
  CHECK(severity("x=" + key) == "1");
  CHECK(severity("moved " + key + " to the other zone") == "-");
  CHECK(severity("md5-us1 cluster " + key) == "-");
}

TEST_CASE("a scheme that stands alone is no secret, nor is the name of what is called") {
  for (const char* text :
       {"Authorization: AWS4-HMAC-SHA256", "Authorization: AWS4-HMAC-SHA256\nHost: a.example",
        "Authorization: AWS4-HMAC-SHA256 Credential=<id>/20240601/eu-west-1/s3/aws4_request",
        "Authorization: AWS4-ECDSA-P256-SHA256 Credential=<id>",
        "\"Authorization\": \"TC3-HMAC-SHA256\"", "Authorization: GOOG4-RSA-SHA256",
        "authorization = 'ACS3-HMAC-SHA256'", "Authorization: OAuth2 (RFC 6749)",
        "password = getPasswordFromVault2024('prod')", "password = getPassword2(user)",
        "password: readSecret1Password(\"vault\")", "password = vault2.read_v2('prod')",
        "password = _get_password('prod')"}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
  for (const char* text :
       {"Authorization: OAuth2 Zk3vQ9xT7bLm2Rw8Yc5NpD", "Authorization: Zk3vQ9xT7bLm2Rw8Yc5N",
        "Authorization: Zk3vQ9xT7bLm2Rw8Yc -H Accept:x", "Authorization: ZK3VQ9XT7BLM2RW8-YC5N",
        "Authorization: HMAC-SHA256 Zk3vQ9xT7bLm2Rw8Yc5NpD", "password = Sommer2024(hitze9",
        "password = kR7(mQ2!xW9z", "password = 'kR7mQ2xWzP9('", "password = Summer22(abcdef"}) {
    CAPTURE(text);
    CHECK_FALSE(ids(look(text)).empty());
  }
}

TEST_CASE("a private key is found with all its lines, a public one is not") {
  const std::string body =
      "MIIEpAIBAAKCAQEA7bq9Zk3LmW0xR5tVb8Nc1Wy6Udp0sJfGh3Kq2LmZx7Rt4Vb8\nNc1Wy6Udp0sJfGh3";
  const std::string key = std::string("-----BEGIN RSA PRI") + "VATE KEY-----\n" + body +
                          "\n-----END RSA PRIVATE KEY-----";
  const std::string text = "a\n" + key + "\nb";
  const std::vector<Hit> hits = look(text);
  REQUIRE(hits.size() == 1);
  CHECK(hits[0].id == "secret.private-key");
  CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin) == key);
  CHECK(look("-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----").empty());
  CHECK(look(std::string("-----BEGIN RSA PRI") + "VATE KEY-----\n...\n-----END").empty());
}

TEST_CASE("a random value under a telling name is a secret") {
  CHECK(ids(look("DB_PASSWORD=k9#Lm2!vQz7")) == "secret.password");
  CHECK(ids(look("{\"api_key\": \"q8Zk3LmW0xR5tVb8Nc1W\"}")) == "secret.generic");
  CHECK(ids(look("client_secret: 'v7Kq2-LmZx9Rt4Vb8Nc1Wy6Ud'")) == "secret.generic");
  CHECK(ids(look("q8Zk3LmW0xR5tVb8Nc1W", "api_key")) == "secret.generic");
  CHECK(ids(look("aws_secret_access_key = q8Zk3LmW0xR5tVb8Nc1Wy6Udp0sJfGh3Kq2LmZx7")) ==
        "secret.aws-secret-key");
}

TEST_CASE(
    "what a link needs to let somebody in is a kind of its own, unless its form says what it is") {
  for (const char* text :
       {"Join: https://meet.firm.example/j/89123456789?pwd=QzRmN0FhdkxLb1ZyTDBpdz09",
        "<a href=\"https://firm.example/reset?user=7&token=Zk3vQ9xT7bLm2Rw8Yc5N\">",
        "https://a.example/?next=/x&a=1&csrf_token=Zk3vQ9xT7bLm2Rw8Yc5N#top"}) {
    CAPTURE(text);
    CHECK(ids(look(text)) == "secret.link");
  }
  CHECK(ids(look("https://a.example/?token=" + kGithub)) == "secret.link secret.github-token");
  // No link: a form's body, a database, a command beside one.
  CHECK(ids(look("user=7&token=Zk3vQ9xT7bLm2Rw8Yc5N")) == "secret.generic");
  CHECK(ids(look("postgres://db.example/x?password=k9#Lm2!vQz7")) == "secret.password");
  CHECK(ids(look("see https://a.example/?x=1 token=Zk3vQ9xT7bLm2Rw8Yc5N")) == "secret.generic");
}

TEST_CASE("a recovery phrase is a text of bare words of the right number") {
  const std::string phrase =
      "legal winner thank year wave sausage worth useful legal winner thank yellow";
  CHECK(ids(look(phrase)) == "secret.seed-phrase");
  CHECK(look(phrase + " zoo").empty());
  CHECK(look("see " + phrase + ".").empty());
  CHECK(look("she was told that the winner will wear yellow shoes while singing songs").empty());
}

TEST_CASE("sample keys of providers count as keys") {
  CHECK(has(look(std::string("AK") + "IAIOSFODNN7EXAMPLE"), "secret.aws-access-key"));
  CHECK(has(look(std::string("gh") + "p_EXAMPLETOKEN1234567890ABCDEFGHIJKLmnop"),
            "secret.github-token"));
}

TEST_CASE("what has the form of a key is one, also where a hand typed the alphabet") {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz";
  struct Case {
    std::string value;
    const char* id;
  };
  const Case cases[] = {
      {std::string("s") + "k-" + letters + "123456", "secret.openai-key"},
      {std::string("s") + "k-" + "9f2c1e7ab34d5608c1f2e3d4b5a69788", "secret.openai-key"},
      {std::string("sk") + "_live_" + letters.substr(0, 24), "secret.stripe-key"},
      {std::string("gh") + "p_" + letters + letters.substr(0, 10), "secret.github-token"},
      {std::string("np") + "m_" + letters + "0123456789", "secret.npm-token"},
      {std::string("sk") + "-ant-" + letters + "0123456789", "secret.anthropic-key"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(ids(look("use " + c.value + " here")) == c.id);
    CHECK(ids(look("`" + c.value + "`")) == c.id);
  }
  for (const std::string& text :
       {std::string("sk-your-key-here"), "sk-" + std::string(32, 'x'), std::string("sk-..."),
        std::string("sk-yourkeyherefromtheopenaidashboardpage"), "sk-" + letters,
        "sk-" + letters.substr(0, 20) + "-" + letters, "sk_live_" + std::string(24, 'x'),
        std::string("sk_live_your_key"), "task-" + letters + "123456x" + letters + letters,
        std::string("sk-fading-circle-and-other-spinners-of-spinkit"),
        "of donaudampfschiffahrtsgesellschaftskapitaen, " + letters}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
}

TEST_CASE("what only looks like a secret is let go") {
  for (
      const std::string& text :
      {std::string("api_key: ${API_KEY}"), std::string("token = os.environ['TOKEN']"),
       std::string("password: ********"), std::string("password=changeme"),
       std::string("secret: your-secret-goes-here-123"),
       std::string("next_token: q8Zk3LmW0xR5tVb8Nc1W"),
       std::string("commit 9f2c1e7ab34d5608c1f2e3d4b5a697887766554433"),
       std::string("request_id=4f9a1c2e-77b3-4c1d-9e8f-001122334455"),
       std::string("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
       "gh" + std::string("p_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "AK" + std::string("IA..."),
       std::string("const TOKEN_URL = \"https://a.example/oauth/token\""),
       std::string("tokenType=\"bearer\""), std::string("the password is in the vault"),
       std::string("primary_key=42"), std::string("postgres://user:password@localhost/db"),
       std::string("https://git@host.example/x"),
       std::string(
           "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
  CHECK(look("securePass123", "password").empty());
}

TEST_CASE("one layer of encoding is taken off") {
  const std::string plain = "token " + kGithub;
  CHECK(has(look("x " + to_base64(as_bytes(plain)) + " y"), "secret.github-token"));
  CHECK(has(look("x " + to_hex(as_bytes(plain)) + " y"), "secret.github-token"));
  std::string percent;
  for (const char c : kGithub) percent += "%" + to_hex(as_bytes(std::string_view(&c, 1)));
  const std::string text = "id " + percent + " end";
  const std::vector<Hit> hits = look(text);
  REQUIRE(has(hits, "secret.github-token"));
  CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin) == percent);
  std::string split;
  for (const char c : kGithub) (split += c) += "\xE2\x80\x8B";
  CHECK(has(look(split), "secret.github-token"));
}

TEST_CASE("every spelling of a key's characters is taken off, and all of it is covered") {
  const auto spelled = [](const char* before, const char* after) {
    std::string out;
    for (const char c : kGithub) out += before + to_hex(as_bytes(std::string_view(&c, 1))) + after;
    return out;
  };
  const std::string in_pairs = spelled("", " ");
  for (const std::string& run :
       {spelled("&#x", ";"), spelled("\\x", ""), spelled("\\u00", ""),
        in_pairs.substr(0, in_pairs.size() - 1),
        std::string("M5UHAX3BHBFGWMRZMRGHCMC2PBLTG4SUMI3TCTTD") + "KZ4UKNLNKVTDM32QONEGSRZU"}) {
    CAPTURE(run);
    const std::string text = "id " + run + " end";
    const std::vector<Hit> hits = look(text);
    REQUIRE(ids(hits) == "secret.github-token");
    CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin) == run);
  }
}

TEST_CASE("base64 is read over its lines, wherever they break the key") {
  for (const size_t width : {64U, 76U})
    for (const std::string_view line_end : {"\n", "\r\n", "\\n", "\n    "})
      for (size_t before = 0; before < 24; ++before) {
        const std::string plain = "# " + std::string(before, 'a') +
                                  " and more words\ntoken = " + kGithub + "\nmode = 7\n";
        const std::string whole = to_base64(as_bytes(plain));
        std::string lines;
        for (size_t at = 0; at < whole.size(); at += width)
          lines += (at == 0 ? "" : std::string(line_end)) + whole.substr(at, width);
        const std::string text = "file:\n" + lines + "\nbye";
        CAPTURE(text);
        const std::vector<Hit> hits = look(text);
        REQUIRE(ids(hits) == "secret.github-token");
        CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin) == lines);
      }
}

TEST_CASE("a place made for a password is enough of a name") {
  struct Case {
    std::string_view before;
    std::string_view value;
    std::string_view after;
    const char* id;
  };
  const Case cases[] = {
      {"DB_PASS=", "0ZJqlIkXOpIqp9", "", "secret.password"},
      {"PASS=", "0ZJqlIkXOpIqp9", "\n", "secret.password"},
      {"smtp_pass = \"", "Kd92LmQz7Rt", "\"", "secret.password"},
      {"{dbPass: '", "Kd92LmQz7Rt", "'}", "secret.password"},
      {"password: \"", "dkwwAfmOtiiRTF", "\"", "secret.password"},
      {"token=", "dkwwAfmOtiiRTFdkQwwAfm", "", "secret.generic"},
      {"os.environ['DB_PASSWORD'] = '", "Kd92LmQz7Rt", "'", "secret.password"},
      {"{\"auths\":{\"r.example\":{\"auth\":\"", "Ym9iOktkOTJMbVF6N1J0", "\"}}}",
       "secret.registry-login"},
      {"//r.example/:_auth=", "Ym9iOktkOTJMbVF6N1J0", "", "secret.registry-login"},
      {"machine a.example login bob password ", "hunter2x", "", "secret.password"},
      {"x\nmachine a.example\n  login bob\n  password ", "hunter2x", "\n", "secret.password"},
      {"db.example:5432:shop:app:", "Kd92LmQz7Rt", "\n", "secret.password"},
      {"curl -s -u bob:", "Kd92LmQz7Rt", " https://a.example", "secret.password"},
      {"curl --user 'bob:", "Kd92LmQz7Rt", "' https://a.example", "secret.password"},
      {"sshpass -p ", "Kd92LmQz7Rt", " ssh a", "secret.password"},
      {"docker login -u bob -p ", "Kd92LmQz7Rt", "", "secret.password"},
      {"mysql -u root -p", "Kd92LmQz7Rt", " shop", "secret.password"},
      {"tool --password ", "Kd92LmQz7Rt", " --host a", "secret.password"},
      {"tool --api-key \"", "q8Zk3LmW0xR5tVb8Nc1W", "\"", "secret.generic"},
      {"Passwort: ", "Kd92LmQz7Rt", "", "secret.password"},
      {"contraseña: ", "Kd92LmQz7Rt", "", "secret.password"},
      {"mot de passe : ", "Kd92LmQz7Rt", ".", "secret.password"},
      {"密码: ", "Kd92LmQz7Rt", "", "secret.password"},
      {"パスワード：", "Kd92LmQz7Rt", "", "secret.password"},
      {"root:", "$6$Zq8/k3Lm$W0xR5tVb8Nc1Wy6Udp0sJfGh3Kq2LmZx7Rt4Vb8Nc1Wy6Ud",
       ":19000:0:9:7:::", "secret.password-hash"},
      {"SharedAccessSignature=sv=2022-11-02&sr=b&sig=",
       "q8Zk3LmW0xR5tVb8Nc1Wy6Udp0sJfGh3Kq2LmZx7Rt4%3D", "&se=1", "secret.generic"},
      {"Private-Lines: 1\n", "AAAAgQ8Zk3LmW0xR5tVb8Nc1Wy6Udp0sJfGh3Kq2LmZx7Rt4Vb8Nc1Wy6Ud=\n",
       "Private-MAC: 00", "secret.private-key"},
      {"data:\n  password: ", "S2Q5MkxtUXo3UnQ=", "", "secret.password"},
  };
  for (const Case& c : cases) {
    const std::string text = std::string(c.before) + std::string(c.value) + std::string(c.after);
    CAPTURE(text);
    const std::vector<Hit> hits = look(text);
    REQUIRE(ids(hits) == c.id);
    CHECK(text.substr(hits[0].begin, hits[0].end - hits[0].begin) == c.value);
  }
}

TEST_CASE("what its makers publish is told, and no alarm") {
  const std::string key = std::string("AI") + "zaSyD4kR9mQ2xW7vL0pT5nB8cF3hJ6gK1zY";
  const std::string config = "const firebaseConfig = {apiKey: \"" + key +
                             "\", authDomain: \"a.example\", projectId: \"a\"}";
  CHECK(severity_of(look(config), "secret.google-api-key") == "0");
  CHECK(ids(look(config)) == "secret.google-api-key");
  CHECK(severity_of(look("apiKey: \"" + key + "\""), "secret.google-api-key") == "2");
  // The token that the documents of JSON web tokens show.
  const std::string head = std::string("ey") + "JhbGciOiJIUzI1NiJ9.";
  const std::string sample =
      head + to_base64(as_bytes(std::string_view(R"({"sub":"1234567890","name":"John Doe"})")))
                 .substr(0, 51);
  const std::string tail = ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
  CHECK(severity_of(look(sample + tail), "secret.jwt") == "1");
  CHECK(severity_of(look(head + "eyJzdWIiOiI5OTkiLCJuYW1lIjoiQW5uIn0" + tail), "secret.jwt") ==
        "2");
}

TEST_CASE("a mask is what redaction writes, and no talk of it") {
  for (const char* text :
       {"key [redacted:secret.github-token] end", "[redacted:pii.email]",
        "{\"[redacted:secret.password 2]\":1}", "[redacted:] [redacted:secret.jwt]"})
    CHECK(holds_mask(text));
  for (const char* text : {"replaced by `[redacted:secret.…]`", "[redacted:<finding>]",
                           "[redacted:", "[redacted:secret.x]", "[redacted: by the court]",
                           "[redacted]", "[redacted:secret.github-token"})
    CHECK_FALSE(holds_mask(text));
}

TEST_CASE("no bytes make the secret scanner run wild") {
  for (const std::string& unit : hostile_units()) {
    CAPTURE(unit);
    const std::string text = repeated(unit, 20000);
    for (const Hit& hit : look(text, "password")) {
      CHECK(hit.begin < hit.end);
      CHECK(hit.end <= text.size());
    }
  }
}

TEST_CASE("what begins again and again inside a value is covered, whatever stands at its end") {
  std::string text = "go ";
  for (int names = 0; names < 9; ++names) text += "pwd:your:token:your:";
  text += kGithub;
  for (const std::string& each : {text, text + " and on", text + repeated(":pwd:Xy1z", 4000)}) {
    CAPTURE(each);
    const std::vector<Hit> hits = look(each);
    CHECK(std::any_of(hits.begin(), hits.end(), [&](const Hit& hit) {
      return hit.severity == policy::Severity::kHigh && hit.begin < text.size() &&
             hit.end >= text.size();
    }));
  }
  // Values without an end: all of the text but the first name.
  const std::string endless = repeated("pwd:Xy1z", 4000);
  size_t covered = 4;
  for (const Hit& hit : look(endless))
    if (hit.begin <= covered) covered = std::max(covered, hit.end);
  CHECK(covered == endless.size());
}

TEST_CASE(
    "a text of nothing but names is judged once; what is under its disguises is covered unread") {
  const std::string names = repeated("pwd:Xy1z;", 20'000);
  for (const std::string& disguised :
       {std::string("token%3D") + kGithub, "x " + to_base64(as_bytes("token " + kGithub)),
        kGithub.substr(0, 9) + "\xE2\x80\x8B" + kGithub.substr(9)}) {
    CAPTURE(disguised);
    const std::string text = names + " " + disguised;
    const std::vector<Hit> hits = look(text);
    CHECK(std::any_of(hits.begin(), hits.end(), [&](const Hit& hit) {
      return hit.severity == policy::Severity::kHigh && hit.begin < text.size() - 20 &&
             hit.end == text.size();
    }));
  }
}

TEST_CASE("a long file of settings is read under all disguises") {
  std::string text;
  for (int line = 0; line < 500; ++line)
    text += "SERVICE_" + std::to_string(line) + "_TOKEN=changeme-placeholder\n";
  text += "\xE2\x80\x8B%20x\n";
  std::string percent;
  for (const char c : kGithub) percent += "%" + to_hex(as_bytes(std::string_view(&c, 1)));
  CHECK(ids(look(text + percent)) == "secret.github-token");
  CHECK(ids(look(text + "x " + to_base64(as_bytes("token " + kGithub)))) == "secret.github-token");
  CHECK(ids(look(text)).empty());
}

TEST_CASE("a secret cut anywhere is found whole or not at all") {
  const std::string text = "k=" + kAws + ";";
  for (size_t n = 0; n < text.size() - 1; ++n) {
    CAPTURE(n);
    CHECK(look(std::string_view(text).substr(0, n)).empty());
  }
  CHECK(look(text).size() == 1);
}

}  // namespace agentmesh::policy::scan
