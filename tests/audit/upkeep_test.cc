// What changes a log as a whole: a new key, a prune, an erasure; each cut short at every step of the disk, too.

#include <filesystem>
#include <thread>

#include "audit/erase.h"
#include "audit/prove.h"
#include "audit/prune.h"
#include "audit/read.h"
#include "audit/rotation.h"
#include "audit/segment.h"
#include "audit/tail_end.h"
#include "audit/tree.h"
#include "base/files.h"
#include "tests/audit/forge.h"
#include "tests/audit/intruder.h"
#include "tests/audit/logs.h"
#include "tests/fault_disk.h"

namespace agentmesh::audit::tests {

using agentmesh::tests::FaultDisk;

namespace {

// A log of `records` decisions in segments of some sixty.
Options filled(const Scratch& scratch, Real& real, int records) {
  Options options = scratch.options();
  options.segment_bytes = 24'000;
  const auto log = real.open(options);
  for (int i = 0; i < records; ++i) REQUIRE(settle(*log, decision()));
  return options;
}

const std::vector<FaultDisk::Op> kOps = {FaultDisk::Op::kOpen,     FaultDisk::Op::kWrite,
                                         FaultDisk::Op::kSyncData, FaultDisk::Op::kSyncDirectory,
                                         FaultDisk::Op::kTruncate, FaultDisk::Op::kRename,
                                         FaultDisk::Op::kRemove};

// `act` with the nth call of each operation failing, as far as there is an nth; `after` looks at what that left.
template <class Act, class After>
void at_every_step(int records, Act act, After after) {
  for (const FaultDisk::Op op : kOps) {
    for (int nth = 1;; ++nth) {
      CAPTURE(static_cast<int>(op), nth);
      const Scratch scratch;
      Real real;
      const Options options = filled(scratch, real, records);
      FaultDisk disk(real.disk);
      disk.fail_from(op, nth, EIO);
      const bool done = act(options, disk, real);
      disk.heal();
      after(scratch, options, real, done);
      if (disk.calls(op) < nth) break;
      nth += nth / 2;  // what many calls do alike
    }
  }
}

}  // namespace

TEST_CASE("a new key signs from the next checkpoint on, and the change is signed by both") {
  const Scratch scratch;
  Real real;
  const Options options = filled(scratch, real, 20);
  const auto rotated = rotate_key(options, real.disk, real.clock, real.random);
  REQUIRE(rotated);
  {
    const auto log = real.open(options);
    REQUIRE(settle(*log, decision()));
  }
  const auto again = rotate_key(options, real.disk, real.clock, real.random);
  REQUIRE(again);
  CHECK(again->from == rotated->to);
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(verdict.level == Level::kSigned);
  CHECK(load_vkeys(vkeys_path(scratch.path(), "main"))->size() == 3);
  CHECK_FALSE(file_exists(next_key_path(scratch.path(), "main")));
  // Any one of the keys is enough to trust the log by.
  const auto keys = load_vkeys(vkeys_path(scratch.path(), "main"));
  for (const VerifierKey& key : *keys) {
    VerifyOptions what;
    what.dir = scratch.log();
    what.trusted = {key};
    check_exit(verify(what), 0);
  }
}

TEST_CASE("a key that a record only announces vouches for nothing") {
  // Who has no key of ours writes a log of his own, and names our key in its last record.
  const Scratch scratch;
  const Signer ours = key_number(2);
  Forge forge;
  forge.add(decision());
  forge.add(KeyRotate{ours.verifier.text(), forge.key.verifier.text()});
  forge.sign(2);
  VerifyOptions what;
  what.dir = scratch.path() + "/forged";
  what.trusted = {ours.verifier};
  forge.write(what.dir);
  const Verdict forged = verify(what);
  check_exit(forged, 1);
  CHECK(has_code(forged, "key.mismatch"));
  CHECK(forged.level == Level::kChain);
  // With the signatures of both it does.
  forge.signs.push_back({3, {&forge.key, &ours}});
  forge.write(what.dir);
  const Verdict signed_by_both = verify(what);
  check_exit(signed_by_both, 0);
  CHECK(signed_by_both.level == Level::kSigned);
}

TEST_CASE("proxies that run while the key changes follow it") {
  const Scratch scratch;
  Real real;
  const Options options = filled(scratch, real, 3);
  const auto log = real.open(options);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(settle(*log, decision()));
    REQUIRE(rotate_key(options, real.disk, real.clock, real.random));
    REQUIRE(settle(*log, decision()));
  }
  check_exit(verify_log(scratch), 0);
}

