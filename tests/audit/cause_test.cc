// What verify says of one cause: once, with what follows from it counted, and nothing else hidden by it.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "audit/rotation.h"
#include "audit/segment.h"
#include "base/files.h"
#include "tests/audit/forge.h"
#include "tests/audit/intruder.h"
#include "tests/audit/logs.h"

namespace agentmesh::audit::tests {

namespace {

std::vector<std::string> codes_in_order(const Verdict& verdict) {
  std::vector<std::string> out;
  for (const Problem& p : verdict.problems) out.push_back(p.code);
  return out;
}

using Codes = std::vector<std::string>;

const Remark* note_of(const Verdict& verdict, const std::string& code) {
  for (const Remark& note : verdict.notes)
    if (note.code == code) return &note;
  return nullptr;
}

size_t lines_with(const std::string& text, const std::string& begin) {
  size_t count = text.starts_with(begin) ? 1 : 0;
  for (size_t at = text.find("\n" + begin); at != std::string::npos;
       at = text.find("\n" + begin, at + 1))
    ++count;
  return count;
}

// Records, two changes of keys, and a checkpoint after each ten records.
void fill(const Scratch& scratch, Real& real) {
  Options options = scratch.options();
  options.segment_bytes = 8000;
  for (int part = 0; part < 3; ++part) {
    if (part > 0) REQUIRE(rotate_key(options, real.disk, real.clock, real.random));
    for (int i = 0; i < 5; ++i) {
      const auto log = real.open(options);  // letting go of it makes a checkpoint
      for (int k = 0; k < 6; ++k) REQUIRE(settle(*log, decision()));
    }
  }
}

}  // namespace

TEST_CASE("one damaged record is told once, however often the key changed after it") {
  const Scratch scratch;
  Real real;
  fill(scratch, real);
  check_exit(verify_log(scratch, true), 0);
  Intruder intruder(scratch.log());
  intruder.edit(20, "read_file", "dead_file");
  intruder.save();
  const Verdict verdict = verify_log(scratch);
  CAPTURE(verdict_json(verdict, "", 0));
  CHECK(codes_in_order(verdict) == Codes{"chain.broken"});
  CHECK(verdict.problems[0].seq == 21U);
  REQUIRE(note_of(verdict, "unread") != nullptr);
  CHECK(note_of(verdict, "unread")->seq == 21U);

  SECTION("a second damage is told, too") {
    // One character of the newest signature, by a key that no record that was read speaks of.
    const std::string path = scratch.log() + "/checkpoints";
    std::string history = slurp(path);
    history[history.size() - 30] = history[history.size() - 30] == 'A' ? 'B' : 'A';
    spill(path, history);
    CHECK(codes_in_order(verify_log(scratch)) == Codes{"chain.broken", "checkpoint.signature"});
  }
  SECTION("and a key that is not known yet where reading ended is no other log's key") {
    VerifyOptions what;
    what.dir = scratch.log();
    what.trusted = {load_vkeys(vkeys_path(scratch.path(), "main"))->back()};
    CHECK(codes_in_order(verify(what)) == Codes{"chain.broken", "key.untrusted"});
    CHECK(verify(what).exit == 1);
  }
}

TEST_CASE("roots that differ because an earlier one does are counted, not told one by one") {
  const Scratch scratch;
  Real real;
  fill(scratch, real);
  Intruder intruder(scratch.log());
  intruder.edit(20, "read_file", "dead_file");
  intruder.rechain();
  intruder.save();
  const Verdict verdict = verify_log(scratch);
  CAPTURE(verdict_json(verdict, "", 0));
  const auto wrong = static_cast<size_t>(
      std::count_if(verdict.problems.begin(), verdict.problems.end(),
                    [](const Problem& p) { return p.code == "root.mismatch"; }));
  REQUIRE(wrong > 10);
  const Remark* note = note_of(verdict, "consequence");
  REQUIRE(note != nullptr);
  CHECK(note->message.starts_with(std::to_string(wrong - 1) + " more root.mismatch"));
  const std::string text = verdict_text(verdict, "DIR");
  CHECK(lines_with(text, "root.mismatch: ") == 1);
  CHECK(lines_with(text, "Note: consequence: ") == 1);
}

TEST_CASE("a checkpoint with a wrong size is one problem, and the ones after it are judged") {
  Forge forge;
  const Scratch scratch;
  for (int i = 0; i < 30; ++i) forge.add(decision());
  for (const unsigned size : {4U, 9U, 15U, 22U, 31U}) forge.sign(size);
  const std::string dir = scratch.path() + "/log";
  forge.write(dir);
  std::string history = slurp(dir + "/checkpoints");
  history.replace(history.find("\n9\n"), 3, "\n900\n");
  spill(dir + "/checkpoints", history);
  VerifyOptions what;
  what.dir = dir;
  what.trusted = {forge.key.verifier};
  const Verdict verdict = verify(what);
  CAPTURE(verdict_json(verdict, "", 0));
  CHECK(codes_in_order(verdict) == Codes{"checkpoint.signature"});
  CHECK(verdict.checkpoint->size == 31);
}

TEST_CASE("what excuses missing lines and payloads has to be signed") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 60'000;
  options.payloads = Payloads::kFull;
  {
    const auto log = real.open(options);
    for (int i = 0; i < 700; ++i) REQUIRE(settle(*log, decision()));
  }
  Intruder intruder(scratch.log());
  SECTION("a prune record that somebody without the key wrote is no excuse") {
    const auto segments = *list_segments(scratch.log());
    intruder.append("{\"by\":\"uid:0\",\"first\":" + std::to_string(segments[2]) +
                    ",\"mono\":1,\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"prune\",\"v\":1,\"w\":"
                    "\"ffeeddccbbaa9988\",\"wseq\":0}");
    intruder.save();
    check_exit(verify_log(scratch), 0);  // it is only announced
    for (const size_t gone : {size_t{0}, size_t{1}}) {
      std::filesystem::remove(scratch.log() + "/" + segment_file(segments[gone]));
      const Verdict verdict = verify_log(scratch);
      CAPTURE(gone, verdict_json(verdict, "", 0));
      CHECK(codes_in_order(verdict) == Codes{"prune.unrecorded"});
    }
  }
  SECTION("nor is an erasure") {
    VerifyOptions what;
    what.dir = scratch.log();
    what.trusted = *load_vkeys(vkeys_path(scratch.path(), "main"));
    what.blobs = true;
    what.blob_keys_dir = blob_keys_directory(scratch.path(), "main");
    check_exit(verify(what), 0);
    const std::string day = list_directory(scratch.log() + "/blob")->front();
    intruder.append(
        "{\"by\":\"uid:0\",\"days\":[\"" + day +
        "\"],\"mono\":1,\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"erase\",\"v\":1,\"w\":"
        "\"ffeeddccbbaa9988\",\"wseq\":0}");
    intruder.save();
    std::filesystem::remove_all(scratch.log() + "/blob/" + day);
    const Verdict verdict = verify(what);
    CHECK(verdict.exit == 1);
    CHECK(has_code(verdict, "blob.missing"));
  }
}

