#include "policy/scan/decode.h"

#include "policy/scan/encoded.h"
#include "policy/scan/hit.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

TEST_CASE("percent escapes are decoded once") {
  CHECK(percent_decode("a%20b").text == "a b");
  CHECK(percent_decode("%2541").text == "%41");
  CHECK(percent_decode("%u0041%U00e9").text == "A\xC3\xA9");
  CHECK(percent_decode("%c0%af").text == "/");
  CHECK(percent_decode("%c0%af").overlong);
  CHECK(percent_decode("%e0%80%ae%f0%80%80%ae").text == "..");
  CHECK(percent_decode("100%, %zz, %4").text == "100%, %zz, %4");
  CHECK_FALSE(percent_decode("100%").changed);
}

TEST_CASE("folding gives ASCII, and the way back") {
  const std::string text =
      "\xEF\xBC\xA1\xE2\x80\x8B"
      "b\xF0\x9D\x90\x9A\xC3\xA9";
  const Folded folded = fold(text);
  CHECK(folded.text == "Aba\xC3\xA9");
  CHECK(folded.changed);
  CHECK(folded.map[0] == 0);
  CHECK(folded.map[1] == 6);
  CHECK(folded.map[2] == 7);
  CHECK(folded.map[3] == 11);
  CHECK(folded.map[folded.text.size()] == text.size());
  CHECK_FALSE(fold("caf\xC3\xA9").changed);
  const Folded kept = fold("caf\xC3\xA9 au lait\x01.");  // both bytes of a character are its own
  const std::vector<size_t> from = {0, 1, 2, 3, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15};
  REQUIRE(kept.text.size() + 1 == from.size());
  for (size_t i = 0; i < from.size(); ++i) CHECK(kept.map[i] == from[i]);
  CHECK(is_plain("plain\n\t"));
  CHECK_FALSE(is_plain("a\x01"));
}

TEST_CASE("encoded pieces are found inside a text") {
  const std::vector<Encoded> found =
      find_encoded("x: aGVsbG8gdGhlcmUsIGZyaWVuZA== and 68656c6c6f2074686572652c20667269656e64.");
  REQUIRE(found.size() == 2);
  CHECK(found[0].content == "hello there, friend");
  CHECK(found[0].begin == 3);
  CHECK(found[0].end == 31);
  CHECK(found[1].content == "hello there, friend");
  CHECK(find_encoded("an/ordinary/path/with_some-long_names/in_it").empty());
  CHECK(find_encoded("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08").empty());
}

TEST_CASE("character references of ASCII are decoded once") {
  CHECK(html_decode("a&lt;b&#59;&#x3b;&amp;lt;") == "a<b;;&lt;");
  CHECK(html_decode("&nosuch; &#999999; & &;") == "&nosuch; &#999999; & &;");
}

TEST_CASE("offsets of content become offsets of its JSON spelling") {
  const std::string raw = "\"a\\n\\u00e9\\ud83d\\ude00\xC3\xA9z\"";  // content: a LF é 😀 é z
  std::vector<size_t> offsets = {0, 1, 2, 4, 8, 10, 11, 99};
  to_raw_offsets(raw, offsets);
  CHECK(offsets == std::vector<size_t>{1, 2, 4, 10, 22, 24, 25, 25});
}

TEST_CASE("a hit is kept once, with its highest severity") {
  using agentmesh::policy::Severity;
  std::vector<Hit> hits;
  add_hit(hits, {"x.y", Severity::kLow, 1, 2});
  add_hit(hits, {"x.y", Severity::kHigh, 1, 2});
  add_hit(hits, {"x.y", Severity::kLow, 3, 4});
  CHECK(hits.size() == 2);
  CHECK(hits[0].severity == Severity::kHigh);
  CHECK(has_hit(hits, "x."));
  CHECK_FALSE(has_hit(hits, "z"));
}

}  // namespace agentmesh::policy::scan
