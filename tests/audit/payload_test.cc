// Payloads that are kept: sealed for their own records, masked where they hold secrets, gone when their day is erased.

#include <filesystem>

#include "audit/blob_check.h"
#include "audit/erase.h"
#include "audit/line_check.h"
#include "audit/read.h"
#include "audit/recover.h"
#include "audit/set_aside.h"
#include "base/files.h"
#include "tests/audit/intruder.h"
#include "tests/audit/logs.h"
#include "tests/fault_disk.h"

namespace agentmesh::audit::tests {

using agentmesh::tests::FaultDisk;

namespace {

Options keeping(const Scratch& scratch) {
  Options options = scratch.options();
  options.payloads = Payloads::kFull;
  return options;
}

// What was kept of the args of a record.
BlobFinding kept(const Scratch& scratch, uint64_t seq) {
  const std::string line = **find_record(scratch.log(), seq);
  const LineCheck check = check_line(line);
  const auto keys = load_vkeys(vkeys_path(scratch.path(), "main"));
  BlobCheck blobs(scratch.log(), blob_keys_directory(scratch.path(), "main"));
  const bool args = !check.facts.args.empty();
  return blobs.check(
      args ? check.facts.args : check.facts.result,
      {keys->front().name, check.facts.w, *check.facts.wseq, args ? "args" : "result"});
}

std::string blobs_today(const Scratch& scratch, const Clock& clock) {
  return scratch.log() + "/blob/" + utc_day(clock.wall_us());
}

}  // namespace

TEST_CASE("kept payloads open for their own records, and every value is committed to as it came") {
  const Scratch scratch;
  Real real;
  {
    const auto log = real.open(keeping(scratch));
    for (int i = 0; i < 5; ++i) {
      const std::string args = "{\"n\":" + std::to_string(i) + "}";
      const uint64_t of = log->next_wseq();
      const auto placed = settle(*log, decision("read_file", args), i % 2 == 0);
      REQUIRE(placed);
      CHECK(kept(scratch, *placed->front().seq).payload == args);
      const auto answered = settle(*log, outcome(of));
      REQUIRE(answered);
      CHECK(kept(scratch, *answered->front().seq).payload == R"({"content":[]})");
    }
  }
  check_exit(verify_with_payloads(scratch), 0);
  // Neither the lines nor the files show them.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch.log()))
    if (entry.is_regular_file()) CHECK(slurp(entry.path()).find("{\"n\":") == std::string::npos);
  const auto perms = std::filesystem::status(blobs_today(scratch, real.clock)).permissions();
  CHECK((perms & std::filesystem::perms::others_all) == std::filesystem::perms::none);
}

TEST_CASE("what holds a secret is sealed masked, and the commitment stays that of the original") {
  const Scratch scratch;
  Real real;
  const std::string original = R"({"token":"s3cr3t"})";
  const auto log = real.open(keeping(scratch));
  log->mask_with([&](std::string_view json) -> std::optional<std::string> {
    if (json.find("s3cr3t") == std::string_view::npos) return std::nullopt;
    return R"({"token":"[masked]"})";
  });
  const auto masked = settle(*log, decision("x", original));
  const auto plain = settle(*log, decision("x", R"({"a":1})"));
  REQUIRE((masked && plain));
  CHECK(kept(scratch, *masked->front().seq).payload == R"({"token":"[masked]"})");
  const std::string line = **find_record(scratch.log(), *masked->front().seq);
  CHECK(line.find("\"masked\":true") != std::string::npos);
  CHECK(line.find("\"bytes\":" + std::to_string(original.size())) != std::string::npos);
  CHECK((**find_record(scratch.log(), *plain->front().seq)).find("masked") == std::string::npos);
  check_exit(verify_with_payloads(scratch), 0);
}

TEST_CASE("a payload that was changed, moved to another record, or taken away is missed") {
  const Scratch scratch;
  Real real;
  std::string writer;
  {
    const auto log = real.open(keeping(scratch));
    writer = log->writer();
    REQUIRE(settle(*log, decision("x", R"({"a":1})")));
    REQUIRE(settle(*log, decision("x", R"({"b":2})")));
  }
  const std::string file = blobs_today(scratch, real.clock) + "/" + writer + ".blob";
  std::string bytes = slurp(file);
  SECTION("one bit") {
    bytes[60] = static_cast<char>(bytes[60] ^ 1);
    spill(file, bytes);
    CHECK(has_code(verify_with_payloads(scratch), "blob.mismatch"));
  }
  SECTION("swapped") {
    const size_t half = bytes.size() / 2;
    spill(file, bytes.substr(half) + bytes.substr(0, half));
    CHECK(has_code(verify_with_payloads(scratch), "blob.mismatch"));
  }
  SECTION("cut") {
    spill(file, bytes.substr(0, bytes.size() - 1));
    CHECK(has_code(verify_with_payloads(scratch), "blob.missing"));
  }
  SECTION("gone") {
    std::filesystem::remove(file);
    CHECK(has_code(verify_with_payloads(scratch), "blob.missing"));
  }
  SECTION("the key gone") {
    std::filesystem::remove_all(blob_keys_directory(scratch.path(), "main"));
    const Verdict verdict = verify_with_payloads(scratch);
    CHECK(has_code(verdict, "blob.key"));
    check_exit(verdict, 3);
  }
  check_exit(verify_log(scratch), 0);  // the lines are what they were
}

TEST_CASE(
    "a day that is erased while a proxy runs: what comes after is sealed with a key of its own") {
  const Scratch scratch;
  Real real;
  const std::vector<std::string> today = {utc_day(real.clock.wall_us())};
  const auto log = real.open(keeping(scratch));
  const auto before = settle(*log, decision("x", R"({"before":1})"));
  REQUIRE(before);
  REQUIRE(erase(keeping(scratch), today, "", "uid:0", real.disk, real.clock, real.random));
  CHECK(kept(scratch, *before->front().seq).state != BlobState::kFine);
  check_exit(verify_with_payloads(scratch), 0);
  const auto after = settle(*log, decision("x", R"({"after":1})"));
  REQUIRE(after);
  CHECK(kept(scratch, *after->front().seq).payload == R"({"after":1})");
  CHECK(kept(scratch, *before->front().seq).state != BlobState::kFine);
  check_exit(verify_with_payloads(scratch), 0);
}

TEST_CASE(
    "the payloads of a log that was set aside open by its own name, until their day is erased") {
  const Scratch scratch;
  Real real;
  const Options options = keeping(scratch);
  REQUIRE(settle(*real.open(options), decision("x", R"({"before":1})")));
  REQUIRE(seal_log(options, "old", real.disk, real.clock, real.random));
  REQUIRE(settle(*real.open(options), decision("x", R"({"after":1})")));
  const std::string keys = blob_keys_of(scratch.path(), "old");
  CHECK(keys == blob_keys_directory(scratch.path(), "main"));
  CHECK(blob_keys_of(scratch.path(), "main") == keys);
  VerifyOptions what;
  what.dir = log_directory(scratch.path(), "old");
  what.trusted = *load_vkeys(vkeys_path(scratch.path(), "old"));
  what.blobs = true;
  what.blob_keys_dir = keys;
  check_exit(verify(what), 0);
  check_exit(verify_with_payloads(scratch), 0);

  const std::vector<std::string> today = {utc_day(real.clock.wall_us())};
  const auto erased = erase(options, today, "", "uid:0", real.disk, real.clock, real.random);
  REQUIRE(erased);
  CHECK(erased->files == 2);
  CHECK_FALSE(file_exists(what.dir + "/blob/" + today.front()));
  check_exit(verify_with_payloads(scratch), 0);
  check_exit(verify(what), 3);
  what.erased_later = [&] { return days_erased_after(scratch.path(), "old"); };
  check_exit(verify(what), 0);
  SECTION("a new key for the day opens nothing of it") {
    REQUIRE(settle(*real.open(options), decision("x", R"({"again":1})")));
    check_exit(verify(what), 0);
    check_exit(verify_with_payloads(scratch), 0);
  }
  SECTION("the log that says so may be set aside as well") {
    REQUIRE(seal_log(options, "a-later-one", real.disk, real.clock, real.random));
    REQUIRE(settle(*real.open(options), decision("x", R"({"again":1})")));
    check_exit(verify(what), 0);
    // And excuses nothing that came behind it.
    CHECK(days_erased_after(scratch.path(), "a-later-one").empty());
    CHECK(days_erased_after(scratch.path(), "main").empty());
  }
}

TEST_CASE("an erasure that anybody wrote excuses nothing in a log that was set aside") {
  const Scratch scratch;
  Real real;
  const Options options = keeping(scratch);
  REQUIRE(settle(*real.open(options), decision("x", R"({"before":1})")));
  REQUIRE(seal_log(options, "old", real.disk, real.clock, real.random));
  const std::string today = utc_day(real.clock.wall_us());
  Intruder intruder(scratch.log());
  intruder.append(R"({"by":"uid:0","days":[")" + today +
                  R"("],"mono":1,"prev":"","reason":"","seq":,"ts":1,"type":"erase","v":1,)"
                  R"("w":"ffeeddccbbaa9988","wseq":0})");
  intruder.save();
  REQUIRE(settle(*real.open(options), decision()));  // and a checkpoint covers it
  VerifyOptions what;
  what.dir = log_directory(scratch.path(), "old");
  what.trusted = *load_vkeys(vkeys_path(scratch.path(), "old"));
  what.blobs = true;
  what.blob_keys_dir = blob_keys_of(scratch.path(), "old");
  what.erased_later = [&] { return days_erased_after(scratch.path(), "old"); };
  check_exit(verify(what), 0);
  std::filesystem::remove_all(what.dir + "/blob/" + today);
  check_exit(verify(what), 1);
}

