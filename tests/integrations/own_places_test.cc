// Entries whose own variables would lead the proxy to another state directory and other settings: they say where both are.

#include "integrations/own_places.h"

#include "tests/integrations/round_trip.h"

namespace agentmesh::integrations::tests {
namespace {

const RunOptions kPlaced{"/opt/agentmesh", "", "", "", "/s", "/c.yaml"};

// A file with one server, `s`.
std::string with(const std::string& entry) { return "{\"mcpServers\":{\"s\":" + entry + "}}"; }

std::string wrapped(const std::string& text, const RunOptions& run) {
  return edited(text, wrapping(client("claude"), text, run).edits);
}
std::string taken_out(const std::string& text) {
  return undone(client("claude"), text, [](const Entry&) { return false; });
}

TEST_CASE("an entry whose own variables lead elsewhere says where state and settings are") {
  struct Case {
    const char* beside;  // in the entry
    bool says;
  };
  const Case cases[] = {
      {R"("env":{"HOME":"/other"})", true},
      {R"("env":{"A":"b","XDG_STATE_HOME":"/other"})", true},
      {R"("env":{"XDG_CONFIG_HOME":"/other"})", true},
      {R"("env":{"AGENTMESH_HOME":"/other"})", true},
      {R"("env":{"H\u004fME":""})", true},
      {R"("env":{},"env":{"HOME":"/other"})", true},
      {R"("envFile":"/x/.env")", true},
      {R"("env_vars":["A","XDG_STATE_HOME"])", true},
      {R"("env_vars":["HOME"])", false},
      {R"("envFile":null,"env":null)", false},
      {R"("env":{"home":"/other","XDG_CACHE_HOME":"/x","A":"HOME"})", false},
      {R"("cwd":"/other")", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.beside);
    const std::string text = with(std::string(R"({"command":"npx",)") + c.beside + "}");
    const std::string after = check_round_trip(client("claude"), text, kPlaced);
    const std::string places = R"("s", "--state-dir", "/s", "--config", "/c.yaml", "--", "npx")";
    CHECK((after.find(places) != std::string::npos) == c.says);
    CHECK((after.find(R"("s", "--", "npx")") != std::string::npos) != c.says);
  }
}

TEST_CASE(
    "an entry that was wrapped without its places is brought up to date, and says what it said") {
  const auto ours = [](const std::string& run) {
    return with(R"({"command":"/opt/agentmesh","args":["proxy",)" + run +
                R"("--","npx","--config","x"],"env":{"HOME":"/other"}})");
  };
  struct Case {
    std::string before;
    std::string after;
  };
  const Case cases[] = {
      {R"("--name","s",)", R"("--name","s","--state-dir","/s","--config","/c.yaml",)"},
      {"", R"("--state-dir","/s","--config","/c.yaml",)"},
      {R"("--state-dir","/mine","--mode","shadow",)",
       R"("--state-dir","/mine","--mode","shadow","--config","/c.yaml",)"},
      {R"("--config=/mine.yaml",)", R"("--config=/mine.yaml","--state-dir","/s",)"},
      {R"("--agent","--config","--state-dir=/mine",)",
       R"("--agent","--config","--state-dir=/mine","--config","/c.yaml",)"},
      // There were no settings when it was wrapped.
      {R"("--state-dir","/s","--config","/dev/null",)",
       R"("--state-dir","/s","--config","/c.yaml",)"},
      // In one word it was written by hand, and is meant.
      {R"("--state-dir","/s","--config=/dev/null",)",
       R"("--state-dir","/s","--config=/dev/null",)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    CHECK(wrapped(ours(c.before), kPlaced) == ours(c.after));
    CHECK(wrapped(ours(c.after), kPlaced) == ours(c.after));
    CHECK(taken_out(ours(c.after)) == taken_out(ours(c.before)));
  }
  // The policy is chosen beside it.
  CHECK(wrapped(ours(R"("--name","s",)"), {"/opt/agentmesh", "strict", "", "", "/s", "/c.yaml"}) ==
        ours(R"("--name","s","--policy","strict","--state-dir","/s","--config","/c.yaml",)"));
  // One that leads nowhere else stays as it is.
  const std::string plain = with(R"({"command":"/opt/agentmesh","args":["proxy","--","npx"]})");
  CHECK(wrapped(plain, kPlaced) == plain);
}

TEST_CASE(
    "places that are asked for are put into entries that are wrapped already, and come out again") {
  const auto ours = [](const std::string& run, const std::string& beside = "") {
    return with(R"({"command":"/opt/agentmesh","args":["proxy",)" + run +
                R"("--","npx","--config","x"])" + beside + "}");
  };
  struct Case {
    std::string before;
    std::string after;
    bool chose_state_dir;
    bool chose_config;
    std::string beside;
  };
  const std::string elsewhere = R"(,"env":{"HOME":"/other"})";
  const Case cases[] = {
      {R"("--name","s",)", R"("--name","s","--state-dir","/s",)", true, false, ""},
      {R"("--name","s",)", R"("--name","s","--config","/c.yaml",)", false, true, ""},
      {R"("--state-dir","/mine","--config=/mine.yaml",)",
       R"("--state-dir","/s","--config=/c.yaml",)", true, true, ""},
      {R"("--state-dir","/mine","--config=/mine.yaml",)",
       R"("--state-dir","/mine","--config=/c.yaml",)", false, true, ""},
      {R"("--state-dir","/mine",)", R"("--state-dir","/s","--config","/c.yaml",)", true, false,
       elsewhere},
      {R"("--config=/dev/null",)", R"("--config=/c.yaml","--state-dir","/s",)", false, true,
       elsewhere},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before, c.beside);
    RunOptions run{"/opt/agentmesh", "", "/s", "/c.yaml", "/s", "/c.yaml"};
    run.chose_state_dir = c.chose_state_dir;
    run.chose_config = c.chose_config;
    const std::string before = ours(c.before, c.beside);
    CHECK(wrapped(before, run) == ours(c.after, c.beside));
    CHECK(wrapped(ours(c.after, c.beside), run) == ours(c.after, c.beside));
    CHECK(taken_out(ours(c.after, c.beside)) == taken_out(before));
  }
  // The usual ones go without saying, unless the entry says others.
  RunOptions usual{"/opt/agentmesh", "", "", "", "/s", "/c.yaml"};
  usual.chose_state_dir = usual.chose_config = true;
  CHECK(wrapped(ours(R"("--name","s",)"), usual) == ours(R"("--name","s",)"));
  CHECK(wrapped(ours(R"("--state-dir","/mine",)"), usual) == ours(R"("--state-dir","/s",)"));
}

TEST_CASE(
    "an entry whose places its client would fill in is left alone, with the reason, and no other") {
  const auto file = [](const std::string& entry) {
    return R"({"mcpServers":{"plain":{"command":"npx"},"s":)" + entry + "}}";
  };
  const RunOptions run{"/opt/agentmesh", "", "", "", "/h/$x", "/c"};
  const auto of_s = [&](std::string_view flag, const std::string& entry) {
    const Plan plan = wrapping(client(flag), file(entry), run);
    REQUIRE(plan.outcomes.size() == 2);
    CHECK(plan.outcomes[0].action == Action::kWrapped);
    return plan.outcomes[1];
  };
  const std::string elsewhere = R"({"command":"npx","env":{"HOME":"/other"}})";
  const Outcome left = of_s("cursor", elsewhere);
  CHECK(left.action == Action::kSkipped);
  CHECK(left.why ==
        "placeholder (/h/$x would have to be in it, where the client expands '$' and '{')");
  // A client that fills in nothing takes them as they are.
  CHECK(of_s("claude", elsewhere).action == Action::kWrapped);
  const auto ours = [](const std::string& run_of_it) {
    return R"({"command":"/opt/agentmesh","args":["proxy",)" + run_of_it +
           R"("--","npx"],"env":{"HOME":"/other"}})";
  };
  CHECK(of_s("cursor", ours("")).action == Action::kSkipped);
  // It says both already.
  CHECK(of_s("cursor", ours(R"("--state-dir","/mine","--config","/m.yaml",)")).action ==
        Action::kAlready);
}

TEST_CASE("what an entry says of its places is laid out as its list is, in every syntax") {
  struct Case {
    const char* flag;
    const char* before;
    const char* after;
  };
  const Case cases[] = {
      {"codex", "[mcp_servers.s]\ncommand = 'x'\n[mcp_servers.s.env]\nHOME = '/other'\n",
       "[mcp_servers.s]\ncommand = \"/opt/agentmesh\"\nargs = [\"proxy\", \"--name\", \"s\", \"--state-dir\", \"/s\", "
       "\"--config\", \"/c.yaml\", \"--\", 'x']\n[mcp_servers.s.env]\nHOME = '/other'\n"},
      {"codex",
       "[mcp_servers.s]\ncommand = '/opt/agentmesh'\nargs = ['proxy', '--', 'x']\nenv.HOME = '/other'\n",
       "[mcp_servers.s]\ncommand = '/opt/agentmesh'\nargs = ['proxy', \"--state-dir\", \"/s\", \"--config\", \"/c.yaml\", "
       "'--', 'x']\nenv.HOME = '/other'\n"},
      {"continue",
       "mcpServers:\n  - name: s\n    command: /opt/agentmesh\n    args:\n      - proxy # run\n      - --\n      - x\n"
       "    env:\n      HOME: /other\n",
       "mcpServers:\n  - name: s\n    command: /opt/agentmesh\n    args:\n      - proxy # run\n      - \"--state-dir\"\n"
       "      - \"/s\"\n      - \"--config\"\n      - \"/c.yaml\"\n      - --\n      - x\n    env:\n      HOME: /other\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.before);
    const Client& of = client(c.flag);
    CHECK(edited(c.before, wrapping(of, c.before, kPlaced).edits) == c.after);
    CHECK(wrapping(of, c.after, kPlaced).edits.empty());
  }
}

}  // namespace
}  // namespace agentmesh::integrations::tests
