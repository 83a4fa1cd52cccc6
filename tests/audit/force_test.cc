// Which keys count, and where: verify goes by the one in force at a checkpoint's size, whatever else is signed or announced.

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "audit/prune.h"
#include "audit/rotation.h"
#include "audit/tiles.h"
#include "tests/audit/bent.h"
#include "tests/audit/intruder.h"
#include "tests/fault_disk.h"

namespace agentmesh::audit::tests {

namespace {

const Signer& second() {
  static const Signer kKey = key_number(2);
  return kKey;
}
const Signer& third() {
  static const Signer kKey = key_number(3);
  return kKey;
}
const Signer& stranger() {
  static const Signer kKey = key_number(9);
  return kKey;
}

// Adds records that announce `to`, and five more. Returns the seq of the first.
uint64_t announce(Forge& forge, const Signer& from, const Signer& to) {
  const uint64_t seq = forge.size();
  forge.add(KeyRotate{to.verifier.text(), from.verifier.text()});
  for (int i = 0; i < 5; ++i) forge.add(decision());
  return seq;
}

// The note with one more signature under it, as anybody can put one there.
std::string with_signature(const std::string& note, const Signer& by) {
  const std::string text = note.substr(0, note.find("\n\n") + 1);
  return note + sign_note(text, {&by}).substr(text.size() + 1);
}

}  // namespace

TEST_CASE("a change of keys counts with a checkpoint of these very records") {
  // Who has no key of ours takes a checkpoint that our key signed, signs it, too, and writes a log whose record at that place
  // announces his key: two signatures, by the old key and the new, and not of his records.
  Bent honest;
  honest.forge.sign(9);
  honest.forge.write(honest.dir);
  Bent m(7);  // 8 records with genesis
  REQUIRE(announce(m.forge, m.forge.key, stranger()) == 8);
  m.forge.sign(4);
  m.forge.write(m.dir);
  const std::string taken = with_signature(slurp(honest.dir + "/checkpoint"), stranger());
  const std::string his = sign_note(m.forge.head(14).text(), {&stranger()});
  spill(m.dir + "/checkpoints", slurp(m.dir + "/checkpoint") + taken + his);
  spill(m.dir + "/checkpoint", his);
  const Verdict verdict = m.verdict();
  CHECK(codes(verdict) == Codes{"root.mismatch"});
  // What his key signed is not what our key signed.
  REQUIRE(verdict.checkpoint);
  CHECK(verdict.checkpoint->size == 4);
  CHECK(verdict.unsigned_records == 14 - 9);
  // And nobody who trusts the stranger alone is told that this log is his.
  m.options.trusted = {stranger().verifier};
  CHECK(codes(m.verdict()).contains("key.mismatch"));
  CHECK(m.verdict().level == Level::kChain);
}

TEST_CASE("a key that was replaced is out of force, also where another had replaced one before") {
  Bent m;
  const uint64_t first = announce(m.forge, m.forge.key, second());
  const uint64_t then = announce(m.forge, second(), third());
  m.forge.signs.push_back({first + 1, {&m.forge.key, &second()}});
  m.forge.signs.push_back({then + 1, {&second(), &third()}});
  SECTION("as it should be") {
    m.forge.signs.push_back({then + 3, {&third()}});
    check_exit(m.verify_now(), 0);
  }
  SECTION("the second key after the third came") {
    m.forge.signs.push_back({then + 3, {&second()}});
    const Verdict verdict = m.verify_now();
    REQUIRE(codes(verdict) == Codes{"key.unsigned"});
    CHECK(verdict.problems[0].seq == then);
    REQUIRE(verdict.checkpoint);
    CHECK(verdict.checkpoint->size == then + 1);
  }
  SECTION("beyond where reading ended") {
    m.forge.signs.push_back({then + 5, {&third()}});
    m.forge.bend = [&](uint64_t seq, const std::string& line) {
      return seq == then + 3 ? line + " " : line;
    };
    CHECK(codes(m.verify_now()) == Codes{"record.form"});
    m.forge.signs.back().signers = {&m.forge.key};
    CHECK(codes(m.verify_now()) == Codes{"key.unsigned", "record.form"});
  }
}

TEST_CASE("a key that is only announced vouches for nothing that was not read") {
  // A torn end, and a checkpoint of more than is here by the key that the last whole record announces.
  Bent m;
  const uint64_t seq = announce(m.forge, m.forge.key, stranger());
  m.forge.sign(9);
  m.forge.write(m.dir);
  TreeHead ahead = m.forge.head(seq + 5);
  ahead.size = seq + 100;
  const std::string his = sign_note(ahead.text(), {&stranger()});
  spill(m.dir + "/checkpoints", slurp(m.dir + "/checkpoints") + his);
  const std::string last = m.dir + "/" + segment_file(9);
  spill(last, slurp(last) + "{\"half\":");
  const Verdict verdict = m.verdict();
  CHECK(codes(verdict) == Codes{"key.unsigned", "tail.torn"});
  REQUIRE(verdict.torn);
}

TEST_CASE("an anchor counts if the key in force at its size signed it") {
  Bent m;
  const uint64_t first = announce(m.forge, m.forge.key, second());
  m.forge.sign(9);
  m.forge.signs.push_back({first + 1, {&m.forge.key, &second()}});
  m.forge.signs.push_back({first + 4, {&second()}});
  const uint64_t announced = announce(m.forge, second(), stranger());
  m.forge.write(m.dir);
  m.options.anchor = m.scratch.path() + "/anchor";
  m.options.trusted = {m.forge.key.verifier, second().verifier};
  const auto with = [&](uint64_t size, const Signer& by) {
    spill(m.options.anchor, sign_note(m.forge.head(size).text(), {&by}));
    return m.verdict();
  };
  CHECK(with(9, m.forge.key).level == Level::kAnchored);
  CHECK(with(first + 4, second()).level == Level::kAnchored);
  const std::vector<std::pair<uint64_t, const Signer*>> out_of_force = {
      {announced + 3, &stranger()}, {first + 4, &m.forge.key}, {9, &second()}};
  for (const auto& [size, by] : out_of_force) {
    CAPTURE(size, by->verifier.text());
    const Verdict verdict = with(size, *by);
    CHECK(codes(verdict) == Codes{"anchor.key"});
    CHECK(verdict.level == Level::kSigned);
  }
  // Of a log that was cut back to before the change, the trusted key still says that it had more.
  m.forge.write(m.dir);
  spill(m.options.anchor, sign_note(m.forge.head(first + 4).text(), {&second()}));
  std::filesystem::remove(m.dir + "/" + segment_file(9));
  spill(m.dir + "/checkpoints", sign_note(m.forge.head(9).text(), {&m.forge.key}));
  std::filesystem::copy_file(m.dir + "/checkpoints", m.dir + "/checkpoint",
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(codes(m.verdict()) == Codes{"anchor.ahead"});
}

TEST_CASE(
    "where the lines were pruned, a key that is announced or came later vouches for nothing") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 24'000;
  {
    const auto log = real.open(options);
    for (int i = 0; i < 700; ++i) REQUIRE(settle(*log, decision()));
  }
  REQUIRE(prune(options, {600, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random));
  check_exit(verify_log(scratch, true), 0);
  SECTION("nor does one that nobody knows, and that is told") {
    std::string history = slurp(scratch.log() + "/checkpoints");
    const size_t id = history.find(' ', history.find("\xe2\x80\x94 ") + 4) + 1;
    history[id] = history[id] == 'A' ? 'B' : 'A';
    spill(scratch.log() + "/checkpoints", history);
    const Verdict unknown = verify_log(scratch);
    check_exit(unknown, 0);
    CHECK(has_note(unknown, "checkpoint.unknown"));
    return;
  }
  // A leaf of what was pruned is another one now, and a checkpoint says so that a stranger signed. His key is announced.
  std::string tile = slurp(scratch.log() + "/" + tile_file(0, 0));
  tile[40] = static_cast<char>(tile[40] ^ 1);
  spill(scratch.log() + "/" + tile_file(0, 0), tile);
  Frontier tree;
  const auto leaves = read_tile(scratch.log(), 0, 0);
  for (const Hash& leaf : *leaves) tree.add(leaf);
  const std::string origin = load_vkeys(vkeys_path(scratch.path(), "main"))->front().name;
  const Signer his = key_number(9, origin);
  const std::string history = slurp(scratch.log() + "/checkpoints");
  spill(scratch.log() + "/checkpoints",
        sign_note(TreeHead{origin, 256, tree.root()}.text(), {&his}) + history);
  Intruder intruder(scratch.log());
  intruder.append(
      "{\"mono\":1,\"old\":\"x\",\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"key.rotate\",\"v\":1,\"vkey\":\"" +
      his.verifier.text() + "\",\"w\":\"ffeeddccbbaa9988\",\"wseq\":0}");
  intruder.save();
  const Verdict verdict = verify_log(scratch);
  CHECK(has_code(verdict, "root.mismatch"));
  REQUIRE(verdict.checkpoint);
  CHECK(verdict.checkpoint->size == 1);  // before the leaf that is another one
  CHECK(verdict_text(verdict, "DIR").find("only the first is known to be") != std::string::npos);
}

TEST_CASE("a segment that opens while a change of keys is finished names the new key") {
  const Scratch scratch;
  Real real;
  const Options options = scratch.options();
  (void)real.open(options);
  agentmesh::tests::FaultDisk disk(real.disk);
  disk.fail_from(agentmesh::tests::FaultDisk::Op::kRename, 3, EIO);  // all but the last step
  REQUIRE_FALSE(rotate_key(options, disk, real.clock, real.random));
  const std::string ready = next_key_path(scratch.path(), "main");
  const std::string now = key_path(scratch.path(), "main");
  REQUIRE(file_exists(ready));
  const VerifierKey next = load_vkeys(vkeys_path(scratch.path(), "main"))->back();
  const std::string old_key = slurp(now), next_key = slurp(ready);
  for (int round = 0; round < 500; ++round) {
    spill(now, old_key);
    spill(ready, next_key);
    std::filesystem::permissions(ready, std::filesystem::perms(0600));
    std::atomic<bool> go{false};
    std::thread finisher([&] {
      while (!go) {
      }
      std::this_thread::sleep_for(std::chrono::microseconds(round % 50));
      std::filesystem::rename(ready, now);
    });
    go = true;
    const auto key = key_in_force(options);
    finisher.join();
    REQUIRE(key);
    REQUIRE(*key == next);
  }
}

}  // namespace agentmesh::audit::tests
