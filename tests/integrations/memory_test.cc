// What a state directory remembers of the clients' files, and what of it is lost.

#include "integrations/memory.h"

#include <sys/resource.h>

#include <csignal>

#include "tests/catch.h"
#include "tests/integrations/home.h"

namespace agentmesh::integrations::tests {
namespace {

std::vector<std::string> names_in(const std::string& directory) {
  return list_directory(directory).value_or(std::vector<std::string>());
}

TEST_CASE("a path comes back with its very bytes, whether they are text or not") {
  const Home home;
  const std::string state = home.at("state");
  const Memory learned = {{{"/caf\xE9/m.json", {"mcpServers", "", "a\n\"", 2}},
                           {"/\xEF\xBF\xBD", {"mcp", "/p", "", 0}}},
                          {{"/caf\xE9/m.json", "claude"},
                           {"/caf\xC3\xA9/\xF0\x9F\x8D\xB5", "amp", "/r\xE9l.json"},
                           {"/link.json", "amp", "/real.json"},
                           {"/\xEF\xBF\xBD", "amp"}}};
  REQUIRE(remember(state, learned, {}));
  CHECK(remembered(state) == learned);
  CHECK(forgotten_in(state).empty());
  REQUIRE(remember(state, {}, learned));
  CHECK(remembered(state).empty());
}

TEST_CASE("a file whose path is not UTF-8 is undone and forgotten as any other") {
  const Home home;
  const std::string file = home.at("caf\xE9.json");
  const std::string before = R"({"mcpServers":{"a":{"command":"x"}}})";
  Home::write(file, before);
  InitRequest request = home.request();
  request.config_path = file;
  REQUIRE(home.run(request).status == 0);
  CHECK(remembered(home.at("state")).files == std::set<WrappedFile>{{file, "claude"}});
  for (const std::string& backup : backups_of(file)) fs::remove(backup);
  request.undo = true;
  REQUIRE(home.run(request).status == 0);
  CHECK(read_file(file).value_or("") == before);
  CHECK(remembered(home.at("state")).empty());
}

TEST_CASE("a row that names no file, or no client, is damage: the others are kept") {
  for (const char* row :
       {"7", "{}", R"({"file":7,"client":"claude"})", R"({"file":"x.json","client":"claude"})",
        R"({"file_hex":"2g","client":"claude"})", R"({"file":"/y"})",
        R"({"file":"/y","client":"claude","real":"rel.json"})",
        R"({"file":"/y","client":"claude","real":""})",
        R"({"file":"/y","client":"claude","real":7})",
        R"({"file":"/y","client":"claude","real_hex":"2g"})"}) {
    CAPTURE(row);
    const Home home;
    const std::string state = home.at("state");
    const std::string file = state + "/integrations.json";
    fs::create_directories(state);
    const std::string damaged =
        R"({"version":1,"files":[{"file":"/x","client":"claude"},)" + std::string(row) + "]}";
    Home::write(file, damaged);
    CHECK(remembered(state) == Memory{{}, {{"/x", "claude"}}});
    REQUIRE(forgotten_in(state).size() == 1);
    CHECK(forgotten_in(state)[0].why == file + ": a row in it is damaged");
    CHECK(forgotten_in(state)[0].in_part);
    CHECK(home.wrap().err.starts_with(
        "agentmesh: " + file + ": a row in it is damaged, and the file is now " + file + ".bad-"));
    CHECK(remembered(state).files ==
          std::set<WrappedFile>{{"/x", "claude"}, {home.file(), "claude"}});
    REQUIRE(forgotten_in(state).size() == 1);
    CHECK(read_file(forgotten_in(state)[0].file).value_or("") == damaged);
    CHECK(forgotten_in(state)[0].in_part);
    CHECK(forgotten_in(state)[0].why.ends_with(": a row in it was damaged and set aside"));
  }
  const Home home;
  fs::create_directories(home.at("state"));
  Home::write(home.at("state/integrations.json"),
              R"({"version":1,"args_added":[7,{"file":"a","entry":"e"}],"files":[]})");
  CHECK(remembered(home.at("state")).empty());
  CHECK_FALSE(recall(home.at("state")));
}

TEST_CASE("memory that is damaged is told from none, set aside and never written over") {
  for (const char* damage : {"{garbage", "", "[]", R"({"version":1,"files":{}})",
                             R"({"version":1,"args_added":"x","files":[]})"}) {
    CAPTURE(damage);
    const Home home;
    const std::string state = home.at("state");
    const std::string file = state + "/integrations.json";
    CHECK(forgotten_in(state).empty());  // not there
    fs::create_directories(state);
    Home::write(file, damage);
    CHECK_FALSE(recall(state));
    CHECK(remembered(state).empty());
    REQUIRE(forgotten_in(state).size() == 1);
    CHECK(forgotten_in(state)[0].why == file + ": it is damaged");
    CHECK(forgotten_in(state)[0].file == file);
    CHECK(names_in(state).size() == 1);  // who looks changes nothing

    const InitReport report = home.wrap();
    CHECK(report.status == 0);
    const std::string start =
        "agentmesh: " + file + ": it is damaged, and is now " + file + ".bad-";
    CHECK(report.err.starts_with(start));
    CHECK(remembered(state).files == std::set<WrappedFile>{{home.file(), "claude"}});
    // It stays lost until a person has looked.
    REQUIRE(forgotten_in(state).size() == 1);
    CHECK(forgotten_in(state)[0].file.starts_with(file + ".bad-"));
    CHECK(read_file(forgotten_in(state)[0].file).value_or("?") == damage);
    CHECK_FALSE(forgotten_in(state)[0].in_part);
    CHECK(forgotten_in(state)[0].why.ends_with(": it was damaged and set aside"));
    CHECK(home.wrap().err.empty());
  }
}

TEST_CASE(
    "an undo moves no file of a directory that only an entry names and that knows nothing of it") {
  for (const std::string damage : {"{garbage", "[]", R"({"files":"mine"})",
                                   R"({"files":[{"file":"/x","client":"claude"},7]})"}) {
    CAPTURE(damage);
    const Home home;
    const std::string named = home.at("named");
    REQUIRE(home.wrap().status == 0);
    fs::create_directories(named);
    Home::write(named + "/integrations.json", damage);
    InitRequest undo = home.request();
    undo.undo = true;
    undo.other_state_dirs = {named};
    const InitReport report = home.run(undo);
    CHECK(report.status == 0);
    CHECK(report.err.empty());
    CHECK(names_in(named) == std::vector<std::string>{"integrations.json"});
    CHECK(read_file(named + "/integrations.json").value_or("") == damage);
  }
}

TEST_CASE("a damaged file that is set aside is the one that a link leads to") {
  const Home home;
  const std::string state = home.at("state");
  fs::create_directories(state);
  Home::write(home.at("real.json"), "{garbage");
  fs::create_symlink("../real.json", state + "/integrations.json");
  CHECK(home.wrap().status == 0);
  CHECK(remembered(state).files.size() == 1);
  REQUIRE(forgotten_in(state).size() == 1);
  CHECK(read_file(forgotten_in(state)[0].file).value_or("?") == "{garbage");
}

TEST_CASE("what can be read of a damaged file stays known where the new one cannot be written") {
  const Home home;
  const std::string state = home.at("state");
  fs::create_directories(state);
  Home::write(state + "/integrations.json", R"({"files":[{"file":"/x","client":"claude"},7]})");
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit nothing{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &nothing) == 0);
  const auto kept = remember(state, {{}, {{"/y", "claude"}}}, {});
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  (void)std::signal(SIGXFSZ, handler);
  CHECK_FALSE(kept);
  CHECK(remembered(state).files == std::set<WrappedFile>{{"/x", "claude"}});
  CHECK(forgotten_in(state).size() == 1);
}

TEST_CASE("a directory in the place of memory is set aside as well") {
  const Home home;
  fs::create_directories(home.at("state/integrations.json"));
  CHECK(home.wrap().status == 0);
  CHECK(remembered(home.at("state")).files.size() == 1);
}

TEST_CASE("what a newer version remembers is neither read nor touched") {
  const Home home;
  fs::create_directories(home.at("state"));
  const std::string newer = R"({"version":2,"files":[{"file":"/x","client":"claude"}]})";
  Home::write(home.at("state/integrations.json"), newer);
  const InitReport report = home.wrap();
  CHECK(report.status == 2);
  CHECK(report.err == "agentmesh: " + home.at("state/integrations.json") +
                          ": made by a newer agentmesh; use that version; nothing was changed\n");
  CHECK(home.bytes() == kBefore);
  CHECK(read_file(home.at("state/integrations.json")).value_or("") == newer);
}

TEST_CASE("to forget what nobody remembers makes no directory") {
  const Home home;
  REQUIRE(home.wrap().status == 0);
  fs::remove_all(home.at("state"));
  CHECK(home.undo().status == 0);
  CHECK(home.bytes() == kBefore);
  CHECK_FALSE(file_exists(home.at("state")));
}

TEST_CASE("two clients over one file remember and forget each their own") {
  const Home home;
  const std::string state = home.at("state");
  const std::string file = home.at("settings.json");
  const std::string before =
      R"({"amp.mcpServers":{"p":{"command":"npx"}},"mcp":{"servers":{"p":{"command":"npx"}}}})";
  Home::write(file, before);
  REQUIRE(home.run(home.request_as("amp", file, false)).status == 0);
  REQUIRE(home.run(home.request_as("vscode", file, false)).status == 0);
  CHECK(remembered(state).files == std::set<WrappedFile>{{file, "amp"}, {file, "vscode"}});
  REQUIRE(home.run(home.request_as("vscode", file, true)).status == 0);
  CHECK(remembered(state).files == std::set<WrappedFile>{{file, "amp"}});
  REQUIRE(home.run(home.request_as("amp", file, true)).status == 0);
  CHECK(remembered(state).files.empty());
  CHECK(read_file(file).value_or("") == before);
}

TEST_CASE("what one client took out for another is not remembered of that one") {
  const Home home;
  const std::string file = home.at("x.json");
  Home::write(file, R"({"mcpServers":{"p":{"command":"npx"}}})");
  REQUIRE(home.run(home.request_as("cursor", file, false)).status == 0);
  REQUIRE(home.run(home.request_as("claude", file, true)).status == 0);
  CHECK(remembered(home.at("state")).empty());
}

TEST_CASE(
    "whether args were ours is remembered of the place where an entry stands, not of its name alone") {
  const std::string before =
      R"({"amp.mcpServers":{"p":{"command":"npx","args":[]}},"mcpServers":{"p":{"command":"npx"}}})";
  for (const bool amp_first : {true, false}) {
    const Home home;
    const std::string file = home.at("x.json");
    Home::write(file, before);
    for (const char* flag : {"amp", "claude"})
      REQUIRE(home.run(home.request_as(flag, file, false)).status == 0);
    for (const std::string& backup : backups_of(file)) fs::remove(backup);
    for (const char* flag : {amp_first ? "amp" : "claude", amp_first ? "claude" : "amp"})
      REQUIRE(home.run(home.request_as(flag, file, true)).status == 0);
    CHECK(read_file(file).value_or("") == before);
    CHECK(remembered(home.at("state")).empty());
  }
}

TEST_CASE(
    "what an earlier version remembered of args counts wherever an entry of that name stands, once") {
  const Home home;
  const std::string file = home.at("x.json");
  const std::string before = R"({"amp.mcpServers":{"p":{"command":"npx"}}})";
  Home::write(file, before);
  REQUIRE(home.run(home.request_as("amp", file, false)).status == 0);
  for (const std::string& backup : backups_of(file)) fs::remove(backup);
  Home::write(home.at("state/integrations.json"),
              "{\"version\":1,\"args_added\":[{\"file\":\"" + file +
                  "\",\"entry\":\"p\",\"occurrence\":0}],\"files\":[]}");
  REQUIRE(home.run(home.request_as("amp", file, true)).status == 0);
  CHECK(read_file(file).value_or("") == before);
  CHECK(remembered(home.at("state")).empty());
}

TEST_CASE(
    "what an earlier version remembered of args is not believed where a backup knows better") {
  const std::string before =
      R"({"amp.mcpServers":{"p":{"command":"npx"}},"mcp":{"servers":{"p":{"command":"npx","args":[]}}}})";
  for (const bool amp_first : {true, false}) {
    const Home home;
    const std::string file = home.at("settings.json");
    Home::write(file, before);
    for (const char* flag : {"amp", "vscode"})
      REQUIRE(home.run(home.request_as(flag, file, false)).status == 0);
    Home::write(home.at("state/integrations.json"),
                "{\"version\":1,\"args_added\":[{\"file\":\"" + file +
                    "\",\"entry\":\"p\",\"occurrence\":0}],\"files\":[]}");
    REQUIRE(home.run(home.request_as(amp_first ? "amp" : "vscode", file, true)).status == 0);
    CHECK(remembered(home.at("state")).args_added.empty() == amp_first);
    REQUIRE(home.run(home.request_as(amp_first ? "vscode" : "amp", file, true)).status == 0);
    CHECK(read_file(file).value_or("") == before);
    CHECK(remembered(home.at("state")).empty());
  }
}

TEST_CASE("whether args were ours is asked of every state directory before any forgets it") {
  const std::string before = R"({"mcpServers":{"a":{"command":"x"}}})";
  for (const bool in_the_other : {true, false}) {
    const Home home;
    home.write(before);
    InitRequest request = home.request();
    if (in_the_other) request.state_dir = home.at("other");
    REQUIRE(home.run(request).status == 0);
    for (const std::string& backup : backups_of(home.file())) fs::remove(backup);
    InitRequest undoing = home.request();
    undoing.undo = true;
    if (!in_the_other) undoing.state_dir = home.at("other");
    undoing.other_state_dirs = {home.at("other"), home.at("state")};
    undoing.remembering = undoing.other_state_dirs;
    REQUIRE(home.run(undoing).status == 0);
    CHECK(home.bytes() == before);
    for (const char* state : {"state", "other"}) CHECK(remembered(home.at(state)).empty());
  }
}

TEST_CASE("a client whose servers cannot be told is not taken for one that has none") {
  const Home home;
  const std::string file = home.at("settings.json");
  const std::string before =
      R"({"amp.mcpServers":{"a":{"command":"npx"}},"mcp":{"servers":{"b":{"command":"npx"}}}})";
  Home::write(file, before);
  for (const char* flag : {"amp", "vscode"})
    REQUIRE(home.run(home.request_as(flag, file, false)).status == 0);
  const std::string wrapped = read_file(file).value_or("");
  const std::string broken = R"({"mcp.servers":[],)";
  Home::write(file, broken + wrapped.substr(1));
  REQUIRE(home.run(home.request_as("amp", file, true)).status == 0);
  CHECK(remembered(home.at("state")).files == std::set<WrappedFile>{{file, "vscode"}});
  Home::write(file, "{" + read_file(file).value_or("").substr(broken.size()));
  REQUIRE(home.run(home.request_as("vscode", file, true)).status == 0);
  CHECK(read_file(file).value_or("") == before);
  CHECK(remembered(home.at("state")).empty());
}

TEST_CASE("a place that only a variable makes usual is told to the other state directories") {
  const Home home;
  const std::string file = home.at("codex/config.toml");
  const auto run = [&](const config::Environment& environment, const std::string& bytes) {
    const std::string codex = environment("CODEX_HOME").value_or(home.at(".codex"));
    fs::create_directories(codex);
    Home::write(codex + "/config.toml", bytes);
    InitRequest request = home.request();
    request.client = find_client("codex");
    request.other_state_dirs = {home.at("usual")};
    return init_integration(request, environment, StoppedClock());
  };
  const std::string text = "[mcp_servers.a]\ncommand = 'x'\nargs = []\n";
  REQUIRE(run(home.environment(), text).status == 0);
  CHECK(remembered(home.at("usual")).empty());  // everybody looks there
  const config::Environment variable = [&](const char* name) {
    return std::string_view(name) == "CODEX_HOME" ? std::optional(home.at("codex"))
                                                  : home.environment()(name);
  };
  REQUIRE(run(variable, text).status == 0);
  CHECK(remembered(home.at("usual")).files == std::set<WrappedFile>{{file, "codex"}});
}

TEST_CASE("of args a backup knows better than another state directory, and the run's own better") {
  const std::string bare = R"({"mcpServers":{"a":{"command":"x"}}})";
  const std::string empty = R"({"mcpServers":{"a":{"command":"x","args":[]}}})";
  const Home home;
  InitRequest elsewhere = home.request();
  elsewhere.state_dir = home.at("other");
  home.write(bare);
  REQUIRE(home.run(elsewhere).status == 0);
  home.write(empty);  // put back by hand
  REQUIRE(home.wrap().status == 0);
  InitRequest undoing = home.request();
  undoing.undo = true;
  undoing.remembering = {home.at("other")};
  REQUIRE(home.run(undoing).status == 0);
  CHECK(home.bytes() == empty);
  // Where there is no backup any more it is believed, if its memory counts.
  for (const bool counts : {true, false}) {
    home.write(bare);
    REQUIRE(home.run(elsewhere).status == 0);
    for (const std::string& backup : backups_of(home.file())) fs::remove(backup);
    undoing.remembering.clear();
    undoing.other_state_dirs = {home.at("other")};
    if (counts) undoing.remembering = undoing.other_state_dirs;
    REQUIRE(home.run(undoing).status == 0);
    CHECK(home.bytes() == (counts ? bare : R"({"mcpServers":{"a":{"command":"x", "args": []}}})"));
    CHECK(remembered(home.at("other")).args_added.empty());
  }
}

TEST_CASE("a new wrap with args of its own outlives what an earlier version remembered") {
  const auto earlier = [](const Home& home, const std::string& file) {
    fs::create_directories(home.at("state"));
    Home::write(home.at("state/integrations.json"),
                "{\"version\":1,\"args_added\":[{\"file\":\"" + file +
                    "\",\"entry\":\"p\",\"occurrence\":0}],\"files\":[]}");
  };
  const Home home;
  const std::string before = R"({"mcpServers":{"p":{"command":"x","args":[]}}})";
  home.write(before);
  earlier(home, home.file());
  REQUIRE(home.wrap().status == 0);
  for (const std::string& backup : backups_of(home.file())) fs::remove(backup);
  REQUIRE(home.undo().status == 0);
  CHECK(home.bytes() == before);
  // Of two that are called so it may be the other's.
  const std::string file = home.at("settings.json");
  Home::write(
      file,
      R"({"mcp":{"servers":{"p":{"command":"/opt/bin/agentmesh","args":["proxy","--","x"]}}},"mcp.servers":{"p":{"command":"x","args":["y"]}}})");
  earlier(home, file);
  REQUIRE(home.run(home.request_as("vscode", file, false)).status == 0);
  CHECK(remembered(home.at("state")).args_added.size() == 1);
}

TEST_CASE(
    "what is known already is not written, and what a directory does not take is said as it is") {
  const Home home;
  InitRequest request = home.request();
  request.config_path = home.at("x.json");
  request.other_state_dirs = {home.at("usual")};
  Home::write(request.config_path, kBefore);
  REQUIRE(home.run(request).status == 0);
  // A directory in the lock's place: nobody gets it.
  for (const char* state : {"state", "usual"}) {
    fs::remove(home.at(state) + "/integrations.lock");
    fs::create_directory(home.at(state) + "/integrations.lock");
  }
  CHECK(home.run(request).err.empty());
  request.undo = true;
  const InitReport undone = home.run(request);
  CHECK(undone.status == 0);
  CHECK(read_file(request.config_path).value_or("") == kBefore);
  for (const char* state : {"state", "usual"})
    CHECK(undone.err.find(home.at(state) + "/integrations.lock: ") != std::string::npos);
  const std::string why =
      "; the servers that keep their state there still leave " + request.config_path + " alone\n";
  CHECK(undone.err.find(why) != undone.err.rfind(why));
  // A run that wraps has something to forget as well: the file was put back by hand.
  request.undo = false;
  for (const char* state : {"state", "usual"})
    Home::write(home.at(state) + "/integrations.json", "{\"version\":1,\"files\":[{\"file\":\"" +
                                                           request.config_path +
                                                           "\",\"client\":\"claude\"}]}");
  Home::write(request.config_path, R"({"mcpServers":{}})");
  const InitReport put_back = home.run(request);
  CHECK(put_back.status == 0);
  CHECK(put_back.err.find(why) != put_back.err.rfind(why));
  // Or to forget it of another client, and nothing to learn that is not known.
  for (const char* state : {"state", "usual"})
    Home::write(home.at(state) + "/integrations.json",
                "{\"version\":1,\"files\":[{\"file\":\"" + request.config_path +
                    "\",\"client\":\"claude\"},{\"file\":\"" + request.config_path +
                    "\",\"client\":\"vscode\"}]}");
  Home::write(request.config_path,
              R"({"mcpServers":{"a":{"command":"/opt/bin/agentmesh","args":["proxy","--","x"]}}})");
  const InitReport of_another = home.run(request);
  CHECK(of_another.status == 0);
  CHECK(of_another.err.find(why) != of_another.err.rfind(why));
  fs::remove(home.at("state/integrations.json"));
  fs::remove(home.at("usual/integrations.json"));
  Home::write(request.config_path,
              R"({"mcpServers":{"a":{"command":"/opt/bin/agentmesh","args":["proxy","--","x"]}}})");
  const InitReport unknown = home.run(request);
  CHECK(unknown.status == 0);
  const std::string not_known =
      "; the servers that keep their state there do not know of " + request.config_path + "\n";
  CHECK(unknown.err.find(not_known) != unknown.err.rfind(not_known));
}

}  // namespace
}  // namespace agentmesh::integrations::tests
