// Records that nobody of ours wrote: somebody who can write to the log's files, and has no key, appends them beside a writer,
// whose next checkpoint covers them with its own. What is found of that, and what is not (docs/audit.md).

#include <filesystem>

#include "audit/erase.h"
#include "audit/layout.h"
#include "audit/prune.h"
#include "audit/segment.h"
#include "audit/state.h"
#include "tests/audit/intruder.h"
#include "tests/audit/logs.h"
#include "tests/catch.h"

namespace agentmesh::audit::tests {

namespace {

constexpr const char* kStranger = "ffeeddccbbaa9988";

// A line of that type by a writer, all but its number and its link; `fields` by their place in the alphabet.
std::string line_of(const std::string& fields, const std::string& type, const std::string& w,
                    uint64_t wseq, const std::string& behind = "") {
  return "{" + fields + ",\"mono\":9000000000000000,\"prev\":\"\",\"seq\":," + behind +
         "\"ts\":1795000000000000,\"type\":\"" + type + "\",\"v\":1,\"w\":\"" + w +
         "\",\"wseq\":" + std::to_string(wseq) + "}";
}

void append(const Scratch& scratch, const std::string& line) {
  Intruder intruder(scratch.log());
  intruder.append(line);
  intruder.save();
}

bool has_note(const Verdict& verdict, const std::string& code) {
  return std::any_of(verdict.notes.begin(), verdict.notes.end(),
                     [&](const Remark& note) { return note.code == code; });
}

}  // namespace

TEST_CASE("an erasure that somebody else appended excuses no payload that is gone") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.payloads = Payloads::kFull;
  const std::string day = utc_day(real.clock.wall_us());
  auto log = real.open(options);
  for (int i = 0; i < 5; ++i) REQUIRE(settle(*log, decision()));
  const auto forge = [&] {
    append(scratch, line_of("\"by\":\"uid:0\",\"days\":[\"" + day + "\"]", "erase", kStranger, 0));
    std::filesystem::remove_all(scratch.log() + "/blob/" + day);
  };
  SECTION("and whose end the writer signs with its own records behind it") {
    forge();
    REQUIRE(settle(*log, decision()));
    log.reset();
  }
  SECTION("and that stands at the end when the writer signs for the last time") {
    forge();
    log.reset();
  }
  SECTION("and that the next one who opens the log finds at its end") {
    log.reset();
    forge();
    options.checkpoint_ms = 1;
    log = real.open(options);
    log.reset();
  }
  const Verdict verdict = verify_with_payloads(scratch);
  check_exit(verdict, 1);
  CHECK(has_code(verdict, "blob.missing"));
  CHECK(has_note(verdict, "erase.unsealed"));

  // One that was made with the key excuses what lay before it, theirs or not.
  const std::vector<std::string> days = {day};
  REQUIRE(erase(options, days, "", "uid:0", real.disk, real.clock, real.random));
  CHECK_FALSE(has_code(verify_with_payloads(scratch), "blob.missing"));
}

TEST_CASE("a prune that somebody else appended excuses no line that is gone") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 24'000;
  auto log = real.open(options);
  for (int i = 0; i < 700; ++i) REQUIRE(settle(*log, decision()));
  log.reset();
  log = real.open(options);
  const auto segments = *list_segments(scratch.log());
  REQUIRE(segments.size() > 3);
  append(scratch, line_of("\"by\":\"uid:0\",\"first\":" + std::to_string(segments[2]), "prune",
                          kStranger, 0));
  REQUIRE(settle(*log, decision()));
  log.reset();
  check_exit(verify_log(scratch), 0);
  for (const size_t gone : {size_t{0}, size_t{1}})
    std::filesystem::remove(scratch.log() + "/" + segment_file(segments[gone]));
  CHECK(has_code(verify_log(scratch), "prune.unrecorded"));
}

// What people do to a log, and what takes it for granted that the end of the log is theirs.
TEST_CASE("a prune signs nobody else's erasure or prune") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 24'000;
  options.payloads = Payloads::kFull;
  const auto fill = [&](int records) {
    const auto log = real.open(options);
    for (int i = 0; i < records; ++i) REQUIRE(settle(*log, decision()));
  };
  const auto prune_before = [&](uint64_t seq) {
    const auto pruned =
        prune(options, {seq, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random);
    REQUIRE(pruned);
    return pruned->files.size();
  };
  SECTION("an erasure at the end of the log that is pruned") {
    fill(700);
    const std::string day = utc_day(real.clock.wall_us());
    append(scratch, line_of("\"by\":\"uid:0\",\"days\":[\"" + day + "\"]", "erase", kStranger, 0));
    const uint64_t cut = (*list_segments(scratch.log()))[2];
    SECTION("where segments go") { CHECK(prune_before(cut) > 0); }
    SECTION("where none can go") { CHECK(prune_before(1) == 0); }
    std::filesystem::remove_all(scratch.log() + "/blob/" + day);
    const Verdict verdict = verify_with_payloads(scratch);
    CHECK(has_code(verdict, "blob.missing"));
    CHECK(has_note(verdict, "erase.unsealed"));
  }
  SECTION("a prune at the end of a log that has nothing to prune yet") {
    fill(150);
    const auto segments = *list_segments(scratch.log());
    REQUIRE(segments.size() > 2);
    append(scratch, line_of("\"by\":\"uid:0\",\"first\":" + std::to_string(segments[2]), "prune",
                            kStranger, 0));
    CHECK(prune_before(segments[1]) == 0);
    fill(300);
    check_exit(verify_with_payloads(scratch), 0);
    for (const size_t gone : {size_t{0}, size_t{1}})
      std::filesystem::remove(scratch.log() + "/" + segment_file(segments[gone]));
    CHECK(has_code(verify_log(scratch, true), "prune.unrecorded"));
  }
}

