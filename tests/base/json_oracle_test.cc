// Reader and View against the slow reader, and against simdjson where both speak of the same thing, on texts that nobody
// wrote by hand.

#include "tests/base/json_oracle.h"

#include <random>

#include <simdjson.h>

#include "tests/catch.h"

namespace agentmesh::json {
namespace {

// Makes texts from a seed; the same on every machine.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::string document() {
    out_.clear();
    blanks();
    switch (below(8)) {
      case 0: value(0); break;
      case 1: list(0, '[', ']'); break;
      default: list(0, '{', '}');
    }
    blanks();
    return out_;
  }

  // `text` with a few accidents.
  std::string mutated(std::string text) {
    for (size_t accidents = 1 + below(3); accidents > 0; --accidents) {
      const size_t at = below(text.size() + 1);
      switch (below(7)) {
        case 0: text.insert(at, pick(kNasty)); break;
        case 1: text.erase(at, 1 + below(3)); break;
        case 2: text.resize(at); break;
        case 3:
          if (at < text.size()) text[at] = static_cast<char>(below(256));
          break;
        case 4: {
          const std::string piece = text.substr(at, below(12));
          text.insert(below(text.size() + 1), piece);
          break;
        }
        case 5:
          if (at < text.size()) text[at] = static_cast<char>(text[at] ^ 1 << below(8));
          break;
        default:
          if (at < text.size()) std::swap(text[at], text[below(text.size())]);
      }
    }
    return text;
  }

 private:
  static constexpr std::string_view kNasty[] = {"\"",
                                                "\\",
                                                "{",
                                                "}",
                                                "[",
                                                "]",
                                                ",",
                                                ":",
                                                "\\u",
                                                "\\ud800",
                                                "\\udc00",
                                                "\\u0000",
                                                "0",
                                                "-",
                                                ".",
                                                "e",
                                                "E+",
                                                "1",
                                                "true",
                                                "null",
                                                "/",
                                                "//",
                                                " ",
                                                "\t",
                                                "\n",
                                                "\r",
                                                "\x1f",
                                                "\x7f",
                                                "\x80",
                                                "\xc3",
                                                "\xc0\x80",
                                                "\xe2\x80\xa8",
                                                "\xed\xa0\x80",
                                                "\xf0\x9f\x98\x80",
                                                "\xef\xbb\xbf",
                                                "\"\"",
                                                "{}",
                                                "[]",
                                                "\"a\":",
                                                "\"\\u0061\":1,"};
  static constexpr std::string_view kStrings[] = {"",
                                                  "a",
                                                  "b",
                                                  "\\u0061",
                                                  "\\u0062",
                                                  "id",
                                                  "key",
                                                  "k\\u0065y",
                                                  "a/",
                                                  "a\\/",
                                                  "é",
                                                  "\\u00e9",
                                                  "\\u00E9",
                                                  "😀",
                                                  "\\ud83d\\ude00",
                                                  "\\ud83d",
                                                  "\\ude00",
                                                  "\\n",
                                                  "\\u000a",
                                                  "\\\\",
                                                  "\\\"",
                                                  "}",
                                                  "]",
                                                  "{[",
                                                  "\\u0000",
                                                  "0123456789abcdefghijklmnop",
                                                  "0123456789abcde\\\"",
                                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\\\"};
  static constexpr std::string_view kNumbers[] = {"0",
                                                  "-0",
                                                  "1",
                                                  "-17",
                                                  "1.5",
                                                  "1e5",
                                                  "1E-7",
                                                  "0.0e+0",
                                                  "123456789012345678901",
                                                  "-9223372036854775808",
                                                  "1e400"};

  size_t below(size_t limit) { return random_() % limit; }
  template <size_t N>
  std::string_view pick(const std::string_view (&from)[N]) {
    return from[below(N)];
  }

  void blanks() {
    if (below(4) != 0) return;
    for (size_t i = below(4); i > 0; --i) out_ += " \t\r\n"[below(4)];
  }
  void string() {
    out_ += '"';
    for (size_t i = 1 + below(2); i > 0; --i) out_ += pick(kStrings);
    out_ += '"';
  }
  void value(size_t depth) {
    switch (below(depth < 6 ? 8 : 5)) {
      case 0: out_ += pick(kNumbers); break;
      case 1: out_ += below(2) == 0 ? "true" : "false"; break;
      case 2: out_ += "null"; break;
      case 3:
      case 4: string(); break;
      case 5: list(depth, '[', ']'); break;
      default: list(depth, '{', '}');
    }
  }
  void list(size_t depth, char open, char close) {
    out_ += open;
    blanks();
    const size_t count = below(16) == 0 ? below(40) : below(5);
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) {
        out_ += ',';
        blanks();
      }
      if (open == '{') {
        string();
        blanks();
        out_ += ':';
        blanks();
      }
      value(depth + (count > 5 ? 3 : 1));
      blanks();
    }
    out_ += close;
  }

  std::mt19937 random_;
  std::string out_;
};