TEST_CASE("tiles say more than they prove, and that is told as a note") {
  const Scratch scratch;
  Real real;
  {
    const auto log = real.open(scratch.options());
    for (int i = 0; i < 600; ++i) REQUIRE(settle(*log, decision()));
  }
  const std::string history = slurp(scratch.log() + "/checkpoints");
  SECTION("which of two records was changed") {
    Intruder intruder(scratch.log());
    intruder.edit(100, "read_file", "dead_file");
    intruder.save();
    const Verdict verdict = verify_log(scratch);
    REQUIRE(codes_in_order(verdict) == Codes{"chain.broken"});
    CHECK(verdict.problems[0].message ==
          "record 100 or this one was altered; by the stored tile it was record 100");
  }
  SECTION("where the first of changed and chained records is") {
    Intruder intruder(scratch.log());
    intruder.edit(300, "read_file", "dead_file");
    intruder.rechain();
    intruder.save();
    const Verdict verdict = verify_log(scratch);
    REQUIRE(has_code(verdict, "root.mismatch"));
    CHECK(verdict.problems[0].message.find("knows otherwise is 300 (" + segment_file(0) + ")") !=
          std::string::npos);
  }
  SECTION("that one is gone, or rubbish, or of records that are not here") {
    std::filesystem::remove(scratch.log() + "/tile/0/000");
    Verdict verdict = verify_log(scratch);
    check_exit(verdict, 0);
    CHECK(note_of(verdict, "tile.missing") != nullptr);
    spill(scratch.log() + "/tile/0/000", "x");
    spill(scratch.log() + "/tile/1/000", "x");
    verdict = verify_log(scratch);
    check_exit(verdict, 0);
    CHECK(std::count_if(verdict.notes.begin(), verdict.notes.end(),
                        [](const Remark& n) { return n.code == "tile.mismatch"; }) == 2);
    std::filesystem::remove_all(scratch.log() + "/tile");
    REQUIRE(make_directories(scratch.log() + "/tile/0/x001"));
    spill(scratch.log() + "/tile/0/x001/234", "x");
    verdict = verify_log(scratch);
    check_exit(verdict, 0);
    REQUIRE(note_of(verdict, "tile.mismatch") != nullptr);
    CHECK(note_of(verdict, "tile.mismatch")->message.find("once had 316160") != std::string::npos);
    check_exit(verify_log(scratch, true), 1);
  }
}

