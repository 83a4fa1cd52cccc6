#include "proxy/outstanding.h"

#include <string>

#include "tests/catch.h"

namespace agentmesh::proxy::tests {
namespace {

Pending pending(std::string method) {
  Pending out;
  out.method = std::move(method);
  return out;
}

TEST_CASE("a request waits under its id until it is answered") {
  Outstanding table(10);
  CHECK(table.find("i0") == nullptr);
  CHECK(table.add("i0", pending("tools/call")) == Outstanding::Added::kYes);
  REQUIRE(table.find("i0") != nullptr);
  CHECK(table.find("i0")->method == "tools/call");
  table.find("i0")->cancelled = true;
  CHECK(table.find("i0")->cancelled);
  table.erase("i0");
  CHECK(table.find("i0") == nullptr);
  CHECK(table.size() == 0);
  CHECK(table.add("i0", pending("ping")) == Outstanding::Added::kYes);
}

TEST_CASE("long ids and names fill the table as well, and answers make room again") {
  Outstanding table(1000);
  const std::string name(Outstanding::kMostBytes / 4, 'x');
  for (const char* id : {"1", "2"})
    CHECK(table.add("s" + name + id, pending(name)) == Outstanding::Added::kYes);
  CHECK(table.full());
  CHECK(table.add("s3", pending("ping")) == Outstanding::Added::kFull);
  table.erase("s" + name + "1");
  CHECK_FALSE(table.full());
  CHECK(table.add("s3", pending("ping")) == Outstanding::Added::kYes);
  table.erase("s3");
  table.erase("s" + name + "2");
  table.erase("s" + name + "2");
  CHECK(table.size() == 0);
  CHECK_FALSE(table.full());
}

TEST_CASE("row 48: 1 and \"1\" are two ids") {
  Outstanding table(10);
  CHECK(table.add("i1", pending("a")) == Outstanding::Added::kYes);
  CHECK(table.add("s1", pending("b")) == Outstanding::Added::kYes);
  CHECK(table.find("i1")->method == "a");
  CHECK(table.find("s1")->method == "b");
}

TEST_CASE("row 21: a second request with an outstanding id does not touch the first") {
  Outstanding table(10);
  CHECK(table.add("i1", pending("first")) == Outstanding::Added::kYes);
  CHECK(table.add("i1", pending("second")) == Outstanding::Added::kDuplicate);
  CHECK(table.find("i1")->method == "first");
  CHECK(table.size() == 1);
}

TEST_CASE("a full table takes no more, and still knows a duplicate") {
  Outstanding table(2);
  CHECK(table.add("i1", {}) == Outstanding::Added::kYes);
  CHECK(table.add("i2", {}) == Outstanding::Added::kYes);
  CHECK(table.add("i3", {}) == Outstanding::Added::kFull);
  CHECK(table.add("i2", {}) == Outstanding::Added::kDuplicate);
  CHECK(table.find("i3") == nullptr);
  table.erase("i1");
  CHECK(table.add("i3", {}) == Outstanding::Added::kYes);
}

TEST_CASE("what was found stays where it is while others come") {
  Outstanding table(70'000);
  REQUIRE(table.add("i-1", pending("kept")) == Outstanding::Added::kYes);
  Pending* kept = table.find("i-1");
  for (int i = 0; i < 65'000; ++i)
    REQUIRE(table.add("i" + std::to_string(i), {}) == Outstanding::Added::kYes);
  CHECK(kept == table.find("i-1"));
  CHECK(kept->method == "kept");
}

}  // namespace
}  // namespace agentmesh::proxy::tests
