// Injection as a call shows it: which keys and tools make an attack of a text, and which a question about one.

#include <string>

#include "tests/policy/ask.h"

namespace agentmesh::policy::tests {
namespace {

// The severity of what a call is found to inject; "-" if nothing.
std::string severity(const std::string& tool, const std::string& key, const std::string& text) {
  const auto policy = good("default: allow\nrules: []");
  const Verdict verdict = ask(*policy, call(tool, R"({")" + key + R"(":")" + text + R"("})"));
  for (const Finding& finding : verdict.findings)
    if (finding.id.ends_with(".injection")) return std::string(to_string(finding.severity));
  return "-";
}

}  // namespace

TEST_CASE("who looks for an attack is told of it at the most") {
  for (const char* text : {"UNION SELECT password FROM users", "' OR '1'='1' --",
                           "how to fix ' OR 1=1 -- sql injection", "; cat /etc/passwd",
                           "--checkpoint-action=exec=sh"}) {
    CAPTURE(text);
    for (const char* tool : {"grep", "search_code", "web_search", "find_files"})
      for (const char* key : {"pattern", "regex", "query", "search", "q"}) {
        CAPTURE(tool, key);
        CHECK(severity(tool, key, text) == "medium");
      }
    CHECK(severity("get_customer", "name", text) == "high");
    CHECK(severity("write_row", "query", text) == "high");
    CHECK(severity("query_database", "filter", text) == "high");
  }
  CHECK(severity("xpath", "xpath", "//div[contains(@class,'a') and '1'='1']") == "medium");
  CHECK(severity("query_xml", "xpath", "//div[contains(@class,'a') and '1'='1']") == "medium");
}

TEST_CASE("a key that names one thing takes no documents") {
  std::string prose;
  while (prose.size() < 5000) prose += "The report is in the folder, next to the drafts. ";
  const std::string blanks(9000, ' ');
  CHECK(severity("get_host", "host", blanks + "; cat /etc/passwd") == "high");
  CHECK(severity("get_host", "value", blanks + "; cat /etc/passwd") == "high");
  CHECK(severity("get_host", "host", prose + "; cat /etc/passwd") != "-");
  CHECK(severity("get_host", "value", prose + "; cat /etc/passwd") == "-");
  CHECK(severity("get_customer", "customer_name", prose + "x' or '1'='1' --") == "high");
}

TEST_CASE("options are no injection where they are asked for") {
  CHECK(severity("get_host", "host", "-oProxyCommand=id") == "high");
  CHECK(severity("clone", "repository", "ext::sh -c id") == "high");
  CHECK(severity("connect", "ssh_options", "-oProxyCommand=ssh -W %h:%p jump") == "-");
}

}  // namespace agentmesh::policy::tests
