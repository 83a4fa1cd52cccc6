// Every place in audit/ that opens, writes, syncs, cuts, renames or removes a file fails in everything that changes a log: once,
// for good, and with everything after it. What is left verifies, and is written to again.
//
// The places are found by running each job once with a disk that remembers where its calls come from (fault_disk.h); so a new
// call of the disk is covered by the day it is written.

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "audit/erase.h"
#include "audit/export.h"
#include "audit/prune.h"
#include "audit/recover.h"
#include "audit/rotation.h"
#include "audit/segment.h"
#include "base/files.h"
#include "tests/audit/logs.h"
#include "tests/audit/shapes.h"
#include "tests/fault_disk.h"

namespace agentmesh::audit::tests {

using agentmesh::tests::FaultDisk;
using agentmesh::tests::HastyDisk;
using Op = FaultDisk::Op;

namespace {

constexpr Op kOps[] = {Op::kOpen,     Op::kWrite,    Op::kSyncData, Op::kSyncDirectory,
                       Op::kTruncate, Op::kAllocate, Op::kRename,   Op::kRemove};

Options options_of(const Scratch& scratch) {
  Options options = scratch.options();
  options.segment_bytes = 30'000;
  options.checkpoint_ms = 3'600'000;  // one checkpoint, at the end: the calls come in one order
  options.checkpoint_records = 1'000'000;
  return options;
}

// A job: what stands before it, and what it does with a disk that may fail. It may fail itself.
struct Job {
  const char* name;
  const char* shape;  // "" for no log at all
  std::function<void(const Scratch&, Real&)> prepare;
  std::function<void(const Options&, Disk&, Real&)> act;
};

void write_some(const Options& options, Disk& disk, Real& real, int calls, bool durable = false) {
  const auto log = Log::open(options, disk, real.clock, real.random);
  for (int i = 0; log && i < calls; ++i) (void)settle(**log, decision(), durable && i % 5 == 0);
}

// The last segment ends in the middle of a record, and the state file knows better.
void tear(const Scratch& scratch) {
  const std::string segment =
      scratch.log() + "/" + segment_file(list_segments(scratch.log())->back());
  spill(segment, slurp(segment) + "{\"half\":");
  const std::string history = scratch.log() + "/checkpoints";
  const std::string notes = slurp(history);
  spill(history, notes + notes.substr(0, 30));
}

const std::vector<Job>& jobs() {
  static const std::vector<Job> kAll = {
      {"a birth", "", nullptr,
       [](const Options& options, Disk& disk, Real& real) { write_some(options, disk, real, 2); }},
      {"appending, changing segments, signing, tiles", "segments", nullptr,
       [](const Options& options, Disk& disk, Real& real) {
         write_some(options, disk, real, 300);
       }},
      {"durable records", "young", nullptr,
       [](const Options& options, Disk& disk, Real& real) {
         write_some(options, disk, real, 20, true);
       }},
      {"durable records, waited for by who appends", "young", nullptr,
       [](const Options& options, Disk& disk, Real& real) {
         const auto log = Log::open(options, disk, real.clock, real.random);
         for (int i = 0; log && i < 10; ++i)
           (void)settle(**log, decision(), true, Log::Spare::kThread);
       }},
      {"sealed payloads", "sealed payloads", nullptr,
       [](Options options, Disk& disk, Real& real) {
         options.payloads = Payloads::kFull;
         write_some(options, disk, real, 20, true);
       }},
      {"a torn end", "unsigned end", [](const Scratch& scratch, Real&) { tear(scratch); },
       [](const Options& options, Disk& disk, Real& real) {
         (void)recover(options, disk, real.clock, real.random);
       }},
      {"a change of keys", "segments", nullptr,
       [](const Options& options, Disk& disk, Real& real) {
         (void)rotate_key(options, disk, real.clock, real.random);
       }},
      {"a change of keys that was cut short, finished by a writer", "segments",
       [](const Scratch& scratch, Real& real) {
         FaultDisk broken(real.disk);
         broken.fail_from(Op::kRename, 1, EIO);
         (void)rotate_key(options_of(scratch), broken, real.clock, real.random);
         REQUIRE(file_exists(next_key_path(scratch.path(), "main")));
       },
       [](const Options& options, Disk& disk, Real& real) { write_some(options, disk, real, 2); }},
      {"a change of keys that was cut short before it was said, taken back", "segments",
       [](const Scratch& scratch, Real&) {
         const std::string next = next_key_path(scratch.path(), "main");
         spill(next, "PRIVATE+");
         std::filesystem::permissions(next, std::filesystem::perms::owner_read);
       },
       [](const Options& options, Disk& disk, Real& real) { write_some(options, disk, real, 2); }},
      {"a prune", "tiles",
       [](const Scratch& scratch, Real&) {
         std::filesystem::remove(scratch.log() + "/tile/0/000");  // to be made again
       },
       [](const Options& options, Disk& disk, Real& real) {
         (void)prune(options, {400, std::nullopt}, "uid:0", {}, disk, real.clock, real.random);
       }},
      {"an erasure", "sealed payloads", nullptr,
       [](const Options& options, Disk& disk, Real& real) {
         const std::vector<std::string> today = {utc_day(real.clock.wall_us())};
         (void)erase(options, today, "asked to", "uid:0", disk, real.clock, real.random);
       }},
      {"setting the log aside", "young", nullptr,
       [](const Options& options, Disk& disk, Real& real) {
         (void)seal_log(options, "aside", disk, real.clock, real.random);
       }},
      {"an export of tiles", "tiles", nullptr,
       [](const Options& options, Disk& disk, Real&) {
         (void)export_tiles(log_directory(options.state_dir, "main"), options.state_dir + "/out",
                            {}, disk);
       }},
  };
  return kAll;
}

const Shape& shape_named(const std::string& name) {
  for (const Shape& shape : shapes())
    if (shape.name == name) return shape;
  FAIL("no shape " << name);
  return shapes().front();
}

void prepare(const Job& job, const Scratch& scratch, Real& real) {
  if (*job.shape != '\0') write_files(scratch.path(), shape_named(job.shape).files);
  if (job.prepare) job.prepare(scratch, real);
}

// A log that may end torn, and nothing worse; then one that is written to, and whole.
void check_what_is_left(const Scratch& scratch, Real& real) {
  if (file_exists(scratch.log())) {
    const Verdict left = verify_log(scratch);
    CAPTURE(verdict_json(left, "", 0));
    CHECK((left.exit == 0 || left.exit == 2));
  }
  {
    HastyDisk disk;
    const auto log = Log::open(options_of(scratch), disk, real.clock, real.random);
    REQUIRE(log);
    CHECK((*log)->notice().empty());
    REQUIRE(settle(**log, decision()));
  }
  check_exit(verify_log(scratch, true), 0);
  CHECK_FALSE(file_exists(next_key_path(scratch.path(), "main")));
}

}  // namespace

TEST_CASE(
    "every place that asks the disk for something fails, alone or with all that follows, and the log stands it") {
  std::set<FaultDisk::Site> places;
  std::set<FaultDisk::Site> failed;
  for (const Job& job : jobs())
    for (const Op op : kOps) {
      std::map<FaultDisk::Site, int> calls;
      {
        const Scratch scratch;
        Real real;
        prepare(job, scratch, real);
        HastyDisk hasty;
        FaultDisk disk(hasty);
        disk.remember_sites();
        job.act(options_of(scratch), disk, real);
        for (const FaultDisk::Site& site : disk.sites(op)) ++calls[site];
      }
      for (const auto& [site, count] : calls) {
        places.insert(site);
        for (const int nth : std::set<int>{1, count})
          for (const auto reach :
               {FaultDisk::Reach::kOnce, FaultDisk::Reach::kOn, FaultDisk::Reach::kPower}) {
            if (nth > 1 && reach != FaultDisk::Reach::kOnce) continue;
            CAPTURE(job.name, static_cast<int>(op), nth, static_cast<int>(reach));
            const Scratch scratch;
            Real real;
            prepare(job, scratch, real);
            HastyDisk hasty;
            FaultDisk disk(hasty);
            disk.fail_at(op, site, nth, reach, reach == FaultDisk::Reach::kOn ? ENOSPC : EIO);
            job.act(options_of(scratch), disk, real);
            if (disk.failed_at_site()) failed.insert(site);
            check_what_is_left(scratch, real);
          }
      }
    }
  // A thread that was faster may have made a call needless: seldom, and more of them on a busy machine.
  CAPTURE(places.size(), failed.size());
  CHECK(failed.size() * 10 >= places.size() * 9);
  CHECK(places.size() > 60);
}

}  // namespace agentmesh::audit::tests
