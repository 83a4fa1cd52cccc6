// Proofs: right ones from any record to any checkpoint, with and without tiles, and never a wrong one.

#include "audit/prove.h"

#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/read.h"
#include "audit/segment.h"
#include "audit/stored_tree.h"
#include "audit/tiles.h"
#include "base/bytes.h"
#include "base/files.h"
#include "tests/audit/forge.h"
#include "tests/catch.h"

namespace agentmesh::audit::tests {

namespace {

const std::string kState = "tests/data/audit/state";
const std::string kLog = kState + "/audit/main";

std::vector<VerifierKey> keys() { return *load_vkeys(vkeys_path(kState, "main")); }

// A copy that a test may bend.
std::string copy_of(const std::string& log, const Scratch& scratch) {
  const std::string to = scratch.path() + "/copy";
  std::filesystem::copy(log, to, std::filesystem::copy_options::recursive);
  return to;
}

std::vector<uint64_t> signed_sizes() {
  std::vector<uint64_t> sizes;
  for (const HistoryEntry& entry : split_history(slurp(kLog + "/checkpoints"), "").entries)
    sizes.push_back(entry.checkpoint->head.size);
  return sizes;
}

}  // namespace

TEST_CASE("a record is proven against every checkpoint that covers it, and against no other") {
  for (const uint64_t size : signed_sizes()) {
    for (const uint64_t seq :
         {uint64_t{0}, uint64_t{1}, uint64_t{255}, uint64_t{256}, uint64_t{417}, uint64_t{767},
          uint64_t{768}, size - 1, size, uint64_t{999}}) {
      CAPTURE(size, seq);
      const auto proof = prove_record(kLog, seq, size, keys());
      REQUIRE(proof.has_value() == (seq < size));
      if (!proof) {
        CHECK(proof.error().errno_value == kNotCovered);
        continue;
      }
      CHECK(proof->head.size == size);
      CHECK(proof->leaf == hash_leaf(**find_record(kLog, seq)));
      CHECK(inclusion_holds(proof->leaf, seq, size, proof->path, proof->head.root));
      CHECK_FALSE(inclusion_holds(proof->leaf, seq + 1, size, proof->path, proof->head.root));
    }
  }
  CHECK(prove_record(kLog, 3, 984, keys()).error().errno_value == kNotCovered);  // was never signed
}

TEST_CASE("a proof is the text of c2sp.org/tlog-proof: index, path, blank line, checkpoint") {
  const auto proof = prove_record(kLog, 417, std::nullopt, keys());
  REQUIRE(proof);
  std::string text = "c2sp.org/tlog-proof@v1\nindex 417\n";
  for (const Hash& hash : proof->path) text += to_base64(hash) + "\n";
  text += "\n" + slurp(kLog + "/checkpoint");
  CHECK(proof->text() == text);
  const auto grown = prove_consistency(kLog, 400, 985, keys());
  REQUIRE(grown);
  CHECK(grown->text().starts_with("old 400\n"));
  CHECK(grown->text().ends_with("\n\n" + slurp(kLog + "/checkpoint")));
}

TEST_CASE("a proof that was given out is read back whole, and no other text proves the same") {
  const auto record = prove_record(kLog, 417, std::nullopt, keys());
  const auto growth = prove_consistency(kLog, 400, 985, keys());
  REQUIRE((record && growth));
  const Hash before = *StoredTree(kLog).root(400);
  for (const auto& [proof, from] :
       {std::pair{&*record, record->leaf}, std::pair{&*growth, before}}) {
    const std::string text = proof->text();
    CAPTURE(text);
    const auto read = Proof::parse(text);
    REQUIRE(read);
    CHECK(read->text() == text);
    CHECK(read->first == proof->first);
    CHECK(read->path == proof->path);
    CHECK(read->head.size == proof->head.size);
    REQUIRE(proves(text, from, keys()));
    CHECK(proves(text, from, {}));
    CHECK_FALSE(proves(text, hash_leaf("another record"), keys()));
    const std::vector<VerifierKey> strange = {key_number(9, keys()[0].name).verifier};
    CHECK_FALSE(proves(text, from, strange));
    for (size_t cut = 0; cut < text.size(); ++cut) {
      CAPTURE(cut);
      REQUIRE_FALSE(Proof::parse(text.substr(0, cut)));
    }
    for (size_t at = 0; at < text.size(); ++at)
      for (const int bit : {0, 1, 5}) {
        std::string bent = text;
        bent[at] = static_cast<char>(bent[at] ^ (1 << bit));
        CAPTURE(at, bit);
        REQUIRE_FALSE(proves(bent, from, keys()));
      }
    // A hash more or less.
    const size_t second = text.find('\n', text.find("\n\n") - 1);
    std::string longer = text;
    longer.insert(second + 1, to_base64(from) + "\n");
    CHECK(Proof::parse(longer));
    CHECK_FALSE(proves(longer, from, keys()));
  }
  for (const char* head :
       {"index 1\n", "old 01\n", "old -1\n", "old 18446744073709551616\n", "old 1 \n",
        "c2sp.org/tlog-proof@v1\nindex\n", "c2sp.org/tlog-proof@v2\nindex 1\n"}) {
    CAPTURE(head);
    CHECK_FALSE(Proof::parse(head + ("\n" + record->checkpoint)));
  }
}

TEST_CASE("a log is proven to have grown from any size to any signed one") {
  for (const uint64_t size : signed_sizes())
    for (const uint64_t old : {uint64_t{0}, uint64_t{1}, uint64_t{255}, uint64_t{256},
                               uint64_t{400}, uint64_t{777}, size - 1, size, size + 1}) {
      CAPTURE(old, size);
      const auto proof = prove_consistency(kLog, old, size, keys());
      REQUIRE(proof.has_value() == (old <= size));
      if (!proof) continue;
      const auto root = StoredTree(kLog, StoredTree::From::kLinesAlone).root(old);
      REQUIRE(root);
      CHECK(consistency_holds(old, *root, size, proof->head.root, proof->path));
    }
}

TEST_CASE("proofs need no tiles, and wrong tiles do no harm while the lines are there") {
  const Scratch scratch;
  const std::string log = copy_of(kLog, scratch);
  const auto whole = prove_record(kLog, 300, std::nullopt, keys());
  REQUIRE(whole);
  SECTION("gone") { std::filesystem::remove_all(log + "/tile"); }
  SECTION("a level-0 tile bent") { spill(log + "/" + tile_file(0, 1), std::string(8192, 'x')); }
  SECTION("an upper tile bent") { spill(log + "/" + tile_file(1, 0), std::string(96, 'x')); }
  SECTION("a tile cut short") { spill(log + "/" + tile_file(0, 0), std::string(33, 'x')); }
  const auto proof = prove_record(log, 300, std::nullopt, keys());
  REQUIRE(proof);
  CHECK(proof->text() == whole->text());
}

TEST_CASE("a record that was changed is not proven, and a strange checkpoint is not taken") {
  const Scratch scratch;
  const std::string log = copy_of(kLog, scratch);
  SECTION("one letter of the line") {
    const std::string file = log + "/" + segment_file(321);
    std::string lines = slurp(file);
    const size_t at = lines.find("\"ts\":1", lines.find("\"seq\":417,"));
    REQUIRE(at != std::string::npos);
    lines[at + 5] = '2';
    spill(file, lines);
    CHECK(prove_record(log, 417, std::nullopt, keys()).error().errno_value == kDisagrees);
    CHECK(prove_record(log, 5, std::nullopt, keys()));  // its neighbours' tiles still vouch for it
  }
  SECTION("a checkpoint by another key") {
    const Signer stranger = key_number(9, keys()[0].name);
    const auto real = Checkpoint::parse(slurp(log + "/checkpoint"));
    spill(log + "/checkpoint", sign_note(real->head.text(), {&stranger}));
    CHECK(prove_record(log, 5, std::nullopt, keys()).error().errno_value == kDisagrees);
  }
  SECTION("records that are gone are named, not those that stand behind them") {
    const auto segments = list_segments(log);
    REQUIRE(segments->size() > 2);
    const uint64_t gone = (*segments)[1];
    std::filesystem::remove(log + "/" + segment_file(gone));
    std::filesystem::remove_all(log + "/tile");
    const auto proof = prove_record(log, gone + 1, std::nullopt, keys());
    REQUIRE_FALSE(proof);
    CHECK(proof.error().what == fmt::format("record {} is not here", gone + 1));
    const auto leaves = leaves_of_lines(log, 0, 100'000);
    REQUIRE(leaves);
    CHECK(leaves->size() == gone);
  }
  SECTION("no checkpoint") {
    std::filesystem::remove(log + "/checkpoint");
    CHECK(prove_record(log, 5, std::nullopt, keys()).error().errno_value == ENOENT);
  }
}

}  // namespace agentmesh::audit::tests
