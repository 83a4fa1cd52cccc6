#include "base/json_scan.h"

#include <random>
#include <vector>

#include "tests/catch.h"

namespace agentmesh::json {
namespace {

template <class Stop>
const char* find_slowly(const char* p, const char* end) {
  while (p != end && !Stop::is(*p)) ++p;
  return p;
}

// Every block against one byte at a time, from every place in texts of `length`.
template <class Stop>
size_t count_differences(const std::vector<char>& text) {
  size_t wrong = 0;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data();; ++p) {
    const char* const expected = find_slowly<Stop>(p, end);
    if (find<Stop>(p, end) != expected) ++wrong;
    if (find_in_blocks<Stop, WordBlock>(p, end) != expected) ++wrong;
    if (p == end) return wrong;
  }
}

size_t count_all_differences(const std::vector<char>& text) {
  return count_differences<StringStop>(text) + count_differences<StringEnd>(text);
}

TEST_CASE("every byte value stops a scan exactly where it should") {
  size_t wrong = 0;
  for (int value = 0; value < 256; ++value) {
    for (size_t place = 0; place < 40; ++place) {
      std::vector<char> text(40, 'a');
      text[place] = static_cast<char>(value);
      wrong += count_all_differences(text);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("bytes next to the ones looked for do not lead a scan astray") {
  std::mt19937 random(7);
  const std::string bytes = "\"\\[]{}!#Z^z|~\x1f\x20\x21\x7f\x80\x9b\xa2\xdb\xdc\xfb\xfd\xff\x01";
  size_t wrong = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<char> text(random() % 70, 'a');
    for (char& c : text) {
      if (random() % 4 == 0) c = bytes[random() % bytes.size()];
    }
    wrong += count_all_differences(text);
  }
  CHECK(wrong == 0);
}

TEST_CASE("the closing quote is the first that no backslash hides") {
  struct Case {
    std::string_view text;
    size_t at;
  };
  const Case cases[] = {{R"(")", 0}, {R"(a\"")", 3}, {R"(\\")", 2}, {R"(\\\"")", 4},
                        {"", 0},     {"abc", 3},     {R"(a\)", 2},  {R"(a\")", 3}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const std::vector<char> exact(c.text.begin(), c.text.end());
    const char* const begin = exact.data();
    CHECK(static_cast<size_t>(find_closing_quote(begin, begin + exact.size()) - begin) == c.at);
  }
}

TEST_CASE("every byte value is told from brackets, quotes and backslashes") {
  size_t wrong = 0;
  for (int value = 0; value < 256; ++value) {
    for (unsigned place = 0; place < Structure::kBytes; ++place) {
      char text[Structure::kBytes] = {};
      text[place] = static_cast<char>(value);
      text[(place + 7) % Structure::kBytes] = '{';
      const Structure fast = structure_of(text);
      const Structure slow = structure_by_bytes(text);
      if (fast.quotes != slow.quotes || fast.backslashes != slow.backslashes) ++wrong;
      if (fast.opening != slow.opening || fast.closing != slow.closing) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("what is inside a string is known across blocks, whatever the escapes") {
  std::mt19937 random(11);
  const std::string bytes = "\"\\\\\\a{]";
  size_t wrong = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text(Structure::kBytes * 4, 'a');
    bool in_string = false;
    bool escaped = false;
    std::vector<bool> expected;
    for (char& c : text) {
      c = random() % 3 == 0 ? 'a' : bytes[random() % bytes.size()];
      if (!in_string && c == '\\') c = 'x';  // outside strings there are none
      if (c == '"' && !escaped) in_string = !in_string;
      escaped = c == '\\' && !escaped;
      expected.push_back(in_string);
    }
    StringTracker tracker;
    for (size_t at = 0; at < text.size(); at += Structure::kBytes) {
      const uint64_t inside = tracker.inside(structure_of(text.data() + at));
      for (size_t i = 0; i < Structure::kBytes; ++i) {
        if ((inside >> i & 1) != (expected[at + i] ? 1U : 0U)) ++wrong;
      }
    }
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace agentmesh::json
