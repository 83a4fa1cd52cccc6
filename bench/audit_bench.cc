// What the audit log costs: appends by several processes, group commit, verification and proofs of a large log, growth.
//
//   audit_bench                     everything; a log of 1,000,000 records of 600 bytes is built in $TMPDIR (0.7 GB)
//   audit_bench --records 100000    a smaller one
//   audit_bench --only append       append | durable | start | growth | verify
//
// Times are from append() to the moment the caller knows, in microseconds. `rest` is what each writer waits between two calls.
// Behind each figure stands what it is meant to be (issue 6 and docs/audit.md), where it is meant to be something.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/line.h"
#include "audit/log.h"
#include "audit/prove.h"
#include "audit/verify.h"
#include "base/crypto.h"
#include "bench/directory.h"

namespace agentmesh::audit {
namespace {

using std::chrono::steady_clock;

double us_since(steady_clock::time_point start) {
  return std::chrono::duration<double, std::micro>(steady_clock::now() - start).count();
}

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << "audit_bench: " << why << '\n';
  std::exit(1);
}

Decision decision(size_t reason_bytes) {
  Decision d;
  d.dir = "c2s";
  d.method = "tools/call";
  d.id = "1234";
  d.tool = "read_file";
  d.server = "filesystem";
  d.agent = "claude-desktop";
  d.policy = "moderate";
  d.rule = "default";
  d.verdict = "allow";
  d.mode = "enforce";
  d.reason = std::string(reason_bytes, 'r');
  d.facts = Facts{};
  d.facts->type = "read";
  d.facts->inside = true;
  d.facts->paths = 1;
  d.args = Payload{R"({"path":"/home/me/notes.txt"})", std::nullopt};
  d.trust = Trust{812, "trusted", std::nullopt};
  return d;
}

Outcome outcome(uint64_t of) {
  Outcome o;
  o.of = of;
  o.status = "ok";
  o.us = 1234;
  o.result = Payload{R"({"content":[{"type":"text","text":"hello"}]})", std::nullopt};
  o.trust = Trust{812, "trusted", 1};
  o.events = {{"agent:claude-desktop", "policy_compliance", 1000, 1000},
              {"server:filesystem", "reliability", 1000, 1000},
              {"server:filesystem", "security_posture", 1000, 1000}};
  return o;
}

std::unique_ptr<Log> open_log(const Options& options) {
  static SystemDisk disk;
  static SystemClock clock;
  static SystemRandom random;
  auto log = Log::open(options, disk, clock, random);
  if (!log) give_up(log.error().what);
  return std::move(*log);
}

// Appends and waits.
void append(Log& log, std::span<const Record> records) {
  std::mutex mutex;
  std::condition_variable wake;
  std::optional<Appended> late;
  auto now = log.append(records, false, [&](Appended result) {
    const std::lock_guard<std::mutex> lock(mutex);
    late = std::move(result);
    wake.notify_one();
  });
  if (!now) {
    std::unique_lock<std::mutex> lock(mutex);
    wake.wait(lock, [&] { return late.has_value(); });
    now = std::move(late);
  }
  if (!*now) give_up(now->error().what);
}

double percentile(std::vector<float>& all, double part) {
  if (all.empty()) return 0;
  const auto at = all.begin() + static_cast<ptrdiff_t>(static_cast<double>(all.size() - 1) * part);
  std::nth_element(all.begin(), at, all.end());
  return static_cast<double>(*at);
}

// In a child of its own: `count` appends, their times to `out`.
[[noreturn]] void write_records(const Options& options, int count, int rest_us, int out) {
  std::vector<float> times;
  {
    const auto log = open_log(options);
    const Record record = decision(40);
    for (int i = -20; i < count; ++i) {  // the first ones warm up
      if (rest_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(rest_us));
      const auto start = steady_clock::now();
      append(*log, {&record, 1});
      if (i >= 0) times.push_back(static_cast<float>(us_since(start)));
    }
  }
  const auto* bytes = reinterpret_cast<const char*>(times.data());
  size_t left = times.size() * sizeof(float);
  while (left > 0) {
    const ssize_t wrote = ::write(out, bytes, left);
    if (wrote <= 0) ::_exit(1);
    bytes += wrote;
    left -= static_cast<size_t>(wrote);
  }
  ::_exit(0);
}

void measure_appends(Durability durability, const char* name, int writers, int count, int rest_us,
                     const char* aim = "") {
  const bench::Directory state;
  Options options;
  options.state_dir = state.path();
  options.durability = durability;
  { const auto born = open_log(options); }
  const auto start = steady_clock::now();
  std::vector<int> pipes;
  for (int i = 0; i < writers; ++i) {
    int ends[2];
    if (::pipe(ends) != 0) give_up("pipe");
    const pid_t child = ::fork();
    if (child < 0) give_up("fork");
    if (child == 0) {
      ::close(ends[0]);
      write_records(options, count, rest_us, ends[1]);
    }
    ::close(ends[1]);
    pipes.push_back(ends[0]);
  }
  std::vector<float> times;
  for (const int pipe : pipes) {
    std::string bytes;
    char buffer[65536];
    for (ssize_t got = ::read(pipe, buffer, sizeof buffer); got > 0;
         got = ::read(pipe, buffer, sizeof buffer))
      bytes.append(buffer, static_cast<size_t>(got));
    ::close(pipe);
    const size_t had = times.size();
    times.resize(had + bytes.size() / sizeof(float));
    std::memcpy(times.data() + had, bytes.data(), bytes.size() / sizeof(float) * sizeof(float));
  }
  while (::wait(nullptr) > 0) {
  }
  const double seconds = us_since(start) / 1e6;
  std::printf(
      "%-8s %2d writers, rest %4d us   p50 %8.1f  p99 %8.1f  p99.9 %8.1f   %8.0f records/s%s\n",
      name, writers, rest_us, percentile(times, 0.50), percentile(times, 0.99),
      percentile(times, 0.999), static_cast<double>(times.size()) / seconds, aim);
}

uint64_t bytes_in(const std::string& directory) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

// From nothing to the first record in a log that is there, as a proxy that starts does it.
void measure_start(const Options& options) {
  std::vector<float> times;
  const Record record = decision(40);
  for (int i = 0; i < 50; ++i) {
    const auto start = steady_clock::now();
    const auto log = open_log(options);
    append(*log, {&record, 1});
    times.push_back(static_cast<float>(us_since(start)));
  }
  std::printf("start    p50 %.2f ms, worst %.2f ms, open to first record   (aim: 5 ms, any size)\n",
              percentile(times, 0.5) / 1000, percentile(times, 1.0) / 1000);
}

void measure_growth() {
  const bench::Directory state;
  Options options;
  options.state_dir = state.path();
  constexpr int kCalls = 20'000;
  const std::string dir = log_directory(options.state_dir, options.log);
  { const auto log = open_log(options); }
  const uint64_t before = bytes_in(dir);
  {
    const auto log = open_log(options);
    for (int i = 0; i < kCalls; ++i) {
      const uint64_t of = log->next_wseq();
      const Record asked = decision(0);
      append(*log, {&asked, 1});
      const Record answered = outcome(of);
      append(*log, {&answered, 1});
    }
  }
  std::printf(
      "growth   %.0f bytes per call (decision, outcome with three events, tiles, checkpoints)\n",
      static_cast<double>(bytes_in(dir) - before) / kCalls);
}

// A log of `count` records of 600 bytes each.
Options build_log(const std::string& state_dir, uint64_t count) {
  Options options;
  options.state_dir = state_dir;
  options.checkpoint_records = 256;
  Decision record = decision(100);
  {
    // How long a line is without its reason, with numbers as long as most of them will be.
    Draft line;
    draft(record, Made{"00112233aabbccdd", count / 2, 1'795'000'000'000'000, 81'000'000'000},
          nullptr, line);
    const size_t bytes = line.text.size() + std::to_string(count / 2).size() + 90;  // and args
    record.reason = std::string(bytes < 700 ? 700 - bytes : 1, 'r');
  }
  const auto start = steady_clock::now();
  const auto log = open_log(options);
  const std::vector<Record> batch(200, record);
  for (uint64_t done = 0; done < count; done += batch.size()) append(*log, batch);
  std::printf("built    %llu records in %.1f s\n", static_cast<unsigned long long>(count),
              us_since(start) / 1e6);
  return options;
}

// In a child, for its memory alone.
void measure_verify(const VerifyOptions& what) {
  for (int round = 0; round < 3; ++round) {
    const auto start = steady_clock::now();
    const pid_t child = ::fork();
    if (child < 0) give_up("fork");
    if (child == 0) {
      const Verdict verdict = verify(what);
      ::_exit(verdict.exit);
    }
    int status = 0;
    rusage use{};
    ::wait4(child, &status, 0, &use);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) give_up("the log does not verify");
    std::printf(
        "verify   %.2f s (%.2f s of processor), %ld MB resident at most   (aim for a million: "
        "1.5 s on two cores, 64 MB)\n",
        us_since(start) / 1e6,
        static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
            static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6,
        use.ru_maxrss / 1024);
  }
}

