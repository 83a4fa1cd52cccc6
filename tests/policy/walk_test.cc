#include "policy/walk.h"

#include "tests/catch.h"

namespace agentmesh::policy {
namespace {

std::string all(std::string_view json) {
  json::Reader reader;
  REQUIRE(reader.read(json).fault == json::Fault::kNone);
  std::string out;
  for (Walk walk(reader.root(), "arguments"); walk.next();) {
    const char* const what = walk.what() == Walk::What::kKey      ? "key"
                             : walk.what() == Walk::What::kNumber ? "number"
                                                                  : "string";
    out += std::string(what) + " " + walk.where() + " [" + std::string(walk.key()) + "," +
           std::string(walk.top_key()) + "] " + std::string(walk.text()) + "\n";
    CHECK(reader.root().raw().substr(walk.offset(), walk.raw().size()) == walk.raw());
  }
  return out;
}

TEST_CASE("every text is found once, with its key and place") {
  CHECK(
      all(R"({"a":"x","b":[1,"y",{"c":"z","d":null}],"e":{},"f":[],"g":true,"h":-2.5e3,"i":{"j":{"k":"\u0041"}}})") ==
      "key arguments.a [a,a] a\n"
      "string arguments.a [a,a] x\n"
      "key arguments.b [b,b] b\n"
      "number arguments.b[0] [b,b] 1\n"
      "string arguments.b[1] [b,b] y\n"
      "key arguments.b[2].c [c,b] c\n"
      "string arguments.b[2].c [c,b] z\n"
      "key arguments.b[2].d [d,b] d\n"
      "key arguments.e [e,e] e\n"
      "key arguments.f [f,f] f\n"
      "key arguments.g [g,g] g\n"
      "key arguments.h [h,h] h\n"
      "number arguments.h [h,h] -2.5e3\n"
      "key arguments.i [i,i] i\n"
      "key arguments.i.j [j,i] j\n"
      "key arguments.i.j.k [k,i] k\n"
      "string arguments.i.j.k [k,i] A\n");
}

TEST_CASE("a value that is no object is walked as well, and blanks do not matter") {
  CHECK(all(R"("x")") == "string arguments [,] x\n");
  CHECK(all(" [ \"a\" ,\n{ \"b\" :\t\"c\" } , [ 7 ] ] ") ==
        "string arguments[0] [,] a\n"
        "key arguments[1].b [b,] b\n"
        "string arguments[1].b [b,] c\n"
        "number arguments[2][0] [,] 7\n");
  CHECK(all("null").empty());
  CHECK(all("{}").empty());
  CHECK(all(R"({"":"v","a\"b":"w"})") ==
        "key arguments. [,] \nstring arguments. [,] v\n"
        "key arguments.a?b [a\"b,a\"b] a\"b\nstring arguments.a?b [a\"b,a\"b] w\n");
}

TEST_CASE("of a key that is longer than anybody's its end is told") {
  const std::string key = std::string(1000, 'k') + "_path";
  const std::string json = R"({")" + key + R"(":["a"]})";
  Walk walk(json::View(json), "arguments");
  REQUIRE(walk.next());
  CHECK(walk.text() == key);
  REQUIRE(walk.next());
  CHECK(walk.key() == key.substr(key.size() - Walk::kLongestKey));
  CHECK(walk.top_key() == walk.key());
}

TEST_CASE("deep nesting is walked without recursion") {
  std::string json(20'000, '[');
  json += "\"x\"";
  json.append(20'000, ']');
  json::Reader reader;
  REQUIRE(reader.read(json).fault == json::Fault::kNone);
  Walk walk(reader.root(), "arguments");
  REQUIRE(walk.next());
  CHECK(walk.text() == "x");
  CHECK_FALSE(walk.next());
}

}  // namespace
}  // namespace agentmesh::policy