TEST_CASE("what a recovery kept is held against the record that tells of it") {
  const Scratch scratch;
  Real real;
  {
    const auto log = real.open(scratch.options());
    REQUIRE(settle(*log, decision()));
  }
  const std::string segment = scratch.log() + "/" + segment_file(0);
  spill(segment, slurp(segment) + "{\"half\":");
  { const auto log = real.open(scratch.options()); }
  check_exit(verify_log(scratch, true), 0);
  CHECK(note_of(verify_log(scratch), "recovered.missing") == nullptr);
  const std::string kept = scratch.log() + "/" + recovered_file(2);
  CHECK(slurp(kept) == "{\"half\":");
  spill(kept, "{\"hale\":");
  const Verdict changed = verify_log(scratch);
  check_exit(changed, 0);
  REQUIRE(note_of(changed, "recovered.mismatch") != nullptr);
  CHECK(note_of(changed, "recovered.mismatch")->file == recovered_file(2));
  CHECK(codes_in_order(verify_log(scratch, true)) == Codes{"recovered.mismatch"});
  std::filesystem::remove(kept);
  check_exit(verify_log(scratch, true), 0);
  CHECK(note_of(verify_log(scratch), "recovered.missing") != nullptr);
}

TEST_CASE("what stands behind the last checkpoint and never was one is no unfinished checkpoint") {
  Forge forge;
  const Scratch scratch;
  forge.add(decision());
  forge.sign(2);
  const std::string dir = scratch.path() + "/log";
  forge.write(dir);
  const std::string history = slurp(dir + "/checkpoints");
  VerifyOptions what;
  what.dir = dir;
  what.trusted = {forge.key.verifier};
  for (const std::string tail : {"hello\n", "hello", "\n", "test.example/logs\n3\n"}) {
    CAPTURE(tail);
    spill(dir + "/checkpoints", history + tail);
    CHECK(codes_in_order(verify(what)) == Codes{"checkpoint.form"});
  }
  for (const std::string tail : {"test.", "test.example/log\n3\n"}) {
    CAPTURE(tail);
    spill(dir + "/checkpoints", history + tail);
    CHECK(codes_in_order(verify(what)) == Codes{"checkpoints.torn"});
  }
}

}  // namespace agentmesh::audit::tests
