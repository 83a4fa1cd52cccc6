// The key that lies there and the one in force: what is not signed with, and what of it is said.

#include "audit/in_force.h"

#include <filesystem>
#include <string>

#include "audit/checkpoint.h"
#include "audit/keys.h"
#include "audit/recover.h"
#include "audit/rotation.h"
#include "audit/tail_end.h"
#include "base/files.h"
#include "tests/audit/forge.h"
#include "tests/audit/logs.h"
#include "tests/fault_disk.h"

namespace agentmesh::audit::tests {

namespace {

class Keys {
 public:
  Keys() {
    options = scratch.options();
    write(3);
    old_key = slurp(key());
    old_vkeys = slurp(vkeys());
  }

  void write(int records) {
    const auto log = real.open(options);
    for (int i = 0; i < records; ++i) REQUIRE(settle(*log, decision()));
  }
  void rotate() { REQUIRE(rotate_key(options, real.disk, real.clock, real.random)); }
  std::string key() const { return key_path(scratch.path(), "main"); }
  std::string vkeys() const { return vkeys_path(scratch.path(), "main"); }
  std::string checkpoints() const { return scratch.log() + "/checkpoints"; }
  // As the log's home asks.
  VerifyOptions at_home() const {
    VerifyOptions what;
    what.dir = scratch.log();
    what.trusted = *load_vkeys(vkeys());
    what.kept = true;
    return what;
  }
  bool newest_is_signed() const {
    const auto newest = Checkpoint::parse(slurp(scratch.log() + "/checkpoint"));
    return newest && signer_of(*newest, *newest_keys(scratch.path(), "main")) != nullptr;
  }
  int error_of_opening() {
    const auto log = real.try_open(options);
    return log ? 0 : log.error().errno_value;
  }

