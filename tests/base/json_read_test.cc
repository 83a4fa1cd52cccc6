// What Reader accepts, refuses and reports.

#include "base/json.h"
#include "base/json_keys.h"
#include "tests/catch.h"

namespace agentmesh::json {
namespace {

using namespace std::string_view_literals;

TEST_CASE("one JSON document is accepted, however it is spelled") {
  const std::string_view texts[] = {"null",
                                    "true",
                                    "false",
                                    "0",
                                    "-0",
                                    "1.0",
                                    "1e400",
                                    "-1E-0",
                                    "0e1",
                                    "0.10",
                                    "9007199254740993",
                                    "123456789012345678901234567890",
                                    R"("")",
                                    R"("\u0061\"\\\/\b\f\n\r\t")",
                                    "{}",
                                    "[]",
                                    " \t\r\n[ \t\r\n] \n",
                                    R"({"a":1,"b":[true,null,{"c":"d"}],"":{}})",
                                    R"({ "a" : 1 , "b" : 2 })",
                                    R"([[],[[]],{}])",
                                    "\"\xe2\x80\xa8\xc2\x85\x7f\xef\xbb\xbf\"",
                                    R"("\ud83d\ude00")",
                                    R"({"__proto__":0})"};
  Reader reader;
  for (const std::string_view text : texts) {
    CAPTURE(text);
    const Report& report = reader.read(text);
    CHECK(report.fault == Fault::kNone);
    CHECK_FALSE(report.lone_surrogate);
    CHECK(report.repeated_keys.empty());
    CHECK(reader.root().present());
  }
  CHECK(reader.read(" \n [ 1 ] \t").fault == Fault::kNone);
  CHECK(reader.root().raw() == "[ 1 ]");
}

TEST_CASE("what is not one JSON document is refused at the byte that makes it so") {
  struct Case {
    std::string_view text;
    Fault fault;
    size_t at;
  };
  const Case cases[] = {
      {"", Fault::kSyntax, 0},
      {" \n", Fault::kSyntax, 2},
      {std::string_view(), Fault::kSyntax, 0},
      {"NaN", Fault::kSyntax, 0},
      {"nul", Fault::kSyntax, 3},
      {"nulL", Fault::kSyntax, 3},
      {"True", Fault::kSyntax, 0},
      {"Infinity", Fault::kSyntax, 0},
      {"-Infinity", Fault::kSyntax, 1},
      {"+1", Fault::kSyntax, 0},
      {"01", Fault::kSyntax, 1},
      {"-01", Fault::kSyntax, 2},
      {"-", Fault::kSyntax, 1},
      {"1.", Fault::kSyntax, 2},
      {".5", Fault::kSyntax, 0},
      {"1e", Fault::kSyntax, 2},
      {"1e+", Fault::kSyntax, 3},
      {"1.e1", Fault::kSyntax, 2},
      {"0x10", Fault::kTrailing, 1},
      {"1_000", Fault::kTrailing, 1},
      {"[1,]", Fault::kSyntax, 3},
      {"[,1]", Fault::kSyntax, 1},
      {"[1 2]", Fault::kSyntax, 3},
      {"[1}", Fault::kSyntax, 2},
      {"[", Fault::kSyntax, 1},
      {"]", Fault::kSyntax, 0},
      {"[[]", Fault::kSyntax, 3},
      {"{", Fault::kSyntax, 1},
      {"{]", Fault::kSyntax, 1},
      {R"({"a")", Fault::kSyntax, 4},
      {R"({"a":)", Fault::kSyntax, 5},
      {R"({"a":1)", Fault::kSyntax, 6},
      {R"({"a":1,})", Fault::kSyntax, 7},
      {R"({"a" 1})", Fault::kSyntax, 5},
      {R"({"a"::1})", Fault::kSyntax, 5},
      {R"({a:1})", Fault::kSyntax, 1},
      {R"({'a':1})", Fault::kSyntax, 1},
      {R"({1:1})", Fault::kSyntax, 1},
      {R"({"a":1]})", Fault::kSyntax, 6},
      {R"({"a":1 "b":2})", Fault::kSyntax, 7},
      {R"({null:1})", Fault::kSyntax, 1},
      {"[1]/**/", Fault::kTrailing, 3},
      {"[/**/1]", Fault::kSyntax, 1},
      {"[1]//", Fault::kTrailing, 3},
      {R"(")", Fault::kSyntax, 1},
      {R"("a)", Fault::kSyntax, 2},
      {R"("\)", Fault::kSyntax, 2},
      {R"("\x")", Fault::kSyntax, 2},
      {R"("\'")", Fault::kSyntax, 2},
      {R"("\U0041")", Fault::kSyntax, 2},
      {R"("\u)", Fault::kSyntax, 3},
      {R"("\u00")", Fault::kSyntax, 5},
      {R"("\u00g1")", Fault::kSyntax, 5},
      {R"("\ud800\u12")", Fault::kSyntax, 11},
      {"\"\t\"", Fault::kSyntax, 1},
      {"\"0123456789abcdef\x1f\"", Fault::kSyntax, 17},
      {"\"a\0b\""sv, Fault::kSyntax, 2},
      {"\0"sv, Fault::kSyntax, 0},
      {"1\0"sv, Fault::kTrailing, 1},
      {"{}\0"sv, Fault::kTrailing, 2},
      {"[\0]"sv, Fault::kSyntax, 1},
      {"[1\v]", Fault::kSyntax, 2},
      {"[1\f]", Fault::kSyntax, 2},
      {"\xc2\xa0[]", Fault::kSyntax, 0},
      {"[]\xe2\x80\xa8", Fault::kTrailing, 2},
      {"{}{}", Fault::kTrailing, 2},
      {"{}\n{}", Fault::kTrailing, 3},
      {"1 2", Fault::kTrailing, 2},
      {"[]]", Fault::kTrailing, 2},
      {"nullx", Fault::kTrailing, 4},
      {"\xef\xbb\xbf{}", Fault::kByteOrderMark, 0},
      {"\xef\xbb\xbf", Fault::kByteOrderMark, 0},
      {"\xff\xfe{\0}\0"sv, Fault::kByteOrderMark, 0},
      {"\xfe\xff\0{\0}"sv, Fault::kByteOrderMark, 0},
      {"{\0}\0"sv, Fault::kSyntax, 1},
      {" \xef\xbb\xbf{}", Fault::kSyntax, 1},
      {"\"\xc0\xaf\"", Fault::kUtf8, 1},
      {"\"\xed\xa0\x80\"", Fault::kUtf8, 1},
      {"\"ab\xf4\x90\x80\x80\"", Fault::kUtf8, 3},
      {"\"\xe2\x82\"", Fault::kUtf8, 1},
      {"\"\xc3", Fault::kUtf8, 1},
      {"}}}\xff", Fault::kUtf8, 3},  // before the grammar is looked at
  };
  Reader reader;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Report& report = reader.read(c.text);
    CHECK(report.fault == c.fault);
    CHECK(report.fault_at == c.at);
    CHECK_FALSE(reader.root().present());
    CHECK(reader.top().empty());
  }
}

TEST_CASE("depth is counted, with no limit of its own") {
  struct Case {
    std::string_view text;
    uint32_t depth;
  };
  const Case cases[] = {
      {"1", 0}, {"[]", 1}, {"{}", 1}, {R"([1,{"a":[]},2])", 3}, {"[[],[[]],[]]", 3}};
  Reader reader;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(reader.read(c.text).depth == c.depth);
  }
}

