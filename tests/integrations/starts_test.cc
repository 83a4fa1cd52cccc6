// Which commands start us through another program, and which only mention us.

#include <string>

#include <fmt/format.h>

#include "base/json.h"
#include "tests/integrations/round_trip.h"

namespace agentmesh::integrations::tests {
namespace {

// What an entry is that runs `program` with these words.
Entry of(const std::string& program, const std::vector<std::string>& words) {
  std::string entry = R"({"mcpServers":{"s":{"command":)";
  json::append_string(entry, program);
  entry += R"(,"args":[)";
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) entry += ',';
    json::append_string(entry, words[i]);
  }
  entry += "]}}}";
  const auto document = read_document(entry, client("claude"), "f");
  REQUIRE(document);
  REQUIRE(document->entries.size() == 1);
  return document->entries[0];
}

struct Case {
  const char* program;
  std::vector<std::string> words;
};

TEST_CASE("what starts us through another program is not wrapped again") {
  const Case cases[] = {
      {"env", {"A=b", "agentmesh", "proxy", "--", "npx"}},
      {"env", {"-i", "-u", "X", "-C", "/x", "A=b", "/x/agentmesh", "proxy", "--", "npx"}},
      {"env", {"--unset=X", "--chdir", "/x", "--", "A=b", "agentmesh", "proxy", "--", "npx"}},
      {"env", {"-S", "A=b agentmesh proxy -- npx"}},
      {"env", {"-Sagentmesh proxy -- npx"}},
      {"env", {"-S", "A=b agentmesh", "proxy", "--", "npx"}},
      {"/usr/bin/sudo", {"-u", "x", "/x/agentmesh", "proxy", "--target", "npx"}},
      {"sudo", {"-nE", "--user", "x", "A=b", "agentmesh", "proxy", "--", "npx"}},
      {"nice", {"-n", "5", "env", "agentmesh", "proxy", "--", "x"}},
      {"nice", {"-5", "agentmesh", "proxy", "--", "x"}},
      {"timeout", {"-k", "5", "60", "agentmesh", "proxy", "--", "x"}},
      {"ionice", {"-c2", "-n", "7", "agentmesh", "proxy", "--", "x"}},
      {"stdbuf", {"-o", "L", "agentmesh", "proxy", "--", "x"}},
      {"taskset", {"-c", "0-1", "agentmesh", "proxy", "--", "x"}},
      {"chrt", {"-b", "0", "agentmesh", "proxy", "--", "x"}},
      {"busybox", {"sh", "-c", "agentmesh proxy -- x"}},
      {"bwrap", {"--bind", "/", "/", "--", "agentmesh", "proxy", "--", "x"}},
      {"systemd-run", {"-p", "X=y", "agentmesh", "proxy", "--", "x"}},
      {"sh", {"-c", "eval 'exec agentmesh proxy -- x'"}},
      {"flatpak-spawn", {"--host", "agentmesh", "proxy", "--", "x"}},
      {"sh", {"-c", "cd /x && '/a b/agentmesh' proxy --name s -- npx"}},
      {"bash", {"-lc", "agentmesh.exe proxy -- npx"}},
      {"bash", {"--norc", "-e", "-o", "pipefail", "-c", "agentmesh proxy -- npx"}},
      {"sh", {"-c", "A=b B='c d' exec -a s agentmesh proxy -- npx"}},
      {"sh", {"-c", "exec env A=b agentmesh proxy -- npx # our own"}},
      {"sh", {"-c", "# our own\nexec agentmesh proxy -- npx"}},
      {"sh", {"-c", "if true; then exec agentmesh proxy -- npx; fi"}},
      {"sh", {"-c", "(cd /x; agentmesh proxy -- npx)"}},
      {"sh", {"-c", "true|agentmesh proxy -- npx 2>>/tmp/log"}},
      {"sh", {"-c", "2>&1 >/tmp/log agentmesh proxy -- npx"}},
      {"sh", {"-c", "\"$HOME\"/bin/agent\\mesh proxy -- npx"}},
      {"fish", {"--command=exec agentmesh proxy -- npx"}},
      {"npx", {"-y", "agentmesh@0.3", "proxy", "--name", "s", "--", "npx"}},
      {"npx", {"-p", "agentmesh", "agentmesh", "proxy", "--", "npx"}},
      {"pnpm", {"dlx", "agentmesh", "proxy", "--", "npx"}},
      {"uvx", {"--from", "x", "agentmesh", "proxy", "--", "npx"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.program, c.words);
    CHECK(word_of(of(c.program, c.words).standing) == "already");
  }
}

TEST_CASE("what only mentions us is a server like any other") {
  const Case cases[] = {
      {"env", {"python3", "srv.py", "agentmesh", "proxy", "--", "x"}},
      {"env", {"-u", "agentmesh", "proxy", "--", "x"}},
      {"env", {"A=b", "python3", "srv.py", "agentmesh proxy -- x"}},
      {"env", {}},
      {"env", {"agentmesh", "serve"}},
      {"agentmesh", {"--config", "x"}},
      {"npx", {"-y", "a-server", "agentmesh", "proxy", "--", "x"}},
      {"npx", {"-y", "agentmesh", "serve"}},
      {"npm", {"run", "agentmesh-proxy"}},
      {"sudo", {"-u", "agentmesh", "proxy", "--", "x"}},
      {"sudo", {"agentmesh", "status"}},
      {"timeout", {"60", "python3", "agentmesh", "proxy", "--", "x"}},
      {"sh", {"agentmesh", "proxy", "--", "x"}},
      {"sh", {"run.sh", "-c", "agentmesh proxy -- x"}},
      {"sh", {"-c", "exec python3 srv.py # not agentmesh proxy -- yet"}},
      {"sh", {"-c", "exec python3 srv.py\n# agentmesh proxy -- yet"}},
      {"sh", {"-c", "exec python3 srv.py agentmesh proxy -- x"}},
      {"sh", {"-c", "exec python3 srv.py '; agentmesh proxy -- x'"}},
      {"sh", {"-c", "exec python3 srv.py \"| agentmesh proxy -- x\""}},
      {"sh", {"-c", "exec python3 srv.py \\; agentmesh proxy -- x"}},
      {"sh", {"-c", "exec python3 srv.py > agentmesh proxy -- x"}},
      {"sh", {"-c", "exec python3 srv.py", "agentmesh", "proxy", "--", "x"}},
      {"sh", {"-c", "my-agentmesh proxy -- npx"}},
      {"sh", {"-c", "agentmesh proxyman -- npx"}},
      {"sh", {"-c", "agentmesh"}},
      {"sh", {"-c", "exec x#agentmesh proxy -- npx"}},
      {"npx", {"agentmesh@2", "serve", "--backend", "proxy"}},
      {"agentmesh", {"policy", "explain", "proxy"}},
      {"agentmesh", {"audit", "query", "--server", "proxy", "--", "x"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.program, c.words);
    CHECK(word_of(of(c.program, c.words).standing).empty());
  }
}

TEST_CASE("what starts us by words that are no whole run is bent, and is said to be") {
  struct Row {
    const char* program;
    std::vector<std::string> words;
    const char* trouble;
  };
  constexpr const char* kStray = "a word that is no option's value stands in front of --, line 1";
  constexpr const char* kNoProxy = "its first argument is not proxy, line 1";
  constexpr const char* kThroughAnother =
      "another program starts it, and what follows its name is no whole run, line 1";
  const Row rows[] = {
      {"/x/agentmesh",
       {"proxy", "--name", "s", "npx", "p"},
       "no -- stands in front of the server's command, line 1"},
      {"AgentMesh.EXE", {"proxy"}, "no -- stands in front of the server's command, line 1"},
      {"agentmesh", {"proxy", "--name", "s", "--"}, "no command stands behind --, line 1"},
      {"agentmesh", {"proxy", "--name", "s", "--", ""}, "the command behind -- is empty, line 1"},
      {"agentmesh",
       {"proxy", "--", "--name", "s", "npx"},
       "an option, and no command, stands behind --, line 1"},
      {"agentmesh",
       {"proxy", "--name", "s", "--", "--", "npx"},
       "an option, and no command, stands behind --, line 1"},
      {"agentmesh",
       {"proxy", "--name", "--", "npx"},
       "the option in front of -- has no value, line 1"},
      {"agentmesh", {"proxy", "-p", "--", "npx"}, "the option in front of -- has no value, line 1"},
      {"agentmesh", {"proxy", "--name", "--policy", "strict", "--", "npx"}, kStray},
      {"agentmesh", {"proxy", "proxy", "--name", "s", "--", "npx"}, kStray},
      {"agentmesh", {"--name", "s", "--", "npx"}, kNoProxy},
      {"agentmesh", {"--name=s", "--", "npx"}, kNoProxy},
      {"agentmesh", {"--name", "s", "proxy", "--", "npx"}, kNoProxy},
      {"agentmesh", {"--pump", "proxy", "npx"}, kNoProxy},
      {"agentmesh", {"--", "npx"}, kNoProxy},
      {"agentmesh", {"--", "proxy", "npx"}, kNoProxy},
      {"agentmesh", {"Proxy", "--", "npx"}, kNoProxy},
      {"agentmesh", {"proxy --name s -- npx"}, kNoProxy},
      {"env", {"A=b", "/x/agentmesh", "proxy", "--name", "s", "npx"}, kThroughAnother},
      {"sh", {"-c", "exec agentmesh proxy --name s npx"}, kThroughAnother},
      {"cmd", {"/c", "agentmesh", "proxy", "npx"}, kThroughAnother},
      {"npx", {"-y", "agentmesh", "proxy", "--name", "s", "npx"}, kThroughAnother},
  };
  for (const Row& row : rows) {
    CAPTURE(row.program, row.words);
    const Entry entry = of(row.program, row.words);
    CHECK(word_of(entry.standing) == "bent");
    CHECK(is_ours(entry));
    CHECK(entry.trouble == row.trouble);
    CHECK(meaning_of(entry).find("mend it by hand") != std::string::npos);
  }
}

TEST_CASE("what may start us and cannot be read is left alone, and said") {
  const Case cases[] = {
      {"bwrap", {"--ro-bind", "/usr", "/usr", "agentmesh", "proxy", "--", "x"}},
      {"sudo", {"--some-new-option", "value", "agentmesh", "proxy", "--", "x"}},
      {"sh", {"-c", "exec \"$0\" \"$@\"", "agentmesh", "proxy", "--", "x"}},
      {"sh", {"-c", "exec \"$AGENTMESH\" proxy -- x"}},
      {"sh", {"-c", "x=$(agentmesh proxy -- x)"}},
      {"sh", {"-c", "exec python3 srv.py \"$(agentmesh proxy -- x)\""}},
      {"sh", {"-c", "sh <<E\nagentmesh proxy -- x\nE"}},
      {"sh", {"-c", "exec python3 srv.py ' agentmesh proxy -- x"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.program, c.words);
    const Entry entry = of(c.program, c.words);
    CHECK(word_of(entry.standing) == "in-doubt");
    CHECK(
        meaning_of(entry) ==
        "it may run agentmesh through another program, which cannot be told: left alone; wrap or change it by hand");
  }
}

}  // namespace
}  // namespace agentmesh::integrations::tests
