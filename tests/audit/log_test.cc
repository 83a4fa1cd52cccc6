#include "audit/log.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "audit/segment.h"
#include "audit/tail_end.h"
#include "base/bytes.h"
#include "base/crypto.h"
#include "base/files.h"
#include "base/json.h"
#include "tests/audit/logs.h"
#include "tests/fakes.h"

namespace agentmesh::audit::tests {

TEST_CASE(
    "a new log is born whole: keys, genesis, a checkpoint, and nothing that others may read") {
  const Scratch scratch;
  Real real;
  {
    const auto log = real.open(scratch.options());
    CHECK(log->origin().starts_with("agentmesh.local/log/"));
    CHECK(log->next_wseq() == 0);
    CHECK(log->writer().size() == 16);
    CHECK(log->notice().empty());
    CHECK(log->remark().empty());
    const std::vector<std::string> argv = {"npx", "-y"};
    const std::vector<std::string> other = {"npx", "-", "y"};
    CHECK(log->command_mac(argv).size() == 64);
    CHECK(log->command_mac(argv) != log->command_mac(other));
  }
  for (const char* name : {"/keys", "/keys/audit", "/audit", "/audit/main", "/audit/main/seg"}) {
    struct stat info {};
    REQUIRE(::stat((scratch.path() + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
  }
  for (const char* name : {"/keys/audit/main.key", "/keys/audit/main.vkeys", "/keys/audit/main.mac",
                           "/audit/main/checkpoint", "/audit/main/checkpoints", "/audit/main/lock",
                           "/audit/main/lock.cp", "/audit/main/state"}) {
    struct stat info {};
    CAPTURE(name);
    REQUIRE(::stat((scratch.path() + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
  const Verdict verdict = verify_log(scratch);
  check_exit(verdict, 0);
  CHECK(verdict.records == 1);
  CHECK(verdict.level == Level::kSigned);
}

TEST_CASE(
    "appended records stand in the log in order, with their places, and all are signed when it is closed") {
  const Scratch scratch;
  Real real;
  uint64_t total = 1;
  for (const Durability durability :
       {Durability::kQueued, Durability::kWritten, Durability::kDurable}) {
    Options options = scratch.options();
    options.durability = durability;
    const auto log = real.open(options);
    for (int i = 0; i < (durability == Durability::kDurable ? 50 : 700); ++i) {
      const std::vector<Record> records(1 + static_cast<size_t>(i % 3),
                                        decision("tool" + std::to_string(i)));
      const uint64_t wseq = log->next_wseq();
      const Appended places = settle(*log, records, i % 100 == 7);
      REQUIRE(places);
      REQUIRE(places->size() == records.size());
      for (size_t k = 0; k < places->size(); ++k) {
        CHECK((*places)[k].wseq == wseq + k);
        if (durability != Durability::kQueued) CHECK((*places)[k].seq == total + k);
      }
      total += records.size();
    }
  }
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(verdict.records == total);
  CHECK(verdict.unsigned_records == 0);
  CHECK(verdict.writers == 3);
}

TEST_CASE("an idle log is signed without anyone writing more") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.checkpoint_ms = 20;
  const auto log = real.open(options);
  REQUIRE(settle(*log, decision()));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    const auto signed_now =
        last_checkpoint(scratch.log(), *load_vkeys(vkeys_path(scratch.path(), "main")));
    REQUIRE(signed_now);
    if (signed_now->size == 2) break;
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
}

TEST_CASE("segments rotate by size, open with a record of their own, and tiles are right") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 20'000;
  {
    const auto log = real.open(options);
    for (int i = 0; i < 1500; ++i) REQUIRE(settle(*log, decision()));
  }
  const auto segments = list_segments(scratch.log());
  CHECK(segments->size() > 20);
  for (const uint64_t first : *segments)
    CHECK(*file_size(scratch.log() + "/" + segment_file(first)) <= options.segment_bytes);
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(verdict.types.at("segment.open") == segments->size() - 1);
  const uint64_t tiles = verdict.size / 256;
  for (uint64_t tile = 0; tile < tiles; ++tile)
    CHECK(file_exists(scratch.log() + "/" + tile_file(0, tile)));
  CHECK(*file_size(scratch.log() + "/tile/1/000") == tiles * 32);
}

TEST_CASE("segments rotate when the day does") {
  const Scratch scratch;
  SystemDisk disk;
  SystemRandom random;
  agentmesh::tests::FakeClock clock;
  clock.wall = 1'795'046'399'000'000 / 86'400'000'000 * 86'400'000'000 +
               86'399'000'000;  // a second before midnight, UTC
  {
    const auto log = Log::open(scratch.options(), disk, clock, random);
    REQUIRE(log);
    REQUIRE(settle(**log, decision()));
  }
  clock.advance_us(2'000'000);
  {
    const auto log = Log::open(scratch.options(), disk, clock, random);
    REQUIRE(log);
    REQUIRE(settle(**log, decision()));
  }
  CHECK(list_segments(scratch.log())->size() == 2);
  CHECK(list_directory(blob_keys_directory(scratch.path(), "main"))->size() == 2);
  check_exit(verify_log(scratch, true), 0);
}

// What the salt is made of is docs/audit.md's, written down here once more: a change of it would be found.
TEST_CASE("a commitment can be proven by who has the original, and only with the right record") {
  const Scratch scratch;
  Real real;
  const std::string args = R"({"path":"/home/me/notes.txt"})";
  const auto log = real.open(scratch.options());
  REQUIRE(settle(*log, decision("read_file", args)));
  REQUIRE(settle(*log, decision("read_file", args)));
  const std::string text = all_lines(scratch.log());
  CHECK(text.find("notes.txt") == std::string::npos);

  std::vector<json::View> records;
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    lines.push_back(text.substr(at, text.find('\n', at) - at));
  for (const std::string& line : lines)
    if (json::View(line).find("type").string() == "decision") records.emplace_back(line);
  REQUIRE(records.size() == 2);

  const auto names = *list_directory(blob_keys_directory(scratch.path(), "main"));
  REQUIRE(names.size() == 1);
  const auto key =
      from_hex(slurp(blob_keys_directory(scratch.path(), "main") + "/" + names[0]).substr(0, 64));
  REQUIRE(key);
  std::array<uint8_t, 32> day_key{};
  REQUIRE(key->size() == day_key.size());
  std::copy(key->begin(), key->end(), day_key.begin());

  struct Claim {
    std::string writer, wseq, field, original;
    std::array<uint8_t, 32> day_key;
  };
  const auto proves = [&](const Claim& claim, json::View record) {
    const std::string bound = "agentmesh-blob-v1\n" + log->origin() + "\n" + claim.writer + "\n" +
                              claim.wseq + "\n" + claim.field + "\n";
    const Hash keyed = blake2b256(bound, claim.day_key);
    std::string salted(keyed.begin(), keyed.begin() + 16);
    salted += claim.original;
    return to_hex(sha256(salted)) == record.find("args").find("commit").string();
  };
  const auto wseq = [](json::View record) { return std::string(record.find("wseq").raw()); };
  const Claim right{log->writer(), wseq(records[0]), "args", args, day_key};
  CHECK(proves(right, records[0]));
  CHECK(records[0].find("args").find("bytes").raw() == std::to_string(args.size()));

  CHECK_FALSE(proves(right, records[1]));  // the same arguments, another record
  const auto wrong = [&](auto change) {
    Claim claim = right;
    change(claim);
    return !proves(claim, records[0]);
  };
  CHECK(wrong([&](Claim& c) { c.wseq = wseq(records[1]); }));
  CHECK(wrong([](Claim& c) { c.writer = "0011223344556677"; }));
  CHECK(wrong([](Claim& c) { c.field = "result"; }));
  CHECK(wrong([](Claim& c) { c.day_key[0] ^= 1; }));
  for (size_t bit = 0; bit < args.size() * 8; ++bit)
    CHECK(wrong([&](Claim& c) {
      c.original[bit / 8] = static_cast<char>(c.original[bit / 8] ^ (1 << (bit % 8)));
    }));
}

TEST_CASE("keys that others may read are refused, with the command that mends it") {
  const Scratch scratch;
  Real real;
  { const auto log = real.open(scratch.options()); }
  struct Case {
    const char* path;
    mode_t mode;
    const char* command;
  };
  for (const Case& c : {Case{"/keys", 0755, "chmod 700 "}, Case{"/keys/audit", 0710, "chmod 700 "},
                        Case{"/keys/audit/main.key", 0644, "chmod 600 "},
                        Case{"/keys/audit/main.mac", 0640, "chmod 600 "}}) {
    const std::string path = scratch.path() + c.path;
    struct stat before {};
    REQUIRE(::stat(path.c_str(), &before) == 0);
    REQUIRE(::chmod(path.c_str(), c.mode) == 0);
    const auto log = real.try_open(scratch.options());
    REQUIRE_FALSE(log);
    CHECK(log.error().what.find(c.command + path) != std::string::npos);
    REQUIRE(::chmod(path.c_str(), before.st_mode & 07777) == 0);
  }
  CHECK(real.try_open(scratch.options()));
}

TEST_CASE("options that cannot be worked with are refused by name") {
  const Scratch scratch;
  Real real;
  const auto refused = [&](auto change) {
    Options options = scratch.options();
    change(options);
    const auto log = real.try_open(options);
    return log ? std::string() : log.error().what;
  };
  CHECK(refused([](Options& o) { o.log = "Main"; }).find("audit.log") != std::string::npos);
  CHECK(refused([](Options& o) { o.log = "../x"; }).find("audit.log") != std::string::npos);
  CHECK(refused([](Options& o) { o.origin = "a b"; }).find("audit.origin") != std::string::npos);
  CHECK(refused([](Options& o) { o.segment_bytes = 4095; }).find("audit.segment_bytes") !=
        std::string::npos);
}

TEST_CASE("the state file may vanish, be rubbish, or be cut short while the log is open") {
  const Scratch scratch;
  Real real;
  const auto log = real.open(scratch.options());
  const std::string state = scratch.log() + "/state";
  for (int i = 0; i < 60; ++i) {
    REQUIRE(settle(*log, decision()));
    switch (i % 4) {
      case 0: std::filesystem::remove(state); break;
      case 1: spill(state, std::string(20000, 'x')); break;
      case 2: spill(state, ""); break;
      default: break;
    }
  }
  check_exit(verify_log(scratch), 0);
  CHECK(verify_log(scratch).records == 61);
}

TEST_CASE("several writers in one log, in threads of one process, leave one chain") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 30'000;
  { const auto log = real.open(options); }
  std::atomic<int> failed{0};
  {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        Real own;
        auto log = own.try_open(options);
        if (!log) {
          ++failed;
          return;
        }
        for (int i = 0; i < 300; ++i) {
          const uint64_t wseq = (*log)->next_wseq();
          if (!settle(**log, decision())) ++failed;
          if (!settle(**log, outcome(wseq), i % 50 == 0)) ++failed;
        }
      });
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(failed == 0);
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  CHECK(verdict.types.at("decision") == 1200);
  CHECK(verdict.types.at("outcome") == 1200);
}

TEST_CASE("verify beside running writers finds nothing wrong") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.segment_bytes = 20'000;
  options.checkpoint_records = 16;
  const auto log = real.open(options);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < 1200; ++i) (void)settle(*log, std::vector<Record>(3, decision()));
    done = true;
  });
  uint64_t seen = 0;
  while (!done) {
    const Verdict verdict = verify_log(scratch);
    check_exit(verdict, 0);
    CHECK(verdict.records >= seen);
    seen = verdict.records;
  }
  writer.join();
  CHECK(verify_log(scratch).records > 3600);
}

