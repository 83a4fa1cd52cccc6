#include "audit/verify.h"

#include <algorithm>
#include <string>
#include <vector>

#include "audit/keys.h"
#include "audit/verdict_text.h"
#include "base/json.h"
#include "tests/audit/scratch.h"
#include "tests/catch.h"

namespace agentmesh::audit {

using audit::tests::slurp;

namespace {

const std::string kData = "tests/data/audit/";

std::vector<VerifierKey> trusted_keys() {
  auto keys = load_vkeys(kData + "state/keys/audit/main.vkeys");
  REQUIRE(keys);
  return *keys;
}

// The same value, whatever the order of members; `message` texts are free.
bool same(json::View a, json::View b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_object()) {
    size_t members = 0;
    for (const auto& member : a.members()) {
      ++members;
      const std::string key = member.key.string();
      if (key != "message" && !same(member.value, b.find(key))) return false;
    }
    size_t others = 0;
    for ([[maybe_unused]] const auto& member : b.members()) ++others;
    return members == others;
  }
  if (a.is_array()) {
    size_t i = 0;
    for (const json::View each : a.elements())
      if (!same(each, b.at(i++))) return false;
    return !b.at(i).present();
  }
  return a.raw() == b.raw();
}

}  // namespace

TEST_CASE("verify says of each vector exactly what is expected") {
  const std::string text = slurp(kData + "expected.json");
  json::Reader reader;
  REQUIRE(reader.read(text).fault == json::Fault::kNone);
  for (const auto& variant : reader.root().members()) {
    const std::string name = variant.key.string();
    CAPTURE(name);
    VerifyOptions options;
    options.dir = kData + name.substr(0, name.find(' '));
    options.trusted = trusted_keys();
    std::string previous;
    for (const json::View arg : variant.value.find("args").elements()) {
      if (previous == "--anchor") options.anchor = kData + arg.string();
      previous = arg.string();
    }
    for (const unsigned threads : {1U, 3U}) {
      options.threads = threads;
      const std::string got = verdict_json(verify(options), options.dir, 1);
      CAPTURE(got);
      json::Reader got_reader;
      REQUIRE(got_reader.read(got).fault == json::Fault::kNone);
      const json::View answer = got_reader.root();
      for (const auto& expected : variant.value.members()) {
        const std::string key = expected.key.string();
        if (key == "args" || key == "notes") continue;
        CAPTURE(key, expected.value.raw());
        CHECK(same(expected.value, answer.find(key)));
      }
      for (const json::View note : variant.value.find("notes").elements()) {
        CAPTURE(note.raw());
        bool found = false;
        for (const json::View each : answer.find("notes").elements())
          found = found || same(note, each);
        CHECK(found);
      }
    }
  }
}

}  // namespace agentmesh::audit
