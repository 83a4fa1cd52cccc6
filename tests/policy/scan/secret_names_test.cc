// What the name of a setting says of its value, and what a value has to look like under it; with the neighbours of each.

#include "policy/scan/secret_names.h"

#include <random>
#include <string>

#include "base/bytes.h"
#include "policy/scan/secret_values.h"
#include "policy/scan/secrets.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {
namespace {

std::vector<Hit> look(std::string_view text, std::string_view key = "") {
  std::vector<Hit> hits;
  find_secrets(text, key, hits);
  return hits;
}

std::string random_value(std::mt19937& random, std::string_view alphabet, size_t size) {
  std::string out;
  while (out.size() < size) out += alphabet[random() % alphabet.size()];
  return out;
}

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase36 = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLetters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::string basic(std::string_view login) {
  return "Authorization: Basic " + to_base64(as_bytes(login));
}

}  // namespace

TEST_CASE("a word that excuses a token does so in front of it, and as a whole word") {
  for (const char* name : {"next_page_token",     "nextPageToken",      "nextpagetoken",
                           "NEXT_TOKEN",          "NextToken",          "syncToken",
                           "nextSyncToken",       "continuation_token", "NextContinuationToken",
                           "pageToken",           "cursor-token",       "resumeToken",
                           "clientRequestToken",  "startingToken",      "nextForwardToken",
                           "deltaToken",          "publicKeyToken",     "public_access_token",
                           "NEXT_PUBLIC_API_KEY", "publicApiKey",       "STRIPE_PUBLIC_API_KEY"}) {
    CAPTURE(name);
    CHECK_FALSE(least_secret(name));
  }
  for (const char* name :
       {"NEXTAUTH_SECRET", "PAGERDUTY_TOKEN", "PAGERDUTY_API_KEY", "CURSOR_API_KEY",
        "NEXTDNS_API_KEY", "STATUSPAGE_API_KEY", "SYNCTHING_API_KEY", "SYNC_SECRET", "syncApiToken",
        "PAGE_ACCESS_TOKEN", "pageAccessToken", "REPUBLIC_API_KEY", "homepagetoken",
        "async_token_secret", "nextauthToken"}) {
    CAPTURE(name);
    CHECK(least_secret(name) == kLeastToken);
  }
  // A password is one whatever it is for.
  for (const char* name : {"RSYNC_PASSWORD", "NEXTCLOUD_ADMIN_PASSWORD", "HOMEPAGE_PASSWORD",
                           "next_password", "PUBLIC_API_PASSWORD", "resume_db_passwd", "syncPwd"}) {
    CAPTURE(name);
    CHECK(least_secret(name) == kLeastPassword);
  }
}

TEST_CASE("which one it is and where it is used may stand behind a name") {
  for (const char* name :
       {"API_KEY_2", "API_KEY2", "apiKeyProd", "MAPS_API_KEY_PROD", "clientSecretValue",
        "BOT_TOKEN_DEV", "REFRESH_TOKEN_V2", "SECRET_KEY_BASE", "encryption_key_base64",
        "signing-key-b64", "API_KEY_PROD_2"}) {
    CAPTURE(name);
    CHECK(least_secret(name) == kLeastToken);
  }
  for (const char* name : {"DB_PASSWORD_2", "PASSWORD_PROD", "passwordNew", "DB_PASS_TEST",
                           "DBPASS", "rootpass", "smtpPass"}) {
    CAPTURE(name);
    CHECK(least_secret(name) == kLeastPassword);
  }
  for (const char* name : {"token_id",
                           "secret_id",
                           "api_key_id",
                           "tokenType",
                           "token_count",
                           "password_hint",
                           "passwordPolicy",
                           "bypass",
                           "compass",
                           "trespass_2",
                           "keystone_prod",
                           "database",
                           "tokens_2",
                           "knowledge_base",
                           "next_page_token_2",
                           "value",
                           "prod",
                           "v2",
                           "2",
                           "_2",
                           "A_2"}) {
    CAPTURE(name);
    CHECK_FALSE(least_secret(name));
  }
}

