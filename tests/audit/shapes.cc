#include "tests/audit/shapes.h"

#include <filesystem>
#include <functional>

#include "audit/checkpoint.h"
#include "audit/erase.h"
#include "audit/prune.h"
#include "audit/rotation.h"
#include "base/clock.h"
#include "base/files.h"
#include "tests/audit/logs.h"

namespace agentmesh::audit::tests {

namespace {

namespace fs = std::filesystem;

void write_calls(Log& log, int calls) {
  for (int i = 0; i < calls; ++i) {
    const uint64_t wseq = log.next_wseq();
    const std::string args = "{\"path\":\"/home/me/notes-" + std::to_string(i) + ".txt\"}";
    REQUIRE(settle(log, decision(i % 3 == 0 ? "write_file" : "read_file", args)));
    REQUIRE(settle(log, outcome(wseq)));
  }
}

// What `make` leaves in a state directory. It may keep a log open, whose last records nobody has signed yet.
using Make = std::function<std::unique_ptr<Log>(const Scratch&, Real&, Options)>;
Shape shape(std::string name, const Make& make) {
  const Scratch scratch;
  Real real;
  Shape out;
  out.name = std::move(name);
  Options options = scratch.options();
  options.segment_bytes = 6000;
  const auto open = make(scratch, real, options);
  out.files = read_files(scratch.path());
  const Files log = log_files(out.files);
  Intruder intruder(log);
  out.first_seq = intruder.first_seq();
  for (const Intruder::Line& line : intruder.lines()) out.lines.push_back(line.text);
  for (const HistoryEntry& entry : split_history(log.at("checkpoints"), "").entries)
    out.sizes.push_back(entry.checkpoint->head.size);
  out.signed_size = out.sizes.back();
  out.one_key = load_vkeys(vkeys_path(scratch.path(), "main"))->size() == 1;
  return out;
}

Options quiet(Options options) {
  options.checkpoint_ms = 3'600'000;
  options.checkpoint_records = 1'000'000;
  return options;
}

void calls(Real& real, const Options& options, int count, int sessions = 1) {
  for (int i = 0; i < sessions; ++i) write_calls(*real.open(options), count / sessions);
}

}  // namespace

Files read_files(const std::string& directory) {
  Files out;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file())
      out[entry.path().string().substr(directory.size() + 1)] = slurp(entry.path().string());
  return out;
}

void write_files(const std::string& directory, const Files& files) {
  for (const auto& [name, bytes] : files) {
    const fs::path path = directory + "/" + name;
    REQUIRE(make_directories(path.parent_path().string(), 0700));
    spill(path.string(), bytes);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  }
}

Files log_files(const Files& state) {
  Files out;
  const std::string log = kLog;
  for (const auto& [name, bytes] : state)
    if (name.starts_with(log)) out[name.substr(log.size())] = bytes;
  return out;
}

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> kAll = [] {
    std::vector<Shape> all;
    const auto add = [&](const char* name, const Make& make) { all.push_back(shape(name, make)); };
    add("young", [](const Scratch&, Real& real, Options options) {
      options.segment_bytes = 67108864;
      calls(real, options, 5);
      return nullptr;
    });
    add("segments", [](const Scratch&, Real& real, const Options& options) {
      calls(real, options, 60, 6);
      return nullptr;
    });
    add("unsigned end", [](const Scratch&, Real& real, const Options& options) {
      calls(real, options, 40, 4);
      auto log = real.open(quiet(options));
      write_calls(*log, 3);
      return log;
    });
    add("changed keys", [](const Scratch&, Real& real, const Options& options) {
      for (int i = 0; i < 3; ++i) {
        calls(real, options, 16, 2);
        if (i < 2) REQUIRE(rotate_key(options, real.disk, real.clock, real.random));
      }
      return nullptr;
    });
    add("several writers", [](const Scratch&, Real& real, const Options& options) {
      std::vector<std::unique_ptr<Log>> logs;
      for (int i = 0; i < 4; ++i) logs.push_back(real.open(options));
      for (int i = 0; i < 10; ++i)
        for (const auto& log : logs) write_calls(*log, 1);
      return nullptr;
    });
    add("no payloads", [](const Scratch&, Real& real, Options options) {
      options.payloads = Payloads::kNone;
      calls(real, options, 20, 2);
      return nullptr;
    });
    add("sealed payloads", [](const Scratch&, Real& real, Options options) {
      options.payloads = Payloads::kFull;
      calls(real, options, 20, 2);
      return nullptr;
    });
    all.back().sealed = true;
    add("erased", [](const Scratch&, Real& real, Options options) {
      options.payloads = Payloads::kFull;
      calls(real, options, 20, 2);
      const std::vector<std::string> today = {utc_day(real.clock.wall_us())};
      REQUIRE(erase(options, today, "asked to", "uid:0", real.disk, real.clock, real.random));
      calls(real, options, 10);
      return nullptr;
    });
    add("tiles", [](const Scratch&, Real& real, Options options) {
      options.segment_bytes = 80'000;
      calls(real, options, 320, 4);
      return nullptr;
    });
    add("pruned", [](const Scratch&, Real& real, Options options) {
      options.segment_bytes = 40'000;
      calls(real, options, 40, 2);
      REQUIRE(rotate_key(options, real.disk, real.clock, real.random));
      calls(real, options, 300, 3);
      REQUIRE(prune(options, {400, std::nullopt}, "uid:0", {}, real.disk, real.clock, real.random));
      calls(real, options, 20);
      return nullptr;
    });
    return all;
  }();
  return kAll;
}

}  // namespace agentmesh::audit::tests
