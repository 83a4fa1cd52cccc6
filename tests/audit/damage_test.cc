// One case at least for every code of verify, and no prefix of a log that it does not know what to make of.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "audit/recover.h"
#include "audit/segment.h"
#include "audit/tiles.h"
#include "base/bytes.h"
#include "tests/audit/forge.h"
#include "tests/audit/logs.h"

using namespace agentmesh;
using namespace agentmesh::audit;
using namespace agentmesh::audit::tests;

namespace {

// A forged log of `records` decisions in three segments, signed at the end.
struct Bent {
  Scratch scratch;
  Forge forge;
  std::string dir = scratch.path() + "/log";
  VerifyOptions options;

  explicit Bent(size_t records = 12) {
    for (size_t i = 0; i < records; ++i) forge.add(decision());
    forge.segments = {5, 9};
    options.dir = dir;
    options.trusted = {forge.key.verifier};
    options.threads = 1;
  }
  Verdict verify_now() {
    forge.write(dir);
    return verify(options);
  }
  Verdict verdict() const { return verify(options); }
};

std::set<std::string> codes(const Verdict& verdict) {
  std::set<std::string> out;
  for (const Problem& p : verdict.problems) out.insert(p.code);
  return out;
}

using Codes = std::set<std::string>;

bool has_note(const Verdict& verdict, const std::string& code) {
  return std::any_of(verdict.notes.begin(), verdict.notes.end(),
                     [&](const Remark& n) { return n.code == code; });
}

void copy_tree(const std::string& from, const std::string& to) {
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(to))
    std::filesystem::permissions(entry.path(), entry.is_directory()
                                                   ? std::filesystem::perms::owner_all
                                                   : std::filesystem::perms::owner_read |
                                                         std::filesystem::perms::owner_write);
}

}  // namespace

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
  const auto swap_text = [](std::string from, std::string to) {
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

TEST_CASE("checkpoints are judged one by one") {
  const Signer stranger = key_number(9, "witness.example/w");
  const Signer impostor = key_number(9);
  {
    Bent m;  // another root under a good signature
    m.forge.sign(4);
    m.forge.write(m.dir);
    TreeHead wrong = m.forge.head(8);
    wrong.size = 9;
    const std::string note = sign_note(wrong.text(), {&m.forge.key});
    spill(m.dir + "/checkpoints", slurp(m.dir + "/checkpoints") + note);
    spill(m.dir + "/checkpoint", note);
    const Verdict verdict = m.verdict();
    CHECK(codes(verdict) == Codes{"root.mismatch"});
    CHECK(verdict.problems[0].seq == 4U);
    CHECK(verdict.problems[0].size == 9U);
  }
  {
    Bent m;  // two roots for one size
    m.forge.sign(9);
    m.forge.write(m.dir);
    TreeHead wrong = m.forge.head(8);
    wrong.size = 9;
    spill(m.dir + "/checkpoints",
          slurp(m.dir + "/checkpoints") + sign_note(wrong.text(), {&m.forge.key}));
    CHECK(codes(m.verdict()) == Codes{"checkpoint.fork"});
  }
  const auto with = [](std::vector<Forge::Sign> signs) {
    Bent m;
    m.forge.signs = std::move(signs);
    return codes(m.verify_now());
  };
  Bent base;
  const Signer& key = base.forge.key;
  CHECK(with({{4, {&key}}, {9, {&key}}}) == Codes{});
  CHECK(with({{9, {&key}}, {4, {&key}}}) == Codes{"checkpoint.order"});
  CHECK(with({{4, {&key}}, {4, {&key}}}) == Codes{"checkpoint.order"});
  CHECK(with({{4, {&key, &stranger}}}) == Codes{});
  CHECK(with({{4, {&stranger}}}) == Codes{"checkpoint.signature"});
  CHECK(with({{4, {&impostor}}}) == Codes{"checkpoint.signature"});
  {
    Bent m;  // one bit of a signature
    m.forge.sign(4);
    m.forge.sign(9);
    m.forge.write(m.dir);
    std::string note = slurp(m.dir + "/checkpoints");
    const size_t dash = note.find(' ', note.find("\xe2\x80\x94", 0) + 4) + 30;
    note[dash] = note[dash] == 'A' ? 'B' : 'A';
    spill(m.dir + "/checkpoints", note);
    CHECK(codes(m.verdict()) == Codes{"checkpoint.signature"});
  }
  {
    Bent
        m;  // an older checkpoint in `checkpoint` is a crash before the rename, a strange one is not
    m.forge.sign(4);
    m.forge.write(m.dir);
    const std::string older = slurp(m.dir + "/checkpoint");
    m.forge.sign(9);
    m.forge.write(m.dir);
    spill(m.dir + "/checkpoint", older);
    const Verdict behind = m.verdict();
    check_exit(behind, 0);
    CHECK(has_note(behind, "checkpoint.behind"));
    m.options.strict = true;
    CHECK(codes(m.verdict()) == Codes{"checkpoint.behind", "tail.unsigned"});
    m.options.strict = false;
    spill(m.dir + "/checkpoint", sign_note(m.forge.head(7).text(), {&m.forge.key}));
    CHECK(codes(m.verdict()) == Codes{"checkpoint.history"});
  }
  {
    Bent m;
    m.forge.sign(4);
    m.forge.write(m.dir);
    const std::string history = slurp(m.dir + "/checkpoints");
    spill(m.dir + "/checkpoint", "nonsense\n");
    CHECK(codes(m.verdict()) == Codes{"checkpoint.form"});
    m.forge.write(m.dir);
    spill(m.dir + "/checkpoints", "x" + history + history);
    CHECK(m.verdict().exit == 1);
    m.forge.write(m.dir);
    spill(m.dir + "/checkpoints", "");
    CHECK(m.verdict().exit == 1);
    m.forge.write(m.dir);
    std::filesystem::remove(m.dir + "/checkpoint");
    CHECK(codes(m.verdict()) == Codes{"checkpoint.missing"});
    std::filesystem::remove(m.dir + "/checkpoints");
    CHECK(codes(m.verdict()) == Codes{"checkpoint.missing"});
    m.forge.write(m.dir);
    std::filesystem::remove(m.dir + "/checkpoints");
    CHECK(codes(m.verdict()) == Codes{"checkpoint.missing"});
  }
  {
    Bent m;  // cut at every length: torn, and never more than that
    m.forge.sign(4);
    m.forge.sign(9);
    m.forge.write(m.dir);
    const std::string history = slurp(m.dir + "/checkpoints");
    const size_t first = history.size() / 2;
    spill(m.dir + "/checkpoint", history.substr(0, first));
    for (size_t cut = first + 1; cut < history.size(); ++cut) {
      spill(m.dir + "/checkpoints", history.substr(0, cut));
      const Verdict verdict = m.verdict();
      REQUIRE(codes(verdict) == Codes{"checkpoints.torn"});
      REQUIRE(verdict.exit == 2);
    }
    spill(m.dir + "/checkpoints", history + std::string(500, '\0'));
    CHECK(codes(m.verdict()) == Codes{"checkpoints.torn"});
  }
}

TEST_CASE("keys: which are trusted, and how they change") {
  const Signer next = key_number(2);
  const auto rotate = [&](Forge& f) {
    f.add_raw("{\"mono\":" + std::to_string(f.mono += 1) + ",\"old\":\"" + f.key.verifier.text() +
              "\",\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"key.rotate\",\"v\":1,\"vkey\":\"" +
              next.verifier.text() + "\",\"w\":\"00112233aabbccdd\",\"wseq\":" +
              std::to_string(f.wseq[Forge::kWriter]++) + "}");
    return f.size() - 1;  // its seq
  };
  {
    Bent m;
    m.forge.sign(13);
    m.options.trusted = {next.verifier};
    CHECK(codes(m.verify_now()) == Codes{"key.mismatch"});
    m.options.trusted = {};
    const Verdict untrusted = m.verdict();
    CHECK(codes(untrusted) == Codes{"key.untrusted"});
    CHECK(untrusted.exit == 3);
    CHECK(untrusted.level == Level::kChain);
    m.options.chain_only = true;
    check_exit(m.verdict(), 0);
    CHECK(m.verdict().level == Level::kChain);
  }
  const auto rotated = [&](auto signs, std::vector<VerifierKey> trusted = {}) {
    Bent m;
    m.forge.sign(4);
    const uint64_t seq = rotate(m.forge);
    for (int i = 0; i < 5; ++i) m.forge.add(decision());
    signs(m.forge, seq);
    if (!trusted.empty()) m.options.trusted = trusted;
    return m.verify_now();
  };
  const auto good = [&](Forge& f, uint64_t s) {
    f.signs.push_back({s + 1, {&f.key, &next}});
    f.signs.push_back({s + 4, {&next}});
  };
  check_exit(rotated(good), 0);
  check_exit(rotated(good, {next.verifier}), 0);
  const Verdict pending = rotated([](Forge&, uint64_t) {});
  check_exit(pending, 0);
  CHECK(has_note(pending, "key.pending"));
  CHECK(codes(rotated([&](Forge& f, uint64_t s) {
          f.signs.push_back({s + 4, {&next}});
        })) == Codes{"key.unsigned"});
  CHECK(codes(rotated([&](Forge& f, uint64_t s) {
          f.signs.push_back({s + 1, {&f.key}});
        })) == Codes{"key.unsigned"});
  CHECK(codes(rotated([&](Forge& f, uint64_t s) {
          f.signs.push_back({s + 1, {&f.key, &next}});
          f.signs.push_back({s + 4, {&f.key}});
        })) == Codes{"key.unsigned"});
  CHECK(codes(rotated([&](Forge& f, uint64_t s) {
          f.signs.push_back({s + 1, {&f.key, &next}});
          static const Signer kThird = key_number(3);
          f.signs.push_back({s + 4, {&kThird}});
        })) == Codes{"checkpoint.signature"});
}

TEST_CASE("an anchor proves that nothing below it was cut or changed") {
  Bent m;
  m.forge.sign(4);
  m.forge.sign(13);
  m.forge.write(m.dir);
  m.options.anchor = m.scratch.path() + "/anchor";
  const auto with = [&](const std::string& bytes) {
    spill(m.options.anchor, bytes);
    return m.verdict();
  };
  for (const uint64_t size : {uint64_t{1}, uint64_t{4}, uint64_t{7}, uint64_t{13}}) {
    const Verdict verdict = with(sign_note(m.forge.head(size).text(), {&m.forge.key}));
    check_exit(verdict, 0);
    CHECK(verdict.level == Level::kAnchored);
    CHECK(verdict.anchor_ok);
  }
  TreeHead ahead = m.forge.head(13);
  ahead.size = 14;
  CHECK(codes(with(sign_note(ahead.text(), {&m.forge.key}))) == Codes{"anchor.ahead"});
  ahead.size = 12;
  CHECK(codes(with(sign_note(ahead.text(), {&m.forge.key}))) == Codes{"anchor.root"});
  const Verdict form = with("hello\n");
  CHECK(codes(form) == Codes{"anchor.form"});
  CHECK(form.exit == 3);
  const Signer other = key_number(7);
  CHECK(codes(with(sign_note(m.forge.head(13).text(), {&other}))) == Codes{"anchor.key"});
  std::filesystem::remove(m.options.anchor);
  CHECK(m.verdict().exit == 4);
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

TEST_CASE("sealed payloads open for their own records only") {
  const Scratch scratch;
  copy_tree("tests/data/audit/state", scratch.path() + "/state");
  const std::string dir = scratch.path() + "/state/audit/main";
  VerifyOptions options;
  options.dir = dir;
  options.trusted = *load_vkeys("tests/data/audit/state/keys/audit/main.vkeys");
  options.blobs = true;
  options.blob_keys_dir = scratch.path() + "/state/keys/blob/main";
  check_exit(verify(options), 0);
  const std::string blob = dir + "/blob/2026-11-18/8723a526277c845d.blob";
  const std::string bytes = slurp(blob);
  std::string bent = bytes;
  bent[40] = static_cast<char>(bent[40] ^ 1);
  spill(blob, bent);
  CHECK(codes(verify(options)) == Codes{"blob.mismatch"});
  spill(blob, bytes.substr(0, bytes.size() / 2));
  CHECK(codes(verify(options)) == Codes{"blob.missing"});
  std::filesystem::remove(blob);
  CHECK(codes(verify(options)) == Codes{"blob.missing"});
  spill(blob, bytes);
  std::filesystem::remove(scratch.path() + "/state/keys/blob/main/2026-11-18.key");
  const Verdict no_key = verify(options);
  CHECK(codes(no_key) == Codes{"blob.key"});
  CHECK(no_key.exit == 3);
}

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
    const std::string part = longer.substr(0, cut);
    std::filesystem::remove(scratch.log() + "/state");
    spill(segment, part);
    spill(scratch.log() + "/checkpoints", three);
    spill(scratch.log() + "/checkpoint",
          three.substr(three.rfind(three.substr(0, three.find('\n') + 1))));
    const Verdict verdict = verify_log(scratch);
    CAPTURE(verdict_json(verdict, "", 0));
    const bool at_line = cut > 0 && part.back() == '\n';
    REQUIRE(verdict.exit == (cut < whole.size() ? 1 : at_line ? 0 : 2));
    if (cut < whole.size()) REQUIRE((has_code(verdict, "log.truncated") || cut == 0));
    // Some of them are recovered for real (each costs the disk's time).
    if (cut % 4 != 0) continue;
    ++recoveries;
    SystemDisk disk;
    const auto recovered = recover(options, disk, real.clock, real.random);
    REQUIRE(recovered.has_value() == (verdict.exit != 1));
    if (!recovered) {
      REQUIRE(slurp(segment) == part);
      continue;
    }
    check_exit(verify_log(scratch, true), 0);
    const std::string now = slurp(segment);
    REQUIRE(now.starts_with(part.substr(0, part.rfind('\n') + 1)));
    if (!at_line) {
      REQUIRE(now.find("\"type\":\"recover\"") != std::string::npos);
      const std::string kept = scratch.log() + "/" + recovered_file(verdict.size);
      REQUIRE(slurp(kept) == part.substr(part.rfind('\n') + 1));
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
       {std::string(4096, '\0'), std::string("{\"a\":\n\n\0\0", 10), std::string("\n\n\0", 3)}) {
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