void measure_large(uint64_t count) {
  const bench::Directory state;
  const Options options = build_log(state.path(), count);
  VerifyOptions what;
  what.dir = log_directory(options.state_dir, options.log);
  what.trusted = *load_vkeys(vkeys_path(options.state_dir, options.log));
  const Verdict verdict = verify(what);
  if (verdict.exit != 0) give_up("the log does not verify");
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(what.dir + "/seg"))
    bytes += entry.file_size();
  std::printf("         %llu records of %.0f bytes\n",
              static_cast<unsigned long long>(verdict.size),
              static_cast<double>(bytes) / static_cast<double>(verdict.size));
  measure_verify(what);
  std::mt19937_64 random(1);
  std::vector<float> times;
  for (int i = 0; i < 300; ++i) {
    const auto start = steady_clock::now();
    const auto proof =
        prove_record(what.dir, random() % verdict.checkpoint->size, std::nullopt, what.trusted);
    times.push_back(static_cast<float>(us_since(start)));
    if (!proof) give_up(proof.error().what);
  }
  std::printf("prove    p50 %.2f ms, p99 %.2f ms, worst %.2f ms   (aim: 5 ms)\n",
              percentile(times, 0.5) / 1000, percentile(times, 0.99) / 1000,
              percentile(times, 1.0) / 1000);
  measure_start(options);
}

