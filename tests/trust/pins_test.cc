#include "trust/pins.h"

#include <string>
#include <vector>

#include "tests/catch.h"

namespace agentmesh::trust {

namespace {

constexpr auto kTool = PinKind::kTool;

struct Session {
  PinSet pins{"files", "mac"};
  int64_t now = 1000;

  Seen see(const std::string& name, const std::string& description) {
    text = R"({"name":")" + name + R"(","description":")" + description +
           R"(","inputSchema":{"type":"object"}})";
    return pins.see(kTool, name, json::View(text));
  }
  void settle(const std::string& name, const std::string& description, Settle how) {
    pins.settle(see(name, description), how, ++now);
  }
  std::string text;
};

// What a store would have after it took the writes.
std::vector<Pin> rows(PinSet& pins) {
  std::vector<Pin> out;
  for (const PinWrite& write : pins.take_writes()) out.push_back(write.pin);
  return out;
}

std::vector<Pin> approved(std::vector<Pin> pins) {
  for (Pin& pin : pins) {
    pin.state = PinState::kApproved;
    pin.hash = std::exchange(pin.offered_hash, {});
    pin.form = std::exchange(pin.offered, {});
    pin.by = "uid:1000";
  }
  return pins;
}

}  // namespace

TEST_CASE("a URI fits a template whose literal parts stand in it in order") {
  struct Case {
    const char* uri;
    const char* uri_template;
    bool fits;
  };
  const Case cases[] = {
      {"note://2026/7", "note://{year}/{id}", true},
      {"note://2026", "note://{year}/{id}", false},
      {"note://a/b/c", "note://{+path}", true},
      {"notes://a", "note://{id}", false},
      {"note://7/edit", "note://{id}/edit", true},
      {"note://7/edit/x", "note://{id}/edit", false},
      {"note://x", "note://x", true},
      {"note://xy", "note://x", false},
      {"anything", "{+uri}", true},
      {"", "{+uri}", true},
      {"a{b", "a{b", true},
      {"aXbXb", "a{x}b", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.uri, c.uri_template);
    CHECK(fits_template(c.uri, c.uri_template) == c.fits);
  }
}

TEST_CASE("first use pins, and the same definition later is the same") {
  Session s;
  Seen seen = s.see("read", "Reads.");
  CHECK(seen.sight == Sight::kFirst);
  CHECK_FALSE(s.pins.standing(kTool, "read"));
  s.pins.settle(std::move(seen), Settle::kPin, 5);
  CHECK(s.pins.standing(kTool, "read") == PinState::kPinned);
  const auto writes = s.pins.take_writes();
  REQUIRE(writes.size() == 1);
  CHECK(writes[0].expected_hash.empty());
  CHECK(writes[0].pin.by == "first-use");
  CHECK(writes[0].pin.hash.size() == 64);
  CHECK(s.see("read", "Reads.").sight == Sight::kSame);
  CHECK(s.pins.take_writes().empty());
}

TEST_CASE("a first sight can be held, and approval lets it through at once") {
  Session s;
  s.settle("read", "Reads.", Settle::kHold);
  CHECK(s.pins.standing(kTool, "read") == PinState::kHeld);
  CHECK(is_hidden(PinState::kHeld));
  CHECK(s.see("read", "Reads.").sight == Sight::kWaiting);
  const auto row = approved(rows(s.pins));
  CHECK(s.pins.load(row));
  CHECK(s.pins.standing(kTool, "read") == PinState::kApproved);
  CHECK_FALSE(s.pins.load(row));  // nothing new
}

TEST_CASE("what is held and then offers something else is still a first sight") {
  Session s;
  s.settle("read", "Reads.", Settle::kHold);
  CHECK(s.see("read", "Reads more.").sight == Sight::kFirst);
}

