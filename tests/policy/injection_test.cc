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
  for (const char* text :
       {"UNION SELECT password FROM users", "' OR '1'='1' --", "x' UNION SELECT name FROM users",
        "; cat /etc/passwd", "--checkpoint-action=exec=sh"}) {
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

TEST_CASE("a question to the web about an attack is a question") {
  for (const char* text :
       {"how does ' OR 1=1 -- work", "what does x' OR '1'='1 mean",
        "how to fix ' OR 1=1 -- sql injection", "was bedeutet ' OR 1=1 -- genau"}) {
    CAPTURE(text);
    for (const char* key : {"query", "q", "search"}) {
      CHECK(severity("web_search", key, text) == "low");
      CHECK(severity("search_customers", key, text) == "medium");
      CHECK(severity("query_database", key, text) == "high");
    }
    CHECK(severity("web_search", "name", text) == "high");
    CHECK(severity("web_search", "pattern", text) == "medium");
  }
  for (const char* text : {"' OR 1=1 -- how does this work", "shoes' OR 1=1 --",
                           "union select or drop table ' OR 1=1 --"}) {
    CAPTURE(text);
    CHECK(severity("web_search", "query", text) == "medium");
  }
}

TEST_CASE(
    "a language that is searched in is a search by any name, and so is a parameter of an address") {
  for (const char* text : {"' OR 1=1 --", "; cat /etc/passwd"})
    for (const char* key :
         {"jql", "cql", "soql", "kql", "lucene", "promql", "expr", "where", "condition",
          "query_string", "jqlQuery", "searchText", "find", "filter_expression"}) {
      CAPTURE(text, key);
      CHECK(severity("jira_search", key, text) == "medium");
      CHECK(severity("write_row", key, text) == "high");
      CHECK(severity("query_database", key, text) == "high");
    }
  for (const char* key :
       {"matching", "whereabouts", "search_type", "query_id", "value", "finder", "filter_exec",
        "find_exec", "match_script", "search_command", "query_runner", "filter_value"}) {
    CAPTURE(key);
    CHECK(severity("jira_search", key, "' OR 1=1 --") == "high");
    CHECK(severity("jira_search", key, "x'; DROP TABLE users;--") == "high");
  }
  for (const char* url : {"https://github.com/search?q=%22UNION+SELECT%22&type=code",
                          "https://www.google.com/search?hl=en&q=%27+OR+1%3D1+--",
                          "https://www.exploit-db.com/search?text=%3Bcat+/etc/passwd#top"}) {
    CAPTURE(url);
    CHECK(severity("fetch", "url", url) == "medium");
    CHECK(severity("write_row", "url", url) == "high");
  }
  for (const char* url : {"https://shop.example/item?id=1%27+OR+1%3D1+--",
                          "https://shop.example/a%27+OR+1%3D1+--?q=x",
                          "https://shop.example/item?q=tea&id=1%27+OR+1%3D1+--",
                          "https://shop.example/item?id=1%27+OR+1%3D1+--&q=%27+OR+1%3D1",
                          "https://shop.example/q?x=y#q=%27;cat+/etc/passwd"}) {
    CAPTURE(url);
    CHECK(severity("fetch", "url", url) == "high");
  }
  CHECK(severity("fetch", "url", "https://shop.example/search?q=tea&page=2") == "-");
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
  CHECK(severity("git_clone", "url", "ssh://git@-oProxyCommand=id/y") == "high");
  CHECK(severity("git_diff", "target", "--output=.git/hooks/pre-commit") == "medium");
  CHECK(severity("git_diff", "target", "--stat") == "-");
  // A file among others is what options are for; a hidden one, or one elsewhere, is not.
  for (const char* key : {"additional", "extra", "arg", "setting", "flag_string"}) {
    CAPTURE(key);
    CHECK(severity("pandoc_convert", key, "--output=out/a.pdf --toc") == "-");
    CHECK(severity("pandoc_convert", key, "--output=/etc/cron.d/x") == "medium");
    CHECK(severity("pandoc_convert", key, "--output=../x") == "medium");
    CHECK(severity("pandoc_convert", key, "--output=a/.git/hooks/pre-commit") == "medium");
    CHECK(severity("pandoc_convert", key, "--output=~/x") == "medium");
    CHECK(severity("git_clone", key, "--upload-pack=id") == "high");
  }
  CHECK(severity("git_diff", "ref", "--output=src/app.js") == "medium");
  CHECK(severity("git_diff", "branch", "--output=src/app.js") == "medium");
  CHECK(severity("graph", "fields", "{id,}") == "-");
  CHECK(severity("graph", "fields", "{date,}") == "-");
  CHECK(severity("graph", "fields", "{cat,/etc/passwd}") == "medium");
  CHECK(severity("graph", "fields", "x;{id,}") != "-");
  CHECK(severity("connect", "ssh_options", "-oProxyCommand=ssh -W %h:%p jump") == "-");
}

}  // namespace agentmesh::policy::tests
