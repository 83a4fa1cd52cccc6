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
constexpr uint64_t kShort = 24'000;  // bytes of a segment

// A line of that type by a writer, all but its number and its link; `fields` by their place in the alphabet.
std::string line_of(const std::string& fields, const std::string& type, const std::string& w,
                    uint64_t wseq, const std::string& behind = "") {
  return "{" + fields + ",\"mono\":9000000000000000,\"prev\":\"\",\"seq\":," + behind +
         "\"ts\":1795000000000000,\"type\":\"" + type + "\",\"v\":1,\"w\":\"" + w +
         "\",\"wseq\":" + std::to_string(wseq) + "}";
}

// A log of ours that somebody else appends to as well.
struct Ours {
  void write(int records) {
    if (!log) log = real.open(options);
    for (int i = 0; i < records; ++i) REQUIRE(settle(*log, decision()));
  }
  void close() { log.reset(); }
  void forge(const std::string& line) const {
    Intruder intruder(scratch.log());
    intruder.append(line);
    intruder.save();
  }
  Pruned prune_before(uint64_t seq) {
    auto pruned =
        prune(options, {seq, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random);
    if (!pruned) FAIL(pruned.error().what);
    return *pruned;
  }
  std::vector<uint64_t> segments() const { return *list_segments(scratch.log()); }
  std::string erasure() const {
    return line_of("\"by\":\"uid:0\",\"days\":[\"" + day + "\"]", "erase", kStranger, 0);
  }
  // The payloads of today, and the first two segments, taken away without a word.
  void lose_payloads() const { std::filesystem::remove_all(scratch.log() + "/blob/" + day); }
  void lose_segments(const std::vector<uint64_t>& were) const {
    for (const size_t gone : {size_t{0}, size_t{1}})
      std::filesystem::remove(scratch.log() + "/" + segment_file(were[gone]));
  }

  Scratch scratch;
  Real real;
  Options options = scratch.options();
  const std::string day = utc_day(real.clock.wall_us());
  std::unique_ptr<Log> log;
};

std::string prune_line(uint64_t first) {
  return line_of("\"by\":\"uid:0\",\"first\":" + std::to_string(first), "prune", kStranger, 0);
}

bool has_note(const Verdict& verdict, const std::string& code) {
  return std::any_of(verdict.notes.begin(), verdict.notes.end(),
                     [&](const Remark& note) { return note.code == code; });
}

}  // namespace

TEST_CASE("an erasure that somebody else appended excuses no payload that is gone") {
  Ours ours;
  ours.options.payloads = Payloads::kFull;
  ours.write(5);
  const auto forge = [&] {
    ours.forge(ours.erasure());
    ours.lose_payloads();
  };
  SECTION("and whose end the writer signs with its own records behind it") {
    forge();
    ours.write(1);
  }
  SECTION("and that stands at the end when the writer signs for the last time") { forge(); }
  SECTION("and that the next one who opens the log finds at its end") {
    ours.close();
    forge();
    ours.options.checkpoint_ms = 1;
    ours.write(0);
  }
  ours.close();
  const Verdict verdict = verify_with_payloads(ours.scratch);
  check_exit(verdict, 1);
  CHECK(has_code(verdict, "blob.missing"));
  CHECK(has_note(verdict, "erase.unsealed"));

  // One that was made with the key excuses what lay before it, theirs or not.
  const std::vector<std::string> days = {ours.day};
  Real& real = ours.real;
  REQUIRE(erase(ours.options, days, "", "uid:0", real.disk, real.clock, real.random));
  CHECK_FALSE(has_code(verify_with_payloads(ours.scratch), "blob.missing"));
}

TEST_CASE("a prune that somebody else appended excuses no line that is gone") {
  Ours ours;
  ours.options.segment_bytes = kShort;
  ours.write(700);
  ours.close();
  ours.write(0);
  const auto segments = ours.segments();
  REQUIRE(segments.size() > 3);
  ours.forge(prune_line(segments[2]));
  ours.write(1);
  ours.close();
  check_exit(verify_log(ours.scratch), 0);
  ours.lose_segments(segments);
  CHECK(has_code(verify_log(ours.scratch), "prune.unrecorded"));
}

// What people do to a log, and what takes it for granted that the end of the log is theirs.
TEST_CASE("a prune signs nobody else's erasure or prune") {
  Ours ours;
  ours.options.segment_bytes = kShort;
  ours.options.payloads = Payloads::kFull;
  const auto fill = [&](int records) {
    ours.write(records);
    ours.close();
  };
  const auto prune_before = [&](uint64_t seq) { return ours.prune_before(seq).files.size(); };
  SECTION("an erasure at the end of the log that is pruned") {
    fill(700);
    ours.forge(ours.erasure());
    const uint64_t cut = ours.segments()[2];
    SECTION("where segments go") { CHECK(prune_before(cut) > 0); }
    SECTION("where none can go") { CHECK(prune_before(1) == 0); }
    ours.lose_payloads();
    const Verdict verdict = verify_with_payloads(ours.scratch);
    CHECK(has_code(verdict, "blob.missing"));
    CHECK(has_note(verdict, "erase.unsealed"));
  }
  SECTION("a prune at the end of a log that has nothing to prune yet") {
    fill(150);
    const auto segments = ours.segments();
    REQUIRE(segments.size() > 2);
    ours.forge(prune_line(segments[2]));
    CHECK(prune_before(segments[1]) == 0);
    fill(300);
    check_exit(verify_with_payloads(ours.scratch), 0);
    ours.lose_segments(segments);
    CHECK(has_code(verify_log(ours.scratch, true), "prune.unrecorded"));
  }
}

