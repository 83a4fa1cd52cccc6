#include "cli/audit.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "audit/blob_check.h"
#include "audit/describe.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/read.h"
#include "audit/recover.h"
#include "audit/segment.h"
#include "audit/set_aside.h"
#include "audit/story.h"
#include "audit/tail_end.h"
#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "base/files.h"
#include "base/printable.h"
#include "cli/audit_place.h"
#include "cli/json_object.h"
#include "cli/progress.h"
#include "cli/recorder.h"
#include "cli/restored.h"
#include "cli/say.h"
#include "proxy/snapshots.h"

namespace agentmesh::cli {

namespace {

constexpr std::chrono::milliseconds kLookAgain{100};

Result<std::vector<audit::VerifierKey>> trusted_keys(const AuditVerifyOptions& options) {
  std::vector<audit::VerifierKey> keys;
  for (const std::string& given : options.vkeys) {
    if (auto key = audit::VerifierKey::parse(given)) {
      keys.push_back(std::move(*key));
      continue;
    }
    // Any file that can be read, a pipe of the shell's, too.
    const auto text = read_file(given, 1U << 20);
    if (!text) return fail("--vkey: " + text.error().what);
    const auto file = audit::parse_vkeys(*text, given);
    if (!file) return fail("--vkey: " + file.error().what);
    if (file->empty()) return fail("--vkey: " + given + ": no public key in it");
    keys.insert(keys.end(), file->begin(), file->end());
  }
  if (!options.vkeys.empty()) return keys;
  return kept_keys(options.place);
}

// Of a directory that was taken for a log's: where the log is, if it lies below.
void tell_of_log_below(const std::string& dir, const std::string& log) {
  for (const std::string& below : {audit::log_directory(dir, log), dir + "/" + log})
    if (file_exists(below + "/checkpoint")) complain("there is a log below it: " + below);
}

// Why there is no such record.
int not_there(const AuditShowOptions& options) {
  std::string why = fmt::format("there is no record {}", options.seq);
  const std::string dir = log_dir(options.place);
  const auto segments = audit::list_segments(dir);
  if (const auto gap = audit::missing_at(dir, options.seq); gap && *gap)
    why += fmt::format(": {} ({})", audit::to_text(**gap), verify_command(options.place));
  else if (segments && !segments->empty() && options.seq < segments->front())
    why += fmt::format(": the log begins with record {}", segments->front());
  complain(why);
  return kNotThere;
}

// The record's payload: what was sealed of its args or result.
int show_payload(const AuditShowOptions& options, const std::string& line) {
  const audit::LineCheck check = audit::check_line(line);
  const Home home = home_of(options.place);
  const auto keys = audit::load_vkeys(audit::vkeys_path(home.state_dir, home.log));
  const auto genesis = audit::find_record(log_dir(options.place), 0);
  std::string origin;
  if (keys && !keys->empty()) origin = keys->front().name;
  if (genesis && *genesis) origin = std::string(audit::check_line(**genesis).facts.origin);
  const bool args = !check.facts.args.empty();
  audit::BlobCheck blobs(log_dir(options.place), audit::blob_keys_of(home.state_dir, home.log));
  const auto found =
      blobs.check(args ? check.facts.args : check.facts.result,
                  {origin, check.facts.w, check.facts.wseq.value_or(0), args ? "args" : "result"});
  if (found.state == audit::BlobState::kFine) {
    // A server's own bytes: to a file as they are, but a terminal would obey them.
    print(::isatty(STDOUT_FILENO) == 1 ? printable_lines(found.payload) : found.payload);
    return kOk;
  }
  complain(found.state == audit::BlobState::kNone
               ? "record " + std::to_string(options.seq) + " has no payload kept"
               : "record " + std::to_string(options.seq) + ": " + found.why);
  return found.state == audit::BlobState::kMismatch ? kNo : kNotThere;
}

// What the scores are made of, for the beginning of the new log, so that they follow from it.
Result<std::vector<audit::TrustSnapshot>> scores_to_keep(const Here& here, const std::string& log) {
  std::vector<audit::TrustSnapshot> none;
  if (here.settings.proxy.audit.log != log) return none;  // another log has no scores
  restore_lost(here);
  auto kept = proxy::trust_snapshots(here.state_dir);
  if (kept || kept.error().errno_value == 0) return kept;
  if (kept.error().errno_value != ENOENT)
    complain(kept.error().what + ": everybody begins at 800 in the new log");
  return none;  // there is nothing that could be kept
}

// Sets the log aside, whatever state it is in.
Result<std::string> seal(const AuditRecoverOptions& options, const audit::Options& what, Disk& disk,
                         const Clock& clock, Random& random) {
  const auto here = find_here(what.state_dir);
  if (!here) return fail("the log was not touched");
  const auto scores = scores_to_keep(*here, what.log);
  if (!scores)
    return fail(scores.error().what +
                ": the log was not touched, for the scores would not follow from the new one");
  auto done = audit::seal_log(what, options.seal, disk, clock, random);
  if (!done) return done;
  const Recorder record = recorder(*here);
  for (const audit::TrustSnapshot& snapshot : *scores) {
    auto recorded = record(snapshot);
    if (recorded) continue;
    complain(recorded.error().what);
    break;
  }
  return done;
}

}  // namespace

int audit_verify(const AuditVerifyOptions& options) {
  const auto keys = trusted_keys(options);
  if (!keys) {
    complain(keys.error().what);
    return kVerifyUsage;
  }
  const Home home = home_of(options.place);
  audit::VerifyOptions what;
  what.dir = log_dir(options.place);
  what.trusted = *keys;
  what.anchor = options.anchor;
  what.strict = options.strict;
  what.chain_only = options.chain_only;
  what.blobs = options.blobs;
  if (!home.state_dir.empty()) {
    what.blob_keys_dir = audit::blob_keys_of(home.state_dir, home.log);
    what.erased_later = [&home] { return audit::days_erased_after(home.state_dir, home.log); };
  }
  what.kept = options.vkeys.empty() && options.place.dir.empty();  // a copy may be older
  what.expected =
      !options.vkeys.empty() || !options.anchor.empty() || !never_was_a_log(options.place);
  // Where nothing was ever recorded no proof is missing; for a program it is a verdict like any other.
  if (!options.json && !what.expected) {
    (void)no_log(what.dir);
    tell_of_log_below(what.dir, options.place.log);
    return kNotRead;
  }
  const auto start = std::chrono::steady_clock::now();
  audit::Verdict verdict;
  {
    Progress progress("verifying");
    what.progress = [&](uint64_t records) { progress.at(records); };
    verdict = audit::verify(what);
  }
  const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  print(options.json ? audit::verdict_json(verdict, what.dir, elapsed.count())
                     : audit::verdict_text(verdict, what.dir, place_words(options.place)));
  if (!options.json && verdict.exit != kOk) tell_of_log_below(what.dir, options.place.log);
  return verdict.exit;
}

namespace {

// What an outcome answers stands a little before it: reads what comes before record `seq`, as far back as that. False: that
// cannot be read.
bool look_back(const std::string& dir, uint64_t seq, audit::Story& story) {
  constexpr uint64_t kBefore = 20'000;
  if (seq == 0) return true;
  const auto read = audit::each_line(dir, seq > kBefore ? seq - kBefore : 0,
                                     [&](std::string_view line, uint64_t at) {
                                       if (at < seq) (void)story.read(line);
                                       return at + 1 < seq;
                                     });
  return read.has_value();
}

}  // namespace

int audit_tail(const AuditTailOptions& options) {
  if (options.lines == 0 && !options.follow) {
    complain("-n 0 shows nothing; it goes with --follow: only what comes from now on");
    return kUsage;
  }
  auto tail = audit::Tail::open(log_dir(options.place), options.lines);
  if (!tail) return not_read(tail.error(), options.place, kUsage);
  std::optional<audit::Story> story;  // from a little before the first line that is shown
  // As query says it; of what cannot be found the line itself has the decision's place in its session.
  const auto told = [&](const std::string& line) {
    if (!story)
      (void)look_back(log_dir(options.place), audit::check_line(line).facts.seq, story.emplace());
    const bool known = story->read(line);
    return audit::describe_line(line) + (known ? audit::answered(story->told()) : "");
  };
  const bool gaps = tell_missing(tail->missing(), options.place);
  for (;;) {
    const auto line = tail->next();
    if (!line) {
      complain(line.error().what);
      return kUsage;
    }
    if (*line) {
      print((options.json ? **line : told(**line)) + "\n");
      continue;
    }
    if (!options.follow) return gaps ? kNo : kOk;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return kOk;  // nobody reads any more
    std::this_thread::sleep_for(kLookAgain);
  }
}

int audit_show(const AuditShowOptions& options) {
  const auto line = audit::find_record(log_dir(options.place), options.seq);
  if (!line) {
    (void)not_read(line.error(), options.place, kNotRead);
    return never_was_a_log(options.place) ? kNotThere : kNotRead;
  }
  if (!*line) return not_there(options);
  if (options.payload) return show_payload(options, **line);
  if (options.json) {
    print(**line + "\n");
    return kOk;
  }
  audit::Story story;
  const bool read = look_back(log_dir(options.place), options.seq, story) && story.read(**line);
  const std::string about = read ? audit::answered(story.told()) : "";
  print(audit::describe_line(**line) + about + "\n\n" + audit::explain_record(**line));
  return kOk;
}

int audit_recover(const AuditRecoverOptions& options) {
  audit::Options what;
  what.state_dir = options.place.state_dir;
  what.state_words = state_words(options.place.state_dir);
  what.log = options.place.log;
  what.log_words = log_words(options.place.log);
  if (!options.seal.empty()) {
    if (!audit::is_log_name(options.seal)) {
      complain("--seal '" + options.seal + "': use 1 to 32 of a-z, 0-9 and '-'");
      return kUsage;
    }
  }
  if (refused_to_servers(what.state_dir,
                         options.seal.empty() ? "audit recover" : "audit recover --seal"))
    return kNo;
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  const auto done = options.seal.empty() ? audit::recover(what, disk, clock, random)
                                         : seal(options, what, disk, clock, random);
  if (done) {
    print(options.json ? JsonObject().boolean("ok", true).text("done", *done).done() + "\n"
                       : *done + "\n");
    return kOk;
  }
  std::string why = done.error().what;
  if (done.error().errno_value == audit::kDamaged)
    why += "; nothing was touched (" + audit::audit_command(what, "recover") +
           " --seal NAME sets it aside and begins a new log)";
  complain(why);
  return kNo;
}

}  // namespace agentmesh::cli
