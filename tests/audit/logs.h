// What the tests of the log share: records to write, a way to wait for them, and a log checked from the outside.

#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/log.h"
#include "audit/segment.h"
#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "base/clock.h"
#include "base/disk.h"
#include "tests/audit/scratch.h"
#include "tests/catch.h"

namespace agentmesh::audit::tests {

inline Record decision(const std::string& tool = "read_file",
                       std::string_view args = R"({"path":"/x"})") {
  Decision d;
  d.dir = "c2s";
  d.method = "tools/call";
  d.id = "1";
  d.tool = tool;
  d.server = "fs";
  d.policy = "moderate";
  d.rule = "default";
  d.verdict = "allow";
  d.mode = "enforce";
  d.args = Payload{args, std::nullopt};
  return d;
}

inline Record outcome(uint64_t of) {
  Outcome o;
  o.of = of;
  o.status = "ok";
  o.us = 100;
  o.result = Payload{R"({"content":[]})", std::nullopt};
  return o;
}

// Every line of a log's segments, in their order.
inline std::string all_lines(const std::string& dir) {
  std::string text;
  const auto segments = list_segments(dir);
  for (const uint64_t first : *segments) text += slurp(dir + "/" + segment_file(first));
  return text;
}

// As verify_log(), and the sealed payloads are opened.
inline Verdict verify_with_payloads(const Scratch& scratch) {
  VerifyOptions what;
  what.dir = scratch.log();
  what.trusted = *load_vkeys(vkeys_path(scratch.path(), "main"));
  what.blobs = true;
  what.blob_keys_dir = blob_keys_directory(scratch.path(), "main");
  return verify(what);
}

// What append() settles with, waited for if need be.
inline Appended settle(Log& log, std::span<const Record> records, bool durable = false,
                       Log::Spare spare = Log::Spare::kNothing) {
  std::mutex mutex;
  std::condition_variable wake;
  std::optional<Appended> late;
  auto now = log.append(
      records, durable,
      [&](Appended result) {
        const std::lock_guard<std::mutex> lock(mutex);
        late = std::move(result);
        wake.notify_one();
      },
      spare);
  if (now) return *now;
  std::unique_lock<std::mutex> lock(mutex);
  wake.wait(lock, [&] { return late.has_value(); });
  return *late;
}
inline Appended settle(Log& log, const Record& record, bool durable = false,
                       Log::Spare spare = Log::Spare::kNothing) {
  return settle(log, std::span<const Record>(&record, 1), durable, spare);
}

struct Real {
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  Result<std::unique_ptr<Log>> try_open(const Options& options) {
    return Log::open(options, disk, clock, random);
  }
  std::unique_ptr<Log> open(const Options& options) {
    auto log = try_open(options);
    if (!log) FAIL(log.error().what);
    return std::move(*log);
  }
};

inline Verdict verify_log(const std::string& state_dir, const std::string& dir,
                          const std::string& log = "main", bool strict = false) {
  VerifyOptions options;
  options.dir = dir;
  const auto keys = load_vkeys(vkeys_path(state_dir, log));
  if (keys) options.trusted = *keys;
  options.strict = strict;
  options.threads = 1;
  return verify(options);
}
inline Verdict verify_log(const Scratch& scratch, bool strict = false) {
  return verify_log(scratch.path(), scratch.log(), "main", strict);
}

// The exit status, with the verdict in the failure's text.
inline void check_exit(const Verdict& verdict, int exit) {
  CAPTURE(verdict_json(verdict, "", 0));
  CHECK(verdict.exit == exit);
}

inline bool has_code(const Verdict& verdict, const std::string& code) {
  return std::any_of(verdict.problems.begin(), verdict.problems.end(),
                     [&](const Problem& p) { return p.code == code; });
}

}  // namespace agentmesh::audit::tests
