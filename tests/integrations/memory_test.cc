// What a state directory remembers of the clients' files, and what of it is lost.

#include "integrations/memory.h"

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
                           {"/caf\xC3\xA9/\xF0\x9F\x8D\xB5", "amp"},
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

TEST_CASE("a row that names no file is none") {
  const Home home;
  fs::create_directories(home.at("state"));
  Home::write(home.at("state/integrations.json"),
              R"({"version":1,"args_added":[7,{"file":"a","entry":"e"}],)"
              R"("files":[{},{"file":7,"client":"claude"},{"file":"x.json","client":"claude"},)"
              R"({"file_hex":"2g","client":"claude"},{"file":"/x","client":"claude"}]})");
  CHECK(remembered(home.at("state")) == Memory{{}, {{"/x", "claude"}}});
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
    CHECK(home.wrap().err.empty());
  }
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

// One file, servers of two clients in it.
InitRequest as(const Home& home, const char* flag, const std::string& file, bool undo) {
  InitRequest request = home.request();
  request.client = find_client(flag);
  request.config_path = file;
  request.undo = undo;
  return request;
}

TEST_CASE("two clients over one file remember and forget each their own") {
  const Home home;
  const std::string state = home.at("state");
  const std::string file = home.at("settings.json");
  const std::string before =
      R"({"amp.mcpServers":{"p":{"command":"npx"}},"mcp":{"servers":{"p":{"command":"npx"}}}})";
  Home::write(file, before);
  REQUIRE(home.run(as(home, "amp", file, false)).status == 0);
  REQUIRE(home.run(as(home, "vscode", file, false)).status == 0);
  CHECK(remembered(state).files == std::set<WrappedFile>{{file, "amp"}, {file, "vscode"}});
  REQUIRE(home.run(as(home, "vscode", file, true)).status == 0);
  CHECK(remembered(state).files == std::set<WrappedFile>{{file, "amp"}});
  REQUIRE(home.run(as(home, "amp", file, true)).status == 0);
  CHECK(remembered(state).files.empty());
  CHECK(read_file(file).value_or("") == before);
}

TEST_CASE("what one client took out for another is not remembered of that one") {
  const Home home;
  const std::string file = home.at("x.json");
  Home::write(file, R"({"mcpServers":{"p":{"command":"npx"}}})");
  REQUIRE(home.run(as(home, "cursor", file, false)).status == 0);
  REQUIRE(home.run(as(home, "claude", file, true)).status == 0);
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
      REQUIRE(home.run(as(home, flag, file, false)).status == 0);
    for (const std::string& backup : backups_of(file)) fs::remove(backup);
    for (const char* flag : {amp_first ? "amp" : "claude", amp_first ? "claude" : "amp"})
      REQUIRE(home.run(as(home, flag, file, true)).status == 0);
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
  REQUIRE(home.run(as(home, "amp", file, false)).status == 0);
  for (const std::string& backup : backups_of(file)) fs::remove(backup);
  Home::write(home.at("state/integrations.json"),
              "{\"version\":1,\"args_added\":[{\"file\":\"" + file +
                  "\",\"entry\":\"p\",\"occurrence\":0}],\"files\":[]}");
  REQUIRE(home.run(as(home, "amp", file, true)).status == 0);
  CHECK(read_file(file).value_or("") == before);
  CHECK(remembered(home.at("state")).empty());
}

}  // namespace
}  // namespace agentmesh::integrations::tests