TEST_CASE("a text nested 200 000 levels deep is read, and closed only by the right brackets") {
  constexpr size_t kLevels = 200'000;
  std::string opening;
  std::string closing;
  for (size_t i = 0; i < kLevels; ++i) {
    const bool object = i % 3 == 0 || i % 67 == 0;
    opening += object ? R"({"k":)" : "[";
    closing += object ? '}' : ']';
  }
  std::reverse(closing.begin(), closing.end());
  const std::string text = opening + "1" + closing;
  Reader reader;
  const Report& report = reader.read(text);
  CHECK(report.fault == Fault::kNone);
  CHECK(report.depth == kLevels);
  CHECK(skip_value(text) == text.size());

  View view = reader.root();
  size_t levels = 0;
  while (view.is_object() || view.is_array()) {
    if (levels == 70) break;  // each step looks at all that is left
    view = view.is_object() ? view.find("k") : view.at(0);
    ++levels;
  }
  CHECK(levels == 70);
  CHECK(view.raw().size() < text.size());

  for (const size_t level :
       {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{100'000}, kLevels - 1}) {
    CAPTURE(level);
    std::string wrong = text;
    char& bracket = wrong[wrong.size() - 1 - level];
    bracket = bracket == '}' ? ']' : '}';
    CHECK(reader.read(wrong).fault == Fault::kSyntax);
    CHECK(reader.read(wrong).fault_at == wrong.size() - 1 - level);
  }
  CHECK(reader.read(std::string_view(text).substr(0, text.size() - 1)).fault_at == text.size() - 1);
  CHECK(reader.read(opening).fault == Fault::kSyntax);
  CHECK(reader.read(std::string(1'000'000, '[')).fault_at == 1'000'000);
}

TEST_CASE("keys that repeat are reported, compared by what they mean, at every depth") {
  struct Case {
    std::string_view text;
    std::vector<size_t> at;
  };
  const Case cases[] = {
      {R"({"a":1,"b":2})", {}},
      {R"({"a":1,"a":1})", {7}},
      {R"({"a":1,"\u0061":1})", {7}},
      {R"({"\u0061":1,"a":1})", {12}},
      {R"({"\u0061":1,"\u0061":1})", {12}},
      {R"({"a/":1,"\u0061\/":1})", {8}},
      {R"({"":1,"":2,"":3})", {6, 11}},
      {R"({"a":{"a":{"a":1}}})", {}},
      {R"([{"a":1},{"a":1}])", {}},
      {R"({"a":[{"b":1,"b":2}],"a":3})", {13, 21}},
      {R"({"x":1,"x":{"y":1,"y":2},"x":3})", {7, 18, 25}},
      {R"({"a":1,"A":1,"a ":1,"a\u0000":1})", {}},
      {R"({"😀":1,"\ud83d\ude00":2})", {10}},
      {R"({"\ud83d\ude00":1,"\uD83D\uDE00":2})", {18}},
      {R"({"\n":1,"\u000a":2,"\u000A":3})", {8, 19}},
      {"{\"\xc3\xa9\":1,\"e\xcc\x81\":2}", {}},  // é twice for the eye, not for a reader
      {R"({"\\u0061":1,"a":2})", {}},
      {R"({"a":1,"b":1,"b":2,"a":2})", {13, 19}},
      {R"({"\ud800":1,"\udfff":2,"\ufffd":3})",
       {12, 23}},  // readers that replace lone halves read one key
  };
  Reader reader;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Report& report = reader.read(c.text);
    CHECK(report.fault == Fault::kNone);
    CHECK(report.repeated_keys == c.at);
    CHECK_FALSE(report.more_repeated);
  }
}

// {"k0":0,"k1":0,…} with the key `spelling(i)`; the offset of every key.
template <class Spelling>
std::string object_of(size_t count, Spelling spelling, std::vector<size_t>& offsets) {
  std::string text = "{";
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    offsets.push_back(text.size());
    text.append("\"").append(spelling(i)).append("\":0");
  }
  return text + "}";
}

