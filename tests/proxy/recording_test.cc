// What may be written down of what a client or a server says: no secret, wherever it stands.

#include "proxy/recording.h"

#include <string>

#include "proxy/public_text.h"
#include "tests/catch.h"

namespace agentmesh::proxy {
namespace {

// In two pieces, so that nobody takes them for real ones.
const std::string kSlack = std::string("TFAKEAXYETB/BFAKEWO091C/") + "AasPm32OHFAKE0J271GEn1T9";
const std::string kTelegram = std::string("12345678") + "9:AAH9xKq2LmZx7Rt4Vb8Nc1Wy6Udp0sJfGh3";
const std::string kGithub = std::string("gh") + "p_16C7e42F292c6912E7710c838347Ae178B4a";

TEST_CASE("a target has no secret of its URI, wherever that stands in it") {
  struct Row {
    std::string uri, secret, shown;
  };
  const Row rows[] = {
      {"https://hooks.slack.com/services/" + kSlack, "AasPm32OHFAKE0J271GEn1T9", ""},
      {"https://api.telegram.org/bot" + kTelegram + "/getUpdates", kTelegram,
       "https://api.telegram.org/"},
      {"https://discord.com/api/webhooks/1100011223344556677/" +
           std::string("Zk3vQ9xW7pLm2Nc8Rt5Yb1Hs6Dj4Fg0KaUeIoXzVwTqSyBhMnCdEfGiJlOrPuAx2"),
       "Zk3vQ9xW7pLm2Nc8Rt5Yb1Hs6Dj4Fg0KaUeIoXzVwTqSyBhMnCdEfGiJlOrPuAx2", ""},
      {"https://example.org/r/" + kGithub + "/x", kGithub, "https://example.org/r/"},
      {"https://example.org/r/gh%70_" + kGithub.substr(4) + "/x", kGithub.substr(4), ""},
      {"https://me:" + kGithub + "@example.org/x", kGithub, "https://example.org/x"},
      {"https://example.org/x?token=" + kGithub, kGithub, "https://example.org/x"},
      {"https://example.org/x#" + kGithub, kGithub, "https://example.org/x"},
      {"note:" + kGithub, kGithub, "note:"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.uri);
    const std::string target = public_uri(row.uri);
    CAPTURE(target);
    CHECK(target.find(row.secret) == std::string::npos);
    CHECK(target.starts_with(row.shown));
  }
}

TEST_CASE("a target without a secret is as it was") {
  for (const char* uri :
       {"https://example.org/a/b.txt", "file:///home/ada/notes/2026-11-29.md", "notes", "",
        "repo://owner/name/sha/3f786850e387550fdab836ed7e6dc881de23001b/contents/src/main.cc",
        "urn:uuid:123e4567-e89b-12d3-a456-426614174000", "postgres://db.example.org/shop/schema"})
    CHECK(public_uri(uri) == uri);
  CHECK(public_uri("https://me:pw@example.org/a?token=1#part") == "https://example.org/a");
  // Rules match agents and tools by these.
  for (const char* name :
       {"a_tool_with_a_rather_long_name", "Visual Studio Code - Insiders 1.105.0",
        "claude-desktop (via mcp-remote 0.1.29)", "roo-code/3.28.15-nightly+20261129",
        "ci-runner-3f786850e387550fdab836ed7e6dc881de23001b",
        "jetbrains.mcp.client.IntelliJIdea2026", "mcp__github__create_pull_request_review_comment",
        "agent 123e4567-e89b-12d3-a456-426614174000"})
    CHECK(public_name(name) == name);
  CHECK(public_id("\"8a6e0804-2bd0-4672-b79d-d97027f9071a\"") ==
        "\"8a6e0804-2bd0-4672-b79d-d97027f9071a\"");
  CHECK(public_id("9007199254740993") == "9007199254740993");
}

TEST_CASE("a name or an id that is a secret is not written down") {
  CHECK(public_name("use_" + kGithub).find(kGithub) == std::string::npos);
  CHECK(public_name(kGithub) == "[masked:secret.github-token]");
  CHECK(public_id("\"" + kGithub + "\"") == "\"[masked:secret.github-token]\"");
}

}  // namespace
}  // namespace agentmesh::proxy
