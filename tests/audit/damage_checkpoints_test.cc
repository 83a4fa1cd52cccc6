// What is wrong with checkpoints, keys, anchors and payloads, one case at least for each code.

#include <filesystem>
#include <string>
#include <vector>

#include "tests/audit/bent.h"

namespace agentmesh::audit::tests {

namespace {

void copy_tree(const std::string& from, const std::string& to) {
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(to))
    std::filesystem::permissions(entry.path(), entry.is_directory()
                                                   ? std::filesystem::perms::owner_all
                                                   : std::filesystem::perms::owner_read |
                                                         std::filesystem::perms::owner_write);
}

}  // namespace

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
  CHECK(with({{4, {&key}}, {9, {&key}}}) == kNoCodes);
  CHECK(with({{9, {&key}}, {4, {&key}}}) == Codes{"checkpoint.order"});
  CHECK(with({{4, {&key}}, {4, {&key}}}) == Codes{"checkpoint.order"});
  CHECK(with({{4, {&key, &stranger}}}) == kNoCodes);
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
  const auto rotated = [&](auto signs, const std::vector<VerifierKey>& trusted = {}) {
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
  const Verdict announced = rotated([&](Forge& f, uint64_t s) {
    f.signs.push_back({s + 4, {&next}});
  });
  CHECK(codes(announced) == Codes{"key.unsigned"});
  REQUIRE(announced.checkpoint);
  CHECK(announced.checkpoint->size ==
        4);  // what the key that is only announced signed proves nothing
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

}  // namespace agentmesh::audit::tests
