// Files as people have them (documents/), of every client: wrapped, wrapped again, and undone to the byte.

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/files.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/integrations/round_trip.h"

namespace agentmesh::integrations::tests {
namespace {

// "claude-code-user.json": the client whose flag the name begins with, the longest that does.
const Client& client_of(const std::string& name) {
  const Client* found = nullptr;
  for (const Client& each : clients())
    if (name.starts_with(std::string(each.flag) + "-") &&
        (found == nullptr || each.flag.size() > found->flag.size()))
      found = &each;
  REQUIRE(found != nullptr);
  return *found;
}

// A wrapped entry starts what it started, with every word as it was.
void check_wrapped(const Entry& before, const Entry& after) {
  std::vector<std::string> words = {"proxy"};
  if (!before.name.empty()) words.insert(words.end(), {"--name", before.name});
  words.insert(words.end(), {"--", before.command_field().text});
  if (before.has_args()) words.insert(words.end(), before.words().begin(), before.words().end());
  CHECK(after.standing == Standing::kOurs);
  CHECK(after.command_field().text == kRun.own_path);
  CHECK(after.words() == words);
}

TEST_CASE("documents of every client are wrapped as their servers are, and come back to the byte") {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator("tests/integrations/documents"))
    names.push_back(file.path().filename());
  std::sort(names.begin(), names.end());
  REQUIRE(names.size() >= 40);
  std::string told;
  for (const std::string& name : names) {
    CAPTURE(name);
    const std::string text = read_file("tests/integrations/documents/" + name).value_or("");
    const Client& of = client_of(name);
    // VS Code's settings.json is another file than its mcp.json.
    const std::string as = name.substr(of.flag.size() + 1);
    const auto before = read_document(text, of, as);
    REQUIRE(before);
    const std::string wrapped = check_round_trip(of, text, kRun, as);
    const auto after = read_document(wrapped, of, as);
    REQUIRE(after);
    REQUIRE(after->entries.size() == before->entries.size());
    told += name + "\n";
    for (size_t i = 0; i < before->entries.size(); ++i) {
      const Entry& entry = before->entries[i];
      CAPTURE(entry.name);
      const bool server = entry.standing == Standing::kStdio;
      if (server) check_wrapped(entry, after->entries[i]);
      told += fmt::format("  {}{}: {}\n", entry.name,
                          entry.scope.empty() ? "" : " (" + entry.scope + ")",
                          server ? "wrapped" : word_of(entry.standing));
    }
  }
  CHECK(agentmesh::tests::golden("integrations/documents.txt", told) == told);
}

}  // namespace
}  // namespace agentmesh::integrations::tests