TEST_CASE("a state file that tells another last record than the lines gets nothing signed") {
  Ours ours;
  ours.options.payloads = Payloads::kFull;
  ours.write(5);
  const std::string innocent = line_of("\"count\":0,\"mode\":\"enforce\"", "tools.listed",
                                       kStranger, 0, "\"server\":\"fs\",");
  // The tree is that of the erasure, the last leaf and the line that of the other record.
  Intruder shown(ours.scratch.log()), meant(ours.scratch.log());
  shown.append(innocent);
  meant.append(ours.erasure());
  StateFile state(ours.scratch.log() + "/state");
  state.attach(ours.real.disk);
  Head head = *state.load();
  head.last_leaf = hash_leaf(shown.lines().back().text);
  head.segment_bytes += shown.lines().back().text.size() + 1;
  head.tree.add(hash_leaf(meant.lines().back().text));
  ++head.next_seq;
  shown.save();
  state.store(head);
  ours.close();
  meant.save();
  ours.lose_payloads();
  CHECK(has_code(verify_with_payloads(ours.scratch), "blob.missing"));
}

TEST_CASE("a log with sealed payloads that was pruned opens those that are left") {
  Ours ours;
  ours.options.segment_bytes = kShort;
  ours.options.payloads = Payloads::kFull;
  ours.write(700);
  ours.close();
  const Scratch& scratch = ours.scratch;
  check_exit(verify_with_payloads(scratch), 0);
  const uint64_t cut = ours.segments()[2];
  CHECK(ours.prune_before(cut).first == cut);
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
  Ours ours;
  ours.write(1);
  const auto keys = *load_vkeys(vkeys_path(ours.scratch.path(), "main"));
  ours.forge(
      "{\"mono\":1,\"old\":\"x\",\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"key.rotate\",\"v\":1,\"vkey\":\"" +
      Signer::make(keys.front().name, {7}).verifier.text() + "\",\"w\":\"" + kStranger +
      "\",\"wseq\":0}");
  ours.write(1);
  ours.close();
  CHECK(has_code(verify_log(ours.scratch), "key.unsigned"));
}

// A kill leaves what the last checkpoint does not cover; the state directory as it is then is a copy of a log that is open.
TEST_CASE("what a kill left unsigned can be changed, and is signed by whoever writes next") {
  Ours ours;
  ours.options.checkpoint_ms = 600'000;
  ours.options.checkpoint_records = 65'536;
  ours.write(4);
  const Scratch killed;
  std::filesystem::copy(ours.scratch.path(), killed.path(),
                        std::filesystem::copy_options::recursive);
  CHECK(verify_log(killed).unsigned_records == 4);
  Intruder intruder(killed.log());
  intruder.edit(intruder.lines().size() - 2, "\"read_file\"", "\"erase_all\"");
  intruder.rechain();
  intruder.save();
  std::filesystem::remove(killed.log() + "/state");
  CHECK(verify_log(killed).unsigned_records == 4);  // hours later, all the same

  {
    const auto next = ours.real.open(killed.options());
    REQUIRE(settle(*next, decision()));
  }
  const Verdict verdict = verify_log(killed);
  check_exit(verdict, 0);
  CHECK(verdict.unsigned_records == 0);
  CHECK(all_lines(killed.log()).find("erase_all") != std::string::npos);
}

TEST_CASE(
    "records by a writer of their own are not told from those of another proxy, records in ours are") {
  Ours ours;
  ours.write(1);
  const uint64_t wseq = ours.log->next_wseq();
  const std::string fields = "\"count\":0,\"mode\":\"enforce\"";
  SECTION("a limit: the log does not say who wrote a record") {
    ours.forge(line_of(fields, "tools.listed", kStranger, 0, "\"server\":\"fs\","));
    ours.write(1);
    ours.close();
    check_exit(verify_log(ours.scratch, true), 0);
  }
  SECTION("a number of ours is used twice as soon as we go on") {
    ours.forge(line_of(fields, "tools.listed", ours.log->writer(), wseq, "\"server\":\"fs\","));
    ours.write(1);
    ours.close();
    const Verdict verdict = verify_log(ours.scratch);
    CHECK((has_code(verdict, "writer.gap") || has_code(verdict, "writer.time")));
  }
}

}  // namespace agentmesh::audit::tests
