// A campaign of damage: every shape of log (shapes.h), every kind of damage (damages.h), and what verify must never do: crash,
// miss what it is there to notice, or claim what is not so.
//
// What it claims is held against the bytes that were there before: with exit 0 (or 2), the first `checkpoint.size` lines are
// the very lines that were signed. A limit is where it may say nothing, and says nothing false.

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include "base/json.h"
#include "tests/audit/damages.h"
#include "tests/audit/logs.h"
#include "tests/fault_disk.h"

namespace agentmesh::audit::tests {

namespace {

namespace fs = std::filesystem;

struct Damaged {
  const Scratch scratch;
  std::string dir = scratch.path() + "/state";
  std::string log = dir + "/audit/main";
  std::string anchor = scratch.path() + "/anchor";

  explicit Damaged(const Case& c) {
    write_files(dir, c.files);
    if (c.after) c.after(dir);
    spill(anchor, c.shape.files.at(std::string(kLog) + "checkpoint"));
  }
  // As `audit verify` does it; keys that cannot be read are a refusal with exit 3.
  std::optional<Verdict> verdict(const Case& c, bool strict, bool anchored) const {
    VerifyOptions what;
    what.dir = log;
    const std::string path = vkeys_path(dir, "main");
    if (fs::exists(path)) {
      const auto keys = load_vkeys(path);
      if (!keys) return std::nullopt;
      what.trusted = *keys;
    }
    what.strict = strict;
    if (anchored) what.anchor = anchor;
    what.blobs = c.shape.sealed;
    what.blob_keys_dir = blob_keys_directory(dir, "main");
    what.threads = 1;
    return verify(what);
  }
};

bool names_something(const Verdict& verdict) {
  return std::any_of(verdict.problems.begin(), verdict.problems.end(), [](const Problem& p) {
    return !p.file.empty() || p.seq || p.size || p.code == "io" || p.code.starts_with("key.") ||
           p.code.starts_with("anchor.") || p.message.find("checkpoint") != std::string::npos;
  });
}

// The first `count` records are the very ones that were there before (or, where they were pruned, their leaves).
bool are_the_old_ones(const Case& c, const std::string& log, uint64_t first_seq, uint64_t count) {
  if (first_seq != c.shape.first_seq || count > first_seq + c.shape.lines.size()) return false;
  Intruder now(log);
  const auto& lines = now.lines();
  for (uint64_t i = 0; first_seq + i < count; ++i)
    if (i >= lines.size() || lines[i].text != c.shape.lines[i]) return false;
  for (uint64_t at = 0; at < std::min(first_seq, count); ++at) {
    const std::string name = std::string(kLog) + tile_file(0, at / 256);
    const std::string tile = slurp(log + "/" + tile_file(0, at / 256));
    if (tile.compare(at % 256 * 32, 32, c.shape.files.at(name), at % 256 * 32, 32) != 0)
      return false;
  }
  return true;
}

void check_claims(const Case& c, const std::string& log, const Verdict& verdict) {
  const std::string json = verdict_json(verdict, "DIR", 0);
  CAPTURE(json);
  json::Reader reader;
  CHECK(reader.read(json).fault == json::Fault::kNone);
  CHECK_FALSE(verdict_text(verdict, "DIR").empty());
  if (verdict.exit == 1 || verdict.exit == 4) {
    CHECK(names_something(verdict));
    return;
  }
  if (verdict.level == Level::kChain) {
    CHECK(verdict.exit == 3);
    return;
  }
  REQUIRE(verdict.checkpoint);
  CHECK(verdict.checkpoint->size + verdict.unsigned_records == verdict.size);
  CHECK(verdict.first_seq + verdict.records == verdict.size);
  if (!c.by_key_holder)
    CHECK(are_the_old_ones(c, log, verdict.first_seq, verdict.checkpoint->size));
  if (verdict.level == Level::kAnchored) {
    CHECK(are_the_old_ones(c, log, verdict.first_seq, c.shape.signed_size));
  }
}

// Whoever writes on, as if nothing had happened, makes nothing good that is not.
void check_written_on(const Case& c, const Damaged& damaged, Expect expect) {
  Options options;
  options.state_dir = damaged.dir;
  options.on_damage = OnDamage::kDeny;
  SystemClock clock;
  SystemRandom random;
  agentmesh::tests::HastyDisk disk;
  {
    const auto log = Log::open(options, disk, clock, random);
    if (!log) return;
    for (int i = 0; i < 3; ++i) {
      const Appended written = settle(**log, decision());
      if (written) continue;
      // It may refuse, in words: today's key, say, was among what was damaged.
      REQUIRE_FALSE(written.error().what.empty());
      break;
    }
  }
  for (const bool anchored : {false, true}) {
    const auto verdict = damaged.verdict(c, false, anchored);
    if (!verdict || verdict->exit == 1 || verdict->exit >= 3) continue;
    // What was cut back, or never signed, is the anchor's business alone.
    if (!anchored && (expect == Expect::kLimit || c.by_key_holder)) continue;
    CAPTURE(anchored, verdict_json(*verdict, "", 0));
    CHECK(are_the_old_ones(c, damaged.log, verdict->first_seq, c.shape.signed_size));
  }
}

size_t number_of(const char* variable, size_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? static_cast<size_t>(std::atoll(text)) : otherwise;
}

}  // namespace

TEST_CASE("every shape of log verifies before anything is done to it") {
  for (const Shape& shape : shapes()) {
    CAPTURE(shape.name);
    std::mt19937 random(1);
    const Case c(shape, random);
    const Damaged damaged(c);
    for (const bool anchored : {false, true}) {
      const auto verdict =
          damaged.verdict(c, shape.signed_size == shape.first_seq + shape.lines.size(), anchored);
      check_exit(*verdict, 0);
      check_claims(c, damaged.log, *verdict);
      CHECK(verdict->level == (anchored ? Level::kAnchored : Level::kSigned));
      CHECK(verdict->checkpoint->size == shape.signed_size);
      CHECK(verdict->size == shape.first_seq + shape.lines.size());
    }
  }
}

TEST_CASE("whatever is done to a log, verify notices, or says no more than is so") {
  // More of them, or others: AGENTMESH_DAMAGE_ROUNDS=100 AGENTMESH_DAMAGE_SEED=1 audit_test 'whatever is done*'
  const size_t rounds = number_of("AGENTMESH_DAMAGE_ROUNDS", 2);
  const size_t seed = number_of("AGENTMESH_DAMAGE_SEED", 20261118);
  size_t done = 0;
  for (size_t round = 0; round < rounds; ++round)
    for (const Shape& shape : shapes())
      for (const Damage& damage : damages()) {
        const auto number = static_cast<unsigned>(seed + 1'000'003 * ++done);
        std::mt19937 random(number);
        Case c(shape, random);
        CAPTURE(shape.name, damage.name, round, number);
        Answer expect = damage.apply(c);
        if (!expect || (c.files == shape.files && !c.after)) continue;
        // Now and then a second damage: it may hide the first, but nothing false is said.
        const bool two = random() % 8 == 0 && !c.by_key_holder && !c.after;
        if (two) {
          harm_anything(c);
          expect = Expect::kLimit;
        }
        CAPTURE(two);
        const Damaged damaged(c);
        const auto plain = damaged.verdict(c, false, false);
        if (!plain) continue;  // the keys do not read: a refusal
        check_claims(c, damaged.log, *plain);
        const auto strict = *damaged.verdict(c, true, false);
        check_claims(c, damaged.log, strict);
        const auto anchored = *damaged.verdict(c, false, true);
        check_claims(c, damaged.log, anchored);
        CAPTURE(verdict_json(*plain, "", 0));
        if (*expect == Expect::kNoticed) CHECK(plain->exit != 0);
        if (*expect == Expect::kStrict) CHECK(strict.exit != 0);
        if (number % 4 == 0 && !c.after && !two) check_written_on(c, damaged, *expect);
      }
}

}  // namespace agentmesh::audit::tests
