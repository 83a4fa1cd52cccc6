// Policy.md, "Roots" and "Self-protection": what no rule can let through.

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::call;
using tests::good;
using tests::has_finding;
using tests::holds;
using tests::say;

TEST_CASE("a URL is held against roots and hosts as URL parsers read it") {
  for (const char* url : {"file:///etc/passwd", "fi\\tle:///etc/passwd", " f\\nile:/etc/passwd"}) {
    CAPTURE(url);
    CHECK(holds("paths.exists(p, p == '/etc/passwd')",
                call("get", R"({"url": ")" + std::string(url) + R"("})")));
  }
  CHECK(
      holds("paths.exists(p, under(p, '/secret'))", call("get", R"({"x": "file:///sec\nret/a"})")));
  const auto policy = good("default: allow\nhosts: {allow: [good.example]}");
  for (const char* key : {"url", "target"}) {
    CAPTURE(key);
    const auto get = [&](const std::string& url) {
      return ask(*policy, call("get", R"({")" + std::string(key) + R"(": ")" + url + R"("})"));
    };
    CHECK(get("https:good.example/").passes());
    CHECK_FALSE(get("https:bad.example/").passes());
    CHECK_FALSE(get("https:good.example@bad.example/").passes());
    CHECK_FALSE(get("ht\\ttps://bad.example/").passes());
    CHECK(get("https: see bad.example below").passes());
  }
  Question listen = call("", R"({"notifications": {"resourceSubscriptions": ["http:intranet/"]}})");
  listen.method = "subscriptions/listen";
  CHECK_FALSE(ask(*policy, listen).passes());
}

TEST_CASE("a policy's own roots are hard: no rule lets a path out") {
  const auto policy = good(R"(
default: allow
roots: [/srv/project, ~/reports]
rules: [{name: all, action: allow, priority: 1000}]
)");
  const auto decide = [&](const char* args) { return say(ask(*policy, call("read_file", args))); };
  CHECK(decide(R"({"path":"/srv/project/a"})") == "allow by all");
  CHECK(decide(R"({"path":"/srv/project"})") == "allow by all");
  CHECK(decide(R"({"path":"/home/ann/reports/x"})") == "allow by all");
  CHECK(decide(R"({"path":"/srv/project_evil/a"})") == "deny by roots");
  CHECK(decide(R"({"path":"/srv/project/../x"})") == "deny by roots");
  CHECK(decide(R"({"path":"/srv/project/a","to":"/tmp/x"})") == "deny by roots");
  CHECK(decide(R"({"q":"no path"})") == "allow by all");
  const Verdict verdict = ask(*policy, call("read_file", R"({"path":"/etc/hosts"})"));
  CHECK(verdict.file == "p.yaml");
  CHECK(verdict.line == 3);
  CHECK_FALSE(verdict.facts.inside);
  CHECK_FALSE(verdict.overridable);
}

TEST_CASE("a parent's roots hold for the child as well, and the child's are the ones in force") {
  const auto policy = good("default: allow\nextends: ./p2.yaml\nroots: [/srv]",
                           {{"p2.yaml", "roots: [/srv/a, /opt]"}});
  CHECK(say(ask(*policy, call("r", R"({"path":"/srv/a/x"})"))) == "allow by default");
  CHECK(say(ask(*policy, call("r", R"({"path":"/srv/b/x"})"))) == "deny by roots");
  CHECK(say(ask(*policy, call("r", R"({"path":"/opt/x"})"))) == "deny by roots");
}

TEST_CASE("derived roots make a finding, and ${workspace} stands for them") {
  Question question = call("read_file", R"({"path":"/srv/a"})");
  question.surroundings.derived_roots = {"/proj"};
  const auto open = good("default: allow");
  const Verdict outside = ask(*open, question);
  CHECK(say(outside) == "allow by default");
  CHECK(has_finding(outside, "path.outside-roots"));
  CHECK(outside.findings.front().where == "arguments.path");
  CHECK_FALSE(outside.facts.inside);
  CHECK(holds("roots == ['/proj'] && !paths.all(p, roots.exists(r, under(p, r)))", question));
  CHECK(say(ask(*good("default: allow\nroots: ['${workspace}']"), question)) == "deny by roots");
  CHECK(say(ask(*good("default: allow\nroots: ['${workspace}', /srv]"), question)) ==
        "allow by default");
  question.surroundings.derived_roots.clear();
  CHECK_FALSE(has_finding(ask(*good("default: allow"), question), "path.outside-roots"));
  CHECK(say(ask(*good("default: allow\nroots: ['${workspace}']"), question)) == "deny by roots");
}

TEST_CASE("a root is compared as it really is when paths come resolved") {
  Question question = call("read_file", R"({"path":"/link/a"})");
  question.surroundings.resolve = [](std::string_view path) -> Result<std::string> {
    std::string out(path);
    if (out.starts_with("/link")) out.replace(0, 5, "/real/dir");
    return out;
  };
  CHECK(say(ask(*good("default: allow\nroots: [/link]"), question)) == "allow by default");
  CHECK(say(ask(*good("default: allow\nroots: [/other]"), question)) == "deny by roots");
}

namespace {
Result<std::string> as_written(std::string_view path) { return std::string(path); }
}  // namespace

TEST_CASE("a call with hundreds of paths is as good as one with few") {
  std::string paths, words = "git add";
  for (int i = 0; i < 1500; ++i) {
    const std::string path = "packages/app/src/components/mod/file" + std::to_string(i) + ".ts";
    paths += (i > 0 ? ",\"" : "\"") + path + "\"";
    words += " " + path;
  }
  const auto policy = good("default: allow\nroots: [/a/b, /c/d, /e/f, /g/h]");
  for (Question question : {call("read_text_file", "{\"paths\":[" + paths + "]}"),
                            call("execute_command", "{\"command\":\"" + words + "\"}")}) {
    question.surroundings.unreadable_paths = {"/home/ann/.local/state/agentmesh"};
    question.surroundings.resolve = as_written;
    CHECK(say(ask(*policy, question)) == "allow by default");
  }
}

TEST_CASE("a command line with more words than are followed is refused, and told why") {
  std::string words = "git add";
  for (int i = 0; i < 12'000; ++i) words += " a/b/c/d/" + std::to_string(i);
  Question question = call("execute_command", "{\"command\":\"" + words + "\"}");
  question.surroundings.working_directory = "/p/r/o/j/e/c/t/i/n/i/t";
  question.surroundings.unreadable_paths = {"/home/ann/.local/state/agentmesh"};
  question.surroundings.resolve = as_written;
  const Verdict verdict = ask(*good("default: allow"), question);
  CHECK(say(verdict) == "deny by self.protected");
  CHECK(has_finding(verdict, "path.too-many"));
}

TEST_CASE("keys of objects are held against roots where they name files, and the place is told") {
  const auto policy = good("default: allow\nroots: [/srv]");
  for (const auto& [tool, args] : std::initializer_list<std::pair<const char*, const char*>>{
           {"process_data", R"({"openapi":{"paths":{"/pets":{}}}})"},
           {"get_thing", R"({"routes":{"/users":1}})"},
           {"push_files", R"({"files":{"/srv/a":"x"}})"}})
    CHECK(say(ask(*policy, call(tool, args))) == "allow by default");
  for (const auto& [tool, args] : std::initializer_list<std::pair<const char*, const char*>>{
           {"push_files", R"({"all":{"/etc/x":"y"}})"}, {"push", R"({"files":{"/etc/x":"y"}})"}}) {
    const Verdict verdict = ask(*policy, call(tool, args));
    CHECK(say(verdict) == "deny by roots");
    REQUIRE(has_finding(verdict, "path.outside-roots"));
    CHECK(verdict.findings.front().where.starts_with("arguments."));
  }
}

TEST_CASE("hosts.allow lets only those through, hosts.deny wins") {
  struct Case {
    const char* hosts;
    const char* url;
    const char* expected;
  };
  const Case cases[] = {
      {"{allow: ['*.corp.example']}", "https://a.corp.example/x", "allow by default"},
      {"{allow: ['*.corp.example']}", "https://corp.example/x", "deny by hosts"},
      {"{allow: ['*.corp.example']}", "https://a.corp.example.evil.org/x", "deny by hosts"},
      {"{allow: ['*.corp.example']}", "https://A.CORP.example./x", "allow by default"},
      {"{allow: []}", "https://a.org/", "deny by hosts"},
      {"{deny: ['evil.org']}", "https://a.org/", "allow by default"},
      {"{deny: ['evil.org']}", "https://evil.org/", "deny by hosts"},
      {"{allow: ['*'], deny: ['evil.org']}", "https://evil.org/", "deny by hosts"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.hosts, c.url);
    const auto policy = good(std::string("default: allow\nhosts: ") + c.hosts);
    CHECK(say(ask(*policy, call("fetch", std::string(R"({"url":")") + c.url + "\"}"))) ==
          c.expected);
    CHECK(say(ask(*policy, call("fetch", R"({"q":"none"})"))) == "allow by default");
  }
}

TEST_CASE("an agent must not govern its governor, whatever a rule says") {
  const auto policy =
      good("default: allow\nmode: shadow\nrules: [{name: all, action: allow, priority: 1000}]");
  const auto decide = [&](const char* tool, const char* args) {
    Question question = call(tool, args);
    question.surroundings.protected_paths = {"/home/ann/.config/Claude/claude_desktop_config.json",
                                             "/usr/bin/agentmesh", "/proj/policy.yaml"};
    question.surroundings.unreadable_paths = {"/home/ann/.local/state/agentmesh"};
    return say(ask(*policy, question));
  };
  const std::string stopped = "deny by self.protected";
  CHECK(decide("write_file", R"({"path":"/proj/policy.yaml"})") == stopped);
  CHECK(decide("write_file", R"({"path":"policy.yaml"})") == stopped);
  CHECK(decide("write_file", R"({"path":"/proj/x/../policy.yaml"})") == stopped);
  CHECK(decide("frobnicate", R"({"path":"~/.config/Claude/claude_desktop_config.json"})") ==
        stopped);
  CHECK(decide("read_file", R"({"path":"/proj/policy.yaml"})") == "allow by all");
  CHECK(decide("read_file", R"({"path":"~/.local/state/agentmesh/keys/audit/main.key"})") ==
        stopped);
  CHECK(decide("list_directory", R"({"path":"~/.local/state"})") == "allow by all");
  CHECK(decide("delete_directory", R"({"path":"/home/ann/.local"})") == stopped);
  CHECK(decide("move_file", R"({"source":"/home/ann/.local","destination":"/tmp/x"})") == stopped);
  CHECK(decide("write_file", R"({"path":"/proj/other.yaml"})") == "allow by all");
  CHECK(decide("bash", R"({"command":"echo x > ~/.config/Claude/claude_desktop_config.json"})") ==
        stopped);
  CHECK(decide("bash", R"({"command":"cp /tmp/x /usr/bin/agentmesh"})") == stopped);
  CHECK(decide("bash", R"({"command":"rm -rf ~/.local/state"})") == stopped);
  CHECK(decide("bash", R"({"command":"ls ~/.local/state"})") == "allow by all");
  CHECK(decide("bash", R"({"command":"tee --output=/proj/policy.yaml"})") == stopped);
  CHECK(decide("bash", R"({"command":"make -C /proj all"})") == "allow by all");
  // A tree that goes as a whole takes what is in it along; a search of it does not.
  CHECK(decide("bash", R"({"command":"find ~ -type f -delete"})") == stopped);
  CHECK(decide("bash", R"({"command":"find / -print0 | xargs -0 rm -f"})") == stopped);
  CHECK(decide("bash", R"({"command":"chown -R ann /home"})") == stopped);
  CHECK(decide("bash", R"({"command":"find / -name '*.mp3' -exec mv {} /mnt \\;"})") ==
        "allow by all");
  CHECK(decide("bash", R"({"command":"find / -type f -print0 | xargs -0 grep -l x | xargs rm"})") ==
        "allow by all");
  CHECK(decide("bash", R"({"command":"chmod 755 ~"})") == "allow by all");
  CHECK(decide("bash", R"({"command":"find . -type f -exec chmod 644 {} +"})") == "allow by all");
  Question question = call("write_file", R"({"path":"/proj/policy.yaml"})");
  question.surroundings.protected_paths = {"/proj/policy.yaml"};
  const Verdict verdict = ask(*policy, question);
  REQUIRE(has_finding(verdict, "self.protected"));
  CHECK(verdict.findings.front().severity == Severity::kCritical);
  CHECK_FALSE(verdict.overridable);
}

TEST_CASE("what is talked about in a text is no access") {
  const auto policy = good("default: allow");
  const auto ids = [&](const char* tool, const char* args) {
    std::string out;
    for (const Finding& f : ask(*policy, call(tool, args)).findings)
      out += f.id + ":" + std::string(to_string(f.severity)) + " ";
    return out;
  };
  CHECK(ids("search_text", R"({"text":"../../../../etc/hosts"})").empty());
  CHECK(ids("add_comment", R"({"body":"/etc/shadow"})").empty());
  CHECK(ids("read_file", R"({"path":"/etc/shadow"})") == "path.sensitive:high ");
  CHECK(ids("move_file", R"({"source":"../../../etc/hosts"})") ==
        "path.traversal:high path.sensitive:high ");
  CHECK(ids("add_comment", R"({"body":"never fetch http://169.254.169.254/latest/ from here"})") ==
        "url.metadata:low ");
  // A text that is nothing but a URL may be fetched.
  CHECK(ids("summarize", R"({"text":"http://169.254.169.254/latest/"})") == "url.metadata:high ");
}

TEST_CASE(
    "a place in a word for a program, and a host without a scheme, are seen where they matter") {
  const auto policy = good("default: allow\n");
  const auto ids = [&](const char* tool, const char* args) {
    std::string out;
    for (const Finding& finding : ask(*policy, call(tool, args)).findings)
      out += finding.id + ":" + std::string(to_string(finding.severity)) + " ";
    return out;
  };
  for (const char* args :
       {R"({"args":["--file=/root/.ssh/id_rsa"]})", R"({"args":["-d","@/root/.ssh/id_rsa"]})",
        R"({"args":["-F","key=@/root/.ssh/id_rsa"]})", R"({"args":["-i~/.ssh/id_rsa"]})"}) {
    CAPTURE(args);
    CHECK(ids("read_file", args) == "path.sensitive:high ");
  }
  for (const char* args :
       {R"({"args":["--file=/srv/a.txt"]})", R"({"import":"@/components/Button"})",
        R"({"to":"@ann","flag":"-v"})", R"({"args":["--log=/var/log/x.log"]})"}) {
    CAPTURE(args);
    CHECK(ids("read_file", args).empty());
  }
  CHECK(ids("fetch", R"({"url":"localhost:6379"})") == "url.port:high url.private:medium ");
  CHECK(ids("connect", R"({"host":"localhost:6379"})") == "url.private:medium ");
  CHECK(ids("fetch", R"({"url":"localhost:3000/x"})") == "url.private:medium ");
  CHECK(ids("fetch", R"({"url":"https://10.0.0.1:6443/"})") == "url.port:high url.private:medium ");
  for (const auto& [tool, args] : std::initializer_list<std::pair<const char*, const char*>>{
           {"fetch", R"({"ip":"169.254.169.254"})"},
           {"scan", R"({"target":"169.254.169.254"})"},
           {"fetch", R"({"proxy":"169.254.169.254:80"})"},
           {"git_clone", R"({"repo":"git@169.254.169.254:x"})"},
           {"pull_image", R"({"image":"169.254.169.254/x:latest"})"}}) {
    CAPTURE(tool, args);
    CHECK(ids(tool, args) == "url.metadata:high ");
  }
  CHECK(ids("whois", R"({"ip":"10.0.0.1","target":"build.release","image":"nginx:1.27"})").empty());
  CHECK(ids("git_clone", R"({"repo":"git@github.com:a/b"})").empty());
  CHECK(ids("fetch", R"({"url":"unix:///var/run/docker.sock"})") == "path.sensitive:medium ");
}

}  // namespace
}  // namespace agentmesh::policy
