#include "trust/lookalike.h"

#include <algorithm>
#include <random>

#include "tests/catch.h"

namespace agentmesh::trust {

namespace {

Pin tool(const std::string& server, const std::string& name) {
  Pin pin;
  pin.server = server;
  pin.name = name;
  return pin;
}

// The definition (optimal string alignment), whole table.
int distance_by_definition(const std::string& a, const std::string& b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = static_cast<int>(i + j);
        continue;
      }
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

TEST_CASE("a name that resembles another server's is found, with what it resembles") {
  const std::vector<Pin> pins{tool("files", "read_file"), tool("files", "list_directory"),
                              tool("git", "commit"), tool("git", "create_pull_request")};
  KnownNames names(pins);
  struct Case {
    const char* server;
    const char* name;
    std::optional<Likeness> likeness;
  };
  const Case cases[] = {
      {"evil", "read_file", Likeness::kSame},
      {"evil", "Read_File", Likeness::kSkeleton},
      {"evil",
       "re\xd0\xb0"
       "d_file",
       Likeness::kSkeleton},
      {"evil",
       "read_\xe2\x80\x8b"
       "file",
       Likeness::kSkeleton},
      {"evil", "readfile", Likeness::kMisspelled},
      {"evil", "read-file", Likeness::kMisspelled},
      {"files", "readfile", std::nullopt},  // its own affair
      {"evil", "list_directroy", Likeness::kMisspelled},
      {"evil", "list_directories", std::nullopt},
      {"evil", "list_directorys", Likeness::kMisspelled},
      {"evil", "read_fil", std::nullopt},  // short names are near one another by nature
      {"evil", "comment", std::nullopt},
      {"evil", "write_file", std::nullopt},
      {"files", "read_file", std::nullopt},
      {"files", "Read_File", std::nullopt},
      {"files",
       "re\xd0\xb0"
       "d_file",
       Likeness::kSkeleton},  // beside the real one
      {"files", "list_directorys", std::nullopt},
      {"evil", "create_pull_request2", std::nullopt},
      {"evil", "", std::nullopt},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto found = names.find(c.server, c.name);
    REQUIRE(found.has_value() == c.likeness.has_value());
    if (found) CHECK(found->likeness == *c.likeness);
  }
  CHECK(names.find("evil", "create_pul_request")->name == "create_pull_request");
  CHECK(names.find("evil", "create_pul_request")->server == "git");
}

TEST_CASE("the edit distance is the one by definition, up to its limit") {
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string a(random() % 9, 'a'), b;
    for (char& c : a) c = "abc"[random() % 3];
    b = a;
    for (size_t edits = random() % 4; edits > 0; --edits) {
      const size_t at = b.empty() ? 0 : random() % b.size();
      if (random() % 2 == 0)
        b.insert(at, 1, "abc"[random() % 3]);
      else if (!b.empty())
        b.erase(at, 1);
    }
    CAPTURE(a);
    CAPTURE(b);
    CHECK(edit_distance(a, b, 2) == std::min(distance_by_definition(a, b), 3));
  }
}

TEST_CASE("a list of very many names takes a bounded time, and what cannot be told is told") {
  KnownNames names;
  const auto name = [](size_t i) {
    return "read_the_file_with_a_long_name_" + std::to_string(i * 7919);
  };
  for (size_t i = 0; i < 3 * KnownNames::kMaxNames; ++i) {
    names.add("files", name(i));
    names.add("other", "x" + name(i));
  }
  const auto foreign = [](size_t i) {
    return "r\xd0\xb5"
           "ad_the_file_with_another_name_" +
           std::to_string(i);
  };
  std::optional<Lookalike> found;
  size_t told = 0;
  for (size_t i = 0; i < KnownNames::kMaxNames; ++i) {
    found = names.find("evil", foreign(i));
    if (!found) continue;
    ++told;
    CHECK(found->likeness == Likeness::kUntold);
  }
  CHECK(told > 0);
  CHECK(told < KnownNames::kMaxNames);
  CHECK(severity_of(*found, foreign(0)) == Severity::kMedium);
  // Those that an index finds are found all the same, and a new list has its own share of work.
  CHECK(names.find("evil", name(1))->likeness == Likeness::kSame);
  names.renew();
  CHECK_FALSE(names.find("evil", foreign(0)));
  CHECK(names.find("evil", std::string(KnownNames::kMaxName, 'a') + "\xd0\xb5")->likeness ==
        Likeness::kUntold);
}

}  // namespace agentmesh::trust
