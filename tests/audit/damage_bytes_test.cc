// No prefix of a log that verify does not know what to make of, no torn end that is not recovered, no byte that does not count.

#include <filesystem>
#include <string>

#include "audit/recover.h"
#include "audit/segment.h"
#include "tests/audit/bent.h"

namespace agentmesh::audit::tests {

TEST_CASE(
    "any prefix of a log verifies as fine, tampered or torn, and recovers unless it is tampered") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  {
    const auto log = real.open(options);
    for (int i = 0; i < 5; ++i) REQUIRE(settle(*log, decision()));
  }
  const std::string segment = scratch.log() + "/" + segment_file(0);
  const std::string whole = slurp(segment);
  {
    const auto log = real.open(options);
    for (int i = 0; i < 3; ++i) REQUIRE(settle(*log, decision()));
  }
  // Signed: the first six records. Then three more, cut at every length.
  const std::string longer = slurp(segment);
  const std::string history = slurp(scratch.log() + "/checkpoints");
  const std::string three =
      history.substr(0, history.rfind(history.substr(0, history.find('\n') + 1)));
  size_t recoveries = 0;
  for (size_t cut = 0; cut <= longer.size(); cut += cut > whole.size() ? size_t{5} : size_t{41}) {
    CAPTURE(cut);
    const std::string left = longer.substr(0, cut);
    std::filesystem::remove(scratch.log() + "/state");
    spill(segment, left);
    spill(scratch.log() + "/checkpoints", three);
    spill(scratch.log() + "/checkpoint",
          three.substr(three.rfind(three.substr(0, three.find('\n') + 1))));
    const Verdict verdict = verify_log(scratch);
    CAPTURE(verdict_json(verdict, "", 0));
    const bool at_line = cut > 0 && left.back() == '\n';
    REQUIRE(verdict.exit == (cut < whole.size() ? 1 : at_line ? 0 : 2));
    if (cut < whole.size()) REQUIRE((has_code(verdict, "log.truncated") || cut == 0));
    // Some of them are recovered for real (each costs the disk's time).
    if (cut % 4 != 0) continue;
    ++recoveries;
    SystemDisk disk;
    const auto recovered = recover(options, disk, real.clock, real.random);
    REQUIRE(recovered.has_value() == (verdict.exit != 1));
    if (!recovered) {
      REQUIRE(slurp(segment) == left);
      continue;
    }
    check_exit(verify_log(scratch, true), 0);
    const std::string now = slurp(segment);
    REQUIRE(now.starts_with(left.substr(0, left.rfind('\n') + 1)));
    if (!at_line) {
      REQUIRE(now.find("\"type\":\"recover\"") != std::string::npos);
      const std::string kept = scratch.log() + "/" + recovered_file(verdict.size);
      REQUIRE(slurp(kept) == left.substr(left.rfind('\n') + 1));
      std::filesystem::remove(kept);
    }
  }
  CHECK(recoveries > 5);
}

TEST_CASE(
    "blocks that a power failure left empty are a torn end, and so is a segment without a line") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 4096;
  {
    const auto log = real.open(options);
    for (int i = 0; i < 20; ++i) REQUIRE(settle(*log, decision()));
  }
  SystemDisk disk;
  for (const std::string& tail :
       {std::string(4096, '\0'), std::string("{\"a\":\n\n\0\0", 9), std::string("\n\n\0", 3)}) {
    const uint64_t last = list_segments(scratch.log())->back();
    const std::string segment = scratch.log() + "/" + segment_file(last);
    spill(segment, slurp(segment) + tail);
    const Verdict torn = verify_log(scratch);
    CHECK(codes(torn) == Codes{"tail.torn"});
    CHECK(torn.exit == 2);
    REQUIRE(torn.torn);
    CHECK(torn.torn->bytes == tail.size());
    REQUIRE(recover(options, disk, real.clock, real.random));
    check_exit(verify_log(scratch, true), 0);
  }
  const Verdict before = verify_log(scratch);
  spill(scratch.log() + "/" + segment_file(before.size), "");
  const Verdict empty = verify_log(scratch);
  CHECK(codes(empty) == Codes{"tail.torn"});
  CHECK(empty.torn->bytes == 0);
  std::filesystem::remove(scratch.log() + "/state");
  REQUIRE(recover(options, disk, real.clock, real.random));
  const Verdict after = verify_log(scratch, true);
  check_exit(after, 0);
  CHECK(after.segments == before.segments + 1);
  CHECK(after.records == before.records + 2);  // segment.open and recover
}

TEST_CASE("no flipped byte anywhere in a log goes unnoticed") {
  const Scratch scratch;
  Real real;
  {
    const auto log = real.open(scratch.options());
    for (int i = 0; i < 3; ++i) REQUIRE(settle(*log, decision()));
  }
  for (const char* name : {"/seg/00000000000000000000.jsonl", "/checkpoints", "/checkpoint"}) {
    const std::string path = scratch.log() + name;
    const std::string good = slurp(path);
    for (size_t i = 0; i < good.size(); ++i)
      for (const int bit : {i % 2 == 0 ? 1 : 128}) {
        std::string bent = good;
        bent[i] = static_cast<char>(bent[i] ^ bit);
        spill(path, bent);
        const Verdict verdict = verify_log(scratch);
        CAPTURE(name, i, bit, verdict_json(verdict, "", 0));
        REQUIRE(verdict.exit != 0);
      }
    spill(path, good);
  }
  check_exit(verify_log(scratch, true), 0);
}

}  // namespace agentmesh::audit::tests