TEST_CASE(
    "a change of keys that was cut short anywhere is finished or taken back by the next signer") {
  at_every_step(
      30,
      [](const Options& options, FaultDisk& disk, Real& real) {
        return rotate_key(options, disk, real.clock, real.random).has_value();
      },
      [](const Scratch& scratch, const Options& options, Real& real, bool) {
        check_exit(verify_log(scratch), 0);
        {
          const auto log = real.open(options);
          REQUIRE(settle(*log, decision()));
        }
        CHECK_FALSE(file_exists(next_key_path(scratch.path(), "main")));
        const Verdict verdict = verify_log(scratch, true);
        check_exit(verdict, 0);
        const uint64_t announced =
            verdict.types.contains("key.rotate") ? verdict.types.at("key.rotate") : 0;
        CHECK(load_vkeys(vkeys_path(scratch.path(), "main"))->size() == 1 + announced);
      });
}

TEST_CASE("a segment that opens before a change of keys is finished names the key that counts") {
  for (int nth = 1; nth <= 4; ++nth) {
    CAPTURE(nth);
    const Scratch scratch;
    Real real;
    Options options = filled(scratch, real, 200);
    FaultDisk disk(real.disk);
    disk.fail_from(FaultDisk::Op::kRename, nth, EIO);
    const bool done = rotate_key(options, disk, real.clock, real.random).has_value();
    CHECK(done == (nth == 4));
    // Nobody signs while a whole segment fills.
    options.checkpoint_records = 1'000'000;
    options.checkpoint_ms = 3'600'000;
    const uint64_t before = list_segments(scratch.log())->back();
    {
      const auto log = real.open(options);
      for (int i = 0; i < 100; ++i) REQUIRE(settle(*log, decision()));
    }
    const auto keys = load_vkeys(vkeys_path(scratch.path(), "main"));
    REQUIRE(keys->size() == 2);
    const auto segments = list_segments(scratch.log());
    REQUIRE(segments->back() > before);
    for (const uint64_t first : *segments) {
      if (first <= before) continue;
      CHECK((**find_record(scratch.log(), first)).find(keys->back().text()) != std::string::npos);
    }
    check_exit(verify_log(scratch, true), 0);
    // It is what vouches for the log once what came before is pruned.
    {
      const auto log = real.open(scratch.options());
      for (int i = 0; i < 300; ++i) REQUIRE(settle(*log, decision()));
    }
    REQUIRE(prune(options, {segments->back(), std::nullopt}, "uid:0", {}, real.disk, real.clock,
                  real.random));
    const Verdict pruned = verify_log(scratch, true);
    check_exit(pruned, 0);
    CHECK(pruned.first_seq == segments->back());
  }
}