TEST_CASE("a repeated key is found in objects of every size") {
  Reader reader;
  for (size_t count = 2; count <= 80; ++count) {
    for (size_t copy = 1; copy < count; ++copy) {
      std::vector<size_t> offsets;
      const size_t original = copy / 2;
      const std::string text = object_of(
          count, [&](size_t i) { return "key" + std::to_string(i == copy ? original : i); },
          offsets);
      const Report& report = reader.read(text);
      if (report.repeated_keys != std::vector<size_t>{offsets[copy]}) FAIL("not found in " << text);
    }
  }
}

TEST_CASE("only the first repeated keys are listed, in the order of the text") {
  Reader reader;
  for (const size_t count : {33U, 34U, 500U}) {
    CAPTURE(count);
    std::vector<size_t> offsets;
    const std::string text = object_of(
        count, [](size_t) { return "k"; }, offsets);
    const Report& report = reader.read(text);
    REQUIRE(report.repeated_keys.size() == Report::kMaxRepeated);
    CHECK(
        std::equal(report.repeated_keys.begin(), report.repeated_keys.end(), offsets.begin() + 1));
    CHECK(report.more_repeated == (count > 33));
  }
  // The outer object closes last, but its repeated key comes first.
  std::vector<size_t> offsets;
  const std::string inner = object_of(
      100, [](size_t) { return "k"; }, offsets);
  const std::string text = R"({"a":0,"a":)" + inner + "}";
  const Report& report = reader.read(text);
  CHECK(report.repeated_keys.front() == 7);
  CHECK(report.repeated_keys.size() == Report::kMaxRepeated);
  CHECK(report.repeated_keys.back() == 11 + offsets[31]);
  CHECK(report.more_repeated);
  CHECK(reader.read("{}").repeated_keys.empty());
  CHECK_FALSE(reader.read("{}").more_repeated);
}

