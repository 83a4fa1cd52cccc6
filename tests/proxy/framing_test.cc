#include "proxy/framing.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "proxy/oversize.h"
#include "tests/catch.h"

namespace agentmesh::proxy {
namespace {

// What a reader sees of a stream that comes in pieces of `step` bytes: each line as text, as "<kind size id>" where it is
// not whole.
std::vector<std::string> lines_of(std::string_view stream, size_t step, size_t max,
                                  Framing* warm = nullptr) {
  Framing own(max);
  Framing& framing = warm != nullptr ? *warm : own;
  std::vector<std::string> seen;
  const auto note = [&seen](const Line& line) {
    switch (line.kind) {
      case Line::Kind::kWhole: seen.emplace_back(line.bytes); break;
      case Line::Kind::kOversize:
        seen.push_back("<oversize " + std::to_string(line.size) + " " + line.id +
                       (line.has_method ? " method" : "") + (line.has_answer ? " answer" : "") +
                       ">");
        break;
      case Line::Kind::kUnterminated:
        seen.push_back("<unterminated " + std::to_string(line.size) + " " +
                       std::string(line.bytes) + ">");
        break;
    }
    if (line.kind == Line::Kind::kWhole) CHECK(line.size == line.bytes.size());
  };
  while (!stream.empty()) {
    const std::span<char> room = framing.room();
    REQUIRE(room.size() >= 64 * 1024);
    const size_t n = std::min({step, stream.size(), room.size()});
    std::memcpy(room.data(), stream.data(), n);
    stream.remove_prefix(n);
    framing.filled(n);
    while (auto line = framing.next()) note(*line);
  }
  if (auto line = framing.finish()) note(*line);
  CHECK_FALSE(framing.finish());
  return seen;
}

using Lines = std::vector<std::string>;

TEST_CASE("lines come out whole and in order, however the bytes came in") {
  const std::string stream = "{\"a\":1}\n\r\n\n{\"b\":\"\xC3\xA9\xE2\x80\xA8\"}\r\n" +
                             std::string(70'000, 'x') + "\nlast\n";
  const Lines expected = {"{\"a\":1}\n",
                          "\r\n",
                          "\n",
                          "{\"b\":\"\xC3\xA9\xE2\x80\xA8\"}\r\n",
                          std::string(70'000, 'x') + "\n",
                          "last\n"};
  for (const size_t step :
       {size_t{1}, size_t{2}, size_t{7}, size_t{4096}, size_t{65'536}, stream.size()}) {
    CAPTURE(step);
    CHECK(lines_of(stream, step, 1'000'000) == expected);
  }
}

TEST_CASE("a line without its LF is no line, and is reported only at the end of the stream") {
  CHECK(lines_of("a\nb", 1, 100) == Lines{"a\n", "<unterminated 1 b>"});
  CHECK(lines_of("a\n", 1, 100) == Lines{"a\n"});
  CHECK(lines_of("", 1, 100).empty());
  CHECK(lines_of("\r", 1, 100) == Lines{"<unterminated 1 \r>"});
  const std::string cut(500, 'y');
  CHECK(lines_of("a\n" + cut, 64, 100) == Lines{"a\n", "<unterminated 500 >"});
}

TEST_CASE("the limit is on the bytes before the LF, and does not depend on how they came in") {
  for (const size_t step :
       {size_t{1}, size_t{9}, size_t{10}, size_t{11}, size_t{12}, size_t{1000}}) {
    CAPTURE(step);
    CHECK(lines_of("0123456789\nok\n", step, 10) == Lines{"0123456789\n", "ok\n"});
    CHECK(lines_of("0123456789X\nok\n", step, 10) == Lines{"<oversize 12 >", "ok\n"});
    CHECK(lines_of("ok\n0123456789XYZ\n0123456789XYZ\nok\n", step, 10) ==
          Lines{"ok\n", "<oversize 14 >", "<oversize 14 >", "ok\n"});
  }
}

TEST_CASE("of a line that is too long, exactly one legal id at its top level is kept") {
  struct Case {
    const char* line;
    const char* seen;
  };
  const std::string deep_ok =
      "{\"id\":1,\"params\":" + std::string(127, '[') + std::string(127, ']') + "}";
  const std::string too_deep =
      "{\"id\":1,\"params\":" + std::string(128, '[') + std::string(128, ']') + "}";
  const Case cases[] = {
      {R"({"jsonrpc":"2.0","id":7,"method":"x","params":{}})", "7 method"},
      {R"({"params":{"id":9,"a":[{"id":1}]},"method":"x","id":"a\u0062 \"c"})",
       R"("a\u0062 \"c" method)"},
      {R"( {"id" : -5 , "result":{}} )", "-5 answer"},
      {R"({"id":"","error":{}})", R"("" answer)"},
      {R"({"result":1,"error":2,"method":"m","id":0})", "0 method answer"},
      {R"({"\u0069d":12345678901234567890,"m\u0065thod":"x"})", "12345678901234567890 method"},
      {R"({"id":"\ud83d\ude00"})", R"("\ud83d\ude00")"},
      {"{\"id\":\"\xF0\x9F\x98\x80\"}\r", "\"\xF0\x9F\x98\x80\""},
      {deep_ok.c_str(), "1"},
      // Not one, or not legal.
      {R"({"method":"x","params":{"id":1}})", " method"},
      {R"({"id":1,"id":1,"method":"x"})", " method"},
      {R"({"id":1,"\u0069\u0064":2})", ""},
      {R"({"id":null,"method":"x"})", " method"},
      {R"({"id":true})", ""},
      {R"({"id":{"id":1}})", ""},
      {R"({"id":[1]})", ""},
      {R"({"id":1.0})", ""},
      {R"({"id":1e0})", ""},
      {R"({"id":-0})", ""},
      {R"({"id":"\ud83d"})", ""},
      {R"({"id":"\ude00"})", ""},
      {R"({"id":"\ud83dx"})", ""},
      {R"({"id":"\ud83d\ud83d\ude00"})", ""},
      {R"({"ID":1,"idx":2,"i":3,"":4,"id ":5})", ""},
      // Not JSON: nothing of it is believed.
      {R"({"id":1,"method":"x")", ""},
      {R"({"id":1,"method":"x"}})", ""},
      {R"({"id":1} {"id":2})", ""},
      {R"({"id":1,})", ""},
      {R"({"id":01})", ""},
      {R"({"id":1,"a":.5})", ""},
      {R"({"id":1,"a":1.})", ""},
      {R"({"id":1,"a":1e})", ""},
      {R"({"id":1,"a":--1})", ""},
      {R"({"id":1,"a":NaN})", ""},
      {R"({"id":1,"a":nul})", ""},
      {R"({"id":1,"a":truefalse})", ""},
      {R"({"id":1,"a":"\x"})", ""},
      {R"({"id":1,"a":"\u12g4"})", ""},
      {R"({"id":1 "a":2})", ""},
      {R"({"id":1,"a":[1 2]})", ""},
      {R"({"id":1,"a":[1,]})", ""},
      {R"({"id":1,"a":[1}})", ""},
      {R"({"id":1,a:2})", ""},
      {R"({"id":1,"a":2]})", ""},
      {R"([{"id":1}])", ""},
      {R"("id")", ""},
      {"{\"id\":1,\"a\":\"\t\"}", ""},
      {"{\"id\":1,\"a\":\"\xC0\xAF\"}", ""},
      {"{\"id\":1,\"a\":\"\xED\xA0\x80\"}", ""},
      {"{\"id\":1,\"a\":\"\xF4\x90\x80\x80\"}", ""},
      {"{\"id\":1,\"a\":\"\xE2\x82\"}", ""},
      {"\xEF\xBB\xBF{\"id\":1}", ""},
      {"{\"id\":1,\r\"a\":2}", ""},
      {"{\"id\":1}\r\r", ""},
      {"{\"id\":1}\r ", ""},
      {too_deep.c_str(), ""},
  };
  for (const Case& c : cases) {
    const std::string line = c.line;
    for (const size_t step : {size_t{1}, size_t{3}, line.size() + 1}) {
      CAPTURE(line, step);
      const std::string expected =
          "<oversize " + std::to_string(line.size() + 1) + " " + c.seen + ">";
      CHECK(lines_of(line + "\n", step, 2) == Lines{expected});
    }
  }
}

TEST_CASE("numbers of every legal spelling pass the scan of a line that is too long") {
  for (const char* number :
       {"0", "-0", "10", "0.5", "-0.0e-0", "1E+9", "1e400", "123456789012345678901234567890"}) {
    CAPTURE(number);
    OversizeScan scan;
    scan.feed("{\"a\":[");
    scan.feed(number);
    scan.feed("],\"b\":");
    scan.feed(number);
    scan.feed(",\"id\":3}");
    scan.end();
    CHECK(scan.id() == "3");
  }
}

TEST_CASE("an id that is longer than any honest one is no id") {
  const std::string fits = "\"" + std::string(OversizeScan::kMaxIdBytes - 2, 'i') + "\"";
  OversizeScan scan;
  scan.feed("{\"id\":" + fits + "}");
  scan.end();
  CHECK(scan.id() == fits);
  OversizeScan longer;
  longer.feed("{\"id\":\"i" + fits.substr(1) + "}");
  longer.end();
  CHECK(longer.id().empty());
}

TEST_CASE("the buffer stays within the limit, one read and what growing by halves leaves over") {
  Framing framing(1'000'000);
  size_t largest = 0;
  for (int i = 0; i < 400; ++i) {
    const std::span<char> room = framing.room();
    largest = std::max(largest, framing.buffered() + room.size());
    const size_t n = std::min<size_t>(room.size(), 65'536);
    std::memset(room.data(), 'z', n);
    framing.filled(n);
    REQUIRE_FALSE(framing.next());
    REQUIRE(framing.buffered() <= 1'000'000);
  }
  CHECK(largest <= 1'000'000 + 4 * 65'536);
}

TEST_CASE("after a large line the buffer shrinks back, and lines go on as before") {
  Framing framing(64U << 20);
  const std::string large = std::string(8U << 20, 'l') + "\n";
  CHECK(lines_of(large, 65'536, 0, &framing) == Lines{large});
  CHECK(lines_of("small\n", 6, 0, &framing) == Lines{"small\n"});
  CHECK(lines_of(large, 65'536, 0, &framing) == Lines{large});  // in the memory that is there
  CHECK(framing.room().size() >= large.size());
  for (int i = 0; i < 4; ++i) CHECK(lines_of("small\n", 6, 0, &framing) == Lines{"small\n"});
  CHECK(framing.room().size() <= 256 * 1024);
  const std::string middling = std::string(1U << 20, 'm') + "\n";
  CHECK(lines_of(middling, 65'536, 0, &framing) == Lines{middling});
  for (int i = 0; i < 100; ++i) CHECK(lines_of("small\n", 6, 0, &framing) == Lines{"small\n"});
  CHECK(framing.room().size() <= 256 * 1024);
}

TEST_CASE("any stream cut into any pieces gives the lines of the whole stream") {
  std::mt19937 random(20261118);
  const auto below = [&random](size_t n) { return static_cast<size_t>(random() % n); };
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    std::string stream;
    for (size_t i = below(30); i > 0; --i) {
      stream +=
          std::string(below(round % 3 == 0 ? 100'000 : 300), static_cast<char>('a' + below(26)));
      if (below(10) != 0) stream += '\n';
    }
    const size_t max = 1 + below(round % 3 == 0 ? 120'000 : 250);
    // The oracle: split by hand.
    Lines expected;
    size_t from = 0;
    for (size_t at = stream.find('\n'); at != std::string::npos; at = stream.find('\n', from)) {
      const std::string line = stream.substr(from, at + 1 - from);
      expected.push_back(
          line.size() - 1 <= max ? line : "<oversize " + std::to_string(line.size()) + " >");
      from = at + 1;
    }
    const std::string tail = stream.substr(from);
    if (!tail.empty()) {
      expected.push_back("<unterminated " + std::to_string(tail.size()) + " " +
                         (tail.size() <= max ? tail : "") + ">");
    }
    REQUIRE(lines_of(stream, 1 + below(100'000), max) == expected);
  }
}

}  // namespace
}  // namespace agentmesh::proxy