TEST_CASE(
    "a prune takes whole segments under full tiles, says so, and old records can still be proven") {
  const Scratch scratch;
  Real real;
  const Options options = filled(scratch, real, 700);
  const std::string old_line = **find_record(scratch.log(), 100);
  const TrustSnapshot snapshot{{{"server:fs", 1, 2, {{1000, 900, 0, 0}}}}};
  const auto pruned = prune(options, {600, std::nullopt}, "uid:0", std::span(&snapshot, 1),
                            real.disk, real.clock, real.random);
  REQUIRE(pruned);
  CHECK(pruned->first <= 512);  // two tiles are full
  CHECK(pruned->first > 400);
  CHECK_FALSE(pruned->files.empty());
  CHECK(list_segments(scratch.log())->front() == pruned->first);
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(verdict.first_seq == pruned->first);
  CHECK(verdict.types.at("trust.snapshot") == 1);
  CHECK(verdict.types.at("prune") == 1);
  // The line is gone, and what is left of it still proves it to who kept it.
  CHECK_FALSE(find_record(scratch.log(), 100)->has_value());
  // It is not missing, for the prune says so.
  const auto all = [](std::string_view, uint64_t) { return true; };
  CHECK(each_line(scratch.log(), 0, all)->empty());
  CHECK_FALSE(missing_at(scratch.log(), 100)->has_value());
  const auto proof = prove_record(scratch.log(), 100, std::nullopt,
                                  *load_vkeys(vkeys_path(scratch.path(), "main")));
  REQUIRE(proof);
  CHECK(proof->leaf == hash_leaf(old_line));

  SECTION("the log is written to and pruned again") {
    {
      const auto log = real.open(options);
      for (int i = 0; i < 600; ++i) REQUIRE(settle(*log, decision()));
    }
    const auto second =
        prune(options, {1000, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random);
    REQUIRE(second);
    CHECK(second->first > pruned->first);
    check_exit(verify_log(scratch, true), 0);
  }
  SECTION("asked again, there is nothing to do") {
    const std::string before = slurp(scratch.log() + "/checkpoints");
    const auto second = prune(options, {pruned->first, std::nullopt}, "uid:0", {}, real.disk,
                              real.clock, real.random);
    REQUIRE(second);
    CHECK(second->files.empty());
  }
  SECTION("a state file that vanished is rebuilt from what is left") {
    std::filesystem::remove(scratch.log() + "/state");
    const auto log = real.open(options);
    REQUIRE(settle(*log, decision()));
  }
  SECTION("and so it is without any upper tile") {
    std::filesystem::remove(scratch.log() + "/state");
    std::filesystem::remove_all(scratch.log() + "/tile/1");
    const auto log = real.open(options);
    REQUIRE(settle(*log, decision()));
  }
  SECTION("segments that go without a record are missed") {
    std::filesystem::remove(scratch.log() + "/" + segment_file(pruned->first));
    const Verdict after = verify_log(scratch);
    check_exit(after, 1);
    CHECK((has_code(after, "prune.unrecorded") || has_code(after, "segment.missing")));
  }
  SECTION("a tile that stands for lines is evidence") {
    std::string tile = slurp(scratch.log() + "/" + tile_file(0, 0));
    tile[40] = static_cast<char>(tile[40] ^ 1);
    spill(scratch.log() + "/" + tile_file(0, 0), tile);
    check_exit(verify_log(scratch), 1);
  }
}

TEST_CASE("checkpoints from before a prune may be signed by keys whose change was pruned") {
  const Scratch scratch;
  Real real;
  const Options options = filled(scratch, real, 30);
  REQUIRE(rotate_key(options, real.disk, real.clock, real.random));
  {
    const auto log = real.open(options);
    for (int i = 0; i < 600; ++i) REQUIRE(settle(*log, decision()));
  }
  const auto pruned =
      prune(options, {400, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random);
  REQUIRE(pruned);
  REQUIRE(pruned->first > 31);
  check_exit(verify_log(scratch, true), 0);
  // The newest key alone is enough.
  VerifyOptions what;
  what.dir = scratch.log();
  what.trusted = {load_vkeys(vkeys_path(scratch.path(), "main"))->back()};
  check_exit(verify(what), 0);
}

TEST_CASE("a log that does not verify is not pruned") {
  const Scratch scratch;
  Real real;
  const Options options = filled(scratch, real, 700);
  const std::string file = scratch.log() + "/" + segment_file(0);
  std::string lines = slurp(file);
  lines[lines.find("read_file")] = 'l';
  spill(file, lines);
  const auto pruned =
      prune(options, {600, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random);
  REQUIRE_FALSE(pruned);
  CHECK(pruned.error().errno_value == kDamaged);
  CHECK(file_exists(file));
}

TEST_CASE("a prune record that nobody signed is no excuse for the next writer either") {
  const Scratch scratch;
  Real real;
  Options options = filled(scratch, real, 700);
  options.on_damage = OnDamage::kDeny;
  const bool once_before = GENERATE(false, true);
  if (once_before)
    REQUIRE(prune(options, {200, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random));
  const auto segments = *list_segments(scratch.log());
  const auto write_record = [&](uint64_t first) {
    Intruder intruder(scratch.log());
    intruder.append("{\"by\":\"uid:0\",\"first\":" + std::to_string(first) +
                    ",\"mono\":1,\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"prune\",\"v\":1,\"w\":"
                    "\"ffeeddccbbaa9988\",\"wseq\":0}");
    intruder.save();
  };
  CAPTURE(once_before);
  SECTION("of all that is gone") { write_record(segments[2]); }
  SECTION("of more than is gone, as if it had been cut short") { write_record(segments[3]); }
  SECTION("where nothing is gone yet, a prune was cut short") {
    write_record(segments[2]);
    const auto log = real.open(options);
    REQUIRE(settle(*log, decision()));
    return;
  }
  for (const size_t gone : {size_t{0}, size_t{1}})
    std::filesystem::remove(scratch.log() + "/" + segment_file(segments[gone]));
  CHECK(has_code(verify_log(scratch), "prune.unrecorded"));
  const auto log = real.try_open(options);
  REQUIRE_FALSE(log);
  CHECK(log.error().errno_value == kDamaged);
  CHECK(log.error().what.find("was never signed") != std::string::npos);
  CHECK(has_code(verify_log(scratch), "prune.unrecorded"));
}

TEST_CASE("a prune that was cut short anywhere leaves a log that verifies, and can be done again") {
  at_every_step(
      600,
      [](const Options& options, FaultDisk& disk, Real& real) {
        return prune(options, {500, std::nullopt}, "uid:0", {}, disk, real.clock, real.random)
            .has_value();
      },
      [](const Scratch& scratch, const Options& options, Real& real, bool) {
        check_exit(verify_log(scratch), 0);
        const auto again =
            prune(options, {500, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random);
        REQUIRE(again);
        const Verdict verdict = verify_log(scratch, true);
        check_exit(verdict, 0);
        CHECK(verdict.first_seq > 200);
      });
}

TEST_CASE(
    "an erasure takes the day's key and payloads, and leaves every line and proof as it was") {
  const Scratch scratch;
  Real real;
  Options options = filled(scratch, real, 10);
  const std::string day = utc_day(real.clock.wall_us());
  const std::string key = blob_key_path(scratch.path(), "main", day);
  REQUIRE(file_exists(key));
  const std::vector<std::string> days = {day};
  const auto erased = erase(options, days, "asked to", "uid:0", real.disk, real.clock, real.random);
  REQUIRE(erased);
  CHECK(erased->days == days);
  CHECK_FALSE(file_exists(key));
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(verdict.types.at("erase") == 1);
  CHECK((**find_record(scratch.log(), erased->seq)).find("\"reason\":\"asked to\"") !=
        std::string::npos);
  const auto again = erase(options, days, "", "uid:0", real.disk, real.clock, real.random);
  REQUIRE(again);
  CHECK(again->days.empty());
  const std::vector<std::string> odd = {"../../keys"};
  CHECK_FALSE(erase(options, odd, "", "uid:0", real.disk, real.clock, real.random));
}

}  // namespace agentmesh::audit::tests
