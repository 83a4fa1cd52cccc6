// What is wrong with lines, segments and writers, one case at least for each code.

#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "audit/segment.h"
#include "audit/tiles.h"
#include "base/bytes.h"
#include "tests/audit/bent.h"

namespace agentmesh::audit::tests {

TEST_CASE("a forged log with nothing wrong is fine") {
  Bent m;
  m.forge.sign(4);
  m.forge.sign(13);
  const Verdict verdict = m.verify_now();
  check_exit(verdict, 0);
  CHECK(verdict.level == Level::kSigned);
  CHECK(verdict.records == 13);
  CHECK(verdict.segments == 3);
  CHECK(verdict.checkpoints == 2);
  CHECK(to_hex(verdict.root) == to_hex(m.forge.head(13).root));
}

TEST_CASE("lines that are not records are called what they are, and where they are") {
  struct Case {
    const char* code;
    std::function<std::string(const std::string&)> bend;
  };
  const auto swap_text = [](const std::string& from, const std::string& to) {
    return [from, to](const std::string& line) {
      std::string out = line;
      return out.replace(out.find(from), from.size(), to);
    };
  };
  const Case cases[] = {
      {"record.form", [](const std::string&) { return std::string(); }},
      {"record.form", [](const std::string& line) { return line + " "; }},
      {"record.form", [](const std::string&) { return std::string("hello"); }},
      {"record.form", swap_text("\"mode\":\"enforce\"", "\"mode\":null")},
      {"record.size", [](const std::string& line) { return line + std::string(70'000, 'x'); }},
      {"record.version", swap_text("\"v\":1", "\"v\":2")},
      {"record.seq", swap_text("\"seq\":7", "\"seq\":8")},
      {"record.field", swap_text("\"type\":\"decision\"", "\"type\":\"decisions\"")},
      {"record.field", swap_text("\"type\":\"decision\"", "\"type\":\"genesis\"")},
      {"record.field", swap_text("\"wseq\":6", "\"wseq\":\"6\"")},
      {"chain.broken", swap_text("\"prev\":\"", "\"prev\":\"0000000000000000")},
  };
  for (const Case& c : cases) {
    Bent m;
    m.forge.sign(4);
    m.forge.bend = [&](uint64_t seq, const std::string& line) {
      if (seq != 7) return line;
      std::string bent = c.bend(line);
      if (std::string(c.code) == "chain.broken") bent.erase(bent.find("\"prev\":\"") + 8 + 64, 16);
      return bent;
    };
    const Verdict verdict = m.verify_now();
    CAPTURE(c.code, verdict_json(verdict, "", 0));
    CHECK(verdict.exit == 1);
    REQUIRE(codes(verdict) == Codes{c.code});
    CHECK(verdict.problems[0].seq == 7U);
    CHECK(verdict.problems[0].file == segment_file(5));
    CHECK(verdict.problems[0].offset == m.forge.line(5).size() + m.forge.line(6).size() + 2);
    CHECK(verdict.records == 7);
  }
}

TEST_CASE("record 0 is genesis, and only record 0") {
  Bent m;
  m.forge.sign(13);
  m.forge.replace(0, "\"type\":\"genesis\"", "\"type\":\"segment.open\"");
  CHECK(codes(m.verify_now()) == Codes{"record.field"});
}

TEST_CASE("segments that are gone, or do not begin where they should, are missed") {
  for (const uint64_t gone : {uint64_t{0}, uint64_t{5}}) {
    Bent m;
    m.forge.sign(13);
    m.forge.write(m.dir);
    std::filesystem::remove(m.dir + "/" + segment_file(gone));
    const Verdict verdict = m.verdict();
    CAPTURE(verdict_json(verdict, "", 0));
    CHECK(codes(verdict) == Codes{"segment.missing"});
    CHECK(verdict.exit == 1);
  }
  Bent last;
  last.forge.sign(13);
  last.forge.write(last.dir);
  std::filesystem::remove(last.dir + "/" + segment_file(9));
  CHECK(codes(last.verdict()) == Codes{"log.truncated"});
  Bent renamed;
  renamed.forge.sign(13);
  renamed.forge.write(renamed.dir);
  std::filesystem::rename(renamed.dir + "/" + segment_file(5), renamed.dir + "/" + segment_file(6));
  CHECK(codes(renamed.verdict()) == Codes{"segment.missing"});
  Bent none;
  none.forge.sign(13);
  none.forge.write(none.dir);
  std::filesystem::remove_all(none.dir + "/seg");
  CHECK(none.verdict().exit == 1);
}

TEST_CASE("writers count without gaps, go forward in time, and answer decisions that wait") {
  struct Case {
    const char* code;  // "" for none
    std::function<void(Forge&)> make;
  };
  const std::string other = "ffeeddccbbaa9988";
  const auto drop = [](Forge& f, uint64_t first, uint64_t last) {
    Draft d;
    draft(Drop{first, last, last - first + 1, "ENOSPC"},
          Made{Forge::kWriter, f.wseq[Forge::kWriter]++, f.ts, f.mono}, d);
    f.add(d);
  };
  Decision denied = std::get<Decision>(decision());
  denied.verdict = "deny";
  Decision shadow = denied;
  shadow.verdict = "would_deny";
  const Case cases[] = {
      {"",
       [&](Forge& f) {
         f.add(decision(), other);
         f.add(outcome(0), other);
       }},
      {"",
       [&](Forge& f) {
         f.add(shadow, other);
         f.add(outcome(0), other);
       }},
      {"writer.gap",
       [&](Forge& f) {
         f.wseq[other] = 1;
         f.add(decision(), other);
       }},
      {"writer.gap",
       [&](Forge& f) {
         ++f.wseq[Forge::kWriter];
         f.add(decision());
       }},
      {"writer.gap",
       [&](Forge& f) {
         --f.wseq[Forge::kWriter];
         f.add(decision());
       }},
      {"",
       [&](Forge& f) {
         f.wseq[Forge::kWriter] += 3;
         drop(f, 12, 14);
         f.add(decision());
       }},
      {"",
       [&](Forge& f) {
         f.wseq[Forge::kWriter] += 3;
         drop(f, 12, 14);
         f.add(outcome(13));
       }},
      {"writer.gap",
       [&](Forge& f) {
         f.wseq[Forge::kWriter] += 3;
         drop(f, 12, 13);
       }},
      {"writer.gap",
       [&](Forge& f) {
         f.wseq[Forge::kWriter] += 3;
         drop(f, 11, 14);
       }},
      {"writer.time",
       [&](Forge& f) {
         f.mono -= 5000;
         f.add(decision());
       }},
      {"outcome.orphan", [&](Forge& f) { f.add(outcome(99)); }},
      {"outcome.orphan", [&](Forge& f) { f.add(outcome(0), other); }},
      {"outcome.orphan",
       [&](Forge& f) {
         f.add(outcome(3));
         f.add(outcome(3));
       }},
      {"outcome.orphan",
       [&](Forge& f) {
         f.add(denied);
         f.add(outcome(12));
       }},
  };
  for (size_t i = 0; i < std::size(cases); ++i) {
    Bent m;
    m.forge.sign(4);
    cases[i].make(m.forge);
    const Verdict verdict = m.verify_now();
    CAPTURE(i, verdict_json(verdict, "", 0));
    CHECK(codes(verdict) == (*cases[i].code == '\0' ? Codes{} : Codes{cases[i].code}));
  }
}

TEST_CASE("a pruned log stands on its tiles, and on the record that says so") {
  const auto pruned = [](uint64_t said, bool tiles) {
    Bent m(600);
    m.forge.segments = {300};
    m.forge.add_raw(
        "{\"by\":\"uid:0\",\"first\":" + std::to_string(said) +
        ",\"mono\":" + std::to_string(m.forge.mono + 1) +
        ",\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"prune\",\"v\":1,\"w\":\"00112233aabbccdd\",\"wseq\":600}");
    m.forge.add(outcome(5), "ffeeddccbbaa9988");  // replaced below: a writer that began before
    m.forge.replace(m.forge.size() - 1, "\"wseq\":0", "\"wseq\":44");
    m.forge.sign(512);
    m.forge.sign(602);  // by who pruned, at once
    m.forge.sign(603);
    m.forge.write(m.dir);
    SystemDisk disk;
    for (uint64_t tile = 0; tiles && tile < 2; ++tile) {
      std::vector<Hash> leaves;
      for (uint64_t i = 0; i < 256; ++i) leaves.push_back(hash_leaf(m.forge.line(tile * 256 + i)));
      REQUIRE(write_tile(m.dir, tile, leaves, disk));
    }
    std::filesystem::remove(m.dir + "/" + segment_file(0));
    // The first line left would be a segment.open; its key is what counts.
    return m.verdict();
  };
  const Verdict fine = pruned(300, true);
  CAPTURE(verdict_json(fine, "", 0));
  CHECK(fine.first_seq == 300);
  CHECK(fine.size == 603);
  CHECK(fine.records == 303);
  CHECK_FALSE(has_code(fine, "segment.missing"));
  CHECK_FALSE(has_code(fine, "root.mismatch"));
  CHECK_FALSE(has_code(fine, "writer.gap"));
  CHECK_FALSE(has_code(fine, "outcome.orphan"));
  CHECK_FALSE(has_code(fine, "prune.unrecorded"));
  CHECK(has_code(pruned(299, true), "prune.unrecorded"));
  CHECK(codes(pruned(300, false)) == Codes{"segment.missing"});
}

TEST_CASE("notes are no problems") {
  Bent m;
  m.forge.ts -= 60'000'000;
  m.forge.add(SessionStart{"1", "fs", "", "npx", 1, 1, 1, "", "", "", "enforce", "written"});
  m.forge.sign(4);
  m.forge.write(m.dir);
  spill(m.dir + "/notes.txt", "hello");
  spill(m.dir + "/seg/notes.txt", "hello");
  (void)make_directories(m.dir + "/tile/0");
  const Verdict verdict = m.verdict();
  check_exit(verdict, 0);
  for (const char* code : {"session.open", "clock.back", "file.unknown", "tail.unsigned"})
    CHECK(has_note(verdict, code));
  m.options.strict = true;
  const Verdict strict = m.verdict();
  CHECK(codes(strict) == Codes{"tail.unsigned"});
  CHECK(strict.exit == 3);
}

TEST_CASE("what cannot be read is an I/O error") {
  VerifyOptions options;
  options.dir = "/nonexistent/log";
  CHECK(verify(options).exit == 4);
  Bent m;
  m.forge.sign(13);
  m.forge.write(m.dir);
  std::filesystem::remove(m.dir + "/" + segment_file(9));
  std::filesystem::create_directory(m.dir + "/" + segment_file(9));
  CHECK(m.verdict().exit == 4);
}

}  // namespace agentmesh::audit::tests
