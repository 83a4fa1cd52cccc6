// Records that nobody of ours wrote: somebody who can write to the log's files, and has no key, appends them beside a writer,
// whose next checkpoint covers them with its own. What is found of that, and what is not (docs/audit.md).

#include <filesystem>

#include "audit/erase.h"
#include "audit/layout.h"
#include "audit/prune.h"
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

Verdict verify_all(const Scratch& scratch) {
  VerifyOptions what;
  what.dir = scratch.log();
  what.trusted = *load_vkeys(vkeys_path(scratch.path(), "main"));
  what.blobs = true;
  what.blob_keys_dir = blob_keys_directory(scratch.path(), "main");
  return verify(what);
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
  const Verdict verdict = verify_all(scratch);
  check_exit(verdict, 1);
  CHECK(has_code(verdict, "blob.missing"));
  CHECK(has_note(verdict, "erase.unsealed"));

  // One that was made with the key excuses what lay before it, theirs or not.
  const std::vector<std::string> days = {day};
  REQUIRE(erase(options, days, "", "uid:0", real.disk, real.clock, real.random));
  CHECK_FALSE(has_code(verify_all(scratch), "blob.missing"));
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