TEST_CASE("a changed definition asks the policy, and each answer stands") {
  struct Case {
    Settle how;
    PinState state;
    bool passes, hidden;
  };
  for (const Case& c : {Case{Settle::kPin, PinState::kPinned, true, false},
                        {Settle::kWithhold, PinState::kWithheld, false, true},
                        {Settle::kReview, PinState::kReview, false, false},
                        {Settle::kHold, PinState::kWithheld, false, true}}) {
    Session s;
    s.settle("read", "Reads.", Settle::kPin);
    const std::string first = s.pins.find(kTool, "read")->hash;
    Seen seen = s.see("read", "Reads and sends.");
    CHECK(seen.sight == Sight::kChanged);
    CHECK(seen.old_hash == first);
    CHECK(seen.difference.parts == std::vector<std::string>{"description"});
    CHECK_FALSE(seen.difference.wider);
    CHECK_FALSE(passes(*s.pins.standing(kTool, "read")));  // not before the policy has spoken
    s.pins.settle(std::move(seen), c.how, 9);
    const PinState state = *s.pins.standing(kTool, "read");
    CHECK(state == c.state);
    CHECK(passes(state) == c.passes);
    CHECK(is_hidden(state) == c.hidden);
    CHECK(s.pins.take_writes().back().expected_hash == first);
  }
}

TEST_CASE("a change is asked once; until it is answered it waits") {
  Session s;
  s.settle("read", "Reads.", Settle::kPin);
  s.settle("read", "Sends.", Settle::kReview);
  const Seen again = s.see("read", "Sends.");
  CHECK(again.sight == Sight::kWaiting);
  CHECK(again.state == PinState::kReview);
  CHECK(again.difference.parts == std::vector<std::string>{"description"});
}

TEST_CASE("a server that goes back to what was accepted is as before") {
  Session s;
  s.settle("read", "Reads.", Settle::kPin);
  s.settle("read", "Sends.", Settle::kWithhold);
  CHECK(s.see("read", "Reads.").sight == Sight::kSame);
  CHECK(s.pins.standing(kTool, "read") == PinState::kPinned);
  CHECK(s.pins.find(kTool, "read")->offered_hash.empty());
}

TEST_CASE("what a person rejected stays out, and its successor needs a person too") {
  Session s;
  s.settle("read", "Reads.", Settle::kPin);
  s.settle("read", "Sends.", Settle::kReview);
  std::vector<Pin> row{rows(s.pins).back()};
  row[0].state = PinState::kRejected;
  CHECK(s.pins.load(row));
  CHECK(s.pins.standing(kTool, "read") == PinState::kRejected);
  CHECK(s.see("read", "Reads.").sight == Sight::kSame);
  CHECK(passes(*s.pins.standing(kTool, "read")));
  CHECK(s.see("read", "Sends.").sight == Sight::kWaiting);
  CHECK(s.pins.standing(kTool, "read") == PinState::kRejected);
  s.settle("read", "Sends kindly.", Settle::kPin);
  CHECK(s.pins.standing(kTool, "read") == PinState::kWithheld);
}

TEST_CASE("a session that has not listed a tool goes by the stored pin") {
  Session first;
  first.settle("read", "Reads.", Settle::kPin);
  first.settle("write", "Writes.", Settle::kHold);
  Session later;
  later.pins.load(rows(first.pins));
  CHECK(later.pins.standing(kTool, "read") == PinState::kPinned);
  CHECK(later.pins.standing(kTool, "write") == PinState::kHeld);
  CHECK_FALSE(later.pins.standing(kTool, "other"));
  CHECK_FALSE(later.pins.listed(kTool, "read"));
  (void)later.see("read", "Reads.");
  CHECK(later.pins.listed(kTool, "read"));
}

TEST_CASE(
    "pins of another server or command line are none of ours, but another command is remembered") {
  Session s;
  Pin other;
  other.server = "files";
  other.cmd_mac = "another";
  other.kind = PinKind::kCommand;
  other.hash = "h";
  Pin foreign = other;
  foreign.server = "mail";
  s.pins.load(std::vector<Pin>{foreign});
  CHECK_FALSE(s.pins.knows_other_commands());
  s.pins.load(std::vector<Pin>{other});
  CHECK(s.pins.knows_other_commands());
  CHECK_FALSE(s.pins.standing(PinKind::kCommand, ""));
}

