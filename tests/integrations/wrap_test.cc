#include "integrations/wrap.h"

#include <map>
#include <set>

#include <fmt/format.h>

#include "tests/catch.h"

namespace agentmesh::integrations {
namespace {

const Client& claude() { return *find_client("claude"); }
const RunOptions kRun{"/opt/bin/agentmesh", "", "", ""};

// A file with one server, `s`.
std::string with(const std::string& entry) { return "{\"mcpServers\":{\"s\":" + entry + "}}"; }

Plan wrapping(const std::string& text, const RunOptions& run = kRun, const Names& names = {}) {
  CAPTURE(text);
  const auto document = read_document(text, claude(), "f.json");
  REQUIRE(document);
  const auto plan = wrap(*document, names, run);
  if (!plan) INFO(plan.error().what);
  REQUIRE(plan);
  return *plan;
}

std::string wrapped(const std::string& text, const RunOptions& run = kRun) {
  return edited(text, wrapping(text, run).edits);
}

std::string undone(const std::string& text, const ArgsAdded& added) {
  CAPTURE(text);
  const auto document = read_document(text, claude(), "f.json");
  REQUIRE(document);
  const auto plan = unwrap(*document, {}, added);
  if (!plan) INFO(plan.error().what);
  REQUIRE(plan);
  return edited(text, plan->edits);
}
bool never(const Entry&) { return false; }
bool always(const Entry&) { return true; }

// Wraps, then undoes with what wrapping learned.
void check_round_trip(const std::string& text, const RunOptions& run = kRun) {
  CAPTURE(text);
  const Plan plan = wrapping(text, run);
  std::set<std::pair<std::string, size_t>> added;
  for (const Outcome& outcome : plan.outcomes)
    if (outcome.args_added) added.insert({outcome.entry.name, outcome.entry.occurrence});
  const std::string after = edited(text, plan.edits);
  CHECK(wrapping(after, run).edits.empty());  // again: nothing to do
  CHECK(undone(after, [&](const Entry& entry) {
          return added.contains({entry.name, entry.occurrence});
        }) == text);
}

const char kStart[] = R"("command": "/opt/bin/agentmesh", "args": ["proxy", "--name", "s", "--", )";

TEST_CASE(
    "the run goes in front of args, laid out as they are, and the command's token moves as it is") {
  struct Case {
    std::string before;
    std::string after;
  };
  const Case cases[] = {
      {R"({"command": "npx", "args": ["-y", "x"]})",
       std::string("{") + kStart + R"("npx", "-y", "x"]})"},
      {R"({"command": "\u006epx", "args": []})", std::string("{") + kStart + R"("\u006epx"]})"},
      {R"({"command": "npx"})", std::string("{") + kStart + R"("npx"]})"},
      {R"({"command": "npx" /* c */, "env": {}})",
       std::string("{") + kStart + R"("npx"] /* c */, "env": {}})"},
      {R"({"command": "npx", "args": [ /* none */ ]})",
       std::string("{") + kStart + R"("npx" /* none */ ]})"},
      {R"({"command": "npx", "args": [ "-y" , ]})",
       R"({"command": "/opt/bin/agentmesh", "args": [ "proxy", "--name", "s", "--", "npx", "-y" , ]})"},
      {"{\"args\": [\r\n\t\"-y\",\r\n\t\"x\"\r\n], \"command\": \"npx\"}",
       "{\"args\": [\r\n\t\"proxy\",\r\n\t\"--name\",\r\n\t\"s\",\r\n\t\"--\",\r\n\t\"npx\",\r\n\t\"-y\",\r\n\t\"x\"\r\n], "
       "\"command\": \"/opt/bin/agentmesh\"}"},
      {R"({"disabled": true, "type": "stdio", "command": "/a b/c"})",
       std::string(R"({"disabled": true, "type": "stdio", )") + kStart + R"("/a b/c"]})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    CHECK(wrapped(with(c.before)) == with(c.after));
    check_round_trip(with(c.before));
  }
}

TEST_CASE("options are said in the entry, and a name that looks like an option stays one word") {
  const std::string text = R"({"mcpServers":{"--":{"command":"a"},"":{"command":"b"}}})";
  CHECK(
      wrapped(text, {"/m/agentmesh", "strict", "/s", "/c.yaml"}) ==
      R"({"mcpServers":{"--":{"command":"/m/agentmesh", "args": ["proxy", "--name=--", "--policy", "strict", )"
      R"("--state-dir", "/s", "--config", "/c.yaml", "--", "a"]},"":{"command":"/m/agentmesh", "args": ["proxy", )"
      R"("--policy", "strict", "--state-dir", "/s", "--config", "/c.yaml", "--", "b"]}}})");
  check_round_trip(text, {"/m/agentmesh", "strict", "/s", "/c.yaml"});
}

TEST_CASE("what is wrapped can be brought up to date alone, whatever else is called as it is") {
  RunOptions run = kRun;
  run.only_wrapped = true;
  const std::string ours = R"({"command":"/old/agentmesh","args":["proxy","--","x"]})";
  const std::string fresh = R"({"command":"x"})";
  for (const bool first : {true, false}) {
    const std::string text = "{\"mcpServers\":{\"a\":" + (first ? ours : fresh) +
                             ",\"a\":" + (first ? fresh : ours) + "}}";
    const Plan plan = wrapping(text, run);
    REQUIRE(plan.outcomes.size() == 1);
    CHECK(plan.outcomes[0].action == Action::kUpdated);
    std::string expected = text;
    expected.replace(expected.find("/old/"), 5, "/opt/bin/");
    CHECK(edited(text, plan.edits) == expected);
  }
  CHECK(wrapping(with(fresh), run).outcomes.empty());
}

TEST_CASE("what is no stdio server is left alone, with its reason") {
  struct Case {
    const char* entry;
    Standing standing;
  };
  const Case cases[] = {
      {R"({"url":"https://x"})", Standing::kRemote},
      {R"({"serverUrl":"https://x"})", Standing::kRemote},
      {R"({"httpUrl":"https://x"})", Standing::kRemote},
      {R"({"type":"sse"})", Standing::kRemote},
      {R"({"command":"npx","url":"https://x"})", Standing::kMixed},
      {R"({"command":"npx","transport":"streamable-http"})", Standing::kMixed},
      {R"({"command":"npx","type":"ws"})", Standing::kMixed},
      {R"([])", Standing::kNotAServer},
      {R"("npx")", Standing::kNotAServer},
      {R"(null)", Standing::kNotAServer},
      {R"({})", Standing::kNotAServer},
      {R"({"args":["x"],"settings":{}})", Standing::kNotAServer},
      {R"({"command":{"path":"x","args":[]}})", Standing::kShape},
      {R"({"command":""})", Standing::kShape},
      {R"({"command":null})", Standing::kShape},
      {R"({"command":"-y"})", Standing::kShape},
      {R"({"command":"npx","args":"-y x"})", Standing::kShape},
      {R"({"command":"npx","args":["-y",1]})", Standing::kShape},
      {R"({"command":"npx","type":"magic"})", Standing::kShape},
      {R"({"command":"npx","type":1})", Standing::kShape},
      // Programs that write every member say null, or nothing, of one that is not there.
      {R"({"command":"npx","url":null,"serverUrl":null,"httpUrl":""})", Standing::kStdio},
      {R"({"command":"npx","type":null,"transport":""})", Standing::kStdio},
      {R"({"command":"npx","args":null})", Standing::kStdio},
      {R"({"command":"npx","args":null,"url":null})", Standing::kStdio},
      {R"({"command":"npx","args":0})", Standing::kShape},
      {R"({"command":"npx","url":0})", Standing::kMixed},
      {R"({"command":"npx","type":"local"})", Standing::kStdio},
      {R"({"command":"npx","type":"STDIO"})", Standing::kStdio},
      {R"({"command":null,"args":null,"url":"https://x"})", Standing::kRemote},
      {R"({"command":null,"url":null})", Standing::kShape},
      {R"({"command":"","url":"https://x"})", Standing::kMixed},
      {R"({"command":"npx -y @a/b"})", Standing::kCommandLine},
      {R"({"command":"${X} -y"})", Standing::kCommandLine},
      {R"({"command":"${X"})", Standing::kStdio},
      {R"({"command":"${X y"})", Standing::kCommandLine},
      {R"({"command":"${input:my cmd}"})", Standing::kStdio},
      {R"({"command":"${{ secrets.CMD }}"})", Standing::kStdio},
      {R"({"command":"npx "})", Standing::kStdio},
      {R"({"command":"npx","comm\u0061nd":"b"})", Standing::kDuplicateKey},
      {R"({"command":"npx","args":[],"args":["x"]})", Standing::kDuplicateKey},
      {R"({"command":"C:\\Program Files\\x.exe"})", Standing::kStdio},
      {R"({"command":"./my server"})", Standing::kStdio},
      {R"({"command":"npx","env":{"url":"x","command":"y"}})", Standing::kStdio},
      {R"({"command":"/x/agentmesh","args":["proxy","--","npx"]})", Standing::kOurs},
      {R"({"command":"C:\\x\\AgentMesh.EXE","args":["proxy","--name","a","--","npx"]})",
       Standing::kOurs},
      {R"({"command":"agentmesh","args":["proxy","--","npx"],"url":"https://x"})", Standing::kOurs},
      {R"({"command":"agentmesh","args":["proxy","--","npx","--target","x"]})", Standing::kOurs},
      {R"({"command":"agentmesh","args":["proxy","--target","npx"]})", Standing::kForeign},
      {R"({"command":"agentmesh","args":["proxy","--target=npx"]})", Standing::kForeign},
      {R"({"command":"cmd","args":["/c","agentmesh","proxy","--","npx"]})", Standing::kForeign},
      {R"({"command":"cmd.exe","args":["/d","/s","/C","x\\agentmesh.exe","proxy","--","npx"]})",
       Standing::kForeign},
      {R"({"command":"cmd","args":["/c","npx","agentmesh"]})", Standing::kStdio},
      {R"({"command":"env","args":["A=b","agentmesh","proxy","--","npx"]})", Standing::kForeign},
      {R"({"command":"/usr/bin/sudo","args":["-u","x","/x/agentmesh","proxy","--target","npx"]})",
       Standing::kForeign},
      {R"({"command":"nice","args":["env","agentmesh","proxy","--","x"]})", Standing::kForeign},
      {R"({"command":"sh","args":["-c","cd /x && '/a b/agentmesh' proxy --name s -- npx"]})",
       Standing::kForeign},
      {R"({"command":"bash","args":["-lc","agentmesh.exe proxy -- npx"]})", Standing::kForeign},
      {R"({"command":"sh","args":["-c","my-agentmesh proxy -- npx"]})", Standing::kStdio},
      {R"({"command":"sh","args":["-c","agentmesh proxyman -- npx"]})", Standing::kStdio},
      {R"({"command":"sh","args":["-c","agentmesh"]})", Standing::kStdio},
      {R"({"command":"sudo","args":["agentmesh","status"]})", Standing::kStdio},
      {R"({"command":"env","args":["agentmesh","proxy"]})", Standing::kBent},
      {R"({"command":"env","args":[]})", Standing::kStdio},
      {R"({"command":"agentmesh","args":["proxy","--"]})", Standing::kBent},
      {R"({"command":"agentmesh","args":["--","proxy","--","x"]})", Standing::kBent},
      {R"({"command":"agentmesh","args":["serve"]})", Standing::kStdio},
      {R"({"command":"agentmesh"})", Standing::kStdio},
      {R"({"command":"/agentmesh/run","args":["proxy","--","x"]})", Standing::kStdio},
      {R"({"command":"npx","args":["agentmesh","proxy","--","x"]})", Standing::kForeign},
      {R"({"command":"npx","args":["-y","a-server","/x/agentmesh","proxy"]})", Standing::kStdio},
  };
  for (const Case& c : cases) {
    CAPTURE(c.entry);
    const Plan plan = wrapping(with(c.entry));
    REQUIRE(plan.outcomes.size() == 1);
    CHECK(plan.outcomes[0].entry.standing == c.standing);
    CHECK((plan.outcomes[0].action == Action::kWrapped) == (c.standing == Standing::kStdio));
    if (c.standing != Standing::kStdio && c.standing != Standing::kOurs) CHECK(plan.edits.empty());
    if (c.standing == Standing::kForeign) CHECK(undone(with(c.entry), always) == with(c.entry));
  }
}

TEST_CASE("args that are null are none, and are null again after an undo") {
  const std::string text =
      "{\"mcpServers\": {\n  \"a\": {\"args\" : null , \"command\": \"npx\", \"url\": null},\n"
      "  \"b\": {\"command\": \"x\", \"args\":null}\n}}\n";
  check_round_trip(text);
  std::string after = wrapped(text);
  CHECK(after.find(R"("args" : ["\u0070roxy", "--name", "a", "--", "npx"] , "command")") !=
        std::string::npos);
  // What a person put behind it stays.
  const std::string run = R"("--", "x"])";
  after.replace(after.find(run), run.size(), R"("--", "x", "-y"])");
  CHECK(undone(after, never).find(R"("args":["-y"])") != std::string::npos);
}

TEST_CASE("only the client's key at the top is looked at, wherever else it is written") {
  const std::string text =
      R"({"a":{"mcpServers":{"x":{"command":"n"}}},"b":"{\"mcpServers\":{}}"/*"mcpServers":{"y":{"command":"n"}}*/})";
  CHECK(wrapping(text).outcomes.empty());
}

TEST_CASE("a file whose servers are of another kind is refused at their place") {
  for (const auto& [text, why] : std::map<std::string, std::string>{
           {"[]", "1:1: the top level is not a map"},
           {"{\n\"mcpServers\": []}", "2:15: \"mcpServers\" is not a map"},
           {"{\"mcpServers\": \"\"}", "1:16: \"mcpServers\" is not a map"}}) {
    CAPTURE(text);
    const auto document = read_document(text, claude(), "f.json");
    REQUIRE_FALSE(document);
    CHECK(document.error().what == why);
  }
}

TEST_CASE(
    "an entry of ours follows our path and the policy that is asked for; the rest of its options stay") {
  const auto ours = [](const std::string& path, const std::string& run) {
    return with("{\"command\":\"" + path + "\",\"args\":[\"proxy\"," + run +
                "\"--\",\"npx\",\"--policy\",\"x\"]}");
  };
  struct Case {
    std::string before;
    std::string after;
  };
  const Case cases[] = {
      {R"("--name","s",)", R"("--name","s","--policy","strict",)"},
      {R"("--agent","--policy","--name=s",)",
       R"("--agent","--policy","--name=s","--policy","strict",)"},
      {R"("--policy","moderate","--mode","shadow",)", R"("--policy","strict","--mode","shadow",)"},
      {R"("-p","moderate",)", R"("-p","strict",)"},
      {R"("-pmoderate",)", R"("-pstrict",)"},
      {R"("--policy=moderate",)", R"("--policy=strict",)"},
      {R"("--policy","str\u0069ct",)", R"("--policy","str\u0069ct",)"},
      {"", R"("--policy","strict",)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    CHECK(wrapped(ours("/old/agentmesh", c.before), {"/new/agentmesh", "strict", "", ""}) ==
          ours("/new/agentmesh", c.after));
    CHECK(wrapped(ours("/old/agentmesh", c.before), {"/new/agentmesh", "", "", ""}) ==
          ours("/new/agentmesh", c.before));
  }
}

TEST_CASE("undo takes away a run that was laid out anew, and keeps what people wrote around it") {
  struct Case {
    std::string before;
    std::string after;
    bool added;
  };
  const std::string ours = R"("command":"agentmesh","args":)";
  const Case cases[] = {
      {ours + R"(["proxy",  "--name" ,"s","--","npx","-y"])", R"("command":"npx","args":["-y"])",
       false},
      {ours + "[\n \"proxy\",\n \"--\",\n \"npx\",\n]", R"("command":"npx","args":[])", false},
      {ours + R"([ "proxy", "--", "npx" ])", R"("command":"npx","args":[])", false},
      // As we write it into a list of a line break.
      {ours + "[\"proxy\", \"--\", \"npx\"\n]", "\"command\":\"npx\",\"args\":[\n]", false},
      {ours + R"(["proxy","--","npx"])", R"("command":"npx","args":[])", false},
      {ours + R"(["proxy","--","npx"])", R"("command":"npx")", true},
      {ours + R"(["proxy","--","npx","new"])", R"("command":"npx","args":["new"])", true},
      {R"("args" : [ "proxy","--","npx" ] , "env":{},"command":"agentmesh")",
       R"("env":{},"command":"npx")", true},
      {R"("command":"agentmesh", /* why */ "args":["proxy","--","npx"],"env":{})",
       R"("command":"npx" /* why */ ,"env":{})", true},
      {ours + "[\"proxy\", // governed\n \"--\",\"npx\",\"-y\"]",
       "\"command\":\"npx\",\"args\":[ // governed\n \"-y\"]", false},
      {ours + "[\"proxy\",\"--\",\"npx\" /* mine */]", "\"command\":\"npx\",\"args\":[ /* mine */]",
       true},
      {ours + "[\"proxy\",\"--\",\"npx\", // y\n \"-y\"]",
       "\"command\":\"npx\",\"args\":[ // y\n \"-y\"]", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    CHECK(undone(with("{" + c.before + "}"), c.added ? always : never) ==
          with("{" + c.after + "}"));
  }
}

TEST_CASE("names narrow what is wrapped, and repeated names are all wrapped") {
  const std::string text =
      "{\"mcpServers\":{\"a\":{\"command\":\"1\"},\n\"b\":{\"command\":\"2\"},\n\"a\":{\"command\":\"3\"}}}";
  const Plan plan = wrapping(text, kRun, {"a"});
  REQUIRE(plan.outcomes.size() == 2);
  CHECK(plan.outcomes[1].entry.line == 3);
  CHECK(plan.outcomes[1].entry.occurrence == 1);
  CHECK(edited(text, plan.edits).find(R"("b":{"command":"2"})") != std::string::npos);
  check_round_trip(text);
}

// One file of each kind of layout, taken through every change of a list.
TEST_CASE("wrapping and undoing gives the same bytes, however the file is written") {
  const char* const shapes[] = {
      R"({"command": "npx"})",
      R"({"command":"npx",})",
      R"({"command": "npx", "args": []})",
      R"({ "args":[ ],"command" :"n\u0070x\/" })",
      R"({"command": "npx", "args": ["-y", "@a/b", "--", "--name"]})",
      R"({"command": "npx", "args": [ "-y",], "env": {"K": "v$\u0000"}, })",
      "{\n      \"command\": \"npx\" // why\n    }",
      "{\n  \"command\": \"npx\", // why\n  \"args\": [ // these\n    \"-y\", // yes\n    \"b\"\n  ],\n  \"env\": {}\n }",
      "{\n\t\"args\": [\n\t\t\"-y\"\n\t\t, \"b\"\n\t],\n\t\"command\": \"npx\"\n}",
      "{\"command\":\n\"npx\"\n,\"args\":\n[\n]\n}",
      "{\"command\":\"npx\",\"args\":[/* a */ \"-y\", \"b\" /* c */ , ]}",
      "{\"command\":\"npx\",\"args\":[\"\\ud800\",\"\xF0\x9F\x98\x80\"]}",
      "{\"command\":\"agentmesh\",\"args\":[\"version\"]}",
  };
  const auto replace_all = [](std::string text, const std::string& from, const std::string& to) {
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
    return text;
  };
  for (const char* const one : shapes) {
    for (const char* const two : shapes) {
      const std::string plain = fmt::format(
          "{{\n  \"theme\": \"dark\",\n  \"mcpServers\": {{\n    \"one\": {},\n    \"one\": {},\n    \"r\\u00e9\": "
          "{{\"url\": \"x\"}}\n  }}\n}}\n",
          one, two);
      check_round_trip(plain);
      check_round_trip("\xEF\xBB\xBF" + plain);
      check_round_trip(replace_all(plain, "\n", "\r\n"));
      check_round_trip(replace_all(plain, "\n", "\r"));
      check_round_trip(replace_all(plain, ",\n", ",\r\n"));  // mixed
      check_round_trip(replace_all(plain, "  ", "\t"));
      check_round_trip(plain.substr(0, plain.size() - 1));
      check_round_trip(plain + "\n\n// end", {"/x/agentmesh", "strict", "/s", ""});
    }
  }
}

TEST_CASE("a file with a byte changed is refused or comes back as it was") {
  const std::string text =
      "{\"mcpServers\": {\n \"a\": {\"command\": \"npx\", // c\n \"args\": [\"-y\",\n \"b\"]}, \"c\": {\"command\": \"d\"}}}";
  size_t read = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char c : {'"', '\\', '{', '}', '[', ']', ',', ':', '/', '*', ' ', '\n', 'x'}) {
      std::string changed = text;
      changed[at] = c;
      if (!read_document(changed, claude(), "f.json")) continue;
      ++read;
      check_round_trip(changed);
    }
    std::string shorter = text;
    shorter.erase(at, 1);
    if (!read_document(shorter, claude(), "f.json")) continue;
    ++read;
    check_round_trip(shorter);
  }
  CHECK(read > 200);
}

}  // namespace
}  // namespace agentmesh::integrations
