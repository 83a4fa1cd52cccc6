// A log that is there already when it is opened: damaged, set aside by another, changed while nothing ran, without its keys.

#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "audit/recover.h"
#include "audit/segment.h"
#include "audit/tail_end.h"
#include "base/files.h"
#include "tests/audit/logs.h"

namespace agentmesh::audit::tests {

namespace {

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a damaged log is left alone, or set aside and named in the new one's genesis") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  {
    const auto log = real.open(options);
    for (int i = 0; i < 20; ++i) REQUIRE(settle(*log, decision()));
  }
  const std::string segment = scratch.log() + "/" + segment_file(0);
  std::string bytes = slurp(segment);
  bytes[bytes.size() / 2] = 'X';
  spill(segment, bytes);
  std::filesystem::remove(scratch.log() + "/state");

  options.on_damage = OnDamage::kDeny;
  const auto denied = real.try_open(options);
  REQUIRE_FALSE(denied);
  CHECK(denied.error().errno_value == kDamaged);
  CHECK(slurp(segment) == bytes);
  SystemDisk disk;
  const auto recovered = recover(options, disk, real.clock, real.random);
  REQUIRE_FALSE(recovered);
  CHECK(recovered.error().errno_value == kDamaged);
  CHECK(slurp(segment) == bytes);
  SECTION("opened all the same, it takes nothing until a person has set it aside") {
    auto log = Log::open(options, disk, real.clock, real.random, Log::Damaged::kOpened);
    REQUIRE(log);
    CHECK((*log)->notice().find("until a person acts") != std::string::npos);
    for (int i = 0; i < 3; ++i) CHECK(settle(**log, decision()).error().errno_value == kDamaged);
    CHECK(slurp(segment) == bytes);
    REQUIRE(seal_log(options, "aside", disk, real.clock, real.random));
    CHECK_FALSE(settle(**log, decision()));  // it finds the new log, and what it has to tell there
    REQUIRE(settle(**log, decision()));
    log->reset();
    const Verdict fresh = verify_log(scratch, true);
    check_exit(fresh, 0);
    CHECK(fresh.types.at("drop") == 1);
    CHECK(slurp(segment).find("\"denied\":4,\"errno\":\"EUCLEAN\"") != std::string::npos);
    return;
  }

  options.on_damage = OnDamage::kSeal;
  {
    const auto log = real.open(options);
    CHECK(log->notice().find("set aside") != std::string::npos);
    REQUIRE(settle(*log, decision()));
  }
  check_exit(verify_log(scratch, true), 0);
  CHECK(slurp(segment).find("\"after\":{\"origin\":\"agentmesh.local/log/") != std::string::npos);
  CHECK(slurp(segment).find("\"size\":21}") != std::string::npos);
  const auto logs = list_directory(scratch.path() + "/audit");
  REQUIRE(logs->size() == 2);
  const std::string aside = logs->front() == "main" ? logs->back() : logs->front();
  const Verdict old = verify_log(scratch.path(), scratch.path() + "/audit/" + aside, aside);
  check_exit(old, 1);
}

TEST_CASE("an empty directory is no log yet, but one whose key is there has lost its log") {
  const Scratch scratch;
  Real real;
  const Options options = scratch.options();
  std::filesystem::create_directories(scratch.log());
  {
    const auto log = real.open(options);
    REQUIRE(settle(*log, decision()));
  }
  check_exit(verify_log(scratch, true), 0);

  std::filesystem::remove_all(scratch.log());
  std::filesystem::create_directories(scratch.log());
  const auto denied = real.try_open(options);
  REQUIRE_FALSE(denied);
  CHECK(denied.error().what.find(scratch.log()) != std::string::npos);
  CHECK_FALSE(file_exists(scratch.log() + "/seg"));  // nothing is begun in its place
}

TEST_CASE("a log whose segments are gone is damaged, with their directory or without") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  {
    const auto log = real.open(options);
    for (int i = 0; i < 20; ++i) REQUIRE(settle(*log, decision()));
  }
  std::filesystem::remove_all(scratch.log() + "/seg");
  SECTION("without") {}
  SECTION("with") { std::filesystem::create_directories(scratch.log() + "/seg"); }
  options.on_damage = OnDamage::kDeny;
  const auto denied = real.try_open(options);
  REQUIRE_FALSE(denied);
  CHECK(denied.error().errno_value == kDamaged);
  CHECK(denied.error().what == "the audit log is damaged: there is no segment");
  options.on_damage = OnDamage::kSeal;
  {
    const auto log = real.open(options);
    CHECK(log->notice().find("there is no segment; it was set aside") != std::string::npos);
    REQUIRE(settle(*log, decision()));
  }
  check_exit(verify_log(scratch, true), 0);
  CHECK(all_lines(scratch.log()).find("\"size\":21}") != std::string::npos);  // the one before
}