TEST_CASE("generated texts are read as the slow reader reads them") {
  Maker maker(20261118);
  Reader reader;
  size_t repeated = 0;
  size_t lone = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string text = maker.document();
    const std::string wrong = tests::difference(reader, text);
    if (!wrong.empty()) FAIL(wrong << "\nin: " << text);
    const Report& report = reader.read(text);
    REQUIRE(report.fault == Fault::kNone);
    repeated += report.repeated_keys.size();
    if (report.lone_surrogate) ++lone;
  }
  CHECK(repeated > 500);  // or the generator does not try hard enough
  CHECK(lone > 100);
}

TEST_CASE("mutated texts are refused at the same byte, or read alike") {
  Maker maker(8259);
  Reader reader;
  size_t accepted = 0;
  constexpr size_t kTexts = 20'000;
  for (size_t i = 0; i < kTexts; ++i) {
    const std::string text = maker.mutated(maker.document());
    const std::string wrong = tests::difference(reader, text);
    if (!wrong.empty()) FAIL(wrong << "\nin: " << text);
    if (reader.read(text).fault == Fault::kNone) ++accepted;
  }
  CHECK(accepted > kTexts / 20);
  CHECK(accepted < kTexts / 2);
}

TEST_CASE("a text cut at any byte is refused or read alike") {
  Maker maker(42);
  Reader reader;
  for (int i = 0; i < 60; ++i) {
    const std::string text = maker.document();
    for (size_t size = 0; size <= text.size(); ++size) {
      const std::string wrong = tests::difference(reader, std::string_view(text).substr(0, size));
      if (!wrong.empty()) FAIL(wrong << "\nin: " << text.substr(0, size));
    }
  }
}

TEST_CASE("simdjson accepts what we accept, but for numbers and surrogates it cannot hold") {
  Maker maker(312);
  Reader reader;
  simdjson::dom::parser parser;
  size_t both = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = i % 2 == 0 ? maker.document() : maker.mutated(maker.document());
    const Report& report = reader.read(text);
    if (report.fault == Fault::kByteOrderMark) continue;  // newer versions skip the mark
    const simdjson::error_code error = parser.parse(text).error();
    CAPTURE(text, simdjson::error_message(error));
    if (error == simdjson::SUCCESS) {
      REQUIRE(report.fault == Fault::kNone);
      ++both;
    } else if (report.fault == Fault::kNone) {
      const std::string_view why =
          simdjson::error_message(error);  // newer versions have two codes for numbers
      const bool number =
          why.find("number") != std::string::npos || why.find("integer") != std::string::npos;
      const bool surrogate = error == simdjson::STRING_ERROR && report.lone_surrogate;
      REQUIRE((number || surrogate));
    }
  }
  CHECK(both > 2000);
}

}  // namespace
}  // namespace agentmesh::json