TEST_CASE("in the capitals of an environment a key is one, unless something is looked up by it") {
  const std::string hex = "f6c1d29e07b34a58cd21e90f7ab36d4480c5e712";
  for (const char* name : {"AZURE_OPENAI_KEY", "STORAGE_KEY", "APP_KEY", "HMAC_KEY", "DD_APP_KEY",
                           "SERVICE_ROLE_KEY", "OPENAI_KEY_2"}) {
    CAPTURE(name);
    CHECK(ids(look(name + ("=" + hex))) == "secret.generic");
  }
  CHECK(ids(look("GITHUB_PAT=" + hex)) == "secret.generic");
  CHECK(ids(look("Ocp-Apim-Subscription-Key: " + hex.substr(0, 32))) == "secret.generic");
  for (const std::string& text :
       {"PRIMARY_KEY=" + hex, "CACHE_KEY=" + hex, "COMMIT_KEY=" + hex, "OBJECT_KEY=" + hex,
        "IDEMPOTENCY_KEY=" + hex, "PUBLIC_KEY=" + hex, "NEXT_PUBLIC_MAPS_KEY=" + hex,
        "RECAPTCHA_SITE_KEY=" + hex, "KEY=" + hex, "key: " + hex, "sort_key=" + hex,
        "cacheKey: " + hex, "ETAG=" + hex, "pat=" + hex, "search_pat=" + hex,
        // Too short, or made of words.
        "APP_KEY=" + hex.substr(0, 24), std::string("STORAGE_KEY=user-settings-of-the-third-panel"),
        std::string("S3_KEY=uploads/2026/02/03/a8f3b1c09d.png"), std::string("ISSUE_KEY=PROJ-118"),
        std::string("PARTITION_KEY=tenant#42"), std::string("HOT_KEY=ctrl+shift+p"),
        std::string("APP_KEY=${APP_KEY}"),
        std::string("LICENSE_KEY=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
}

TEST_CASE("under a name that says no more than key stands a key only if no words stand there") {
  for (const char* text :
       {"const LOCAL_STORAGE_KEY = 'acme-dashboard-layout-v2-2024-06'",
        "const LOCAL_STORAGE_KEY = 'todoApp2024UserPreferencesV12Settings';",
        "APP_STORAGE_KEY = 'myapp.preferences.theme.dark.2024.v2'",
        "TRANSLATION_KEY = \"settings.account.security.2fa.description.v2\"",
        "I18N_KEY=checkout.payment.error.card3dSecure2Declined",
        "MESSAGE_KEY=checkout.payment.error.card3dSecure2Declined",
        "FEATURE_FLAG_KEY='checkout-redesign-2024-experiment-b12'",
        "CI_JOB_KEY=build_linux_x86_64_gcc12_release_lto_2024",
        "REDIS_KEY=\"session:user:12345:preferences:2024:theme\"",
        "NOT_A_KEY=the-quick-brown-fox-jumps-over-2024-lazy-dogs",
        "AWS_S3_KEY: reports/2024/Q2/Umsatz_EMEA_final_v12.xlsx",
        "UPLOAD_KEY: reports/2024/Q2/Umsatz_EMEA_final_v12.xlsx",
        "S3_KEY=backups2024nightly01databaseprodfull.tar.gz",
        "BACKUP_KEY=backups2024nightly01databaseprodfull.tar.gz",
        "KAFKA_MESSAGE_KEY: order-2024-06-01-region-eu-west-1-shard-12",
        "HOST_KEY=SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
        "SSH_HOST_KEY=MD5:f6c1d29e07b34a58cd21e90f7ab36d44",
        "POSTHOG_KEY=phc_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9f",
        "STRIPE_KEY=pk_live_51HqJ8rK2eZvKYlo2C9xTbN4mQwRs7UdF3gHjLpXcVbNm",
        "MAPBOX_KEY=pk.eyJ1IjoiYWNtZSIsImEiOiJjbGZ6In0.aZ9kQ2mW7xR4tV1bN8cY5u",
        "ORDER_KEY=order-7f3a1c9e-5b2d-4068-a9c1-e3f507192b3d",
        "ALGOLIA_SEARCH_KEY=0b4f9c1d2e3f4a5b6c7d8e9f0a1b2c3d",
        "ALGOLIA_SEARCH_API_KEY=0b4f9c1d2e3f4a5b6c7d8e9f0a1b2c3d",
        "DOCSEARCH_KEY=25626fae796133dc1e734c6bcaaeac3c",
        "docsearchApiKey: 25626fae796133dc1e734c6bcaaeac3c",
        // who signed, which everyone may know
        "ENV GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305",
        "ENV YARN_KEY=6A010C5166006599AA17F08146C2130DFD2497F5",
        "PGP_KEY: 0xA035C8C19219BA821ECEA86B64E628F8D684696D",
        "GPG_SIGNING_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
        "[user]\n\tsigningkey = 3AA5C34371567BD2", "user.signingkey=3AA5C34371567BD2",
        "[user]\n\tsigningKey = A035C8C19219BA821ECEA86B64E628F8D684696D"}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
  for (
      const char* text :
      {"AZURE_STORAGE_KEY=f6c1d29e07b34a58cd21e90f7ab36d4480c5e712",
       "AZURE_STORAGE_KEY=Zk4t9Lw2Qx7Rm5Vb8Nc1Wy6Udp0sJfGh3Kq2LmZk4t9Lw2Qx7Rm5Vb8Nc1Wy6Udp0sJfGh3==",
       "REDIS_KEY=Zk4t9Lw2Qx7+Rm5Vb8Nc1Wy6Udp0sJ/fGh3Kq2Lm=",
       "AZURE_SEARCH_KEY=Zk4t9Lw2Qx7Rm5Vb8Nc1Wy6Udp0sJfGh3Kq2Lm",
       "ALGOLIA_ADMIN_KEY=0b4f9c1d2e3f4a5b6c7d8e9f0a1b2c3d",
       "ALGOLIA_SEARCH_ADMIN_KEY=0b4f9c1d2e3f4a5b6c7d8e9f0a1b2c3d",
       "MEILI_MASTER_KEY=q8zk3lmw0xr5tvb8nc1wy6udp0sjfgh3kq2lm",
       "AZURE_HOST_KEY=kXv7bQmZpLw3TyRnHsDfGjC9kMzPqWxBtVnLr==",
       "PGP_KEY=Zk4t9Lw2Qx7Rm5Vb8Nc1Wy6Udp0sJfGh3Kq2Lm",
       "S3_SECRET_KEY=Zk4t9Lw2Qx7Rm5Vb8Nc1Wy6Udp0sJfGh3Kq2Lm",
       "FERNET_KEY=cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
       "signing_key = f6c1d29e07b34a58cd21e90f7ab36d4480c5e712",
       // in front of which somebody put what a browser's key or a print begins with
       "API_TOKEN=SHA256:q8Zr2LxV5nWk9TbY3mPf7CdJ4hGs6XaEnThbg6kXUpJ",
       "API_TOKEN=MD5:f6c1d29e07b34a58cd21e90f7ab36d44",
       "API_TOKEN=phc_q8Zr2LxV5nWk9TbY3mPf7CdJ4hGs6XaE",
       "API_TOKEN=pk.eyJq8Zr2LxV5nWk9TbY3mPf7CdJ4hGs6XaE"}) {
    CAPTURE(text);
    CHECK_FALSE(ids(look(text)).empty());
  }
}

TEST_CASE("a random value under the name of a key is one in every alphabet") {
  std::mt19937 random(20261130);
  for (const std::string_view alphabet :
       {kHexDigits, kBase36, kLetters,
        std::string_view("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/"),
        std::string_view("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_")}) {
    CAPTURE(alphabet);
    for (const size_t size : {32U, 43U, 64U}) {
      CAPTURE(size);
      size_t found = 0;
      for (int i = 0; i < 200; ++i)
        found += look("APP_KEY=" + random_value(random, alphabet, size)).empty() ? 0U : 1U;
      CHECK(found >= 186);
    }
  }
}

TEST_CASE("an id under the name of a key is one where an environment hands it over") {
  const std::string id = "3f9a1c7e-5b2d-4f6a-8c0e-1d3b5f7a9c2e";
  CHECK(ids(look("EXA_API_KEY=" + id)) == "secret.generic");
  CHECK(ids(look("RAILWAY_TOKEN=" + id)) == "secret.generic");
  for (const std::string& text :
       {"session_token=" + id, "token: " + id, "apiKey: " + id, "IDEMPOTENCY_TOKEN=" + id,
        std::string("EXA_API_KEY=00000000-0000-0000-0000-000000000000"),
        std::string("EXA_API_KEY=123e4567-e89b-12d3-a456-426614174000")}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
}

TEST_CASE("a random value is held against what its own alphabet can give") {
  struct Case {
    std::string_view alphabet;
    size_t size;
    size_t least;  // of 200
  };
  std::mt19937 random(20261129);
  for (const Case& c : {Case{kHexDigits, 32, 197},
                        {kHexDigits, 40, 198},
                        {kBase36, 24, 190},
                        {kBase36, 32, 198},
                        {kLetters, 20, 190},
                        {kLetters, 24, 194},
                        {kLetters, 32, 198}}) {
    CAPTURE(c.alphabet, c.size);
    size_t found = 0;
    size_t alone = 0;
    for (int i = 0; i < 200; ++i) {
      const std::string value = random_value(random, c.alphabet, c.size);
      found += look("MY_API_KEY=" + value).empty() ? 0U : 1U;
      alone += look(value, "api_key").empty() ? 0U : 1U;
    }
    CHECK(found >= c.least);
    CHECK(alone >= c.least - 20);
  }
}

TEST_CASE("what a hand types in place of a key is none") {
  for (const char* value :
       {"0123456789abcdef0123456789abcdef", "1234567890123456789012",
        "abcdef0123456789abcdef0123456789", "deadbeefdeadbeefdeadbeefdeadbeef",
        "00000000000000000000000000000000", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "getUserInfoByAccountName2",
        "StaticSessionTokenProvider", "jsonWebTokenHandlerFactory1", "defaultazurecredential2",
        "myserviceaccount2026", "release20260203candidate1"}) {
    CAPTURE(value);
    CHECK(ids(look("API_KEY=" + std::string(value))).empty());
  }
  CHECK(is_wordless("Ezb1SoubLpubCpziZSPguTjd"));
  CHECK_FALSE(is_wordless("AuthenticationServiceProvider"));
  CHECK_FALSE(is_wordless("Zk3"));
}

TEST_CASE("behind Basic stands a name and a password, however wordy it is") {
  for (const char* login : {"admin:napFPmmi4ymCr", "admin:hunter2hunter2", "admin:kXvbQmZpLw",
                            "admin:correct-horse-battery-staple", "api:Q8zK3lmW0xR5tVb8"}) {
    CAPTURE(login);
    const std::string text = basic(login);
    const std::vector<Hit> hits = look(text + "\r\nAccept: */*");
    REQUIRE(ids(hits) == "secret.password");
    CHECK(hits[0].begin == 21);
    CHECK(hits[0].end == text.size());
  }
  for (const std::string& text :
       {basic("user:pass"), basic("username:password"), basic("admin:admin"),
        basic("Aladdin:open sesame"), basic("aladdin:opensesame"), basic("user:your-password"),
        std::string("Authorization: Basic <base64>"),
        std::string("WWW-Authenticate: Basic realm=\"x\""),
        std::string("Authorization: Basic realm=\"members\""),
        std::string("auth: Basic auth is off")}) {
    CAPTURE(text);
    CHECK(ids(look(text)).empty());
  }
}

TEST_CASE("any scheme may stand in front of what authorizes") {
  const std::string key = "00Zk4t9Lw2Qx7Rm5Vb8Nc1Wy6Udp0sJfGh3Kq2Lm";
  for (const char* scheme : {"ApiKey", "SSWS", "GenieKey", "Bearer", "X-Token"})
    CHECK(ids(look("Authorization: " + std::string(scheme) + " " + key)) == "secret.generic");
  for (const char* text : {"Authorization: see the page about tokens2fa", "Authorization: none",
                           "Authorization: Digest username=\"bob\"",
                           "authorization: the department Head2OfSales signs"})
    CHECK(ids(look(text)).empty());
}

}  // namespace agentmesh::policy::scan