TEST_CASE(
    "writers follow when another process sets the log aside, and account for what is in the old one") {
  const Scratch scratch;
  Real real;
  const auto log = real.open(scratch.options());
  const uint64_t before = log->next_wseq();
  REQUIRE(settle(*log, decision()));
  SystemDisk disk;
  REQUIRE(seal_log(scratch.options(), "old", disk, real.clock, real.random));
  const Appended first = settle(*log, decision());
  REQUIRE_FALSE(first);
  REQUIRE(settle(*log, decision()));
  REQUIRE(settle(*log, outcome(before)));  // its decision is in the old log
  CHECK_FALSE(log->notice().empty());
  check_exit(verify_log(scratch), 0);
  check_exit(verify_log(scratch.path(), scratch.path() + "/audit/old", "old"), 0);
  CHECK(count_of(all_lines(scratch.log()), "\"why\":\"moved\"") == 1);
}

TEST_CASE(
    "a record that was changed while nothing ran is found by the next writer, and not built upon") {
  const std::string ours = "\"tool\":\"read_file\"";
  for (const uint64_t seq : {uint64_t{590}, uint64_t{520}, uint64_t{513}})
    for (const bool same_size : {true, false}) {
      CAPTURE(seq, same_size);
      const Scratch scratch;
      Real real;
      Options options = scratch.options();
      {
        const auto log = real.open(options);
        for (int i = 0; i < 600; ++i) REQUIRE(settle(*log, decision()));
      }
      // The state file still says where the log ends, and its size is what it was.
      const std::string segment = scratch.log() + "/" + segment_file(0);
      std::string bytes = slurp(segment);
      const size_t line = bytes.find(fmt::format("\"seq\":{},", seq));
      const size_t tool =
          bytes.rfind('\n', line) + bytes.substr(bytes.rfind('\n', line)).find(ours);
      bytes.replace(tool, ours.size(),
                    same_size ? "\"tool\":\"dead_file\"" : "\"tool\":\"read_files\"");
      spill(segment, bytes);

      options.on_damage = OnDamage::kDeny;
      const auto denied = real.try_open(options);
      REQUIRE_FALSE(denied);
      CHECK(denied.error().errno_value == kDamaged);
      CHECK(slurp(segment) == bytes);
      options.on_damage = OnDamage::kSeal;
      const auto log = real.open(options);
      CHECK(log->notice().find("set aside") != std::string::npos);
      REQUIRE(settle(*log, decision()));
    }
}

TEST_CASE("a log without a checkpoint of ours is not extended, whatever its state file says") {
  for (const bool strange : {false, true}) {
    const Scratch scratch;
    Real real;
    Options options = scratch.options();
    options.on_damage = OnDamage::kDeny;
    {
      const auto log = real.open(options);
      REQUIRE(settle(*log, decision()));
    }
    for (const char* name : {"/checkpoint", "/checkpoints"}) {
      std::filesystem::remove(scratch.log() + name);
      if (strange) spill(scratch.log() + name, "hello\n");
    }
    const auto denied = real.try_open(options);
    REQUIRE_FALSE(denied);
    CHECK(denied.error().errno_value == kDamaged);
  }
}

TEST_CASE(
    "public keys that are gone stop no writer: the key that signs vouches for its own checkpoints") {
  const Scratch scratch;
  Real real;
  {
    const auto log = real.open(scratch.options());
    REQUIRE(settle(*log, decision()));
  }
  std::filesystem::remove(vkeys_path(scratch.path(), "main"));
  const auto log = real.open(scratch.options());
  CHECK(log->notice().empty());
  REQUIRE(settle(*log, decision()));
}

TEST_CASE("opening a log reads its newest lines and no others") {
  const Scratch scratch;
  Real real;
  {
    const auto log = real.open(scratch.options());
    for (int i = 0; i < 600; ++i) REQUIRE(settle(*log, decision()));
  }
  // The tiles and what follows them are enough: the first lines may be unreadable. That is for verify to find.
  const std::string segment = scratch.log() + "/" + segment_file(0);
  const std::string whole = slurp(segment);
  std::string bytes = whole;
  bytes[100] = 'X';
  spill(segment, bytes);
  SECTION("by its tiles") {}
  SECTION("by those of level 0, where the upper ones are gone") {
    std::filesystem::remove_all(scratch.log() + "/tile/1");
  }
  SECTION("by those above, where one of level 0 is gone") {
    std::filesystem::remove(scratch.log() + "/" + tile_file(0, 0));
  }
  SECTION("where no tile tells of them, nothing but all lines leads to the signed root") {
    std::filesystem::remove_all(scratch.log() + "/tile");
    Options careful = scratch.options();
    careful.on_damage = OnDamage::kDeny;
    CHECK(real.try_open(careful).error().errno_value == kDamaged);
    spill(segment, whole);
    const auto log = real.open(careful);
    REQUIRE(settle(*log, decision()));
    return;
  }
  const auto log = real.open(scratch.options());
  CHECK(log->notice().empty());
  REQUIRE(settle(*log, decision()));
  check_exit(verify_log(scratch), 1);  // verify reads them
}

}  // namespace agentmesh::audit::tests
