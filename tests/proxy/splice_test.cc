#include "proxy/splice.h"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/catch.h"

namespace agentmesh::proxy::tests {
namespace {

json::View::Member member_of(json::View object, std::string_view key) {
  for (const auto& member : object.members())
    if (member.key.string() == key) return member;
  return {};
}

TEST_CASE("a text without edits is its own bytes") {
  const std::string text = "{ \"a\" : 1 }\r\n";
  const Splice splice(text);
  CHECK(splice.empty());
  CHECK(splice.growth() == 0);
  CHECK(splice.apply() == text);
}

TEST_CASE("edits apply in the order of their places, whatever the order they came in") {
  Splice splice("0123456789");
  splice.replace(8, 9, "eight");
  splice.insert(2, "A");
  splice.replace(2, 4, "-");
  splice.insert(2, "B");
  splice.insert(10, "end");
  splice.replace(0, 1, "");
  CHECK(splice.apply() == "1AB-4567eight9end");
  CHECK(splice.growth() == 7);
}

TEST_CASE("an edit inside a span that goes away goes with it") {
  Splice inner_last("0123456789");
  inner_last.replace(2, 8, "X");
  inner_last.replace(3, 5, "secret");
  inner_last.insert(4, "secret");
  CHECK(inner_last.apply() == "01X89");
  Splice inner_first("0123456789");
  inner_first.replace(2, 5, "secret");
  inner_first.replace(2, 8, "X");
  CHECK(inner_first.apply() == "01X89");
  Splice partly("0123456789");
  partly.replace(2, 6, "X");
  partly.replace(4, 8, "secret");
  CHECK(partly.apply() == "01X89");
  CHECK(partly.growth() == 0);
}

TEST_CASE("members come and go with the commas that are due") {
  struct Case {
    const char* text;
    std::vector<const char*> removed;
    std::vector<const char*> added;
    const char* after;
  };
  const Case cases[] = {
      {"{}", {}, {"k"}, R"({"k":0})"},
      {"{ }", {}, {"k"}, R"({ "k":0})"},
      {"{}", {}, {"k", "l"}, R"({"k":0,"l":0})"},
      {R"({"a":1})", {}, {"k"}, R"({"a":1,"k":0})"},
      {R"({ "a": 1 })", {}, {"k"}, R"({ "a": 1 ,"k":0})"},
      {R"({"a":1})", {"a"}, {}, "{}"},
      {R"({ "a":1 })", {"a"}, {}, "{  }"},
      {R"({"a":1})", {"a"}, {"k"}, R"({"k":0})"},
      {R"({"a":1,"b":2})", {"a"}, {}, R"({"b":2})"},
      {R"({"a":1,"b":2})", {"b"}, {}, R"({"a":1})"},
      {R"({"a":1 , "b":2 })", {"b"}, {}, R"({"a":1 })"},
      {R"({"a":1,"b":2})", {"b", "a"}, {}, "{}"},
      {R"({"a":1,"b":2})", {"a", "b"}, {"k"}, R"({"k":0})"},
      {R"({"a":1,"b":2,"c":3})", {"b"}, {"k"}, R"({"a":1,"c":3,"k":0})"},
      {R"({"a":1,"b":2,"c":3})", {"a", "c"}, {}, R"({"b":2})"},
      {R"({"a":1,"b":2,"c":3})", {"c", "b"}, {"k"}, R"({"a":1,"k":0})"},
      {R"({"a":{"x":[1,2]},"b":"},{"})", {"a"}, {"k"}, R"({"b":"},{","k":0})"},
      {R"({"a":1,"b":2})", {"a", "a"}, {}, R"({"b":2})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text, c.after);
    const std::string_view text = c.text;
    Splice splice(text);
    const json::View object(text);
    for (const char* key : c.removed) splice.remove_member(object, member_of(object, key));
    for (const char* key : c.added) splice.append_member(object, key, "0");
    CHECK(splice.apply() == c.after);
  }
}

TEST_CASE("elements come and go likewise") {
  struct Case {
    const char* text;
    std::vector<size_t> removed;
    int added;
    const char* after;
  };
  const Case cases[] = {
      {"[]", {}, 1, "[9]"},
      {"[ ]", {}, 1, "[ 9]"},
      {"[]", {}, 2, "[9,9]"},
      {"[1, 2]", {}, 1, "[1, 2,9]"},
      {"[1, 2]", {0}, 0, "[2]"},
      {"[1, 2]", {1}, 1, "[1,9]"},
      {"[1,[2,3],{}]", {1, 2}, 0, "[1]"},
      {"[1,2]", {0, 1}, 0, "[]"},
      {"[1,2]", {0, 1}, 1, "[9]"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text, c.after);
    const std::string_view text = c.text;
    Splice splice(text);
    const json::View array(text);
    for (const size_t index : c.removed) splice.remove_element(array, array.at(index));
    for (int i = 0; i < c.added; ++i) splice.append_element(array, "9");
    CHECK(splice.apply() == c.after);
  }
}

TEST_CASE("a key that is added is escaped as JSON asks") {
  const std::string_view text = "{}";
  Splice splice(text);
  splice.append_member(json::View(text), "a\"b", "1");
  CHECK(splice.apply() == R"({"a\"b":1})");
}

// The oracle: a tree of the text's pieces, edited member by member and written again with the commas where JSON wants them.
// Blanks are only compared where the splice must leave them alone, so both sides are compared without blanks.
class Model {
 public:
  explicit Model(std::mt19937& random) : random_(random) {}

