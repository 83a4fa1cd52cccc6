#include "audit/note.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "audit/checkpoint.h"
#include "base/bytes.h"
#include "base/json.h"
#include "tests/audit/scratch.h"
#include "tests/catch.h"

namespace agentmesh::audit {

using agentmesh::audit::tests::slurp;
using agentmesh::audit::tests::spill;

namespace {

struct Vectors {
  Vectors() : text(slurp("tests/data/audit/notes.json")) { (void)reader.read(text); }
  std::string get(std::string_view key) const { return reader.root().find(key).string(); }
  std::string text;
  json::Reader reader;
};

}  // namespace

TEST_CASE("keys and notes come out as in the vectors") {
  const Vectors v;
  const auto signer = Signer::parse(v.get("skey"));
  REQUIRE(signer);
  CHECK(signer->text() == v.get("skey"));
  CHECK(signer->verifier.text() == v.get("vkey"));
  CHECK(to_hex(signer->verifier.id) == v.get("key_id"));
  CHECK(sign_note(v.get("text"), {&*signer}) == v.get("note"));
  const auto key = VerifierKey::parse(v.get("vkey"));
  REQUIRE(key);
  CHECK(*key == signer->verifier);

  const auto note = Note::parse(v.get("note"));
  REQUIRE(note);
  CHECK(signed_by(*note, *key) == Signed::kYes);
  const auto two = Checkpoint::parse(v.get("note_two_keys"));
  REQUIRE(two);
  CHECK(two->head.size == 8);
  CHECK(signed_by(two->note, *key) == Signed::kYes);
  CHECK(signed_by(two->note, *VerifierKey::parse(v.get("vkey_two"))) == Signed::kYes);
  const auto stranger = Checkpoint::parse(v.get("note_with_stranger"));
  REQUIRE(stranger);
  CHECK(signed_by(stranger->note, *key) == Signed::kYes);

  const json::View c2sp = v.reader.root().find("c2sp_example");
  const auto example = Note::parse(c2sp.find("note").string());
  REQUIRE(example);
  CHECK(signed_by(*example, *VerifierKey::parse(c2sp.find("vkey").string())) == Signed::kYes);
}

TEST_CASE("notes that must fail do") {
  const Vectors v;
  const auto key = VerifierKey::parse(v.get("vkey"));
  REQUIRE(key);
  for (const json::View each : v.reader.root().find("must_fail").elements()) {
    CAPTURE(each.find("why").string());
    const auto checkpoint = Checkpoint::parse(each.find("note").string());
    CHECK((!checkpoint || signed_by(checkpoint->note, *key) != Signed::kYes));
  }
}

TEST_CASE("keys that are not exactly of the form are refused") {
  const Vectors v;
  const std::string good = v.get("vkey");
  for (const std::string& bad :
       {good.substr(1), good + "A", good.substr(0, good.size() - 1), std::string(),
        std::string("a+b+c"), "x" + good, v.get("skey"), std::string("a b") + good}) {
    CAPTURE(bad);
    CHECK_FALSE(VerifierKey::parse(bad));
  }
  CHECK_FALSE(is_key_name("a b"));
  CHECK_FALSE(is_key_name("a+b"));
  CHECK_FALSE(
      is_key_name("a\xc2\xa0"
                  "b"));
  CHECK_FALSE(
      is_key_name("a\xe2\x80\x83"
                  "b"));
  CHECK(
      is_key_name("a\xe2\x80\x94"
                  "b"));
}

TEST_CASE("a note cut at any length is no note, and a flipped byte never leaves it signed") {
  const Vectors v;
  const std::string good = v.get("note");
  const auto key = VerifierKey::parse(v.get("vkey"));
  for (size_t i = 0; i < good.size(); ++i)
    CHECK_FALSE(Checkpoint::parse(std::string_view(good).substr(0, i)));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bent = good;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    const auto checkpoint = Checkpoint::parse(bent);
    CHECK((!checkpoint || signed_by(checkpoint->note, *key) != Signed::kYes));
  }
}

TEST_CASE(
    "a history is split into its notes wherever it is cut, and says where a torn end begins") {
  const std::string bytes = slurp("tests/data/audit/state/audit/main/checkpoints");
  const std::string origin = bytes.substr(0, bytes.find('\n'));
  const History whole = split_history(bytes, origin);
  REQUIRE(whole.entries.size() == 7);
  CHECK_FALSE(whole.torn_at);
  CHECK(whole.entries.back().checkpoint->head.size == 985);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    CAPTURE(cut);
    const History part = split_history(std::string_view(bytes).substr(0, cut), origin);
    const auto whole_notes = static_cast<size_t>(
        std::count_if(whole.entries.begin(), whole.entries.end(),
                      [&](const HistoryEntry& e) { return e.offset + e.bytes <= cut; }));
    REQUIRE(part.entries.size() == whole_notes);
    const uint64_t end = whole_notes == 0 ? 0
                                          : whole.entries[whole_notes - 1].offset +
                                                whole.entries[whole_notes - 1].bytes;
    REQUIRE(part.torn_at.value_or(cut) == (end == cut ? cut : end));
  }
  // Damage in the middle costs one note, not the rest.
  std::string bent = bytes;
  bent[whole.entries[2].offset + origin.size() + 1] = 'x';
  const History damaged = split_history(bent, origin);
  REQUIRE(damaged.entries.size() == 7);
  CHECK_FALSE(damaged.entries[2].checkpoint);
  CHECK(damaged.entries[3].checkpoint);
  const History zeros = split_history(bytes + std::string(100, '\0'), origin);
  CHECK(zeros.entries.size() == 7);
  CHECK(zeros.torn_at == bytes.size());
}

TEST_CASE("openssl agrees that a checkpoint is signed") {
  if (std::system("openssl version > /dev/null 2>&1") != 0) {
    WARN("openssl is not here: not checked");
    return;
  }
  const Vectors v;
  const audit::tests::Scratch scratch;
  const auto key = VerifierKey::parse(v.get("vkey"));
  const auto note = Note::parse(v.get("note"));
  REQUIRE(note);
  // SubjectPublicKeyInfo of an Ed25519 key (RFC 8410).
  std::string der("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
  der.append(reinterpret_cast<const char*>(key->public_key.data()), key->public_key.size());
  spill(scratch.path() + "/pub.pem",
        "-----BEGIN PUBLIC KEY-----\n" + to_base64(as_bytes(der)) + "\n-----END PUBLIC KEY-----\n");
  spill(scratch.path() + "/text", note->text);
  spill(scratch.path() + "/sig", note->signatures[0].bytes);
  const std::string command =
      "cd " + scratch.path() +
      " && openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in text -sigfile sig > /dev/null 2>&1";
  CHECK(std::system(command.c_str()) == 0);
  spill(scratch.path() + "/text", note->text + "x");
  CHECK(std::system(command.c_str()) != 0);
}

}  // namespace agentmesh::audit
