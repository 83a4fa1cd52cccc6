#include "audit/read.h"

#include <filesystem>
#include <string>
#include <vector>

#include "audit/describe.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/recover.h"
#include "tests/audit/logs.h"

namespace agentmesh::audit::tests {

namespace {

uint64_t seq_of(const std::string& line) {
  const LineCheck check = check_line(line);
  REQUIRE(check.fault == LineFault::kNone);
  return check.facts.seq;
}

}  // namespace

TEST_CASE("tail gives the newest lines, then each new one once and in order, across segments") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 4096;
  const auto log = real.open(options);
  for (int i = 0; i < 50; ++i) REQUIRE(settle(*log, decision()));
  auto tail = Tail::open(scratch.log(), 20);
  REQUIRE(tail);
  uint64_t last = 0;
  for (int i = 0; i < 20; ++i) {
    const auto line = tail->next();
    REQUIRE(line);
    REQUIRE(*line);
    const uint64_t seq = seq_of(**line);
    if (i > 0) CHECK(seq == last + 1);
    last = seq;
  }
  CHECK_FALSE(tail->next()->has_value());
  for (int i = 0; i < 40; ++i) {
    const Appended places = settle(*log, std::vector<Record>(2, decision()));
    REQUIRE(places);
    for (;;) {
      const auto line = tail->next();
      REQUIRE(line);
      if (!*line) break;
      CHECK(seq_of(**line) == last + 1);
      last = seq_of(**line);
    }
    CHECK(last == *places->back().seq);
  }
}

TEST_CASE("tail follows into a log that took the old one's place") {
  const Scratch scratch;
  Real real;
  { const auto log = real.open(scratch.options()); }
  auto tail = Tail::open(scratch.log(), 10);
  REQUIRE(tail);
  REQUIRE(tail->next()->has_value());
  CHECK_FALSE(tail->next()->has_value());
  SystemDisk disk;
  REQUIRE(seal_log(scratch.options(), "old", disk, real.clock, real.random));
  const auto genesis = tail->next();
  REQUIRE(genesis);
  REQUIRE(*genesis);
  CHECK(seq_of(**genesis) == 0);
  CHECK((*genesis)->find("\"after\"") != std::string::npos);
}

TEST_CASE("every record is found by its number, and no other") {
  const std::string dir = "tests/data/audit/state/audit/main";
  for (uint64_t seq = 0; seq < 1000; ++seq) {
    const auto line = find_record(dir, seq);
    REQUIRE(line);
    REQUIRE(*line);
    REQUIRE(seq_of(**line) == seq);
  }
  for (const uint64_t seq : {uint64_t{1000}, uint64_t{1} << 60}) {
    const auto line = find_record(dir, seq);
    REQUIRE(line);
    CHECK_FALSE(*line);
  }
}

namespace {

// The known log, to be damaged: segments from 0, 321, 635 and 952 to 999; the checkpoint covers 985.
class Known {
 public:
  Known() { std::filesystem::copy("tests/data/audit/state/audit/main", dir(), kAll); }
  std::string dir() const { return scratch_.path() + "/log"; }
  void remove(uint64_t segment) const { std::filesystem::remove(path(segment)); }
  // The line with that number, and no other, goes.
  void take_out(uint64_t segment, uint64_t line) const {
    std::string text = slurp(path(segment));
    size_t at = 0;
    for (; line > 0; --line) at = text.find('\n', at) + 1;
    spill(path(segment), text.erase(at, text.find('\n', at) + 1 - at));
  }
  // What each_line() finds missing from `from` on, and what it says of the rest, for people.
  std::string missing(uint64_t from = 0) const {
    std::string out;
    const auto missing = each_line(dir(), from, [](std::string_view, uint64_t) { return true; });
    REQUIRE(missing);
    for (const Missing& gap : *missing) out += (out.empty() ? "" : "; ") + to_text(gap);
    return out;
  }

 private:
  static constexpr auto kAll = std::filesystem::copy_options::recursive;
  std::string path(uint64_t segment) const { return dir() + "/" + segment_file(segment); }
  Scratch scratch_;
};

}  // namespace