int main_of(int argc, char** argv) {
  std::setbuf(stdout, nullptr);  // seen as it is measured, and never twice: parts fork
  uint64_t records = 1'000'000;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--records" && i + 1 < argc) {
      records = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--only" && i + 1 < argc) {
      only = argv[++i];
    } else {
      give_up("unknown option '" + word +
              "' (--records N, --only append|durable|start|growth|verify)");
    }
  }
  if (auto ready = crypto_ready(); !ready) give_up(ready.error().what);
  const auto wanted = [&](const char* part) { return only.empty() || only == part; };
  if (wanted("append")) {
    for (const int writers : {1, 8, 16})
      measure_appends(Durability::kWritten, "written", writers, 20'000 / writers, 0);
    for (const int writers : {1, 8, 16})
      measure_appends(Durability::kWritten, "written", writers, 1000, 2000,
                      writers == 8 ? "   (aim: p99 200 us)" : "");
  }
  if (wanted("durable"))
    for (const int writers : {1, 8, 16})
      measure_appends(Durability::kDurable, "durable", writers, 400, 0,
                      writers == 1 ? "   (aim: p50 300 us on an idle SSD)" : "");
  if (wanted("start")) {
    const bench::Directory state;
    measure_start(build_log(state.path(), 2000));
  }
  if (wanted("growth")) measure_growth();
  if (wanted("verify")) measure_large(records);
  return 0;
}

}  // namespace
}  // namespace agentmesh::audit

int main(int argc, char** argv) { return agentmesh::audit::main_of(argc, argv); }