TEST_CASE("a million keys are told apart, and a million equal ones found") {
  constexpr size_t kMany = 1'000'000;
  Reader reader;
  std::vector<size_t> offsets;
  const std::string apart = object_of(
      kMany, [](size_t i) { return "k" + std::to_string(i); }, offsets);
  CHECK(reader.read(apart).repeated_keys.empty());
  CHECK(reader.top().size() == kMany);

  offsets.clear();
  const std::string one_twice = object_of(
      kMany, [](size_t i) { return "k" + std::to_string(i == kMany - 1 ? 12'345 : i); }, offsets);
  CHECK(reader.read(one_twice).repeated_keys == std::vector<size_t>{offsets.back()});

  offsets.clear();
  const std::string same = object_of(
      kMany, [](size_t i) { return i % 2 == 0 ? "same" : R"(\u0073ame)"; }, offsets);
  const Report& report = reader.read(same);
  CHECK(report.more_repeated);
  CHECK(report.repeated_keys.front() == offsets[1]);
}

// Keys of 16 bytes with one hash: the second half is chosen so that it undoes what the first half did.
std::vector<std::string> colliding_keys(size_t count) {
  const auto half_hash = [](uint64_t word) {
    uint64_t hash = (16 ^ word) * 0x9E37'79B9'7F4A'7C15U;
    return hash ^ hash >> 32;
  };
  const auto printable = [](const char* bytes) {
    return std::all_of(bytes, bytes + 8,
                       [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; });
  };
  std::vector<std::string> keys;
  const uint64_t target = half_hash(0x4141'4141'4141'4141U) ^ 0x4242'4242'4242'4242U;
  char bytes[16];
  for (uint64_t n = 0; keys.size() < count; ++n) {
    for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<char>('@' + (n >> (5 * i) & 31));
    uint64_t first = 0;
    std::memcpy(&first, bytes, 8);
    const uint64_t second = half_hash(first) ^ target;
    std::memcpy(bytes + 8, &second, 8);
    if (printable(bytes) && printable(bytes + 8)) keys.emplace_back(bytes, 16);
  }
  return keys;
}

TEST_CASE("keys that were made to collide are told apart all the same") {
  const std::vector<std::string> keys = colliding_keys(300);
  for (const std::string& key : keys) REQUIRE(OpenKeys::hash_of(key) == OpenKeys::hash_of(keys[0]));
  Reader reader;
  for (const size_t count : {size_t{10}, size_t{40}, keys.size()}) {
    CAPTURE(count);
    std::vector<size_t> offsets;
    CHECK(reader
              .read(object_of(
                  count, [&](size_t i) { return keys[i]; }, offsets))
              .repeated_keys.empty());

    offsets.clear();  // the second half repeats the first, spelled with an escape in front
    const std::string text = object_of(
        count,
        [&](size_t i) {
          if (i < count / 2) return keys[i];
          char escape[8];
          (void)std::snprintf(escape, sizeof escape, "\\u%04x",
                              static_cast<unsigned>(keys[i - count / 2][0]));
          return escape + keys[i - count / 2].substr(1);
        },
        offsets);
    const Report& report = reader.read(text);
    const size_t repeated = count - count / 2;
    REQUIRE(report.repeated_keys.size() == std::min(repeated, Report::kMaxRepeated));
    CHECK(report.more_repeated == (repeated > Report::kMaxRepeated));
    CHECK(std::equal(report.repeated_keys.begin(), report.repeated_keys.end(),
                     offsets.begin() + static_cast<std::ptrdiff_t>(count / 2)));
  }
}

TEST_CASE("a surrogate escape without its other half is noted, with its place, and is no fault") {
  struct Case {
    std::string_view text;
    bool lone;
    size_t at;
  };
  const Case cases[] = {
      {R"("\ud83d\ude00")", false, 0},
      {R"("\ud83d")", true, 1},
      {R"("\ude00")", true, 1},
      {R"("ab\ud83dx\ude00")", true, 3},
      {R"("\ud83d\ud83d\ude00")", true, 1},
      {R"("\ud83d\ude00\ude00")", true, 13},
      {R"("\ude00\ud83d")", true, 1},
      {R"("\ud83d\u0041")", true, 1},
      {R"("\ud83d\n")", true, 1},
      {R"("\ud83d\\ude00")", true, 1},
      {R"(["\uD7FF\uE000\uFFFF"])", false, 0},
      {R"({"\udBfF":1})", true, 2},
      {R"(["ok",{"k":"\uDFFF"}])", true, 12},
      {R"(["\\ud83d"])", false, 0},
  };
  Reader reader;
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Report& report = reader.read(c.text);
    CHECK(report.fault == Fault::kNone);
    CHECK(report.lone_surrogate == c.lone);
    CHECK(report.lone_surrogate_at == c.at);
  }
}

TEST_CASE("the first two levels are indexed, with every value as it was spelled") {
  const std::string_view text =
      R"( { "id" : 1.0 , "p\u0061rams":{ "name":"x" , "arguments" : {"deep":{"er":1}}, "l":[{"no":1}] },"e":{},"a":[{"x":1}] } )";
  Reader reader;
  REQUIRE(reader.read(text).fault == Fault::kNone);
  const auto top = reader.top();
  REQUIRE(top.size() == 4);
  CHECK(top[0].key.raw() == R"("id")");
  CHECK(top[0].value.raw() == "1.0");
  CHECK(top[1].key.string() == "params");
  CHECK(top[1].value.raw() ==
        R"({ "name":"x" , "arguments" : {"deep":{"er":1}}, "l":[{"no":1}] })");
  CHECK(top[2].value.raw() == "{}");
  CHECK(top[3].value.raw() == R"([{"x":1}])");
  CHECK(reader.children(top[0]).empty());
  CHECK(reader.children(top[2]).empty());
  CHECK(reader.children(top[3]).empty());
  const auto params = reader.children(top[1]);
  REQUIRE(params.size() == 3);
  CHECK(params[0].key.string() == "name");
  CHECK(params[0].value.raw() == R"("x")");
  CHECK(params[1].value.raw() == R"({"deep":{"er":1}})");
  CHECK(params[2].value.raw() == R"([{"no":1}])");
}

TEST_CASE("a root that is no object has no entries") {
  Reader reader;
  for (const std::string_view text : {R"([{"a":{"b":1}}])"sv, R"("text")"sv, "17"sv}) {
    CAPTURE(text);
    CHECK(reader.read(text).fault == Fault::kNone);
    CHECK(reader.top().empty());
    CHECK(reader.root().raw() == text);
  }
}

TEST_CASE("a reader remembers nothing of an earlier text") {
  Reader reader;
  std::string large = "{";
  for (int i = 0; i < 200'000; ++i) large += "\"k" + std::to_string(i) + "\":0,";
  large += R"("s":"\ud800","s":[[[[)";
  CHECK(reader.read(large).fault == Fault::kSyntax);
  const Report& report = reader.read(R"({"s":{"k1":2}})");
  CHECK(report.fault == Fault::kNone);
  CHECK(report.fault_at == 0);
  CHECK(report.depth == 2);
  CHECK_FALSE(report.lone_surrogate);
  CHECK(report.repeated_keys.empty());
  REQUIRE(reader.top().size() == 1);
  CHECK(reader.children(reader.top()[0])[0].value.integer() == 2);

  Reader moved = std::move(reader);
  CHECK(moved.root().find("s").find("k1").raw() == "2");
}

}  // namespace
}  // namespace agentmesh::json