TEST_CASE(
    "our server offers neither what is stored nor what waits: withheld until the policy or a person speaks") {
  Session s;
  s.settle("read", "Reads.", Settle::kPin);
  std::vector<Pin> row = rows(s.pins);
  row[0].hash = std::string(64, 'a');  // another process accepted something else
  CHECK(s.pins.load(row));
  CHECK(s.pins.standing(kTool, "read") == PinState::kWithheld);
}

TEST_CASE("a tool is gone only after a complete and uninterrupted listing") {
  Session s;
  for (const char* name : {"a", "b", "c"}) s.settle(name, "x", Settle::kPin);
  const std::vector<std::string> ab{"a", "b"}, c{"c"}, none;
  CHECK(s.pins.stale(kTool));
  CHECK(s.pins.page(kTool, true, false, ab).empty());
  CHECK(s.pins.page(kTool, false, true, c).empty());
  CHECK_FALSE(s.pins.stale(kTool));

  CHECK(s.pins.page(kTool, true, false, ab).empty());
  s.pins.list_changed(kTool);
  CHECK(s.pins.page(kTool, false, true, none).empty());  // interrupted: says nothing about c
  CHECK(s.pins.stale(kTool));
  CHECK(s.pins.standing(kTool, "c") == PinState::kPinned);

  CHECK(s.pins.page(kTool, true, true, ab) == c);
  CHECK(s.pins.page(kTool, true, true, ab).empty());  // told once
  CHECK(s.pins.page(kTool, true, true, std::vector<std::string>{"a", "b", "c"}).empty());
  CHECK(s.pins.page(kTool, true, true, ab) == c);  // it was back, and is gone again
}

TEST_CASE("a page whose beginning was not seen proves nothing") {
  Session s;
  s.settle("a", "x", Settle::kPin);
  CHECK(s.pins.page(kTool, false, true, {}).empty());
  CHECK(s.pins.stale(kTool));
}

TEST_CASE("list_changed forgets what was listed, not what was pinned") {
  Session s;
  s.settle("a", "x", Settle::kPin);
  s.pins.list_changed(kTool);
  CHECK_FALSE(s.pins.listed(kTool, "a"));
  CHECK(s.pins.standing(kTool, "a") == PinState::kPinned);
}

TEST_CASE("a definition too long to keep is still hashed, and any change of it counts as wider") {
  Session s;
  const std::string filler(kMaxForm, 'x');
  s.settle("a", filler + "1", Settle::kPin);
  CHECK(s.pins.find(kTool, "a")->form.empty());
  CHECK(s.see("a", filler + "1").sight == Sight::kSame);
  const Seen seen = s.see("a", filler + "2");
  CHECK(seen.sight == Sight::kChanged);
  CHECK(seen.difference.wider);
}

TEST_CASE("instructions are pinned as text") {
  PinSet pins("files", "mac");
  pins.settle(pins.see_text(PinKind::kInstructions, "", "Be kind.\n"), Settle::kPin, 1);
  CHECK(pins.see_text(PinKind::kInstructions, "", "Be kind.\n").sight == Sight::kSame);
  CHECK(pins.see_text(PinKind::kInstructions, "", "Be quick.").sight == Sight::kChanged);
}

TEST_CASE("names of kinds and states are read back as written") {
  for (const PinKind kind : {PinKind::kTool, PinKind::kPrompt, PinKind::kResource,
                             PinKind::kInstructions, PinKind::kCommand}) {
    CHECK(pin_kind_of(to_string(kind)) == kind);
  }
  CHECK_FALSE(pin_kind_of("tools"));
  CHECK(to_string(PinState::kReview) == "review");
}

}  // namespace agentmesh::trust