TEST_CASE(
    "a payload that cannot be kept fails its call, and nothing half-written stays in the way") {
  const Scratch scratch;
  Real real;
  FaultDisk disk(real.disk);
  auto log = Log::open(keeping(scratch), disk, real.clock, real.random);
  REQUIRE(log);
  REQUIRE(settle(**log, decision()));
  SECTION("the disk is full") { disk.fail_from(FaultDisk::Op::kWrite, 1, ENOSPC); }
  SECTION("the disk takes a part") {
    disk.short_write(1, 10);
    disk.fail(FaultDisk::Op::kWrite, 2, ENOSPC);
  }
  SECTION("and it cannot be taken back") {
    disk.short_write(1, 10);
    disk.fail(FaultDisk::Op::kWrite, 2, EIO);
    disk.fail(FaultDisk::Op::kTruncate, 1, EIO);
  }
  CHECK_FALSE(settle(**log, decision()));
  disk.heal();
  REQUIRE(settle(**log, decision()));
  log->reset();
  const Verdict verdict = verify_with_payloads(scratch);
  check_exit(verdict, 0);
  CHECK(verdict.types.at("drop") == 1);
}

TEST_CASE("a durable record waits for its payload's sync, and fails if that does") {
  const Scratch scratch;
  Real real;
  FaultDisk disk(real.disk);
  auto log = Log::open(keeping(scratch), disk, real.clock, real.random);
  REQUIRE(log);
  REQUIRE(settle(**log, decision(), true));
  const int syncs = disk.calls(FaultDisk::Op::kSyncData);
  REQUIRE(settle(**log, decision(), true));
  CHECK(disk.calls(FaultDisk::Op::kSyncData) == syncs + 2);  // the payload's file and the segment
  for (const int nth : {1, 2}) {
    CAPTURE(nth);
    disk.fail(FaultDisk::Op::kSyncData, nth, EIO);
    const auto failed = settle(**log, decision(), true);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().errno_value == EIO);
    disk.heal();
    REQUIRE(settle(**log, decision(), true));
  }
  log->reset();
  check_exit(verify_with_payloads(scratch), 0);
}

}  // namespace agentmesh::audit::tests
