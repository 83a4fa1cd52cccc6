#include "cli/progress.h"

#include <cstdio>
#include <memory>
#include <string>

#include "tests/catch.h"
#include "tests/fakes.h"

namespace agentmesh::cli {
namespace {

using agentmesh::tests::FakeClock;

std::string written(std::FILE* file) {
  std::string text(static_cast<size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  REQUIRE(std::fread(text.data(), 1, text.size(), file) == text.size());
  return text;
}

// Two seconds of work over 100,000 records.
std::string shown_of(bool terminal, int64_t us_per_record) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  REQUIRE(file);
  FakeClock clock;
  {
    Progress progress("verifying", file.get(), terminal, clock);
    for (uint64_t record = 0; record < 100'000; ++record) {
      progress.at(record);
      clock.advance_us(us_per_record);
    }
  }
  return written(file.get());
}

TEST_CASE("who waits longer than a second sees how far it is, and nothing of it stays") {
  const std::string shown = shown_of(true, 20);
  CHECK(shown.starts_with("\rverifying: 53,248 records\033[K\rverifying: "));
  CHECK(shown.ends_with("records\033[K\r\033[K"));
}

TEST_CASE("short work and a stderr that is no terminal show no progress") {
  CHECK(shown_of(true, 1).empty());
  CHECK(shown_of(false, 20).empty());
}

}  // namespace
}  // namespace agentmesh::cli