  std::string text(int depth) {
    switch (depth == 0 ? pick(4) : pick(6)) {
      case 0: return std::to_string(pick(100));
      case 1: return R"("s,]}\"{[\u002c")";
      case 2: return "true";
      case 3: return "null";
      case 4: return container('{', '}', depth);
      default: return container('[', ']', depth);
    }
  }

  // Edits the same value twice: as splice edits, and by writing it anew.
  std::string edit(Splice& splice, json::View value) {
    if (!value.is_object() && !value.is_array()) {
      if (pick(6) != 0) return std::string(value.raw());
      const size_t at = splice.offset_of(value.raw());
      splice.replace(at, at + value.raw().size(), "\"new\"");
      return "\"new\"";
    }
    std::vector<std::string> kept;
    for (const auto& member : value.members()) {
      if (pick(4) == 0) {
        splice.remove_member(value, member);
        if (pick(3) == 0) (void)edit(splice, member.value);  // an edit inside what goes away
      } else {
        kept.push_back(std::string(member.key.raw()) + ":" + edit(splice, member.value));
      }
    }
    for (const json::View element : value.elements()) {
      if (pick(4) == 0) {
        splice.remove_element(value, element);
        if (pick(3) == 0) (void)edit(splice, element);
      } else {
        kept.push_back(edit(splice, element));
      }
    }
    for (size_t i = pick(4) == 0 ? 1 + pick(2) : 0; i > 0; --i) {
      if (value.is_object()) {
        splice.append_member(value, "added", "[1]");
        kept.emplace_back(R"("added":[1])");
      } else {
        splice.append_element(value, "{}");
        kept.emplace_back("{}");
      }
    }
    std::string out(1, value.raw().front());
    for (const std::string& piece : kept) out += (out.size() > 1 ? "," : "") + piece;
    return out + value.raw().back();
  }

 private:
  size_t pick(size_t choices) { return random_() % choices; }
  std::string blanks() { return std::string(pick(3), ' '); }
  std::string container(char open, char close, int depth) {
    std::string out(1, open);
    for (size_t i = 0, size = pick(5); i < size; ++i) {
      out += (i == 0 ? "" : ",") + blanks();
      if (open == '{') out += "\"k" + std::to_string(i) + "\"" + blanks() + ":" + blanks();
      out += text(depth - 1) + blanks();
    }
    return out + blanks() + close;
  }
  std::mt19937& random_;
};

std::string without_blanks(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ') out += c;
  return out;
}

TEST_CASE("any edits of any text give what editing its tree gives") {
  std::mt19937 random(20261127);
  Model model(random);
  size_t edited = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = model.text(4);
    CAPTURE(round, text);
    Splice splice(text);
    const std::string expected = model.edit(splice, json::View{std::string_view(text)});
    const std::string got = splice.apply();
    REQUIRE(without_blanks(got) == without_blanks(expected));
    REQUIRE(splice.growth() == (got.size() > text.size() ? got.size() - text.size() : 0));
    if (!splice.empty()) ++edited;
    if (splice.empty()) REQUIRE(got == text);
  }
  CHECK(edited > 5'000);
}

}  // namespace
}  // namespace agentmesh::proxy::tests