  const Scratch scratch;
  Real real;
  Options options;
  std::string old_key, old_vkeys;
};

std::string foreign_key() { return key_number(9, "agentmesh.local/log/elsewhere").text() + "\n"; }

}  // namespace

TEST_CASE("a key that is not the one in force opens no log, signs nothing, and is named") {
  const bool put_back = GENERATE(true, false);
  Keys m;
  std::string right = m.old_key;
  SECTION("from before a change of keys") {
    m.rotate();
    right = slurp(m.key());
    SECTION("that nothing followed") {}
    SECTION("that something followed") { m.write(3); }
    SECTION("that more followed than is read at first") {
      for (int i = 0; i < 90; ++i) m.write(0);
      m.write(1);
    }
    spill(m.key(), m.old_key);
  }
  SECTION("from before two of them") {
    m.rotate();
    m.rotate();
    right = slurp(m.key());
    spill(m.key(), m.old_key);
  }
  SECTION("with its public keys, as a copy of keys/ has them") {
    m.rotate();
    right = slurp(m.key());
    for (int i = 0; i < 90; ++i) m.write(1);
    spill(m.key(), m.old_key);
    spill(m.vkeys(), m.old_vkeys);
  }
  SECTION("another log's") { spill(m.key(), foreign_key()); }
  m.options.state_words = " --state-dir /x";
  m.options.log_words = " --log y";
  const std::string known = slurp(m.vkeys());
  const std::string history = slurp(m.checkpoints());
  const std::string lines = all_lines(m.scratch.log());
  for (const OnDamage on_damage : {OnDamage::kSeal, OnDamage::kDeny}) {
    m.options.on_damage = on_damage;
    const auto log = m.real.try_open(m.options);
    REQUIRE_FALSE(log);
    CHECK(log.error().errno_value == kOtherKey);
    CHECK(log.error().what.find(m.key() + ": this key") == 0);
    CHECK(log.error().what.find("agentmesh audit recover --state-dir /x --log y --seal NAME") !=
          std::string::npos);
  }
  CHECK_FALSE(rotate_key(m.options, m.real.disk, m.real.clock, m.real.random));
  CHECK(check_key(m.options).error().errno_value == kOtherKey);
  CHECK(slurp(m.checkpoints()) == history);
  CHECK(all_lines(m.scratch.log()) == lines);

  if (put_back) {
    spill(m.key(), right);
    spill(m.vkeys(), known);
    m.write(2);
    check_exit(verify_log(m.scratch, true), 0);
    return;
  }
  // Set aside, the log verifies as it is, and the new one by the key that lies there.
  SystemDisk disk;
  REQUIRE(seal_log(m.options, "aside", disk, m.real.clock, m.real.random));
  m.write(2);
  check_exit(verify_log(m.scratch, true), 0);
  check_exit(verify_log(m.scratch.path(), m.scratch.path() + "/audit/aside", "aside"), 0);
}

TEST_CASE("a key that is changed for another while a session runs signs nothing") {
  Keys m;
  m.rotate();
  const std::string right = slurp(m.key());
  {
    const auto log = m.real.open(m.options);
    REQUIRE(settle(*log, decision()));
    spill(m.key(), GENERATE(true, false) ? m.old_key : foreign_key());
    REQUIRE(settle(*log, decision()));
  }
  check_exit(verify_log(m.scratch), 0);
  CHECK(verify_log(m.scratch).unsigned_records > 0);
  spill(m.key(), right);
  m.write(1);
  check_exit(verify_log(m.scratch, true), 0);
}

TEST_CASE("no segment names a key that is not the one in force") {
  Keys m;
  m.options.segment_bytes = 4096;
  m.rotate();
  {
    const auto log = m.real.open(m.options);
    spill(m.key(), m.old_key);
    std::optional<Error> refused;
    for (int i = 0; i < 20 && !refused; ++i)
      if (const auto written = settle(*log, decision()); !written) refused = written.error();
    REQUIRE(refused);
    CHECK(refused->errno_value == kOtherKey);
  }
  check_exit(verify_log(m.scratch), 0);
  CHECK(list_segments(m.scratch.log())->size() < 3);
}

TEST_CASE("what a change of keys left half done is no other key") {
  for (int nth = 1; nth <= 4; ++nth) {
    CAPTURE(nth);
    Keys m;
    agentmesh::tests::FaultDisk disk(m.real.disk);
    disk.fail_from(agentmesh::tests::FaultDisk::Op::kRename, nth, EIO);
    CHECK(rotate_key(m.options, disk, m.real.clock, m.real.random).has_value() == (nth == 4));
    CHECK(check_key(m.options));
    check_exit(verify(m.at_home()), 0);
    CHECK(m.newest_is_signed());
    REQUIRE(settle_rotation(m.options, m.real.disk));
    CHECK(m.newest_is_signed());
    m.write(1);
    CHECK(check_key(m.options));
    check_exit(verify_log(m.scratch, true), 0);
    check_exit(verify(m.at_home()), 0);
    CHECK(m.newest_is_signed());
  }
}

TEST_CASE("the newest checkpoint counts by the newest key, whatever else lies in the keys' place") {
  Keys m;
  const std::string before = slurp(m.scratch.log() + "/checkpoint");
  m.rotate();
  SECTION("the checkpoint of the change") {}
  SECTION("one behind it") { m.write(2); }
  SECTION("the old key put back") { spill(m.key(), m.old_key); }
  SECTION("another log's key") { spill(m.key(), foreign_key()); }
  SECTION("no key") { std::filesystem::remove(m.key()); }
  SECTION("no public keys") { std::filesystem::remove(m.vkeys()); }
  CHECK(m.newest_is_signed());
  spill(m.scratch.log() + "/checkpoint", before);
  CHECK_FALSE(m.newest_is_signed());
}

TEST_CASE("public keys that are behind, or gone, make no other key of the one in force") {
  Keys m;
  m.rotate();
  m.write(1);
  SECTION("behind") { spill(m.vkeys(), m.old_vkeys); }
  SECTION("gone") { std::filesystem::remove(m.vkeys()); }
  CHECK(check_key(m.options));
  m.write(1);
  spill(m.vkeys(), m.old_vkeys);
  check_exit(verify_log(m.scratch, true), 0);
}

TEST_CASE("public keys that are gone keep no key from being changed") {
  Keys m;
  std::string known;
  SECTION("gone before") {
    std::filesystem::remove(m.vkeys());
    m.rotate();
  }
  SECTION("gone after a change of keys, before another") {
    m.rotate();
    known = m.old_vkeys;
    std::filesystem::remove(m.vkeys());
    m.write(1);
    m.rotate();
  }
  SECTION("gone while a change is half done") {
    agentmesh::tests::FaultDisk disk(m.real.disk);
    disk.fail_from(agentmesh::tests::FaultDisk::Op::kRename, 2, EIO);
    REQUIRE_FALSE(rotate_key(m.options, disk, m.real.clock, m.real.random));
    std::filesystem::remove(m.vkeys());
  }
  m.write(2);
  CHECK(check_key(m.options));
  spill(m.vkeys(), known + slurp(m.vkeys()));
  check_exit(verify_log(m.scratch, true), 0);
  CHECK(load_vkeys(m.vkeys())->size() == (known.empty() ? 2 : 3));
}

TEST_CASE("public keys that are gone keep no log from being set aside") {
  Keys m;
  std::filesystem::remove(m.vkeys());
  SystemDisk disk;
  REQUIRE(seal_log(m.options, "aside", disk, m.real.clock, m.real.random));
  m.write(1);
  CHECK(check_key(m.options));
  check_exit(verify_log(m.scratch, true), 0);
  check_exit(verify_log(m.scratch.path(), m.scratch.path() + "/audit/aside", "aside"), 0);
}

TEST_CASE("a log that takes the place of one of which nobody knows the key has its own kept") {
  Keys m;
  std::filesystem::remove(m.vkeys());
  spill(m.scratch.log() + "/checkpoint", "");
  SystemDisk disk;
  REQUIRE(seal_log(m.options, "aside", disk, m.real.clock, m.real.random));
  m.write(1);
  check_exit(verify(m.at_home()), 0);
  CHECK_FALSE(file_exists(vkeys_path(m.scratch.path(), "aside")));
}

TEST_CASE("a log that is gone in the middle of a change of keys leaves the next one no newer key") {
  Keys m;
  agentmesh::tests::FaultDisk disk(m.real.disk);
  disk.fail_from(agentmesh::tests::FaultDisk::Op::kRename, 3, EIO);
  REQUIRE_FALSE(rotate_key(m.options, disk, m.real.clock, m.real.random));
  REQUIRE(load_vkeys(m.vkeys())->size() == 2);
  std::filesystem::remove_all(m.scratch.log());
  m.options.on_damage = OnDamage::kSeal;
  std::filesystem::remove(m.key() + ".next");
  m.write(1);
  const VerifyOptions what = m.at_home();
  CHECK(what.trusted.size() == 2);
  check_exit(verify(what), 0);
}

// Only the kept keys tell, and only to who says that they are the kept ones.
TEST_CASE("an older copy of a log in its place is seen by the newest key that is kept for it") {
  Keys m;
  namespace fs = std::filesystem;
  const fs::path aside = m.scratch.path() + "/copy";
  fs::copy(m.scratch.log(), aside, fs::copy_options::recursive);
  m.rotate();
  VerifyOptions what = m.at_home();
  check_exit(verify(what), 0);
  fs::remove_all(m.scratch.log());
  fs::copy(aside, m.scratch.log(), fs::copy_options::recursive);
  const Verdict back = verify(what);
  check_exit(back, 1);
  CHECK(has_code(back, "key.ahead"));
  what.kept = false;
  check_exit(verify(what), 0);
}

// It is kept once the checkpoint that brings it into force is on the disk, and not when the record announces it.
TEST_CASE("checkpoints that were cut back to before a change of keys are seen by the kept key") {
  Keys m;
  const std::string before = slurp(m.checkpoints());
  const std::string newest = slurp(m.scratch.log() + "/checkpoint");
  m.rotate();
  SECTION("that nothing followed") {}
  SECTION("that something followed") { m.write(3); }
  spill(m.checkpoints(), before);
  spill(m.scratch.log() + "/checkpoint", newest);
  VerifyOptions what = m.at_home();
  const Verdict back = verify(what);
  check_exit(back, 1);
  CHECK(has_code(back, "key.ahead"));
  what.kept = false;
  check_exit(verify(what), 0);
  m.options.on_damage = OnDamage::kDeny;
  CHECK(m.error_of_opening() == kDamaged);
}

TEST_CASE("a log whose newest checkpoint nobody signed says so when it makes it anew") {
  Keys m;
  std::string newest = slurp(m.scratch.log() + "/checkpoint");
  newest[newest.size() - 10] = newest[newest.size() - 10] == 'A' ? 'B' : 'A';
  spill(m.scratch.log() + "/checkpoint", newest);
  std::filesystem::remove(m.scratch.log() + "/state");
  CHECK(m.real.open(m.options)->remark().find(
            "checkpoint is none that a key of this log has signed") != std::string::npos);
  check_exit(verify_log(m.scratch, true), 0);
}

TEST_CASE("anybody's signature under the last checkpoint replaces no key") {
  Keys m;
  const std::string history = slurp(m.checkpoints());
  const std::string newest = slurp(m.scratch.log() + "/checkpoint");
  const std::string text = newest.substr(0, newest.find("\n\n") + 1);
  const std::string origin = newest.substr(0, newest.find('\n'));
  const Signer his = key_number(9, origin);
  spill(m.checkpoints(), history + sign_note(text, {&his}).substr(text.size() + 1));
  CHECK(check_key(m.options));
  CHECK(m.error_of_opening() == 0);
}

TEST_CASE("a history of checkpoints that is gone, cut back, or another key's is damage") {
  Keys m;
  m.write(2);
  SECTION("gone") { std::filesystem::remove(m.checkpoints()); }
  SECTION("emptied") { spill(m.checkpoints(), ""); }
  SECTION("cut back, and `checkpoint` is not") {
    const std::string history = slurp(m.checkpoints());
    const std::string newest = slurp(m.scratch.log() + "/checkpoint");
    spill(m.checkpoints(), history.substr(0, history.size() - newest.size()));
  }
  SECTION("gone on with by a key that was replaced, as versions before this one did") {
    m.rotate();
    const std::string newest = slurp(m.scratch.log() + "/checkpoint");
    const auto head = Checkpoint::parse(newest)->head;
    const auto old = Signer::parse(m.old_key.substr(0, m.old_key.size() - 1));
    const std::string note =
        sign_note(TreeHead{head.origin, head.size + 1, head.root}.text(), {&*old});
    spill(m.checkpoints(), slurp(m.checkpoints()) + note);
    spill(m.scratch.log() + "/checkpoint", note);
  }
  m.options.on_damage = OnDamage::kDeny;
  CHECK(m.error_of_opening() == kDamaged);
  m.options.on_damage = OnDamage::kSeal;
  m.write(1);
  check_exit(verify_log(m.scratch, true), 0);
  CHECK(all_lines(m.scratch.log()).find("\"after\":{") != std::string::npos);
}

}  // namespace agentmesh::audit::tests