TEST_CASE("records that are missing are told, and which they are as far as that is known") {
  const Known log;
  CHECK(log.missing().empty());
  SECTION("a segment") {
    log.remove(321);
    CHECK(log.missing() == "records 321 to 634 are missing");
    CHECK(log.missing(500) == "records 321 to 634 are missing");
    CHECK(log.missing(635).empty());
  }
  SECTION("two segments, one after the other") {
    log.remove(321);
    log.remove(635);
    CHECK(log.missing() == "records 321 to 951 are missing");
  }
  SECTION("the beginning, which no prune took") {
    log.remove(0);
    CHECK(log.missing() == "records 0 to 320 are missing");
    CHECK(log.missing(300) == "records 300 to 320 are missing");
    CHECK(log.missing(321).empty());
    // Who stops before the end hears of it as well.
    const auto few =
        each_line(log.dir(), 0, [](std::string_view, uint64_t seq) { return seq < 400; });
    REQUIRE(few);
    REQUIRE(few->size() == 1);
    CHECK(to_text(few->front()) == "records 0 to 320 are missing");
    CHECK(Tail::open(log.dir(), 2000)->missing().size() == 1);
    CHECK(Tail::open(log.dir(), 10)->missing().empty());
  }
  SECTION("the end, as far as it was signed") {
    log.remove(952);
    CHECK(log.missing() == "records 952 to 984 are missing");
    CHECK(log.missing(960) == "records 952 to 984 are missing");
  }
  SECTION("all lines of the last segment") {
    spill(log.dir() + "/" + segment_file(952), "");
    CHECK(log.missing() == "records 952 to 984 are missing");
  }
  SECTION("the last line of a segment") {
    log.take_out(321, 313);
    CHECK(log.missing() == "record 634 is missing");
  }
  SECTION("lines out of the middle of segments") {
    log.take_out(321, 5);
    log.take_out(952, 3);
    log.take_out(952, 3);
    CHECK(log.missing() ==
          "1 of the records 321 to 634 is missing; 2 of the records 952 to 999 are missing");
  }
}

TEST_CASE("of a record that is not there it is known whether it should be") {
  const Known log;
  const auto about = [&](uint64_t seq) {
    const auto gap = missing_at(log.dir(), seq);
    REQUIRE(gap);
    return *gap ? to_text(**gap) : "";
  };
  log.remove(635);
  for (const uint64_t seq : std::vector<uint64_t>{635, 800, 951})
    CHECK(about(seq) == "records 635 to 951 are missing");
  for (const uint64_t seq : std::vector<uint64_t>{0, 634, 952, 999, 1000, 5000})
    CHECK(about(seq).empty());
  log.remove(0);
  CHECK(about(7) == "records 0 to 320 are missing");  // no prune says so
  CHECK(about(400).empty());
}

TEST_CASE("tail knows what is missing among what it shows, and no more") {
  const Known log;
  log.remove(635);
  const auto missing = [&](uint64_t lines) {
    const auto tail = Tail::open(log.dir(), lines);
    REQUIRE(tail);
    return tail->missing().size();
  };
  CHECK(missing(48) == 0);
  CHECK(missing(49) == 1);
  CHECK(missing(5000) == 1);
}

TEST_CASE("records are shown without anything that could fool a terminal") {
  Decision decision;
  decision.tool =
      "a\x1b[2Jb\xe2\x80\xae"
      "c\xc2\x9b";
  decision.verdict = "deny";
  decision.reason = "no";
  Draft d;
  draft(decision, Made{"00112233aabbccdd", 0, 1'795'000'000'000'000, 1}, nullptr, d);
  std::string line;
  finish(d, 7, Hash{}, line);
  line.pop_back();
  for (const std::string& text : {describe_line(line), explain_record(line)}) {
    CAPTURE(text);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\xe2\x80\xae") == std::string::npos);
    CHECK(text.find("a\\u{1B}[2Jb\\u{202E}c\\u{9B}") != std::string::npos);
  }
  CHECK(describe_line(line).find("2026-11-18 ") != std::string::npos);
  CHECK(explain_record(line).find("verdict: deny") != std::string::npos);
  CHECK(describe_line("nonsense") == "(not a record: 8 bytes)");
}

}  // namespace agentmesh::audit::tests
