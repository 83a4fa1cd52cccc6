#include "trust/book.h"

#include "tests/catch.h"
#include "trust/events.h"

namespace agentmesh::trust {

namespace {

constexpr int64_t kNow = 1'795'000'000'000'000;
constexpr int64_t kMinute = 60'000'000;

std::vector<Event> finding(Severity severity) {
  return Evidence("a", "", "").finding({severity}, Side::kAgent).take();
}

}  // namespace

TEST_CASE("a book knows what it applied, at once") {
  Book book{Options{}};
  CHECK(book.score("agent:a", kNow).total == 800);
  const auto changes = book.apply(finding(Severity::kCritical), kNow);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].subject == "agent:a");
  CHECK(changes[0].from == 800);
  CHECK(changes[0].to == 400);
  CHECK(changes[0].delta() == -400);
  CHECK(changes[0].tier_changed);
  CHECK(changes[0].swing);
  CHECK(book.score("agent:a", kNow).total == 400);
  CHECK(book.score("agent:b", kNow).total == 800);
}

TEST_CASE("two books that share a store never overwrite each other") {
  Book one{Options{}}, two{Options{}}, all{Options{}};
  Sums stored;
  const auto flush = [&](Book& book) {
    const auto deltas = book.take_deltas();
    for (const SubjectSums& delta : deltas) stored.merge(delta.sums, {});
    book.settled(std::vector<SubjectSums>{{"agent:a", stored}});
  };
  for (int i = 0; i < 20; ++i) {
    const int64_t at = kNow + i * kMinute;
    const auto events = finding(i % 3 == 0 ? Severity::kMedium : Severity::kLow);
    (i % 2 == 0 ? one : two).apply(events, at);
    all.apply(events, at);
    flush(i % 2 == 0 ? one : two);
  }
  flush(one);
  one.load(std::vector<SubjectSums>{{"agent:a", stored}});
  const int64_t later = kNow + 100 * kMinute;
  CHECK(one.score("agent:a", later).total == all.score("agent:a", later).total);
  CHECK(stored.events == 20);
}

TEST_CASE("what is in flight counts, and is owed again when the store fails") {
  Book book{Options{}};
  book.apply(finding(Severity::kHigh), kNow);
  const int before = book.score("agent:a", kNow).total;
  CHECK(book.dirty());
  const auto deltas = book.take_deltas();
  REQUIRE(deltas.size() == 1);
  CHECK_FALSE(book.dirty());
  CHECK(book.score("agent:a", kNow).total == before);
  book.apply(finding(Severity::kLow), kNow);
  CHECK(book.take_deltas().empty());  // one flight at a time
  book.give_back();
  const auto again = book.take_deltas();
  REQUIRE(again.size() == 1);
  CHECK(again[0].sums.events == 2);
  book.settled(std::vector<SubjectSums>{{"agent:a", again[0].sums}});
  CHECK_FALSE(book.dirty());
  CHECK(book.score("agent:a", kNow).events == 2);
}

TEST_CASE("what happens while a flight is under way is neither lost nor counted twice") {
  Book book{Options{}};
  book.apply(finding(Severity::kLow), kNow);
  const auto first = book.take_deltas();
  book.apply(finding(Severity::kLow), kNow);
  book.settled(first);
  CHECK(book.score("agent:a", kNow).events == 2);
  const auto second = book.take_deltas();
  REQUIRE(second.size() == 1);
  CHECK(second[0].sums.events == 1);
}

TEST_CASE("a swing is more than 100 points in ten minutes, told once") {
  Book book{Options{}};
  CHECK_FALSE(book.apply(finding(Severity::kLow), kNow)[0].swing);            // 800 → 762
  CHECK_FALSE(book.apply(finding(Severity::kLow), kNow + kMinute)[0].swing);  // 727
  CHECK(book.apply(finding(Severity::kLow), kNow + 2 * kMinute)[0]
            .swing);  // 696: 104 points from 800
  CHECK_FALSE(book.apply(finding(Severity::kLow), kNow + 3 * kMinute)[0].swing);
  CHECK(book.apply(finding(Severity::kCritical), kNow + 20 * kMinute)[0].swing);
}

TEST_CASE("a slow decline is no swing, however long") {
  Book book{Options{}};
  for (int64_t i = 0; i < 40; ++i)
    CHECK_FALSE(book.apply(finding(Severity::kLow), kNow + i * 11 * kMinute)[0].swing);
}

TEST_CASE("events that say nothing leave nothing owed") {
  Book book{Options{}};
  book.apply(std::vector<Event>{{"agent:a", Dimension::kOutputQuality, 0, 1000}}, kNow);
  CHECK_FALSE(book.dirty());
  CHECK(book.take_deltas().empty());
}

TEST_CASE("a reset in the store holds in the book") {
  Book book{Options{}};
  book.apply(finding(Severity::kCritical), kNow);
  book.settled(book.take_deltas());
  CHECK(book.score("agent:a", kNow).total == 400);
  book.load(std::vector<SubjectSums>{{"agent:a", Sums{}}});
  CHECK(book.score("agent:a", kNow).total == 800);
}

TEST_CASE("subjects are spelled agent:NAME, server:NAME, tool:SERVER/NAME") {
  CHECK(agent_subject("desk") == "agent:desk");
  CHECK(server_subject("filesystem") == "server:filesystem");
  CHECK(tool_subject("filesystem", "read_file") == "tool:filesystem/read_file");
  // As long as the log keeps one, and no half character.
  const std::string name = std::string(249, 'n') + "\u00e9\u00e9";
  CHECK(tool_subject("f", name) == "tool:f/" + std::string(249, 'n'));
  CHECK(tool_subject("f", name.substr(0, 249)) == tool_subject("f", name));
  CHECK(server_subject(name).size() == 256);
  CHECK(agent_subject(name).size() == 255);
}

TEST_CASE("what could not be recorded is taken back, and owed no more") {
  Book book{Options{}};
  const std::vector<Event> kept{{"agent:desk", Dimension::kPolicyCompliance, 1000, 1000}};
  const std::vector<Event> lost{{"agent:desk", Dimension::kSecurityPosture, 20000, 0},
                                {"server:files", Dimension::kOutputQuality, 1000, 0}};
  book.apply(kept, kNow);
  const int before = book.score("agent:desk", kNow).total;
  book.apply(lost, kNow);
  CHECK(book.score("agent:desk", kNow).total < before);
  book.retract(lost, kNow);
  CHECK(book.score("agent:desk", kNow).total == before);
  const auto owed = book.take_deltas();
  REQUIRE(owed.size() == 1);
  CHECK(owed.front().subject == "agent:desk");
  CHECK(owed.front().sums.events == 1);
}

}  // namespace agentmesh::trust