TEST_CASE("a lock that is not to be had in time fails the call, and the log goes on with a drop") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.timeout_ms = 30;
  {
    const auto log = real.open(options);
    REQUIRE(settle(*log, decision()));
    const Fd lock(::open((scratch.log() + "/lock").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
    const Appended late = settle(*log, decision());
    REQUIRE_FALSE(late);
    CHECK(late.error().errno_value == ETIMEDOUT);
    REQUIRE(::flock(lock.get(), LOCK_UN) == 0);
    CHECK(log->next_wseq() == 4);  // 1 was lost, 2 and 3 are the drop and the io_error
    const Appended again = settle(*log, decision());
    REQUIRE(again);
    CHECK(again->front().wseq == 4);
  }
  check_exit(verify_log(scratch, true), 0);
  const std::string text = all_lines(scratch.log());
  CHECK(text.find("\"count\":1,\"first\":1,\"last\":1") != std::string::npos);
  CHECK(text.find("\"why\":\"timeout\"") != std::string::npos);
  CHECK(text.find("\"denied\":1,\"errno\":\"ETIMEDOUT\"") != std::string::npos);
}

TEST_CASE("a ring that is full refuses the newest records and tells how many") {
  const Scratch scratch;
  Real real;
  Options options = scratch.options();
  options.durability = Durability::kQueued;
  size_t refused = 0;
  {
    const auto log = real.open(options);
    const Fd lock(::open((scratch.log() + "/lock").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
    for (int i = 0; i < 4200; ++i)
      if (!settle(*log, decision())) ++refused;
    REQUIRE(::flock(lock.get(), LOCK_UN) == 0);
  }
  CHECK(refused > 0);
  {
    const auto log = real.open(options);
    REQUIRE(settle(*log, decision()));
  }
  const Verdict verdict = verify_log(scratch, true);
  check_exit(verdict, 0);
  // What was refused last has no later record of its writer: the end of what it made is where its records end.
  CHECK(verdict.types.at("decision") == 4097);
}

}  // namespace agentmesh::audit::tests