TEST_CASE("a state file that tells another last record than the lines gets nothing signed") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.payloads = Payloads::kFull;
  const std::string day = utc_day(real.clock.wall_us());
  auto log = real.open(options);
  for (int i = 0; i < 5; ++i) REQUIRE(settle(*log, decision()));
  const std::string innocent = line_of("\"count\":0,\"mode\":\"enforce\"", "tools.listed",
                                       kStranger, 0, "\"server\":\"fs\",");
  const std::string erasure =
      line_of("\"by\":\"uid:0\",\"days\":[\"" + day + "\"]", "erase", kStranger, 0);
  // The tree is that of the erasure, the last leaf and the line that of the other record.
  Intruder shown(scratch.log()), meant(scratch.log());
  shown.append(innocent);
  meant.append(erasure);
  StateFile state(scratch.log() + "/state");
  state.attach(real.disk);
  Head head = *state.load();
  head.last_leaf = hash_leaf(shown.lines().back().text);
  head.segment_bytes += shown.lines().back().text.size() + 1;
  head.tree.add(hash_leaf(meant.lines().back().text));
  ++head.next_seq;
  shown.save();
  state.store(head);
  log.reset();
  meant.save();
  std::filesystem::remove_all(scratch.log() + "/blob/" + day);
  CHECK(has_code(verify_with_payloads(scratch), "blob.missing"));
}

TEST_CASE("a log with sealed payloads that was pruned opens those that are left") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 24'000;
  options.payloads = Payloads::kFull;
  {
    const auto log = real.open(options);
    for (int i = 0; i < 700; ++i) REQUIRE(settle(*log, decision()));
  }
  check_exit(verify_with_payloads(scratch), 0);
  const uint64_t cut = (*list_segments(scratch.log()))[2];
  const auto pruned =
      prune(options, {cut, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random);
  REQUIRE(pruned);
  CHECK(pruned->first == cut);
  check_exit(verify_with_payloads(scratch), 0);
  // Trusted by another key or none, the log's own origin is what they were sealed with.
  VerifyOptions what;
  what.dir = scratch.log();
  what.chain_only = true;
  what.blobs = true;
  what.blob_keys_dir = blob_keys_directory(scratch.path(), "main");
  CHECK_FALSE(has_code(verify(what), "blob.mismatch"));
}

TEST_CASE(
    "a change of keys that somebody else appended is found as soon as anything is signed behind it") {
  const Scratch scratch;
  Real real;
  auto log = real.open(scratch.options());
  REQUIRE(settle(*log, decision()));
  const auto keys = *load_vkeys(vkeys_path(scratch.path(), "main"));
  append(
      scratch,
      "{\"mono\":1,\"old\":\"x\",\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"key.rotate\",\"v\":1,\"vkey\":\"" +
          Signer::make(keys.front().name, {7}).verifier.text() + "\",\"w\":\"" + kStranger +
          "\",\"wseq\":0}");
  REQUIRE(settle(*log, decision()));
  log.reset();
  CHECK(has_code(verify_log(scratch), "key.unsigned"));
}

TEST_CASE(
    "records by a writer of their own are not told from those of another proxy, records in ours are") {
  const Scratch scratch;
  Real real;
  auto log = real.open(scratch.options());
  REQUIRE(settle(*log, decision()));
  const uint64_t wseq = log->next_wseq();
  const std::string fields = "\"count\":0,\"mode\":\"enforce\"";
  SECTION("a limit: the log does not say who wrote a record") {
    append(scratch, line_of(fields, "tools.listed", kStranger, 0, "\"server\":\"fs\","));
    REQUIRE(settle(*log, decision()));
    log.reset();
    check_exit(verify_log(scratch, true), 0);
  }
  SECTION("a number of ours is used twice as soon as we go on") {
    append(scratch, line_of(fields, "tools.listed", log->writer(), wseq, "\"server\":\"fs\","));
    REQUIRE(settle(*log, decision()));
    log.reset();
    const Verdict verdict = verify_log(scratch);
    CHECK((has_code(verdict, "writer.gap") || has_code(verdict, "writer.time")));
  }
}

}  // namespace agentmesh::audit::tests
