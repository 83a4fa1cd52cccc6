// What was encrypted before it was written down is no secret: who reads the file cannot use it.

#include <string>

#include "policy/scan/secrets.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {
namespace {

std::string found(std::string_view text, std::string_view key = "") {
  std::vector<Hit> hits;
  find_secrets(text, key, hits);
  return ids(hits);
}

// What kubeseal writes for a value.
const std::string kSealed =
    "AgBZIKQ60ZGZbJ6ajz3HUlVOJO2v5nTr53VaYGeeZWhbLpKGVHKVwapppTudVVGtZpqNTXQ9patiIUJLe7Cvm5q66lPnIs"
    "/dbVN91htMJrA0vixC0CAwnOWQR/P+aV8=";

}  // namespace

TEST_CASE("a value that says how it was encrypted is none") {
  for (const char* text :
       {"password: ENC[AES256_GCM,data:Tr7oZkQ2,iv:1Bq8ZkLm=,tag:kX9wQ2==,type:str]",
        "\"password\": \"ENC[AES256_GCM,data:Tr7oZkQ2,iv:1Bq8ZkLm=,tag:kX9wQ2==,type:str]\"",
        "DB_PASSWORD=ENC[AES256_GCM,data:Tr7oZkQ2xYw9,iv:1Bq8ZkLm=,tag:kX9wQ2==,type:str]",
        "api_key: 'ENC[PKCS7,MIIBiQYJKoZIhvcNAQcDoIIBejCCAXYCAQAxggEhMIIBHQ]'",
        "db_password: >\n  ENC[PKCS7,Y22exl+OvjDe+drmik2XEeD3VQtl1uZJXFFF2Nnr]",
        "spring.datasource.password=ENC(nrmZtkF7T0kjG/VodDvBw93Ct8EgjCA+)",
        "password: '{cipher}682bc583f4641835fa2db009355293665d2647dade3375c0ee201de2a49f7bda'",
        "password: \"vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==\""}) {
    CAPTURE(text);
    CHECK(found(text).empty());
  }
  CHECK(found("ENC[AES256_GCM,data:Tr7oZkQ2,iv:1Bq8=]", "password").empty());
  // Nothing but such a beginning.
  CHECK_FALSE(found("password: ENC-Tr7oZkQ2xYw9").empty());
  CHECK_FALSE(found("password: ENC[Kd92LmQz7Rt").empty());
  // What stands beside one, or has the form of a key.
  CHECK(found("a_password: ENC[AES256_GCM,data:Tr7o=]\nb_password: Kd92LmQz7Rt\n") ==
        "secret.password");
  CHECK(found("password: ENC[AES256_GCM,data:gh" +
              std::string("p_a8Jk29dLq0ZxW3rTb71NcVyE5mUf6oPsHiG4]")) == "secret.github-token");
}

TEST_CASE("what stands under encryptedData is sealed, to the end of that block") {
  const std::string yaml = "spec:\n  encryptedData:\n    password: " + kSealed +
                           "\n    API_TOKEN: " + kSealed + "\n  template:\n    type: Opaque\n";
  CHECK(found(yaml).empty());
  CHECK(found(R"({"spec": {"encryptedData": {"password": ")" + kSealed + R"(", "api_token": ")" +
              kSealed + "\"}}}")
            .empty());
  CHECK(
      found("{\"spec\": {\n  \"encryptedData\": {\n    \"password\": \"" + kSealed + "\"\n  }\n}}")
          .empty());
  CHECK(found("---\n" + yaml + "---\n" + yaml).empty());
  const std::string secrets[] = {
      yaml + "  password: " + kSealed, yaml + "---\npassword: Kd92LmQz7Rt\n",
      // short, and thus not made by a seal
      "encryptedData:\n  password: Kd92LmQz7Rt\n",
      R"({"encryptedData": {"a": "b"}, "password": ")" + kSealed + "\"}",
      "see encryptedData\npassword: " + kSealed, "password: " + kSealed + "\nencryptedData:\n"};
  for (const std::string& text : secrets) {
    CAPTURE(text);
    CHECK(found(text) == "secret.password");
  }
}

TEST_CASE("blocks inside one another cost no more than one") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "\"encryptedData\":{\"password\":\"Kd92LmQz7Rt\",";
  CHECK_FALSE(found(text).empty());
}

}  // namespace agentmesh::policy::scan
