#include <pwd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "audit/in_force.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/set_aside.h"
#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/files.h"
#include "base/shell_word.h"
#include "cli/doctor.h"
#include "cli/here.h"
#include "trust/store.h"

namespace agentmesh::cli {
namespace {

namespace fs = std::filesystem;
using std::string;

// File systems on which locks and fsync mean less than they should (statfs(2), magic numbers).
std::string_view network_file_system(const string& path) {
  struct statfs about {};
  if (::statfs(path.c_str(), &about) != 0) return "";
  switch (static_cast<unsigned long>(about.f_type) & 0xFFFFFFFFUL) {
    case 0x6969UL: return "NFS";
    case 0x517BUL:
    case 0xFE534D42UL:
    case 0xFF534D42UL: return "SMB";
    case 0x01021997UL: return "9P";
    case 0x00C36400UL: return "Ceph";
    case 0x5346414FUL: return "AFS";
    default: return "";
  }
}

// File systems that are the kernel's own tables: permissions there promise directories that nobody can make.
std::string_view kernel_file_system(const string& path) {
  struct statfs about {};
  if (::statfs(path.c_str(), &about) != 0) return "";
  switch (static_cast<unsigned long>(about.f_type) & 0xFFFFFFFFUL) {
    case 0x9FA0UL: return "proc";
    case 0x62656572UL: return "sysfs";
    case 0x27E0EBUL:
    case 0x63677270UL: return "cgroup";
    case 0x1CD1UL: return "devpts";
    case 0x64626720UL: return "debugfs";
    case 0x74726163UL: return "tracefs";
    case 0x73636673UL: return "securityfs";
    case 0xCAFE4A11UL: return "bpf";
    default: return "";
  }
}

// What to do about what belongs to another: root takes nothing from a person, whose proxies would be refused ever after, but
// acts as that person.
string fix_owner(uid_t owner, const string& state_dir, const string& otherwise) {
  if (::geteuid() != 0) return otherwise;
  const passwd* person = ::getpwuid(owner);
  return fmt::format("sudo -u {} agentmesh doctor --state-dir {}",
                     person != nullptr ? string(person->pw_name) : fmt::format("'#{}'", owner),
                     state_dir);
}

// Why every start refuses the directory, and the way out, in the start's own words.
struct Refusal {
  string why;
  string fix;
};
std::optional<Refusal> refusal(const string& state_dir) {
  constexpr std::string_view kWayOut = "; run: ";
  const auto own = check_own_directory(state_dir);
  if (own) return std::nullopt;
  string why = own.error().what;
  if (const string name = state_dir + ": "; why.starts_with(name)) why.erase(0, name.size());
  const size_t way_out = why.find(kWayOut);
  if (way_out == string::npos)
    return Refusal{why, "choose another with --state-dir or AGENTMESH_HOME"};
  return Refusal{why.substr(0, way_out), why.substr(way_out + kWayOut.size())};
}

// True if there is a directory to look into.
bool check_directory(const Patient& patient, const string& state_dir) {
  constexpr const char* kId = "state.writable";
  struct stat about {};
  if (::stat(state_dir.c_str(), &about) != 0) {
    string above = state_dir;
    while (above.size() > 1 && ::access(above.c_str(), F_OK) != 0)
      above = above.substr(0, std::max<size_t>(above.rfind('/'), 1));
    if (const std::string_view system = kernel_file_system(above); !system.empty()) {
      patient.add(kId, CheckStatus::kFail, state_dir,
                  fmt::format("not there, and nobody can make it: {} is the kernel's own ({})",
                              above, system),
                  "choose another with --state-dir or AGENTMESH_HOME");
    } else if (const auto refused = refusal(state_dir)) {
      patient.add(kId, CheckStatus::kFail, state_dir, refused->why, refused->fix);
    } else if (::access(above.c_str(), W_OK | X_OK) == 0) {
      patient.add(kId, CheckStatus::kGood, state_dir, "not there yet; it can be made");
    } else {
      patient.add(
          kId, CheckStatus::kFail, state_dir,
          fmt::format("not there, and {} may not be written: every call would be denied", above),
          "choose another with --state-dir or AGENTMESH_HOME");
    }
    return false;
  }
  if (!S_ISDIR(about.st_mode)) {
    patient.add(kId, CheckStatus::kFail, state_dir, "it is no directory",
                "move it away, or choose another with --state-dir or AGENTMESH_HOME");
    return false;
  }
  if (about.st_uid != ::geteuid()) {
    patient.add(
        kId, CheckStatus::kFail, state_dir,
        fmt::format("it belongs to user {}, not to you", about.st_uid),
        fix_owner(about.st_uid, state_dir, fmt::format("chown -R {} {}", ::geteuid(), state_dir)));
  } else if (::access(state_dir.c_str(), R_OK | W_OK | X_OK) != 0 ||
             (about.st_mode & 0700U) != 0700U) {
    patient.add(kId, CheckStatus::kFail, state_dir, "it may not be written",
                fmt::format("chmod 700 {}", shell_word(state_dir)));
  } else if ((about.st_mode & 0077U) != 0) {
    patient.add(kId, CheckStatus::kFail, state_dir,
                fmt::format("others may look into it (mode {:03o})", about.st_mode & 0777U),
                fmt::format("chmod 700 {}", shell_word(state_dir)));
  } else if (const auto refused = refusal(state_dir)) {
    patient.add(kId, CheckStatus::kFail, state_dir, refused->why, refused->fix);
  } else if (const auto network = network_file_system(state_dir); !network.empty()) {
    patient.add(kId, CheckStatus::kWarn, state_dir,
                fmt::format("it is on a network file system ({}), whose locks and syncs mean less",
                            network),
                "choose a local directory with --state-dir or AGENTMESH_HOME");
  } else {
    patient.add(kId, CheckStatus::kGood, state_dir, "ours, for nobody else");
  }
  return true;
}

void check_keys(const Patient& patient, const string& state_dir) {
  constexpr const char* kId = "keys.mode";
  const string keys = state_dir + "/keys";
  std::error_code ignored;
  size_t seen = 0;
  bool fine = true;
  for (auto it = fs::recursive_directory_iterator(
           keys, fs::directory_options::skip_permission_denied, ignored);
       it != fs::recursive_directory_iterator(); it.increment(ignored)) {
    struct stat about {};
    const string path = it->path().string();
    if (::lstat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
    // A public key may be read by anybody.
    const bool is_public =
        path.ends_with(".pub") || path.ends_with(".vkey") || path.ends_with("vkeys");
    ++seen;
    if (about.st_uid != ::geteuid()) {
      patient.add(
          kId, CheckStatus::kFail, path, fmt::format("it belongs to user {}", about.st_uid),
          fix_owner(about.st_uid, state_dir, fmt::format("chown {} {}", ::geteuid(), path)));
      fine = false;
    } else if ((about.st_mode & (is_public ? 0022U : 0077U)) != 0) {
      patient.add(kId, CheckStatus::kFail, path,
                  fmt::format("others may use it (mode {:03o})", about.st_mode & 0777U),
                  fmt::format("chmod 600 {}", path));
      fine = false;
    }
  }
  if (fine && seen > 0) patient.add(kId, CheckStatus::kGood, keys, fmt::format("{} files", seen));
  if (seen == 0) patient.add(kId, CheckStatus::kSkip, keys, "no keys yet");
}

// Whether what is recorded from now on can be signed.
void check_signing(const Patient& patient, const string& state_dir) {
  constexpr const char* kId = "keys.sign";
  const string& log = patient.settings.proxy.audit.log;
  const string key = audit::key_path(state_dir, log);
  if (!file_exists(audit::log_directory(state_dir, log))) {
    patient.add(kId, CheckStatus::kSkip, key, "no log yet");
    return;
  }
  audit::Options about = patient.settings.proxy.audit;
  about.state_dir = state_dir;
  about.state_words = state_words(state_dir);
  about.log_words = log_words(log);
  const auto fits = audit::check_key(about);
  if (fits) {
    patient.add(kId, CheckStatus::kGood, key, "the one in force");
    return;
  }
  string why = fits.error().what;
  if (why.starts_with(key + ": ")) why.erase(0, key.size() + 2);
  const size_t way_out = why.find("; ");
  patient.add(kId, CheckStatus::kFail, key, "nothing can be signed: " + why.substr(0, way_out),
              way_out != string::npos ? why.substr(way_out + 2)
                                      : audit::audit_command(about, "verify") +
                                            " tells what is whole; put back what is gone");
}

void check_log(const Patient& patient, const string& state_dir) {
  constexpr const char* kId = "audit.verifies";
  const string& log = patient.settings.proxy.audit.log;
  audit::VerifyOptions what;
  what.dir = audit::log_directory(state_dir, log);
  if (!file_exists(what.dir)) {
    patient.add(kId, CheckStatus::kSkip, what.dir, "no log yet");
    return;
  }
  if (const auto keys = audit::load_vkeys(audit::vkeys_path(state_dir, log))) what.trusted = *keys;
  what.kept = true;
  const audit::Verdict verdict = audit::verify(what);
  const string first = verdict.problems.empty() ? string(audit::result_name(verdict.exit))
                                                : audit::placed(verdict.problems.front());
  const string by_hand =
      fmt::format("agentmesh audit verify --state-dir {}", shell_word(state_dir));
  const string words = log_words(log);
  if (const auto aside = audit::logs_set_aside(state_dir, log);
      verdict.exit == 0 && !aside.empty()) {
    patient.add(kId, CheckStatus::kWarn, what.dir,
                fmt::format("{} records, {}; before it, {} was set aside", verdict.size,
                            audit::level_name(verdict.level), aside.back()),
                fmt::format("{} --log {} tells how it is; move it out of {} once you know why",
                            by_hand, aside.back(), audit::audit_directory(state_dir)));
  } else if (verdict.exit == 0) {
    patient.add(kId, CheckStatus::kGood, what.dir,
                fmt::format("{} records, {}", verdict.size, audit::level_name(verdict.level)));
  } else if (verdict.exit == 2) {
    patient.add(kId, CheckStatus::kWarn, what.dir,
                fmt::format("a write was cut off at its end: {}", first),
                "the next session mends it; or: agentmesh audit recover --state-dir " +
                    shell_word(state_dir) + words);
  } else {
    patient.add(kId, CheckStatus::kFail, what.dir, first,
                by_hand + words + " tells everything; keep a copy before you touch it");
  }
}

// A copy is opened, because opening mends and moves.
void check_database(const Patient& patient, const string& state_dir) {
  constexpr const char* kId = "state.db";
  const string path = state_dir + "/state.db";
  if (!file_exists(path)) {
    patient.add(kId, CheckStatus::kSkip, path, "no database yet");
    return;
  }
  std::error_code ignored;
  string copy = (fs::temp_directory_path(ignored) / "agentmesh-doctor-XXXXXX").string();
  if (::mkdtemp(copy.data()) == nullptr) {
    patient.add(kId, CheckStatus::kSkip, path, "no temporary directory to look at a copy");
    return;
  }
  string trouble;
  for (const char* name : {"/state.db", "/state.db-wal"}) {
    std::error_code failed;
    if (file_exists(state_dir + name)) fs::copy_file(state_dir + name, copy + name, failed);
    if (failed) trouble = failed.message();
  }
  if (trouble.empty()) {
    const SystemClock clock;
    SystemRandom random;
    const auto store = trust::Store::open(copy, clock, random);
    if (!store) {
      trouble = store.error().what;
    } else if (!(*store)->notice().empty()) {
      trouble = "it is damaged";
    } else if (auto subjects = (*store)->subjects(); !subjects) {
      trouble = subjects.error().what;
    }
  }
  fs::remove_all(copy, ignored);
  for (size_t at = 0; (at = trouble.find(copy, at)) != string::npos;)
    trouble.replace(at, copy.size(), state_dir);
  if (trouble.empty()) {
    patient.add(kId, CheckStatus::kGood, path, "it opens");
  } else {
    patient.add(kId, CheckStatus::kFail, path, trouble,
                "move it away: scores and pins begin anew, the log keeps what happened");
  }
}

}  // namespace

void check_state(const Patient& patient, const string& state_dir) {
  if (!check_directory(patient, state_dir)) return;
  check_keys(patient, state_dir);
  check_signing(patient, state_dir);
  check_log(patient, state_dir);
  check_database(patient, state_dir);
}

void check_clock(const Patient& patient) {
  constexpr const char* kId = "clock.sane";
  constexpr int64_t kNoSooner =
      1'735'689'600;  // 2025-01-01: older than any version that has this check
  const int64_t now = SystemClock().wall_us() / 1'000'000;
  // The newest file of the log: a record from the future says that one of both clocks is wrong.
  int64_t newest = 0;
  std::error_code ignored;
  for (auto it = fs::recursive_directory_iterator(patient.state_dir + "/audit", ignored);
       it != fs::recursive_directory_iterator(); it.increment(ignored)) {
    struct stat about {};
    if (::stat(it->path().c_str(), &about) == 0 && S_ISREG(about.st_mode))
      newest = std::max<int64_t>(newest, about.st_mtim.tv_sec);
  }
  if (now < kNoSooner) {
    patient.add(kId, CheckStatus::kFail, "", "the clock is years behind",
                "set it: records carry its time");
  } else if (newest > now + 60) {
    patient.add(kId, CheckStatus::kWarn, "",
                fmt::format("the log was written {} s in the future", newest - now),
                "set the clock: limits and deadlines go by it");
  } else {
    patient.add(kId, CheckStatus::kGood, "", rfc3339(now * 1'000'000).substr(0, 19) + "Z");
  }
}

}  // namespace agentmesh::cli
