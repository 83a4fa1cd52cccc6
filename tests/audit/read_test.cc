#include "audit/read.h"

#include <filesystem>
#include <string>

#include "audit/describe.h"
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
